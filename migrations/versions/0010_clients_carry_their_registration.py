"""Clients carry their registration: grant types, environment and RFC 7591 metadata.

A relying party asks for sign-in alone, under the ``oidc`` profile, and belongs to no service.
"""

from alembic import op

revision = "0010"
down_revision = "0009"

UPGRADE = """
ALTER TABLE client ADD COLUMN environment varchar NOT NULL DEFAULT 'production';
ALTER TABLE client ADD COLUMN grant_types text[] NOT NULL
    DEFAULT '{authorization_code,refresh_token}';
ALTER TABLE client ADD COLUMN registration jsonb NOT NULL DEFAULT '{}';
ALTER TABLE client ALTER COLUMN environment DROP DEFAULT;
ALTER TABLE client ALTER COLUMN grant_types DROP DEFAULT;
ALTER TABLE client ALTER COLUMN registration DROP DEFAULT;
ALTER TABLE client DROP CONSTRAINT ck_client_kind;
ALTER TABLE client DROP CONSTRAINT ck_client_auth_method;
ALTER TABLE client ADD CONSTRAINT ck_client_environment
    CHECK (environment IN ('production', 'sandbox'));
ALTER TABLE client ADD CONSTRAINT ck_client_kind
    CHECK (kind IN ('service', 'resource_server', 'relying_party'));
ALTER TABLE client ADD CONSTRAINT ck_client_relying_party
    CHECK ((kind = 'relying_party') = (profile = 'oidc'));
ALTER TABLE client ADD CONSTRAINT ck_client_auth_method CHECK (CASE kind
    WHEN 'service' THEN auth_method IN
        ('private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth')
    WHEN 'resource_server' THEN auth_method IN ('client_secret_basic', 'private_key_jwt')
    ELSE auth_method IN ('private_key_jwt', 'client_secret_basic', 'client_secret_post', 'none')
    END);
ALTER TABLE client ADD CONSTRAINT ck_client_secret
    CHECK ((auth_method LIKE 'client_secret_%') = (secret_digest IS NOT NULL));
ALTER TABLE client ADD CONSTRAINT ck_client_keys
    CHECK (auth_method <> 'private_key_jwt' OR jwks IS NOT NULL
        OR (registration -> 'jwks_uri') IS NOT NULL);
"""

DOWNGRADE = """
ALTER TABLE client DROP CONSTRAINT ck_client_keys;
ALTER TABLE client DROP CONSTRAINT ck_client_secret;
ALTER TABLE client DROP CONSTRAINT ck_client_auth_method;
ALTER TABLE client DROP CONSTRAINT ck_client_relying_party;
ALTER TABLE client DROP CONSTRAINT ck_client_kind;
ALTER TABLE client DROP CONSTRAINT ck_client_environment;
ALTER TABLE client ADD CONSTRAINT ck_client_kind CHECK (kind IN ('service', 'resource_server'));
ALTER TABLE client ADD CONSTRAINT ck_client_auth_method CHECK (
    (auth_method = 'private_key_jwt' AND jwks IS NOT NULL AND secret_digest IS NULL)
    OR (auth_method = 'client_secret_basic' AND secret_digest IS NOT NULL
        AND kind = 'resource_server'));
ALTER TABLE client DROP COLUMN registration;
ALTER TABLE client DROP COLUMN grant_types;
ALTER TABLE client DROP COLUMN environment;
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute(DOWNGRADE)
