"""Accesses are reported by resource servers."""

from alembic import op

revision = "0005"
down_revision = "0004"

UPGRADE = """
CREATE TABLE access (
    id uuid NOT NULL,
    patient_id uuid NOT NULL,
    consent_id uuid NOT NULL,
    token_id uuid NOT NULL,
    resource_server_id uuid NOT NULL,
    area varchar NOT NULL,
    direction varchar NOT NULL,
    category varchar NOT NULL,
    outcome varchar NOT NULL,
    items integer NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT pk_access PRIMARY KEY (id),
    CONSTRAINT ck_access_direction CHECK (direction IN ('read', 'write')),
    CONSTRAINT ck_access_outcome CHECK (outcome IN ('allowed', 'denied')),
    CONSTRAINT fk_access_patient_id FOREIGN KEY(patient_id) REFERENCES patient (id),
    CONSTRAINT fk_access_consent_id FOREIGN KEY(consent_id) REFERENCES consent (id),
    CONSTRAINT fk_access_resource_server_id FOREIGN KEY(resource_server_id) REFERENCES client (id)
);
CREATE INDEX ix_access_consent_id ON access (consent_id);
CREATE INDEX ix_access_patient_at ON access (patient_id, at);
"""

DOWNGRADE = """
DROP TABLE access;
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute(DOWNGRADE)
