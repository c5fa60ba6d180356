"""What a request asks for, read against the service's sheet.

What is not on the sheet cannot be asked. ``authorization_details`` is the exact language; where a
request has none, its scopes stand for every exchange on the sheet that they cover.
"""

from collections.abc import Sequence
from typing import Any

from authz.catalogue.details import TYPE
from authz.catalogue.errors import DetailsNotOffered, ScopeNotOffered
from authz.catalogue.sheet import Offer, Sheet

PROTOCOL_SCOPES = frozenset({"openid", "offline_access"})


def asked(
    sheet: Sheet, *, scope: str, details: Sequence[dict[str, Any]] | None
) -> tuple[Offer, ...]:
    """The exchanges that a request asks for, in the order of the sheet.

    Raises ``ScopeNotOffered`` or ``DetailsNotOffered``; a request that asks for no exchange at all
    raises the former.
    """
    scopes = frozenset(scope.split()) - PROTOCOL_SCOPES
    if not scopes <= {offer.scope for offer in sheet.offers}:
        raise ScopeNotOffered
    if details is not None:
        return _by_details(sheet, details, scopes)
    offers = tuple(offer for offer in sheet.offers if offer.scope in scopes)
    if not offers:
        raise ScopeNotOffered("no exchange asked")
    return offers


def _by_details(
    sheet: Sheet, details: Sequence[dict[str, Any]], scopes: frozenset[str]
) -> tuple[Offer, ...]:
    wanted = [_without_period(item) for item in details]
    offers = tuple(offer for offer in sheet.offers if _described(offer) in wanted)
    if not wanted or any(item not in [_described(offer) for offer in offers] for item in wanted):
        raise DetailsNotOffered
    if not scopes <= {offer.scope for offer in offers}:
        raise ScopeNotOffered("scope goes beyond authorization_details")
    return offers


def _described(offer: Offer) -> dict[str, Any]:
    return _without_period(offer.detail())


def _without_period(item: dict[str, Any]) -> dict[str, Any]:
    # The period is the sheet's: a request may repeat it but cannot set it.
    if not isinstance(item, dict) or item.get("type") != TYPE:
        raise DetailsNotOffered("not a health_exchange")
    return {name: value for name, value in item.items() if name != "period"}
