"""A device without a browser asks, and somebody answers elsewhere (RFC 8628)."""

from alembic import op

revision = "0024"
down_revision = "0023"

UPGRADE = """
CREATE TABLE device_authorization (
    id uuid PRIMARY KEY,
    digest bytea NOT NULL,
    user_code varchar NOT NULL,
    client_id uuid NOT NULL REFERENCES client (id),
    parameters jsonb NOT NULL,
    request_id uuid REFERENCES authorization_request (id),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    stopped_at timestamptz,
    polled_at timestamptz,
    pause integer NOT NULL,
    CONSTRAINT uq_device_authorization_user_code UNIQUE (user_code),
    CONSTRAINT uq_device_authorization_request_id UNIQUE (request_id)
);
CREATE INDEX ix_device_authorization_expires_at ON device_authorization (expires_at);
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute("DROP TABLE device_authorization")
