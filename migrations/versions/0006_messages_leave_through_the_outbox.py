"""Messages leave through the outbox."""

from alembic import op

revision = "0006"
down_revision = "0005"

UPGRADE = """
CREATE TABLE outbox_message (
    id uuid NOT NULL,
    kind varchar NOT NULL,
    recipient varchar NOT NULL,
    language varchar NOT NULL,
    parameters jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    attempts integer NOT NULL,
    sent_at timestamptz,
    CONSTRAINT pk_outbox_message PRIMARY KEY (id)
);
CREATE INDEX ix_outbox_message_due ON outbox_message (due_at) WHERE sent_at IS NULL;

CREATE TABLE letter (
    id uuid NOT NULL,
    recipient varchar NOT NULL,
    subject varchar NOT NULL,
    text varchar NOT NULL,
    html varchar NOT NULL,
    sent_at timestamptz NOT NULL,
    CONSTRAINT pk_letter PRIMARY KEY (id)
);
"""

DOWNGRADE = """
DROP TABLE letter;
DROP TABLE outbox_message;
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute(DOWNGRADE)
