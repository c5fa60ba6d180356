"""A change of a consent reaches the client: a Security Event Token (RFC 8417), pushed (RFC 8935).

It says which consent, what happened and why, and where the receipt is: nothing about health and
nothing about the person. A client that only signs people in has no token to fetch a receipt with,
so it gets its copy in the event; no health data are in that either.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from authz.catalogue.queries import client
from authz.consent.errors import ReceiptGone
from authz.consent.models import Consent, ConsentChange
from authz.consent.party import reason_told
from authz.consent.queries import change_by_id
from authz.consent.receipt import Home, receipt, services_copy
from authz.consent.statement import statement_of
from authz.keys.signing import SECURITY_EVENT, signer
from authz.outbound.errors import NotFetched
from authz.outbound.outbound import Outbound
from authz.outbox.errors import GivenUp
from authz.outbox.models import Carry, Message

TYPE = "secevent+jwt"  # RFC 8417 §2.3
_WORTH_TELLING = timedelta(days=7)
_TAKEN = frozenset({200, 202, 204})  # RFC 8935 §2.2 says 202; a yes is a yes


@dataclass(frozen=True)
class Pusher:
    """What is needed beside the rows: who speaks, and how clients know people."""

    home: Home
    salt: str
    outbound: Outbound


def carrier(pusher: Pusher) -> Carry:
    """How a change reaches its client.

    Raises ``NotFetched`` for every answer that is not a yes, ``GivenUp`` after a week of them.
    """

    def carry(message: Message, at: datetime) -> None:
        if at - message.created_at > _WORTH_TELLING:
            raise GivenUp
        token = event_token(message, pusher, at=at).encode()
        status = pusher.outbound.push(message.recipient, token, f"application/{TYPE}").status
        if status not in _TAKEN:
            raise NotFetched(f"status {status}")

    return carry


def event_token(message: Message, pusher: Pusher, *, at: datetime) -> str:
    """RFC 8417 §2.2. However often it is sent, it is one event: ``jti`` stays."""
    change, consent = change_by_id(UUID(message.parameters["change"]))
    told = client(consent.client_id)
    claims = {
        "iss": pusher.home.issuer,
        "aud": told.client_id,
        "iat": int(at.timestamp()),
        "jti": str(message.id),
        "toe": int(change.at.timestamp()),
        "events": {event_uri(pusher.home.issuer, change.event): _said(change, consent, pusher, at)},
    }
    algorithm = told.id_token_algorithm
    return signer(SECURITY_EVENT, at=at, algorithm=algorithm).sign(claims, typ=TYPE)


def event_uri(issuer: str, event: str) -> str:
    """The name of an event of the ledger as a URI (RFC 8417 §2): ``consent:narrowed`` and so on."""
    return f"{issuer}/events/{event.replace(':', '/')}"


def _said(change: ConsentChange, consent: Consent, pusher: Pusher, at: datetime) -> dict[str, Any]:
    reason = reason_told(change.reason)
    return {
        "grant_id": str(consent.id),
        "number": change.revision,  # what is sent again arrives in another order
        "receipt_id": str(change.id),
        **({"reason": reason} if reason else {}),
        **_where(change, consent, pusher, at),
    }


def _where(change: ConsentChange, consent: Consent, pusher: Pusher, at: datetime) -> dict[str, Any]:
    """Where the receipt is, or the receipt itself."""
    issuer = pusher.home.issuer
    if consent.service_id is not None:
        return {"receipt_uri": f"{issuer}/grants/{consent.id}/receipts/{change.id}"}
    try:
        told = statement_of(change, consent)
    except ReceiptGone:
        return {}
    claims = services_copy(told, pusher.home, salt=pusher.salt)
    return receipt(told, claims, home=pusher.home, at=at).document
