"""Receipts: what both parties get of each change and refusal of a consent.

A signed JWT whose fields are those of ISO/IEC TS 27560:2023 and of Kantara's Consent Receipt 1.1.
It says the same however often it is made, so it holds neither its own date nor a place in the log
that is not known yet: that is a proof beside it, which needs no signature of ours (``Receipt``).

Two copies: the service's names the person as that client knows them, and the decider by their
quality alone; ``docs/decisions/0017`` goes through the rest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from authz.catalogue.sheet import Offer, Party, Purpose, Recourse, Sheet
from authz.consent.check_receipt import TYPE
from authz.consent.facts import ABOUT_ONE
from authz.consent.models import OFFLINE
from authz.consent.party import reason_told
from authz.consent.statement import Statement
from authz.identity.subject import pairwise_subject
from authz.keys.signing import CONSENT_RECEIPT, signer
from authz.ledger.errors import NotPublished
from authz.ledger.issue_proof import place_of
from authz.ledger.place import write_place

SCHEMA = "consent-receipt/1"

Claims = dict[str, Any]


@dataclass(frozen=True)
class Home:
    """Whose receipts they are, and the log that holds the entries."""

    issuer: str
    origin: str


@dataclass(frozen=True)
class Receipt:
    """``proof`` is a ``.tlog-proof`` for the leaf in the claims, once a checkpoint covers it."""

    claims: Claims
    signed: str
    proof: str | None

    @property
    def document(self) -> dict[str, str]:
        """What is handed out: two texts, each in the form that other people's tools read."""
        return {"receipt": self.signed} | ({"proof": self.proof} if self.proof else {})


def receipt(told: Statement, claims: Claims, *, home: Home, at: datetime) -> Receipt:
    """One of the two copies, signed, with the proof if there is one already."""
    signed = signer(CONSENT_RECEIPT, at=at).sign(claims, typ=TYPE)
    try:
        place = place_of(home.origin, told.happened.event, subject=told.patient_id)
    except NotPublished:
        return Receipt(claims, signed, None)
    return Receipt(claims, signed, write_place(place))


def persons_copy(told: Statement, home: Home) -> Claims:
    who = {"copy": "person", "sub": str(told.patient_id), **_linked(told)}
    by = _some(quality=told.quality, mandate=told.facts.get("mandate"), acr=told.facts.get("acr"))
    shown = _some(text_sha256=told.text_sha256, template=told.facts.get("template"))
    return _claims(told, home, who, _event(told, by, told.reason), shown)


def services_copy(told: Statement, home: Home, *, salt: str) -> Claims:
    """Who refused a service from the start stays unknown to it."""
    who = {"copy": "service", "aud": told.client.client_id}
    if not told.is_first_refusal:
        sub = pairwise_subject(told.patient_id, told.client.sector, salt)
        who |= {"sub": sub, **_linked(told)}
    by = _some(quality=told.quality, acr=told.facts.get("acr"))
    event = _event(told, by, reason_told(told.reason))
    return _claims(told, home, who, event, _shown_to_service(told))


def _claims(told: Statement, home: Home, who: Claims, event: Claims, shown: Claims) -> Claims:
    return {
        "iss": home.issuer,
        **who,
        "schema": SCHEMA,
        "receipt_id": str(told.change.id),
        **_some(previous=told.change.previous and str(told.change.previous)),
        "grant_id": str(told.change.consent_id),
        "event": event,
        **_party(told),
        **_answers(told),
        **_notice(told, shown),
        "ledger": {
            "origin": home.origin,
            "event": str(told.happened.event),
            "leaf_sha256": told.happened.leaf.hex(),
        },
    }


def _event(told: Statement, by: Claims, reason: str | None) -> Claims:
    return {
        "type": told.event,
        "state": told.state,
        "at": told.at,
        "number": told.change.revision,
        "by": by,
        **_some(reason=reason),
    }


def _party(told: Statement) -> Claims:
    sheet, client_id = told.sheet, told.client.client_id
    if sheet is None:
        return {"service": {"name": told.name, "client_id": client_id}}
    officer = sheet.data_protection_officer
    return {
        "service": {"name": sheet.name, "oid": sheet.oid, "client_id": client_id},
        "controller": _contacts(sheet.controller, told.language),
        "data_protection_officer": {"name": officer.name, "email": officer.email},
    }


def _contacts(party: Party, language: str) -> Claims:
    return {
        "name": party.name,
        "address": party.address,
        "town": party.town,
        "country": party.country.in_(language),
        "email": party.email,
        **_some(telephone=party.telephone),
    }


def _answers(told: Statement) -> Claims:
    """What is allowed and what is not, and for how long."""
    return {
        "purposes": [_purpose(purpose, told) for purpose in told.purposes],
        "shared": told.attributes("allowed"),
        "withheld": told.attributes("refused"),
        OFFLINE: told.terms["offline"],
        **(
            {} if told.is_first_refusal else {"valid": {"from": told.begun_at, "until": told.until}}
        ),
    }


def _purpose(purpose: Purpose, told: Statement) -> Claims:
    return {
        "code": purpose.code,
        "statutory_class": purpose.statutory_class,
        "label": purpose.label.in_(told.language),
        "sentence": purpose.sentence.in_(told.language),
        "exchanges": [
            _exchange(offer, allowed=offer.id in told.terms["allowed"])
            for offer in purpose.offers
            if offer.id in {*told.terms["allowed"], *told.terms["refused"]}
        ],
    }


def _exchange(offer: Offer, *, allowed: bool) -> Claims:
    return {
        "area": offer.area,
        "direction": offer.direction,
        "category": offer.category.code,
        **_some(period=offer.period),
        "needed": offer.needed,
        "allowed": allowed,
    }


def _notice(told: Statement, shown: Claims) -> Claims:
    """What the person was told, and how to undo it."""
    sheet, language = told.sheet, told.language
    if sheet is None:
        return {"notice": {"language": language, **shown}}
    version = {"sheet": told.terms["sheet"], "sha256": told.terms["sheet_sha256"]}
    return {"notice": {**version, "language": language, **shown}, **_texts(sheet, language)}


def _texts(sheet: Sheet, language: str) -> Claims:
    return {
        "legal_basis": sheet.legal_basis.in_(language),
        "retention": sheet.retention.in_(language),
        "withdrawal": sheet.withdrawal.in_(language),
        "rights": sheet.rights.in_(language),
        "recourse": _recourse(sheet.recourse, language),
    }


def _recourse(recourse: Recourse, language: str) -> Claims:
    return {
        "service": recourse.service.in_(language),
        "support": recourse.support.in_(language),
        "authority": recourse.authority.in_(language),
        "authority_url": recourse.authority_url,
    }


def _shown_to_service(told: Statement) -> Claims:
    template = str(told.facts.get("template", ""))
    if not template.startswith(ABOUT_ONE):
        return {}
    return _some(text_sha256=told.text_sha256, template=template)


def _linked(told: Statement) -> Claims:
    return _some(linked_account=told.linked_account)


def _some(**claims: Any) -> Claims:
    present: Mapping[str, Any] = claims
    return {name: value for name, value in present.items() if value is not None}
