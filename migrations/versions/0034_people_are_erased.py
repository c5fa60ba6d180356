"""People are erased: what leads to them is found quickly, and their events may be emptied."""

from alembic import op

revision = "0034"
down_revision = "0033"

UPGRADE = """
CREATE INDEX ix_authorization_request_account_id ON authorization_request (account_id)
    WHERE account_id IS NOT NULL;
CREATE INDEX ix_consent_account_id ON consent (account_id);
CREATE INDEX ix_consent_change_account_id ON consent_change (account_id)
    WHERE account_id IS NOT NULL;
CREATE INDEX ix_consent_change_mandate_id ON consent_change (mandate_id)
    WHERE mandate_id IS NOT NULL;
CREATE INDEX ix_consent_change_previous ON consent_change (previous) WHERE previous IS NOT NULL;
CREATE INDEX ix_session_mandate_id ON session (mandate_id) WHERE mandate_id IS NOT NULL;
CREATE INDEX ix_mandate_account_id ON mandate (account_id);

-- An event is never altered. Once its person's key is destroyed, what nobody can open any more may
-- go, and the name of its stream, which tells what belonged together.
DROP TRIGGER ledger_event_stays ON ledger_event;
CREATE TRIGGER ledger_event_stays BEFORE DELETE OR TRUNCATE ON ledger_event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE FUNCTION refuse_altering() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.payload IS NOT NULL
        OR (NEW.id, NEW.uuid, NEW.type, NEW.version, NEW.at, NEW.entry, NEW.key_id)
            IS DISTINCT FROM
            (OLD.id, OLD.uuid, OLD.type, OLD.version, OLD.at, OLD.entry, OLD.key_id)
        OR NOT EXISTS (
            SELECT FROM subject_key WHERE id = OLD.key_id AND destroyed_at IS NOT NULL)
    THEN
        RAISE EXCEPTION 'an event is never changed or removed, but emptied with its person'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_event_is_only_emptied BEFORE UPDATE ON ledger_event
    FOR EACH ROW EXECUTE FUNCTION refuse_altering();
"""

DOWNGRADE = """
DROP TRIGGER ledger_event_is_only_emptied ON ledger_event;
DROP FUNCTION refuse_altering();
DROP TRIGGER ledger_event_stays ON ledger_event;
CREATE TRIGGER ledger_event_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
DROP INDEX ix_mandate_account_id;
DROP INDEX ix_session_mandate_id;
DROP INDEX ix_consent_change_previous;
DROP INDEX ix_consent_change_mandate_id;
DROP INDEX ix_consent_change_account_id;
DROP INDEX ix_consent_account_id;
DROP INDEX ix_authorization_request_account_id;
"""


def upgrade() -> None:
    op.execute(UPGRADE)


def downgrade() -> None:
    op.execute(DOWNGRADE)
