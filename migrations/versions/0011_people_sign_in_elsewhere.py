"""People sign in elsewhere: consents to share a name or an address, and tokens without a key.

Such a consent belongs to a client of its own, to no service, and shows no sheet. Only clients under
the ``oidc`` profile, which never touch health data, may hold tokens that are bound to no key.
"""

from alembic import op

revision = "0011"
down_revision = "0010"

UPGRADE = """
ALTER TABLE consent ALTER COLUMN service_id DROP NOT NULL;
ALTER TABLE consent ALTER COLUMN sheet_id DROP NOT NULL;
ALTER TABLE consent ADD COLUMN shared text[] NOT NULL DEFAULT '{}';
ALTER TABLE consent ADD COLUMN withheld text[] NOT NULL DEFAULT '{}';
ALTER TABLE consent ALTER COLUMN shared DROP DEFAULT;
ALTER TABLE consent ALTER COLUMN withheld DROP DEFAULT;
ALTER TABLE consent ADD CONSTRAINT ck_consent_sheet
    CHECK ((service_id IS NULL) = (sheet_id IS NULL));
CREATE UNIQUE INDEX uq_consent_active_sign_in ON consent (patient_id, client_id)
    WHERE state = 'active' AND service_id IS NULL;

ALTER TABLE authorization_code ALTER COLUMN code_challenge DROP NOT NULL;
ALTER TABLE access_token ALTER COLUMN jkt DROP NOT NULL;
ALTER TABLE refresh_token ALTER COLUMN jkt DROP NOT NULL;
"""

# Consents without a service, and all that hangs on them, have no place in the older schema.
DOWNGRADE = """
DELETE FROM access_token WHERE jkt IS NULL;
DELETE FROM refresh_token WHERE jkt IS NULL;
DELETE FROM access_token a USING consent c WHERE c.id = a.consent_id AND c.service_id IS NULL;
DELETE FROM refresh_token r USING consent c WHERE c.id = r.consent_id AND c.service_id IS NULL;
DELETE FROM authorization_code a USING consent c WHERE c.id = a.consent_id AND c.service_id IS NULL;
DELETE FROM consent WHERE service_id IS NULL;
ALTER TABLE refresh_token ALTER COLUMN jkt SET NOT NULL;
ALTER TABLE access_token ALTER COLUMN jkt SET NOT NULL;
ALTER TABLE authorization_code ALTER COLUMN code_challenge SET NOT NULL;
DROP INDEX uq_consent_active_sign_in;
ALTER TABLE consent DROP CONSTRAINT ck_consent_sheet;
ALTER TABLE consent DROP COLUMN withheld;
ALTER TABLE consent DROP COLUMN shared;
ALTER TABLE consent ALTER COLUMN sheet_id SET NOT NULL;
ALTER TABLE consent ALTER COLUMN service_id SET NOT NULL;
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute(DOWNGRADE)
