"""Accesses say how much of what they moved was hidden from whoever acts for the patient."""

from alembic import op

revision = "0029"
down_revision = "0028"

UPGRADE = """
ALTER TABLE access ADD COLUMN hidden integer NOT NULL DEFAULT 0;
ALTER TABLE access ADD CONSTRAINT ck_access_hidden CHECK (hidden BETWEEN 0 AND items);
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute("ALTER TABLE access DROP COLUMN hidden")
