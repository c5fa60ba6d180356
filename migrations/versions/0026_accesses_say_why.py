"""Accesses say for which purpose they were made and by whom, and are found by consent and time."""

from alembic import op

revision = "0026"
down_revision = "0025"

UPGRADE = """
ALTER TABLE access ADD COLUMN actor_id uuid
    CONSTRAINT fk_access_actor_id REFERENCES client (id);
ALTER TABLE access ADD COLUMN purposes text[] NOT NULL DEFAULT '{}';
DROP INDEX ix_access_consent_id;
CREATE INDEX ix_access_consent_at ON access (consent_id, at);
CREATE INDEX ix_consent_patient_id ON consent (patient_id);
"""

DOWNGRADE = """
DROP INDEX ix_consent_patient_id;
DROP INDEX ix_access_consent_at;
CREATE INDEX ix_access_consent_id ON access (consent_id);
ALTER TABLE access DROP COLUMN purposes, DROP COLUMN actor_id;
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute(DOWNGRADE)
