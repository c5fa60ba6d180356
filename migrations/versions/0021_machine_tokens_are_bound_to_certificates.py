"""A client's token for itself may be bound to its certificate, too (RFC 8705 §3)."""

from alembic import op

revision = "0021"
down_revision = "0020"

UPGRADE = """
ALTER TABLE machine_token ADD COLUMN x5t varchar;
ALTER TABLE machine_token ALTER COLUMN jkt DROP NOT NULL;
ALTER TABLE machine_token ADD CONSTRAINT ck_machine_token_bound_once
    CHECK ((jkt IS NULL) <> (x5t IS NULL));
"""

DOWNGRADE = """
DELETE FROM machine_token WHERE x5t IS NOT NULL;
ALTER TABLE machine_token DROP CONSTRAINT ck_machine_token_bound_once;
ALTER TABLE machine_token ALTER COLUMN jkt SET NOT NULL;
ALTER TABLE machine_token DROP COLUMN x5t;
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute(DOWNGRADE)
