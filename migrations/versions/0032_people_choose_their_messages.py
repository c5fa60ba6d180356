"""People choose what they are told unasked; the first use of a consent is written down."""

from alembic import op

revision = "0032"
down_revision = "0031"

UPGRADE = """
CREATE TABLE notice_plan (
    account_id uuid NOT NULL,
    first_access boolean NOT NULL,
    accesses varchar NOT NULL,
    every_90_days boolean NOT NULL,
    before_end boolean NOT NULL,
    unused boolean NOT NULL,
    look_at timestamptz NOT NULL,
    looked_at timestamptz NOT NULL,
    told_until timestamptz NOT NULL,
    listed_at timestamptz,
    CONSTRAINT pk_notice_plan PRIMARY KEY (account_id),
    CONSTRAINT fk_notice_plan_account_id FOREIGN KEY(account_id) REFERENCES account (id),
    CONSTRAINT ck_notice_plan_accesses
        CHECK (accesses IN ('immediately', 'daily', 'weekly', 'off'))
);
CREATE INDEX ix_notice_plan_look_at ON notice_plan (look_at);
INSERT INTO notice_plan
    SELECT id, true, 'weekly', true, true, true, now(), now(), now(), NULL FROM account;

ALTER TABLE consent ADD COLUMN first_used_at timestamptz;
UPDATE consent SET first_used_at = used.first_at FROM (
    SELECT consent_id, min(at) AS first_at FROM access WHERE outcome = 'allowed' GROUP BY consent_id
) used WHERE used.consent_id = consent.id;
"""

DOWNGRADE = """
ALTER TABLE consent DROP COLUMN first_used_at;
DROP TABLE notice_plan;
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute(DOWNGRADE)
