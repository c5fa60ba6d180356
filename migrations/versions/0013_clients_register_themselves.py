"""Clients register themselves: who is admitted, and by which token each changes itself."""

from alembic import op

revision = "0013"
down_revision = "0012"

UPGRADE = """
CREATE TABLE admission (
    id uuid NOT NULL,
    digest bytea NOT NULL,
    service_id uuid,
    uses_left integer NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT pk_admission PRIMARY KEY (id),
    CONSTRAINT ck_admission_uses_left CHECK (uses_left >= 0),
    CONSTRAINT uq_admission_digest UNIQUE (digest),
    CONSTRAINT fk_admission_service_id FOREIGN KEY(service_id) REFERENCES service (id)
);

CREATE TABLE enrolment (
    client_id uuid NOT NULL,
    token_digest bytea NOT NULL,
    software_id varchar,
    changed_at timestamptz NOT NULL,
    CONSTRAINT pk_enrolment PRIMARY KEY (client_id),
    CONSTRAINT fk_enrolment_client_id FOREIGN KEY(client_id) REFERENCES client (id)
);
"""

DOWNGRADE = """
DROP TABLE enrolment;
DROP TABLE admission;
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute(DOWNGRADE)
