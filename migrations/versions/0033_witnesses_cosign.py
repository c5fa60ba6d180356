"""Witnesses cosign checkpoints: their lines are kept beside what they signed."""

from alembic import op

revision = "0033"
down_revision = "0032"

UPGRADE = """
CREATE TABLE ledger_cosignature (
    log_id uuid NOT NULL,
    size bigint NOT NULL,
    witness varchar NOT NULL,
    line varchar NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT pk_ledger_cosignature PRIMARY KEY (log_id, size, witness),
    CONSTRAINT fk_ledger_cosignature_log_id FOREIGN KEY (log_id) REFERENCES ledger_log (id)
);
CREATE TRIGGER ledger_cosignature_is_immutable
    BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_cosignature
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute("DROP TABLE ledger_cosignature")
