"""What the hot paths ask, a single statement each (``docs/decisions``, 0002)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Row, text

from authz.db import db
from authz.statements import Statement, ask

# All exchanges of consent ``c``, a line for each: see ``exchanges.py``. What is hidden from whoever
# acts for a person is open where the person allowed the exchange, and the code went to them.
_EXCHANGES = """
    ARRAY(
        SELECT concat_ws(chr(31), e.allowed AND e.exchange_id = ANY ({code}.exchanges),
            NOT e.by_another AND {code}.mandate_id IS NULL, e.scope,
            e.purpose, e.area, e.direction, e.category, e.period)
        FROM consent_exchange e WHERE e.consent_id = c.id ORDER BY e.position
    ) AS exchanges
"""

# Whose account it is that a code went to, where that was not the person themselves.
_ACTING = """
    (SELECT who.patient_id FROM mandate m JOIN account who ON who.id = m.account_id
     WHERE m.id = {code}.mandate_id) AS acting_id
"""

# Whether the request behind a code to sign in with named claims for the ID token (OIDC Core §5.5).
_NAMES_CLAIMS = """
    (c.service_id IS NULL AND EXISTS (SELECT FROM authorization_request r
        WHERE r.id = code.request_id AND r.parameters -> 'claims' -> 'id_token' IS NOT NULL)
    ) AS names_claims
"""

# The consent ``c`` stands, and so does the service that it is given to, if there is one: a service
# that comes back into the catalogue does not find the consents that it had before. What was given
# by a mandate whose date has passed waits for an answer, also before a worker has written it down.
STANDS = """
    c.state = 'active' AND c.ends_at > :at AND (c.confirm_by IS NULL OR c.confirm_by > :at)
    AND (c.mandate_id IS NULL OR NOT EXISTS (
        SELECT FROM mandate m WHERE m.id = c.mandate_id AND m.ended_at IS NULL
          AND m.ends_at <= :at))
    AND (c.service_id IS NULL OR EXISTS (
        SELECT FROM service s WHERE s.id = c.service_id AND s.status = 'referenced'
          AND s.referenced_at <= c.decided_at))
"""

# See ``conditions.py``. A value that is not given is not asked about.
_CLIENT_STANDS = """
        (CAST(:caller_id AS uuid) IS NULL OR EXISTS (
            SELECT FROM client WHERE id = :caller_id AND disabled_at IS NULL
              AND CAST(CAST(xmin AS text) AS bigint) = :caller_version))
"""
_CALLER = f"caller AS MATERIALIZED (SELECT {_CLIENT_STANDS} AS stands)"
# The same where the newest sheet of a referenced service was looked at.
_CALLER_WITH_SHEET = f"""
    caller AS MATERIALIZED (
        SELECT {_CLIENT_STANDS} AND (CAST(:sheet_id AS uuid) IS NULL OR EXISTS (
            SELECT FROM service_sheet sheet
            JOIN service s ON s.id = sheet.service_id AND s.status = 'referenced'
            WHERE sheet.id = :sheet_id AND NOT EXISTS (
                SELECT FROM service_sheet newer
                WHERE newer.service_id = sheet.service_id AND newer.number > sheet.number)
        )) AS stands
    )
"""
_SPENT = """
    assertion AS (
        INSERT INTO spent (kind, digest, expires_at)
        SELECT 'client_assertion', CAST(:assertion AS bytea),
            CAST(:assertion_until AS timestamptz)
        FROM caller
        WHERE stands AND CAST(:assertion AS bytea) IS NOT NULL
        ON CONFLICT DO NOTHING RETURNING true AS is_new
    ), proof AS (
        INSERT INTO spent (kind, digest, expires_at)
        SELECT 'dpop', CAST(:proof AS bytea), CAST(:proof_until AS timestamptz)
        FROM caller
        WHERE stands AND CAST(:proof AS bytea) IS NOT NULL
          AND (CAST(:assertion AS bytea) IS NULL OR EXISTS (SELECT FROM assertion))
        ON CONFLICT DO NOTHING RETURNING true AS is_new
    ), conditions AS MATERIALIZED (
        SELECT stands AS caller_stands,
            CAST(:assertion AS bytea) IS NULL OR EXISTS (SELECT FROM assertion) AS assertion_new,
            CAST(:proof AS bytea) IS NULL OR EXISTS (SELECT FROM proof) AS proof_new
        FROM caller
    )
"""
CONDITIONS = f"{_CALLER}, {_SPENT}"
_CONDITIONS_WITH_SHEET = f"{_CALLER_WITH_SHEET}, {_SPENT}"
_HOLD = "(SELECT caller_stands AND assertion_new AND proof_new FROM conditions)"
_SETTLE = Statement(f"WITH {_CONDITIONS_WITH_SHEET} SELECT * FROM conditions")

# The consent is locked before anything is stored, so that a withdrawal comes wholly before (and
# nothing is stored) or wholly after (and ends what was).
_REDEEM = f"""
    WITH {CONDITIONS}, code AS (
        UPDATE authorization_code SET consumed_at = :at
        WHERE {_HOLD} AND id = :code_id AND digest = :code_digest AND client_id = :client_id
          AND consumed_at IS NULL AND expires_at > :at
        RETURNING *
    ), c AS MATERIALIZED (
        SELECT c.id, c.patient_id, c.service_id, c.ends_at, c.offline FROM consent c
        JOIN code ON c.id = code.consent_id AND c.client_id = code.client_id
        WHERE {STANDS} FOR SHARE OF c
    ), fit AS (
        SELECT code.*, c.patient_id, c.ends_at, c.offline FROM code JOIN c ON c.id = code.consent_id
        WHERE code.redirect_uri = :redirect_uri
          AND code.code_challenge IS NOT DISTINCT FROM CAST(:code_challenge AS text)
          AND (code.jkt IS NULL OR code.jkt = :jkt)
    ), access AS (
        INSERT INTO access_token
            (id, digest, client_id, consent_id, code_id, scope, jkt, x5t, issued_at, expires_at)
        SELECT :access_id, :access_digest, client_id, consent_id, id, scope, :jkt, :x5t, :at,
            least(:access_expires_at, ends_at)
        FROM fit RETURNING expires_at
    ), refresh AS (
        INSERT INTO refresh_token
            (id, digest, client_id, consent_id, code_id, scope, jkt, issued_at, expires_at)
        SELECT :refresh_id, :refresh_digest, client_id, consent_id, id, scope, :jkt, :at,
            least(:refresh_expires_at, ends_at)
        FROM fit WHERE offline AND 'offline_access' = ANY (string_to_array(scope, ' '))
        RETURNING id
    )
    SELECT conditions.*, code.scope, code.consent_id, code.nonce, code.authenticated_at, code.acr,
        code.amr, code.session_id, c.patient_id, c.ends_at, access.expires_at,
        refresh.id AS refresh_id, k.kid, k.sealed, {_NAMES_CLAIMS}, {_ACTING.format(code="code")},
        {_EXCHANGES.format(code="code")}
    FROM conditions LEFT JOIN code ON true LEFT JOIN c ON true LEFT JOIN access ON true
    LEFT JOIN refresh ON true LEFT JOIN signing_key k
        ON k.purpose = 'id_token' AND k.algorithm = :algorithm AND k.state = 'signing'
"""
_REDEEM_AT_ONCE = Statement(_REDEEM)

_REFRESH = f"""
    WITH {CONDITIONS}, c AS MATERIALIZED (
        SELECT c.id, c.patient_id, c.ends_at
        FROM refresh_token r JOIN consent c ON c.id = r.consent_id
        WHERE {_HOLD} AND r.id = :refresh_id AND {STANDS} FOR SHARE OF c
    ), held AS (
        SELECT r.id, r.client_id, r.consent_id, r.code_id, r.scope, r.expires_at,
            c.patient_id, c.ends_at, origin.exchanges, origin.mandate_id,
            coalesce(CAST(:scope AS text), r.scope) AS asked
        FROM refresh_token r JOIN c ON c.id = r.consent_id
        JOIN authorization_code origin ON origin.id = r.code_id
        WHERE r.id = :refresh_id AND r.digest = :refresh_digest AND r.client_id = :client_id
          AND (r.jkt IS NULL OR r.jkt = :jkt) AND r.ended_at IS NULL AND r.expires_at > :at
        FOR NO KEY UPDATE OF r
    ), access AS (
        INSERT INTO access_token
            (id, digest, client_id, consent_id, code_id, scope, jkt, x5t, issued_at, expires_at)
        SELECT :access_id, :access_digest, client_id, consent_id, code_id, asked, :jkt, :x5t, :at,
            least(:access_expires_at, ends_at)
        FROM held
        WHERE string_to_array(asked, ' ') <@ string_to_array(scope, ' ')
        RETURNING expires_at
    ), kept_awake AS (
        UPDATE refresh_token r SET expires_at = least(:refresh_expires_at, held.ends_at)
        FROM held
        WHERE r.id = held.id
          AND r.expires_at < least(:refresh_expires_at, held.ends_at) - interval '1 day'
    )
    SELECT conditions.*, held.asked AS scope, held.consent_id, held.patient_id, held.ends_at,
        access.expires_at, {_EXCHANGES.format(code="held")}
    FROM conditions LEFT JOIN held ON true LEFT JOIN c ON true LEFT JOIN access ON true
"""
_REFRESH_AT_ONCE = Statement(_REFRESH)

_INTROSPECTION = Statement(f"""
    WITH {_CALLER}
    SELECT caller.stands AS caller_stands, true AS assertion_new, true AS proof_new, found.*
    FROM caller LEFT JOIN (
        SELECT a.id AS token_id, cl.client_id, cl.name AS service,
            sheet.oid, c.id AS consent_id, c.patient_id, a.scope, a.jkt,
            a.x5t, a.issued_at, a.expires_at, a.digest,
            CAST(CAST(cl.xmin AS text) AS bigint) AS client_version,
            CAST(CAST(c.xmin AS text) AS bigint) AS consent_version, actor.client_id AS actor,
            audience.client_id AS audience, origin.acr, origin.authenticated_at,
            {_ACTING.format(code="origin")},
            {_EXCHANGES.format(code="origin")}
        FROM access_token a
        JOIN client cl ON cl.id = a.client_id AND cl.disabled_at IS NULL
        JOIN consent c ON c.id = a.consent_id
        JOIN authorization_code origin ON origin.id = a.code_id
        LEFT JOIN client actor ON actor.id = a.actor_id
        LEFT JOIN client audience ON audience.id = a.audience_id
        LEFT JOIN service_sheet sheet ON sheet.id = c.sheet_id
        WHERE a.id = :token_id AND a.digest = :digest AND a.ended_at IS NULL
          AND a.expires_at > :at AND actor.disabled_at IS NULL AND {STANDS}
    ) found ON caller.stands
""")

# What an answer was made of is what it was, and stands. An exchange never changes without its
# consent (migration 0038).
_STILL = Statement(f"""
    SELECT {_CLIENT_STANDS} AND EXISTS (
        SELECT FROM access_token a
        JOIN client cl ON cl.id = a.client_id AND cl.disabled_at IS NULL
          AND CAST(CAST(cl.xmin AS text) AS bigint) = :client_version
        JOIN consent c ON c.id = a.consent_id
          AND CAST(CAST(c.xmin AS text) AS bigint) = :consent_version
        WHERE a.id = :token_id AND a.digest = :digest AND a.ended_at IS NULL
          AND a.expires_at > :at AND {STANDS}
    ) AS still
""")

# Whoever ends the subject waits for this, and then finds what came of it.
_EXCHANGE = f"""
    WITH c AS MATERIALIZED (
        SELECT c.* FROM access_token a JOIN consent c ON c.id = a.consent_id
        WHERE a.id = :subject_id AND {STANDS} FOR SHARE OF c
    ), subject AS MATERIALIZED (
        SELECT a.*, c.ends_at FROM access_token a JOIN c ON c.id = a.consent_id
        WHERE a.id = :subject_id AND a.digest = :subject_digest AND a.subject_id IS NULL
          AND a.ended_at IS NULL AND a.expires_at > :at
        FOR SHARE OF a
    )
    INSERT INTO access_token (id, digest, client_id, consent_id, code_id, scope, jkt, x5t,
        actor_id, audience_id, subject_id, issued_at, expires_at)
    SELECT :id, :digest, client_id, consent_id, code_id, :scope, :jkt, :x5t,
        :actor_id, :audience_id, id, :at, least(:expires_at, expires_at, ends_at)
    FROM subject RETURNING expires_at
"""

# Of a token that would be live, were its service not stopped; for who serves an area of it.
_HELD_BACK = Statement("""
    SELECT s.status
    FROM access_token a JOIN consent c ON c.id = a.consent_id JOIN service s ON s.id = c.service_id
    WHERE a.id = :token_id AND a.digest = :digest AND a.expires_at > :at
      AND (a.ended_at IS NULL AND s.status = 'suspended' OR s.status = 'dereferenced'
           AND (a.ended_at IS NULL OR c.reason = 'service_dereferenced'))
      AND EXISTS (SELECT FROM consent_exchange e
          WHERE e.consent_id = c.id AND e.area = ANY (CAST(:areas AS text[])))
""")

_MACHINE = Statement("""
    SELECT m.id AS token_id, cl.id AS holder, cl.client_id, cl.name AS service, m.scope,
        m.jkt, m.x5t, m.issued_at, m.expires_at
    FROM machine_token m
    JOIN client cl ON cl.id = m.client_id AND cl.disabled_at IS NULL
    LEFT JOIN service s ON s.id = cl.service_id
    WHERE m.id = :token_id AND m.digest = :digest AND m.ended_at IS NULL AND m.expires_at > :at
      AND (s.id IS NULL OR s.status = 'referenced')
""")

_MACHINE_TOKEN = Statement(f"""
    WITH {CONDITIONS}, stored AS (
        INSERT INTO machine_token (id, digest, client_id, scope, jkt, x5t, issued_at, expires_at)
        SELECT :token_id, :digest, cl.id, :scope, :jkt, :x5t, :at, :expires_at
        FROM client cl LEFT JOIN service s ON s.id = cl.service_id
        WHERE {_HOLD} AND cl.id = :client_id AND (s.id IS NULL OR s.status = 'referenced')
        RETURNING id
    )
    SELECT conditions.*, stored.id AS token_id FROM conditions LEFT JOIN stored ON true
""")

_PUSH = Statement(f"""
    WITH {_CONDITIONS_WITH_SHEET}, kept AS (
        INSERT INTO authorization_request
            (id, client_id, digest, parameters, created_at, expires_at)
        SELECT :request_id, :client_id, :digest, :parameters, :at, :expires_at
        WHERE {_HOLD}
    )
    SELECT * FROM conditions
""")

_STORE_SPACE_TOKEN = Statement("""
    INSERT INTO space_token
        (id, digest, consent_id, account_id, for_another, audience_id, jkt, issued_at, expires_at)
    VALUES (:token_id, :digest, :consent_id, :account_id, :for_another, :audience_id, :jkt, :at,
        :expires_at)
    RETURNING id
""")

_SPACE_TOKEN = Statement("""
    SELECT t.id AS token_id, t.consent_id, c.patient_id, t.account_id, t.for_another,
        cl.client_id AS audience, t.jkt, t.issued_at, t.expires_at,
        ARRAY(SELECT DISTINCT s.oid FROM service_sheet s
            WHERE s.service_id = c.service_id) AS oids
    FROM space_token t
    JOIN consent c ON c.id = t.consent_id
    JOIN client cl ON cl.id = t.audience_id AND cl.disabled_at IS NULL
    WHERE t.id = :token_id AND t.digest = :digest AND t.expires_at > :at
""")


def redeem(*, at_once: bool, **parameters: Any) -> Any:
    """Spend a code, in the caller's transaction or at once.

    ``consent_id`` null: not there to spend. ``expires_at`` null: spent, but nothing stored.
    """
    return ask(_REDEEM_AT_ONCE, parameters) if at_once else _row(_REDEEM, parameters)


def refresh(*, at_once: bool, **parameters: Any) -> Any:
    """Store an access token, in the caller's transaction or at once.

    ``consent_id`` null: refused. ``expires_at`` null: the scope was too wide.
    """
    return ask(_REFRESH_AT_ONCE, parameters) if at_once else _row(_REFRESH, parameters)


def exchange(**parameters: Any) -> datetime | None:
    """Until when the new token lives; none was stored where there is nothing."""
    row = _row(_EXCHANGE, parameters)
    return None if row is None else cast(datetime, row.expires_at)


def settle(**parameters: Any) -> Any:
    return ask(_SETTLE, parameters)


def introspection(**parameters: Any) -> Any:
    return ask(_INTROSPECTION, parameters)


def still_stands(**parameters: Any) -> bool:
    return cast(bool, ask(_STILL, parameters).still)


def held_back(**parameters: Any) -> Any:
    return ask(_HELD_BACK, parameters)


def machine_token_stored(**parameters: Any) -> Any:
    """Store a client's token at once. ``token_id`` null: its service is not referenced."""
    return ask(_MACHINE_TOKEN, parameters)


def push(**parameters: Any) -> Any:
    """Keep an authorization request at once."""
    return ask(_PUSH, parameters)


def machine_introspection(**parameters: Any) -> Any:
    return ask(_MACHINE, parameters)


def store_space_token(**parameters: Any) -> None:
    ask(_STORE_SPACE_TOKEN, parameters)


def space_token(**parameters: Any) -> Any:
    return ask(_SPACE_TOKEN, parameters)


def _row(statement: str, parameters: Mapping[str, Any]) -> Row[Any] | None:
    return db.session.execute(text(statement), parameters).one_or_none()
