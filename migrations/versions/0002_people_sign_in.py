"""People sign in: patients, accounts, sessions, and the brake on guessing."""

from alembic import op

revision = "0002"
down_revision = "0001"

UPGRADE = """
CREATE TABLE patient (
    id uuid NOT NULL,
    given_name varchar NOT NULL,
    family_name varchar NOT NULL,
    birth_date date NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT pk_patient PRIMARY KEY (id)
);

CREATE TABLE account (
    id uuid NOT NULL,
    identifier varchar NOT NULL,
    password_hash varchar NOT NULL,
    patient_id uuid NOT NULL,
    email varchar NOT NULL,
    language varchar NOT NULL,
    created_at timestamptz NOT NULL,
    disabled_at timestamptz,
    CONSTRAINT pk_account PRIMARY KEY (id),
    CONSTRAINT uq_account_identifier UNIQUE (identifier),
    CONSTRAINT uq_account_patient_id UNIQUE (patient_id),
    CONSTRAINT fk_account_patient_id FOREIGN KEY(patient_id) REFERENCES patient (id)
);

CREATE TABLE session (
    id uuid NOT NULL,
    digest bytea NOT NULL,
    account_id uuid NOT NULL,
    authenticated_at timestamptz NOT NULL,
    acr varchar NOT NULL,
    amr text[] NOT NULL,
    last_seen_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    CONSTRAINT pk_session PRIMARY KEY (id),
    CONSTRAINT uq_session_digest UNIQUE (digest),
    CONSTRAINT fk_session_account_id FOREIGN KEY(account_id) REFERENCES account (id)
);
CREATE INDEX ix_session_account_id ON session (account_id);

CREATE TABLE throttle (
    key bytea NOT NULL,
    failures integer NOT NULL,
    last_failure_at timestamptz NOT NULL,
    CONSTRAINT pk_throttle PRIMARY KEY (key)
);
"""

DOWNGRADE = """
DROP TABLE throttle;
DROP TABLE session;
DROP TABLE account;
DROP TABLE patient;
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute(DOWNGRADE)
