"""People take away a copy of everything about them."""

from alembic import op

revision = "0031"
down_revision = "0030"

UPGRADE = """
CREATE TABLE export (
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    patient_id uuid NOT NULL,
    mandate_id uuid,
    language varchar NOT NULL,
    state varchar NOT NULL,
    asked_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    attempts integer NOT NULL,
    made_at timestamptz,
    ends_at timestamptz,
    size integer,
    digest varchar,
    sealed bytea,
    CONSTRAINT pk_export PRIMARY KEY (id),
    CONSTRAINT ck_export_state CHECK (state IN ('waiting', 'ready', 'expired')),
    CONSTRAINT ck_export_sealed CHECK ((state = 'ready') = (sealed IS NOT NULL)),
    CONSTRAINT ck_export_ends CHECK ((made_at IS NULL) = (ends_at IS NULL)),
    CONSTRAINT fk_export_account_id FOREIGN KEY(account_id) REFERENCES account (id),
    CONSTRAINT fk_export_patient_id FOREIGN KEY(patient_id) REFERENCES patient (id),
    CONSTRAINT fk_export_mandate_id FOREIGN KEY(mandate_id) REFERENCES mandate (id)
);
-- What is encrypted does not get smaller.
ALTER TABLE export ALTER COLUMN sealed SET STORAGE EXTERNAL;
CREATE UNIQUE INDEX uq_export_waiting ON export (account_id, patient_id) WHERE state = 'waiting';
CREATE INDEX ix_export_account_id_patient_id ON export (account_id, patient_id);
CREATE INDEX ix_export_due_at ON export (due_at) WHERE state = 'waiting';
CREATE INDEX ix_export_ends_at ON export (ends_at) WHERE state = 'ready';
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute("DROP TABLE export")
