"""Patients decide: consents with every exchange, allowed or refused."""

from alembic import op

revision = "0003"
down_revision = "0002"

UPGRADE = """
CREATE TABLE consent (
    id uuid NOT NULL,
    patient_id uuid NOT NULL,
    service_id uuid NOT NULL,
    client_id uuid NOT NULL,
    sheet_id uuid NOT NULL,
    account_id uuid NOT NULL,
    quality varchar NOT NULL,
    language varchar NOT NULL,
    acr varchar NOT NULL,
    offline boolean NOT NULL,
    state varchar NOT NULL,
    decided_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    ended_at timestamptz,
    CONSTRAINT pk_consent PRIMARY KEY (id),
    CONSTRAINT ck_consent_state CHECK (state IN ('active', 'refused', 'withdrawn', 'replaced')),
    CONSTRAINT ck_consent_ended CHECK ((state = 'active') = (ended_at IS NULL)),
    CONSTRAINT ck_consent_quality CHECK (quality IN ('self')),
    CONSTRAINT fk_consent_patient_id FOREIGN KEY(patient_id) REFERENCES patient (id),
    CONSTRAINT fk_consent_service_id FOREIGN KEY(service_id) REFERENCES service (id),
    CONSTRAINT fk_consent_client_id FOREIGN KEY(client_id) REFERENCES client (id),
    CONSTRAINT fk_consent_sheet_id FOREIGN KEY(sheet_id) REFERENCES service_sheet (id),
    CONSTRAINT fk_consent_account_id FOREIGN KEY(account_id) REFERENCES account (id)
);
CREATE UNIQUE INDEX uq_consent_active ON consent (patient_id, service_id) WHERE state = 'active';

CREATE TABLE consent_exchange (
    consent_id uuid NOT NULL,
    exchange_id varchar NOT NULL,
    position integer NOT NULL,
    purpose varchar NOT NULL,
    area varchar NOT NULL,
    direction varchar NOT NULL,
    category varchar NOT NULL,
    period varchar,
    scope varchar NOT NULL,
    allowed boolean NOT NULL,
    CONSTRAINT pk_consent_exchange PRIMARY KEY (consent_id, exchange_id),
    CONSTRAINT ck_consent_exchange_area CHECK (area IN ('record', 'messaging', 'agenda')),
    CONSTRAINT ck_consent_exchange_direction CHECK (direction IN ('read', 'write')),
    CONSTRAINT fk_consent_exchange_consent_id FOREIGN KEY(consent_id) REFERENCES consent (id)
);
"""

DOWNGRADE = """
DROP TABLE consent_exchange;
DROP TABLE consent;
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute(DOWNGRADE)
