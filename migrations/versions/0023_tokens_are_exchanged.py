"""A resource server calls another one with what it was shown (RFC 8693)."""

from alembic import op

revision = "0023"
down_revision = "0022"

UPGRADE = """
ALTER TABLE access_token ADD COLUMN actor_id uuid REFERENCES client (id);
ALTER TABLE access_token ADD COLUMN audience_id uuid REFERENCES client (id);
ALTER TABLE access_token ADD COLUMN subject_id uuid REFERENCES access_token (id);
ALTER TABLE access_token ADD CONSTRAINT ck_access_token_exchanged_whole
    CHECK (num_nulls(actor_id, audience_id, subject_id) IN (0, 3));
CREATE INDEX ix_access_token_subject_id ON access_token (subject_id) WHERE subject_id IS NOT NULL;
"""

# The older schema would take such a token from a service.
DOWNGRADE = """
DELETE FROM access_token WHERE subject_id IS NOT NULL;
ALTER TABLE access_token DROP COLUMN actor_id, DROP COLUMN audience_id, DROP COLUMN subject_id;
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute(DOWNGRADE)
