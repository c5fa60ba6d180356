"""Health spaces close: after a wait, or at once."""

from alembic import op

revision = "0028"
down_revision = "0027"

UPGRADE = """
ALTER TABLE patient ADD COLUMN closed_at timestamptz;

CREATE TABLE closing (
    id uuid NOT NULL,
    patient_id uuid NOT NULL,
    reason varchar NOT NULL,
    erase boolean NOT NULL,
    asked_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    cancelled_at timestamptz,
    closed_at timestamptz,
    erase_at timestamptz,
    reopened_at timestamptz,
    CONSTRAINT pk_closing PRIMARY KEY (id),
    CONSTRAINT ck_closing_reason CHECK (reason IN ('request', 'closure', 'death')),
    CONSTRAINT ck_closing_outcome CHECK (cancelled_at IS NULL OR closed_at IS NULL),
    CONSTRAINT ck_closing_archive CHECK ((closed_at IS NULL) = (erase_at IS NULL)),
    CONSTRAINT ck_closing_reopened CHECK (reopened_at IS NULL OR closed_at IS NOT NULL),
    CONSTRAINT fk_closing_patient_id FOREIGN KEY(patient_id) REFERENCES patient (id)
);
CREATE UNIQUE INDEX uq_closing_open ON closing (patient_id)
    WHERE cancelled_at IS NULL AND reopened_at IS NULL;
CREATE INDEX ix_closing_due_at ON closing (due_at)
    WHERE cancelled_at IS NULL AND closed_at IS NULL;
CREATE INDEX ix_closing_erase_at ON closing (erase_at) WHERE reopened_at IS NULL;
"""

DOWNGRADE = """
DROP TABLE closing;
ALTER TABLE patient DROP COLUMN closed_at;
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute(DOWNGRADE)
