"""The person's own space asks a resource server what a service has added there, and removes it.

By HTTP, as any client would (``docs/decisions/0024``): a token for one errand, bound to a key for
one errand. The server is somebody else's, perhaps: what it answers is read with care, and when it
does not answer, that is said.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from authz.catalogue.categories import category
from authz.catalogue.models import Client
from authz.catalogue.queries import living_resource_servers
from authz.clock import now
from authz.consent.by import By
from authz.consent.models import Consent
from authz.db import let_go
from authz.keys.proof_key import ProofKey
from authz.outbound.errors import NotFetched
from authz.outbound.outbound import Fetched
from authz.portal.fhir_item import Item, item_of
from authz.portal.in_sight import out_of_sight
from authz.tokens.space_token import issue_space_token
from authz.web.current import resource_servers

PAGE = 50
_TAG = "urn:authz:category"


class ServerSilent(Exception):
    """No answer, or none that can be read: nothing is known, and nothing was removed."""


@dataclass(frozen=True)
class Errand:
    """One server, and what opens it for a minute. Its names are kept: rows are let go."""

    server: UUID
    name: str
    base: str
    token: str
    key: ProofKey


@dataclass(frozen=True)
class Added:
    total: int
    items: list[Item]


def servers_of(consent: Consent) -> list[Client]:
    """Where the service could have added anything, as far as these servers have an address, and
    whoever looks may know of it."""
    unseen = out_of_sight(consent)
    areas = {
        exchange.area
        for exchange in consent.exchanges
        if exchange.direction == "write" and exchange.exchange_id not in unseen
    }
    return [
        server
        for server in living_resource_servers()
        if areas & set(server.areas) and server.registration.get("resource")
    ]


def errand(consent: Consent, server: Client, by: By) -> Errand:
    key = ProofKey()
    token = issue_space_token(
        consent.id,
        account_id=by.account_id,
        for_another=by.acts_for_another,
        audience_id=server.id,
        jkt=key.jkt,
        at=now(),
    )
    base = str(server.registration["resource"]).rstrip("/")
    return Errand(server.id, server.name, base, token, key)


def added(to: Errand, *, page: int = 1, id: UUID | None = None) -> Added:
    """Some of what the service has added there, newest first. Raises ``ServerSilent``."""
    query = f"?_id={id}" if id else f"?_count={PAGE}&_offset={(page - 1) * PAGE}"
    answer = _ask(to, "GET", "/fhir", query)
    if answer.status != 200:
        raise ServerSilent(f"status {answer.status}")
    try:
        bundle = json.loads(answer.body)
        total, items = int(bundle["total"]), list(_items(bundle.get("entry") or []))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ServerSilent("not a list") from error
    return Added(total, items)


def remove(to: Errand, item: Item) -> bool:
    """Whether it was still there. Raises ``ServerSilent``."""
    answer = _ask(to, "DELETE", f"/fhir/{item.type}/{item.id}")
    if answer.status not in {200, 204, 404}:
        raise ServerSilent(f"status {answer.status}")
    return answer.status != 404


def _ask(to: Errand, method: str, path: str, query: str = "") -> Fetched:
    """Once more, where the proof must hold a nonce, which the refusal tells (RFC 9449 §9)."""
    let_go()  # it asks us about the token before it answers
    answer = _sent(to, method, path, query)
    if answer.status == 401 and answer.dpop_nonce:
        answer = _sent(to, method, path, query, nonce=answer.dpop_nonce)
    return answer


def _sent(to: Errand, method: str, path: str, query: str, *, nonce: str = "") -> Fetched:
    proof = to.key.proof(
        method=method, url=to.base + path, access_token=to.token, at=now(), nonce=nonce
    )
    headers = {
        "Authorization": f"DPoP {to.token}",
        "DPoP": proof,
        "Accept": "application/fhir+json",
    }
    try:
        return resource_servers().ask(method, to.base + path + query, headers)
    except NotFetched as error:
        raise ServerSilent(str(error)) from error


def _items(entries: list[Any]) -> Iterator[Item]:
    for entry in entries[:PAGE]:
        resource = entry["resource"]
        tags = resource["meta"].get("tag") or []
        codes = [tag.get("code") for tag in tags if tag.get("system") == _TAG]
        yield item_of(resource, label=category(*str(codes[0]).split(":")).label if codes else None)
