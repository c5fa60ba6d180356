"""Consents are found by service, and by the date by which they are to be confirmed."""

from alembic import op

revision = "0022"
down_revision = "0021"

UPGRADE = """
CREATE INDEX ix_consent_service_id ON consent (service_id) WHERE state IN ('active', 'suspended');
CREATE INDEX ix_consent_confirm_by ON consent (confirm_by) WHERE state = 'active';
"""

DOWNGRADE = """
DROP INDEX ix_consent_confirm_by;
DROP INDEX ix_consent_service_id;
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute(DOWNGRADE)
