"""Keys come and go: announced, signing, retired, removed; a retired one has no private half."""

from alembic import op

revision = "0012"
down_revision = "0011"

UPGRADE = """
ALTER TABLE signing_key ADD COLUMN changed_at timestamptz;
UPDATE signing_key SET changed_at = created_at;
ALTER TABLE signing_key ALTER COLUMN changed_at SET NOT NULL;
ALTER TABLE signing_key ALTER COLUMN sealed DROP NOT NULL;
ALTER TABLE signing_key DROP CONSTRAINT ck_signing_key_state;
ALTER TABLE signing_key ADD CONSTRAINT ck_signing_key_state
    CHECK (state IN ('announced', 'signing', 'retired', 'removed'));
UPDATE signing_key SET sealed = NULL WHERE state = 'retired';
ALTER TABLE signing_key ADD CONSTRAINT ck_signing_key_sealed
    CHECK ((state IN ('announced', 'signing')) = (sealed IS NOT NULL));
CREATE UNIQUE INDEX uq_signing_key_announced ON signing_key (purpose, algorithm)
    WHERE state = 'announced';
"""

# Keys without a private half cannot go back to a schema in which every key has one.
DOWNGRADE = """
DROP INDEX uq_signing_key_announced;
ALTER TABLE signing_key DROP CONSTRAINT ck_signing_key_sealed;
DELETE FROM signing_key WHERE sealed IS NULL;
ALTER TABLE signing_key DROP CONSTRAINT ck_signing_key_state;
ALTER TABLE signing_key ADD CONSTRAINT ck_signing_key_state
    CHECK (state IN ('announced', 'signing', 'retired'));
ALTER TABLE signing_key ALTER COLUMN sealed SET NOT NULL;
ALTER TABLE signing_key DROP COLUMN changed_at;
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute(DOWNGRADE)
