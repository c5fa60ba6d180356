"""Keys sign: one purpose each, the private half sealed."""

from alembic import op

revision = "0007"
down_revision = "0006"

UPGRADE = """
CREATE TABLE signing_key (
    kid varchar NOT NULL,
    purpose varchar NOT NULL,
    algorithm varchar NOT NULL,
    state varchar NOT NULL,
    public_jwk jsonb NOT NULL,
    sealed bytea NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT pk_signing_key PRIMARY KEY (kid),
    CONSTRAINT ck_signing_key_state CHECK (state IN ('announced', 'signing', 'retired'))
);
CREATE UNIQUE INDEX uq_signing_key_signing ON signing_key (purpose, algorithm)
    WHERE state = 'signing';
"""

DOWNGRADE = """
DROP TABLE signing_key;
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute(DOWNGRADE)
