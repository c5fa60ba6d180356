"""Versions of a sheet may have to be confirmed; services are stopped for a reason."""

from alembic import op

revision = "0020"
down_revision = "0019"

UPGRADE = """
ALTER TABLE service_sheet ADD COLUMN confirm_by timestamptz;
ALTER TABLE service ADD COLUMN reason varchar;
UPDATE service SET reason = 'rules' WHERE status IN ('suspended', 'dereferenced');
ALTER TABLE service ADD CONSTRAINT ck_service_reason
    CHECK ((status IN ('suspended', 'dereferenced')) = (reason IS NOT NULL));
"""

DOWNGRADE = """
ALTER TABLE service DROP CONSTRAINT ck_service_reason;
ALTER TABLE service DROP COLUMN reason;
ALTER TABLE service_sheet DROP COLUMN confirm_by;
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute(DOWNGRADE)
