"""The same question again: a resource server asks about a token each time that it is used.

The answer is kept in process memory as it went out, with the versions of the rows that it was made
of (PostgreSQL's ``xmin``), as clients are (``catalogue/remembered.py``). A statement looks whether
they are still the same, and whether token, consent and service stand at this moment; only then is
the answer true, and goes out again. So there is nothing to announce when somebody says stop.

A question is known by a digest of all that can make a difference to its answer. Only a client that
authenticates with a secret asks the same twice: an assertion counts once.
"""

from dataclasses import dataclass
from hashlib import sha256

from authz.clock import now
from authz.protocol.request import ProtocolRequest
from authz.tokens.introspect import Introspected, Rests, still_stands
from authz.web.answer import Answer
from authz.web.current import asked as heard
from authz.web.current import noted

_MOST = 10_000
_BY_SECRET = frozenset({"client_secret_basic", "client_secret_post"})


@dataclass(frozen=True)
class _Kept:
    answer: Answer
    client_id: str
    rests: Rests


_kept: dict[bytes, _Kept] = {}


def answered_before() -> Answer | None:
    """The answer to this very question, if it is true at this moment. Raises ``Unavailable``."""
    question = _digest()
    kept = _kept.get(question)
    if kept is None:
        return None
    if not still_stands(kept.rests, at=now()):
        _kept.pop(question, None)
        return None
    noted().client_id = kept.client_id
    return kept.answer


def keep(answer: Answer, found: Introspected, asked: ProtocolRequest) -> None:
    """Keep the answer, unless it rests on more than is looked at again."""
    known = noted().conditions
    if asked.client.auth_method not in _BY_SECRET or found.actor or found.acting_id:
        return
    if len(_kept) >= _MOST:
        _kept.clear()
    rests = Rests(
        known.caller_id,
        known.caller_version,
        found.token_id,
        found.digest,
        found.client_version,
        found.consent_version,
    )
    _kept[_digest()] = _Kept(answer, asked.client.client_id, rests)


def forget() -> None:
    _kept.clear()


def _digest() -> bytes:
    request = heard()
    said = request.headers
    parts = (said.get("Authorization", ""), said.get("Accept", ""), request.content_type or "")
    asked = (request.query_string, "\n".join(parts).encode(), request.get_data())
    return sha256(b"\n".join(asked)).digest()
