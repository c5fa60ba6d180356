"""Services enter the catalogue: their numbered sheets, and their OAuth clients."""

from alembic import op

revision = "0001"
down_revision = None

UPGRADE = """
CREATE TABLE service (
    id uuid NOT NULL,
    slug varchar NOT NULL,
    status varchar NOT NULL,
    reference varchar,
    referenced_at timestamptz,
    created_at timestamptz NOT NULL,
    CONSTRAINT pk_service PRIMARY KEY (id),
    CONSTRAINT ck_service_status CHECK (
        status IN ('draft', 'submitted', 'referenced', 'suspended', 'dereferenced')),
    CONSTRAINT uq_service_slug UNIQUE (slug)
);

CREATE TABLE service_sheet (
    id uuid NOT NULL,
    service_id uuid NOT NULL,
    number integer NOT NULL,
    content jsonb NOT NULL,
    digest varchar NOT NULL,
    published_at timestamptz NOT NULL,
    CONSTRAINT pk_service_sheet PRIMARY KEY (id),
    CONSTRAINT uq_service_sheet_service_id_number UNIQUE (service_id, number),
    CONSTRAINT fk_service_sheet_service_id FOREIGN KEY(service_id) REFERENCES service (id)
);

CREATE TABLE client (
    id uuid NOT NULL,
    client_id varchar NOT NULL,
    kind varchar NOT NULL,
    profile varchar NOT NULL,
    service_id uuid,
    name varchar NOT NULL,
    auth_method varchar NOT NULL,
    jwks jsonb,
    secret_digest bytea,
    redirect_uris text[] NOT NULL,
    sector varchar NOT NULL,
    areas text[] NOT NULL,
    created_at timestamptz NOT NULL,
    disabled_at timestamptz,
    CONSTRAINT pk_client PRIMARY KEY (id),
    CONSTRAINT ck_client_kind CHECK (kind IN ('service', 'resource_server')),
    CONSTRAINT ck_client_profile CHECK (profile IN ('fapi2', 'oidc')),
    CONSTRAINT ck_client_service CHECK ((kind = 'service') = (service_id IS NOT NULL)),
    CONSTRAINT ck_client_auth_method CHECK (
        (auth_method = 'private_key_jwt' AND jwks IS NOT NULL AND secret_digest IS NULL)
        OR (auth_method = 'client_secret_basic' AND secret_digest IS NOT NULL
            AND kind = 'resource_server')),
    CONSTRAINT uq_client_client_id UNIQUE (client_id),
    CONSTRAINT fk_client_service_id FOREIGN KEY(service_id) REFERENCES service (id)
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed or removed', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER service_sheet_is_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON service_sheet
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

DOWNGRADE = """
DROP TABLE client;
DROP TABLE service_sheet;
DROP TABLE service;
DROP FUNCTION refuse_change();
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute(DOWNGRADE)
