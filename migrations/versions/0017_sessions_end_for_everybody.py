"""Sessions end for everybody: who signed in through one is told when it ends.

Two indexes: the codes of a session, and the sessions that nobody has ended yet.
"""

from alembic import op

revision = "0017"
down_revision = "0016"

UPGRADE = """
CREATE INDEX ix_authorization_code_session_id ON authorization_code (session_id);
CREATE INDEX ix_session_open ON session (last_seen_at) WHERE ended_at IS NULL;
"""

DOWNGRADE = """
DROP INDEX ix_session_open;
DROP INDEX ix_authorization_code_session_id;
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute(DOWNGRADE)
