"""Services give consents back: another way in which a consent ends for ever."""

from alembic import op

revision = "0016"
down_revision = "0015"

UPGRADE = """
ALTER TABLE consent DROP CONSTRAINT ck_consent_state;
ALTER TABLE consent ADD CONSTRAINT ck_consent_state
    CHECK (state IN ('active', 'refused', 'withdrawn', 'replaced', 'returned'));
"""

# The older schema knows one way in which somebody ends a consent.
DOWNGRADE = """
UPDATE consent SET state = 'withdrawn' WHERE state = 'returned';
ALTER TABLE consent DROP CONSTRAINT ck_consent_state;
ALTER TABLE consent ADD CONSTRAINT ck_consent_state
    CHECK (state IN ('active', 'refused', 'withdrawn', 'replaced'));
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute(DOWNGRADE)
