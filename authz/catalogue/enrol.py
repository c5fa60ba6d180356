"""A client registers itself, changes itself, and leaves (RFC 7591, RFC 7592).

It changes what it says of itself and nothing else: not its kind, its service or its environment.
Every change hands out a new registration access token and ends the one before.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from authz.catalogue import queries
from authz.catalogue.admit import Admitted
from authz.catalogue.errors import MetadataRefused, NotAdmitted, NotTheClient
from authz.catalogue.metadata import PUBLIC, Checked
from authz.catalogue.models import Client, Enrolment
from authz.db import db, uuid7
from authz.ledger.append import append_entry
from authz.ledger.events import Event

_TOKEN, _SECRET = "authz_ra_", "authz_cs_"  # prefixes that leak scanners look for


@dataclass(frozen=True)
class Enrolled:
    """The client, and the secrets that leave us now and never again."""

    client: Client
    token: str
    secret: str | None


def enrol(checked: Checked, admitted: Admitted, *, environment: str, at: datetime) -> Enrolled:
    """Raises ``NotAdmitted`` when somebody else used the admission up at the same moment."""
    if admitted.admission_id is not None and not queries.use_admission(admitted.admission_id, at):
        raise NotAdmitted("used up at the same moment")
    id = uuid7()
    client = Client(
        id=id,
        client_id=str(id),
        kind="service" if admitted.service_id else "relying_party",
        profile="fapi2" if admitted.service_id else "oidc",
        environment=environment,
        service_id=admitted.service_id,
        areas=[],
        created_at=at,
    )
    secret = _fill(client, checked)
    db.session.add(client)
    db.session.flush()
    token, digest = _minted(_TOKEN)
    software = admitted.software_id
    enrolment = Enrolment(client_id=id, token_digest=digest, software_id=software, changed_at=at)
    db.session.add(enrolment)
    _remember(Event.CLIENT_REGISTERED, client, at)
    return Enrolled(client, token, secret)


def enrolled(client_id: str, token: str) -> tuple[Client, Enrolment]:
    """The client that the registration access token is for. Raises ``NotTheClient``."""
    found = queries.enrolment_for_update(client_id)
    kept = found[1].token_digest if found else bytes(32)
    same = hmac.compare_digest(sha256(token.encode()).digest(), kept)
    if found is None or not same:
        raise NotTheClient
    return found


def change(client: Client, enrolment: Enrolment, checked: Checked, *, at: datetime) -> Enrolled:
    """Put new metadata in the place of all of the old (RFC 7592 §2.2).

    Raises ``MetadataRefused`` for other subjects: people agreed to those that they were told of.
    """
    if (checked.sector == PUBLIC) != (client.sector == PUBLIC):
        raise MetadataRefused("subject_type")
    secret = _fill(client, checked)
    token, enrolment.token_digest = _minted(_TOKEN)
    enrolment.changed_at = at
    db.session.flush()
    _remember(Event.CLIENT_CHANGED, client, at)
    return Enrolled(client, token, secret)


def check_secret(client: Client, given: str) -> None:
    """RFC 7592 §2.2: a client may repeat its secret, never choose it.

    Raises ``MetadataRefused``.
    """
    if not hmac.compare_digest(sha256(given.encode()).digest(), client.secret_digest or bytes(32)):
        raise MetadataRefused("client_secret")


def leave(client: Client, *, at: datetime) -> None:
    """RFC 7592 §2.3: from now on it authenticates nowhere, and none of its tokens is live."""
    client.disabled_at = at
    _remember(Event.CLIENT_REMOVED, client, at)


def _fill(client: Client, checked: Checked) -> str | None:
    """Everything that a client says of itself. Returns the secret, if it gets one now."""
    client.name = checked.name
    client.auth_method = checked.auth_method
    client.grant_types = checked.grant_types
    client.redirect_uris = checked.redirect_uris
    client.registration = checked.rest
    client.jwks = checked.jwks
    client.sector = checked.sector or client.client_id
    if not checked.auth_method.startswith("client_secret_"):
        client.secret_digest = None
    elif client.secret_digest is None:
        secret, client.secret_digest = _minted(_SECRET)
        return secret
    return None


def _minted(prefix: str) -> tuple[str, bytes]:
    value = prefix + secrets.token_urlsafe(32)
    return value, sha256(value.encode()).digest()


def _remember(event: Event, client: Client, at: datetime) -> None:
    """Who may ask patients is public. Relying parties ask for no health data and are not."""
    if client.service_id is not None:
        append_entry(
            event,
            subject=None,
            at=at,
            stream=client.service_id,
            client=client.client_id,
            service=queries.service(client.service_id).slug,
        )
