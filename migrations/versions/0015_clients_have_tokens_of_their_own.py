"""Clients have tokens of their own: for themselves, without a person."""

from alembic import op

revision = "0015"
down_revision = "0014"

UPGRADE = """
CREATE TABLE machine_token (
    id uuid NOT NULL,
    digest bytea NOT NULL,
    client_id uuid NOT NULL,
    scope varchar NOT NULL,
    jkt varchar NOT NULL,
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    CONSTRAINT pk_machine_token PRIMARY KEY (id),
    CONSTRAINT fk_machine_token_client_id FOREIGN KEY(client_id) REFERENCES client (id)
);
CREATE INDEX ix_machine_token_expires_at ON machine_token (expires_at);
"""

DOWNGRADE = """
DROP TABLE machine_token;
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute(DOWNGRADE)
