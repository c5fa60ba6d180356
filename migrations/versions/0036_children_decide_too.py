"""When all were told that a child may decide too."""

from alembic import op

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    op.execute("ALTER TABLE mandate ADD COLUMN reviewed_at timestamptz")


def downgrade() -> None:
    op.execute("ALTER TABLE mandate DROP COLUMN reviewed_at")
