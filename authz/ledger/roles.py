"""Database roles: who may do what to the ledger, in the database's own words.

Three group roles, without a password and unable to sign in; an operator makes the server's, the
worker's and the auditor's accounts members of one each. The owner of the schema runs ``authz
migrate`` and nothing else.

- **server** appends events, and can neither number, change nor remove one;
- **worker** also numbers and publishes, and can neither change nor remove either; it empties the
  events of whoever was erased;
- **auditor** reads what ``authz ledger verify`` holds against the entries, and writes nothing.

Nobody of them can take a trigger down: that needs the owner.
"""

import re

from authz.db import db
from authz.ledger.errors import LedgerFault

LEDGER = ("event", "queue", "log", "entry", "tile", "checkpoint", "cosignature")
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,40}")

_ROLES = """
DO $$ BEGIN
    CREATE ROLE {role} NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role};
GRANT USAGE ON SCHEMA public TO {role};
"""

_AT_WORK = """
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role};
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role};
REVOKE ALL ON alembic_version, subject_key, service_sheet, {ledger} FROM {role};
GRANT SELECT ON alembic_version, {ledger} TO {role};
GRANT SELECT, INSERT ON service_sheet, ledger_event, ledger_queue TO {role};
-- Erasing a person is an UPDATE; the trigger lets a key be destroyed, and nothing else.
GRANT SELECT, INSERT, UPDATE ON subject_key TO {role};
"""

_WORKER = """
GRANT INSERT ON ledger_log, ledger_entry, ledger_tile TO {role};
GRANT INSERT ON ledger_checkpoint, ledger_cosignature TO {role};
GRANT UPDATE (size, root) ON ledger_log TO {role};
GRANT UPDATE (payload, stream) ON ledger_event TO {role};  -- the trigger: of an erased person
GRANT DELETE ON ledger_queue TO {role};  -- the trigger: with a number in the log, and not before
"""

_AUDITOR = """
GRANT SELECT ON alembic_version, subject_key, service, service_sheet, client, {consents}, {ledger}
    TO {role};
"""


class RoleName(LedgerFault):
    """Not a plain name, so not one that is put into a statement."""


def grant_roles(prefix: str = "authz") -> tuple[str, ...]:
    """Make the three roles if need be, and give them their rights anew; their names.

    The caller is the owner of the schema. Raises ``RoleName``.
    """
    if not _NAME.fullmatch(prefix):
        raise RoleName("a prefix of small letters, digits and underscores")
    steps = {
        f"{prefix}_server": _AT_WORK,
        f"{prefix}_worker": _AT_WORK + _WORKER,
        f"{prefix}_auditor": _AUDITOR,
    }
    ledger = ", ".join(f"ledger_{name}" for name in LEDGER)
    consents = "consent, consent_exchange, consent_change"
    for role, rights in steps.items():
        statements = (_ROLES + rights).format(role=role, ledger=ledger, consents=consents)
        db.session.connection().exec_driver_sql(statements)
    return tuple(steps)
