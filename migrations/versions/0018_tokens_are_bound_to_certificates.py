"""Tokens are bound to certificates: the other way to hold one (RFC 8705 §3)."""

from alembic import op

revision = "0018"
down_revision = "0017"

UPGRADE = """
ALTER TABLE access_token ADD COLUMN x5t varchar;
ALTER TABLE access_token ADD CONSTRAINT ck_access_token_bound_once
    CHECK (jkt IS NULL OR x5t IS NULL);
"""

# The older schema would take such a token from anybody.
DOWNGRADE = """
DELETE FROM access_token WHERE x5t IS NOT NULL;
ALTER TABLE access_token DROP CONSTRAINT ck_access_token_bound_once;
ALTER TABLE access_token DROP COLUMN x5t;
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute(DOWNGRADE)
