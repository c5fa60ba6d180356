"""What is hidden from whoever acts for a person stays hidden from the services they allow."""

from alembic import op

revision = "0027"
down_revision = "0026"

UPGRADE = """
ALTER TABLE consent_exchange ADD COLUMN by_another boolean NOT NULL DEFAULT false;
UPDATE consent_exchange e SET by_another = true
FROM consent c WHERE c.id = e.consent_id AND c.quality <> 'self' AND e.allowed;
ALTER TABLE consent_exchange ALTER COLUMN by_another DROP DEFAULT;
ALTER TABLE consent_exchange ADD CONSTRAINT ck_consent_exchange_by_another
    CHECK (allowed OR NOT by_another);

ALTER TABLE authorization_code ADD COLUMN mandate_id uuid
    CONSTRAINT fk_authorization_code_mandate_id REFERENCES mandate (id);
UPDATE authorization_code a SET mandate_id = c.mandate_id
FROM consent c WHERE c.id = a.consent_id;
CREATE INDEX ix_authorization_code_mandate_id ON authorization_code (mandate_id)
    WHERE mandate_id IS NOT NULL;

ALTER TABLE fhir_resource ADD COLUMN hidden boolean NOT NULL DEFAULT false;
ALTER TABLE fhir_resource ALTER COLUMN hidden DROP DEFAULT;
"""

DOWNGRADE = """
ALTER TABLE fhir_resource DROP COLUMN hidden;
ALTER TABLE authorization_code DROP COLUMN mandate_id;
ALTER TABLE consent_exchange DROP COLUMN by_another;
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute(DOWNGRADE)
