"""People list and remove what a service has added: a token of their own space, and the trace."""

from alembic import op

revision = "0035"
down_revision = "0034"

UPGRADE = """
CREATE TABLE space_token (
    id uuid NOT NULL,
    digest bytea NOT NULL,
    consent_id uuid NOT NULL,
    account_id uuid NOT NULL,
    for_another boolean NOT NULL,
    audience_id uuid NOT NULL,
    jkt varchar NOT NULL,
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT pk_space_token PRIMARY KEY (id),
    CONSTRAINT fk_space_token_consent_id FOREIGN KEY(consent_id) REFERENCES consent (id),
    CONSTRAINT fk_space_token_account_id FOREIGN KEY(account_id) REFERENCES account (id),
    CONSTRAINT fk_space_token_audience_id FOREIGN KEY(audience_id) REFERENCES client (id)
);
CREATE INDEX ix_space_token_expires_at ON space_token (expires_at);

ALTER TABLE access ADD COLUMN account_id uuid
    CONSTRAINT fk_access_account_id REFERENCES account (id);
ALTER TABLE access DROP CONSTRAINT ck_access_direction;
ALTER TABLE access ADD CONSTRAINT ck_access_direction
    CHECK (direction IN ('read', 'write', 'remove'));
ALTER TABLE access ADD CONSTRAINT ck_access_removal
    CHECK ((direction = 'remove') = (account_id IS NOT NULL));
CREATE INDEX ix_fhir_resource_producer ON fhir_resource (subject, producer, created_at);
"""

# The older schema has no word for what a person removed.
DOWNGRADE = """
DROP INDEX ix_fhir_resource_producer;
ALTER TABLE access DROP CONSTRAINT ck_access_removal;
ALTER TABLE access DROP CONSTRAINT ck_access_direction;
DELETE FROM access WHERE direction = 'remove';
ALTER TABLE access ADD CONSTRAINT ck_access_direction CHECK (direction IN ('read', 'write'));
ALTER TABLE access DROP COLUMN account_id;
DROP TABLE space_token;
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute(DOWNGRADE)
