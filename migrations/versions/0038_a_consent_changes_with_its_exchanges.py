"""Whoever changes an exchange changes its consent: the version of that row says whether what was
read of a consent is still so (authz/protocol/again.py)."""

from alembic import op

revision = "0038"
down_revision = "0037"

UPGRADE = """
CREATE FUNCTION consent_changes_too() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE consent c SET revision = c.revision
    FROM (SELECT DISTINCT consent_id FROM changed) exchange
    WHERE c.id = exchange.consent_id AND c.xmin <> CAST(pg_current_xact_id() AS xid);
    RETURN NULL;
END $$;

CREATE TRIGGER consent_exchange_added AFTER INSERT ON consent_exchange
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION consent_changes_too();
CREATE TRIGGER consent_exchange_changed AFTER UPDATE ON consent_exchange
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION consent_changes_too();
CREATE TRIGGER consent_exchange_removed AFTER DELETE ON consent_exchange
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION consent_changes_too();
"""

DOWNGRADE = """
DROP TRIGGER consent_exchange_removed ON consent_exchange;
DROP TRIGGER consent_exchange_changed ON consent_exchange;
DROP TRIGGER consent_exchange_added ON consent_exchange;
DROP FUNCTION consent_changes_too();
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute(DOWNGRADE)
