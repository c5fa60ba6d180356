"""A sheet's number is at hand without unpacking the sheet, and a token's shape is one rule:
PostgreSQL reads every rule anew at each statement that inserts."""

from alembic import op

revision = "0039"
down_revision = "0038"

UPGRADE = """
ALTER TABLE service_sheet ADD COLUMN oid varchar GENERATED ALWAYS AS (content ->> 'oid') STORED;
ALTER TABLE access_token
    DROP CONSTRAINT ck_access_token_bound_once,
    DROP CONSTRAINT ck_access_token_exchanged_whole,
    ADD CONSTRAINT ck_access_token_shape CHECK (
        (jkt IS NULL OR x5t IS NULL) AND num_nulls(actor_id, audience_id, subject_id) IN (0, 3));
"""

DOWNGRADE = """
ALTER TABLE access_token
    DROP CONSTRAINT ck_access_token_shape,
    ADD CONSTRAINT ck_access_token_bound_once CHECK (jkt IS NULL OR x5t IS NULL),
    ADD CONSTRAINT ck_access_token_exchanged_whole CHECK (
        num_nulls(actor_id, audience_id, subject_id) IN (0, 3));
ALTER TABLE service_sheet DROP COLUMN oid;
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute(DOWNGRADE)
