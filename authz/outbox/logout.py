"""A client is told that a session has ended (OpenID Connect Back-Channel Logout 1.0).

The token is signed when it leaves, so that one that was delayed is not stale: it lives for two
minutes (§2.4) and its ``jti`` is new each time. What it says was written down when the session
ended.
"""

import secrets
from datetime import datetime, timedelta
from typing import Any, cast

from authz.keys.private_key import Algorithm
from authz.keys.signing import ID_TOKEN, signer
from authz.outbound.errors import NotFetched
from authz.outbound.outbound import Outbound
from authz.outbox.errors import GivenUp
from authz.outbox.models import Carry, Message

LOGOUT = "logout_token"
TYPE = "logout+jwt"

_EVENT = "http://schemas.openid.net/event/backchannel-logout"
_LIFETIME = timedelta(minutes=2)
_WORTH_TELLING = timedelta(days=1)  # after that, the client's own sessions have ended too
_TAKEN = frozenset({200, 204})  # §2.8, and what some frameworks make of an empty 200


def carrier(issuer: str, outbound: Outbound) -> Carry:
    """How a logout token reaches its client.

    Raises ``NotFetched`` for every answer that is not a yes, ``GivenUp`` after a day of them.
    """

    def carry(message: Message, at: datetime) -> None:
        if at - message.created_at > _WORTH_TELLING:
            raise GivenUp
        token = logout_token(message.parameters, issuer=issuer, at=at)
        status = outbound.post(message.recipient, {"logout_token": token}).status
        if status not in _TAKEN:
            raise NotFetched(f"status {status}")

    return carry


def logout_token(facts: dict[str, Any], *, issuer: str, at: datetime) -> str:
    """§2.4: which person and which session, as this client knows them; never a nonce."""
    claims = {
        "iss": issuer,
        "aud": facts["aud"],
        "sub": facts["sub"],
        "sid": facts["sid"],
        "iat": int(at.timestamp()),
        "exp": int((at + _LIFETIME).timestamp()),
        "jti": secrets.token_urlsafe(16),
        "events": {_EVENT: {}},
    }
    algorithm = cast(Algorithm, facts["algorithm"])
    return signer(ID_TOKEN, at=at, algorithm=algorithm).sign(claims, typ=TYPE)
