"""Whatever leads to a person is found by an index: erasing one reads no table from end to end."""

from alembic import op

revision = "0037"
down_revision = "0036"

UPGRADE = """
CREATE INDEX ix_access_account_id ON access (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX ix_case_file_account_id ON case_file (account_id);
CREATE INDEX ix_case_file_consent_id ON case_file (consent_id) WHERE consent_id IS NOT NULL;
CREATE INDEX ix_closing_patient_id ON closing (patient_id);
CREATE INDEX ix_export_patient_id ON export (patient_id);
CREATE INDEX ix_export_mandate_id ON export (mandate_id) WHERE mandate_id IS NOT NULL;
CREATE INDEX ix_outbox_message_recipient ON outbox_message (recipient);
CREATE INDEX ix_space_token_account_id ON space_token (account_id);
CREATE INDEX ix_space_token_consent_id ON space_token (consent_id);
"""

DOWNGRADE = """
DROP INDEX ix_space_token_consent_id;
DROP INDEX ix_space_token_account_id;
DROP INDEX ix_outbox_message_recipient;
DROP INDEX ix_export_mandate_id;
DROP INDEX ix_export_patient_id;
DROP INDEX ix_closing_patient_id;
DROP INDEX ix_case_file_consent_id;
DROP INDEX ix_case_file_account_id;
DROP INDEX ix_access_account_id;
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute(DOWNGRADE)
