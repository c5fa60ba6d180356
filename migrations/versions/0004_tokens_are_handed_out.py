"""Tokens are handed out: pushed requests, codes, access and refresh tokens, spent values."""

from alembic import op

revision = "0004"
down_revision = "0003"

UPGRADE = """
CREATE TABLE authorization_request (
    id uuid NOT NULL,
    client_id uuid NOT NULL,
    digest bytea NOT NULL,
    parameters jsonb NOT NULL,
    account_id uuid,
    created_at timestamptz NOT NULL,
    opened_at timestamptz,
    expires_at timestamptz NOT NULL,
    decided_at timestamptz,
    CONSTRAINT pk_authorization_request PRIMARY KEY (id),
    CONSTRAINT fk_authorization_request_client_id FOREIGN KEY(client_id) REFERENCES client (id),
    CONSTRAINT fk_authorization_request_account_id FOREIGN KEY(account_id) REFERENCES account (id)
);

CREATE TABLE authorization_code (
    id uuid NOT NULL,
    digest bytea NOT NULL,
    request_id uuid NOT NULL,
    client_id uuid NOT NULL,
    consent_id uuid NOT NULL,
    session_id uuid NOT NULL,
    scope varchar NOT NULL,
    redirect_uri varchar NOT NULL,
    code_challenge varchar NOT NULL,
    jkt varchar,
    nonce varchar,
    authenticated_at timestamptz NOT NULL,
    acr varchar NOT NULL,
    amr text[] NOT NULL,
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    consumed_at timestamptz,
    CONSTRAINT pk_authorization_code PRIMARY KEY (id),
    CONSTRAINT uq_authorization_code_request_id UNIQUE (request_id),
    CONSTRAINT fk_authorization_code_request_id
        FOREIGN KEY(request_id) REFERENCES authorization_request (id),
    CONSTRAINT fk_authorization_code_client_id FOREIGN KEY(client_id) REFERENCES client (id),
    CONSTRAINT fk_authorization_code_consent_id FOREIGN KEY(consent_id) REFERENCES consent (id),
    CONSTRAINT fk_authorization_code_session_id FOREIGN KEY(session_id) REFERENCES session (id)
);
CREATE INDEX ix_authorization_code_consent_id ON authorization_code (consent_id);

CREATE TABLE access_token (
    id uuid NOT NULL,
    digest bytea NOT NULL,
    client_id uuid NOT NULL,
    consent_id uuid NOT NULL,
    code_id uuid NOT NULL,
    scope varchar NOT NULL,
    jkt varchar NOT NULL,
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    CONSTRAINT pk_access_token PRIMARY KEY (id),
    CONSTRAINT fk_access_token_client_id FOREIGN KEY(client_id) REFERENCES client (id),
    CONSTRAINT fk_access_token_consent_id FOREIGN KEY(consent_id) REFERENCES consent (id),
    CONSTRAINT fk_access_token_code_id FOREIGN KEY(code_id) REFERENCES authorization_code (id)
);
CREATE INDEX ix_access_token_code_id ON access_token (code_id);
CREATE INDEX ix_access_token_consent_id ON access_token (consent_id);

CREATE TABLE refresh_token (
    id uuid NOT NULL,
    digest bytea NOT NULL,
    client_id uuid NOT NULL,
    consent_id uuid NOT NULL,
    code_id uuid NOT NULL,
    scope varchar NOT NULL,
    jkt varchar NOT NULL,
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    CONSTRAINT pk_refresh_token PRIMARY KEY (id),
    CONSTRAINT fk_refresh_token_client_id FOREIGN KEY(client_id) REFERENCES client (id),
    CONSTRAINT fk_refresh_token_consent_id FOREIGN KEY(consent_id) REFERENCES consent (id),
    CONSTRAINT fk_refresh_token_code_id FOREIGN KEY(code_id) REFERENCES authorization_code (id)
);
CREATE INDEX ix_refresh_token_code_id ON refresh_token (code_id);
CREATE INDEX ix_refresh_token_consent_id ON refresh_token (consent_id);

CREATE TABLE spent (
    kind varchar NOT NULL,
    digest bytea NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT pk_spent PRIMARY KEY (kind, digest)
);
CREATE INDEX ix_spent_expires_at ON spent (expires_at);
"""

DOWNGRADE = """
DROP TABLE spent;
DROP TABLE refresh_token;
DROP TABLE access_token;
DROP TABLE authorization_code;
DROP TABLE authorization_request;
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute(DOWNGRADE)
