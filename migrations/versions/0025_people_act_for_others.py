"""People act for others: mandates, and for whom a session acts."""

from alembic import op

revision = "0025"
down_revision = "0024"

UPGRADE = """
CREATE TABLE mandate (
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    quality varchar NOT NULL,
    may_grant boolean NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz,
    ended_at timestamptz,
    end_reason varchar,
    recorded_at timestamptz NOT NULL,
    recorded_by varchar NOT NULL,
    notices integer NOT NULL,
    CONSTRAINT pk_mandate PRIMARY KEY (id),
    CONSTRAINT ck_mandate_quality CHECK (quality IN ('representative', 'carer', 'guardian')),
    CONSTRAINT ck_mandate_dates CHECK (ends_at > starts_at),
    CONSTRAINT ck_mandate_carer CHECK (quality <> 'carer' OR ends_at IS NOT NULL),
    CONSTRAINT ck_mandate_ended CHECK ((ended_at IS NULL) = (end_reason IS NULL)),
    CONSTRAINT fk_mandate_account_id FOREIGN KEY(account_id) REFERENCES account (id),
    CONSTRAINT fk_mandate_patient_id FOREIGN KEY(patient_id) REFERENCES patient (id)
);
CREATE UNIQUE INDEX uq_mandate_open ON mandate (account_id, patient_id) WHERE ended_at IS NULL;
CREATE INDEX ix_mandate_patient_id ON mandate (patient_id);
CREATE INDEX ix_mandate_ends_at ON mandate (ends_at) WHERE ended_at IS NULL;

ALTER TABLE session ADD COLUMN mandate_id uuid
    CONSTRAINT fk_session_mandate_id REFERENCES mandate (id);
ALTER TABLE consent ADD CONSTRAINT fk_consent_mandate_id
    FOREIGN KEY (mandate_id) REFERENCES mandate (id);
ALTER TABLE consent ADD CONSTRAINT ck_consent_mandate
    CHECK ((quality = 'self') = (mandate_id IS NULL));
ALTER TABLE consent_change ADD CONSTRAINT fk_consent_change_mandate_id
    FOREIGN KEY (mandate_id) REFERENCES mandate (id);
CREATE INDEX ix_consent_mandate_id ON consent (mandate_id) WHERE mandate_id IS NOT NULL;
"""

DOWNGRADE = """
DROP INDEX ix_consent_mandate_id;
ALTER TABLE consent_change DROP CONSTRAINT fk_consent_change_mandate_id;
ALTER TABLE consent DROP CONSTRAINT ck_consent_mandate;
ALTER TABLE consent DROP CONSTRAINT fk_consent_mandate_id;
ALTER TABLE session DROP COLUMN mandate_id;
DROP TABLE mandate;
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute(DOWNGRADE)
