"""The public page on which anybody checks a receipt or a proof that a person shows, or keeps.

It asks the published files and keys, stores nothing and logs nothing of what it is shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request

from authz.catalogue.categories import categories
from authz.consent.check_receipt import Proven, is_receipt
from authz.ledger.errors import LedgerFault
from authz.ledger.examine import examine_entry_proof
from authz.portal.examine import examine, files
from authz.portal.ledger_files import text_of
from authz.portal.words import area_words, attribute_words, lower_first
from authz.web.languages import say
from authz.web.session import open_to_all
from authz.web.texts import _

bp = Blueprint("ledger", __name__)


@dataclass(frozen=True)
class Told:
    """What a proof or a receipt says, in the order in which people ask.

    ``claims`` are those of a receipt; a proof opens the entry itself.
    """

    type: str
    at: datetime
    index: int
    id: str
    origin: str
    facts: Sequence[tuple[str, str]] = ()
    claims: Mapping[str, Any] | None = None

    @property
    def until(self) -> datetime | None:
        """When what a receipt tells ends, or ended; never for a refusal."""
        term = (self.claims or {}).get("valid")
        return datetime.fromisoformat(term["until"]) if term else None


@bp.get("/verify")
@open_to_all
def verify() -> str:
    return render_template("ledger/verify.html", told=None, refusal=None)


@bp.post("/verify")
@open_to_all
def verify_proof() -> Response:
    try:
        told = _told(text_of(_shown()))
    except LedgerFault as error:
        page = render_template("ledger/verify.html", told=None, refusal=refusal_words(error.check))
        return make_response(page, 422)
    return make_response(render_template("ledger/verify.html", told=told, refusal=None))


def _shown() -> bytes:
    """The file, or where there is none the text that was pasted."""
    file = request.files.get("file")
    sent = file.read() if file else b""
    return sent or f"{request.form.get('proof', '').strip()}\n".encode()


def _told(text: str) -> Told:
    """Raises ``LedgerFault``."""
    if is_receipt(text):
        return _of_receipt(examine(text))
    proof = examine_entry_proof(text, files())
    event = proof.opening.document
    return Told(
        type=event["type"],
        at=datetime.fromisoformat(event["at"]),
        index=proof.index,
        id=event["id"],
        origin=proof.checkpoint.origin,
        facts=[(name, _line(value)) for name, value in sorted(event["facts"].items())],
    )


def _of_receipt(proven: Proven) -> Told:
    event, ledger = proven.claims["event"], proven.claims["ledger"]
    return Told(
        type=event["type"],
        at=datetime.fromisoformat(event["at"]),
        index=proven.index,
        id=ledger["event"],
        origin=proven.checkpoint.origin,
        claims=proven.claims,
    )


@bp.app_template_global()
def exchanges_told(claims: Mapping[str, Any], allowed: bool) -> list[str]:
    """What a receipt says of the exchanges that were allowed, or were not."""
    return [
        f"{_exchange_words(each)} – {purpose['label']}"
        for purpose in claims["purposes"]
        for each in purpose["exchanges"]
        if each["allowed"] is allowed
    ] + [attribute_words(name) for name in claims["shared" if allowed else "withheld"]]


def _exchange_words(each: Mapping[str, Any]) -> str:
    known = {(one.area, one.code): one for one in categories()}.get(
        (each["area"], each["category"])
    )
    label = say(known.label) if known else each["category"]
    deed = _("Read:") if each["direction"] == "read" else _("Add:")
    return f"{deed} {lower_first(label)} {area_words(each['area'], each['direction'])}"


def _line(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def refusal_words(check: str) -> str:
    """Which check failed, for somebody who has never heard of a hash."""
    return {
        "form": _(
            "This is no receipt and not a proof of this register, or a part of it is missing."
        ),
        "origin": _("This was signed by somebody else than this register."),
        "signature": _("The signature is wrong: this was altered, or forged."),
        "checkpoint": _("The signed summary in this proof is not one that this register makes."),
        "event": _("The decision is missing from this proof, or cannot be read."),
        "position": _(
            "The signature is right, but the register does not show this decision yet. Try again "
            "in a few minutes."
        ),
        "inclusion": _(
            "The decision in this proof is not the one that stands at this place of the register."
        ),
        "consistency": _(
            "The register has changed since this proof was given. This must not happen: keep the "
            "proof, and tell the regulator."
        ),
    }.get(check, _("The register is not available now. Try again in a few minutes."))
