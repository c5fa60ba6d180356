"""Health data are kept, by the resource server that ships with us."""

from alembic import op

revision = "0009"
down_revision = "0008"

UPGRADE = """
CREATE TABLE fhir_resource (
    id uuid NOT NULL,
    subject varchar NOT NULL,
    area varchar NOT NULL,
    category varchar NOT NULL,
    type varchar NOT NULL,
    body jsonb NOT NULL,
    producer varchar NOT NULL,
    effective_at timestamptz,
    created_at timestamptz NOT NULL,
    CONSTRAINT pk_fhir_resource PRIMARY KEY (id)
);
CREATE INDEX ix_fhir_resource_kind ON fhir_resource (subject, area, category, effective_at);

CREATE TABLE seen_proof (
    digest bytea NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT pk_seen_proof PRIMARY KEY (digest)
);
CREATE INDEX ix_seen_proof_expires_at ON seen_proof (expires_at);
"""

DOWNGRADE = """
DROP TABLE seen_proof;
DROP TABLE fhir_resource;
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute(DOWNGRADE)
