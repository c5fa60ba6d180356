"""The public page on which anybody checks a proof: a paper that a person shows, or keeps.

It asks the published files alone, stores nothing and logs nothing of what it is shown.
"""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response, make_response, render_template, request

from authz.ledger.entry import Document
from authz.ledger.errors import LedgerFault
from authz.ledger.examine import examine_receipt
from authz.ledger.receipt import Receipt
from authz.portal.ledger_files import files, text_of
from authz.web.session import open_to_all
from authz.web.texts import _

bp = Blueprint("ledger", __name__)


@dataclass(frozen=True)
class Told:
    """What a proof says, in the order in which people ask."""

    receipt: Receipt

    @property
    def event(self) -> Document:
        return self.receipt.opening.document

    @property
    def at(self) -> datetime:
        return datetime.fromisoformat(self.event["at"])

    @property
    def facts(self) -> list[tuple[str, str]]:
        return [(name, _line(value)) for name, value in sorted(self.event["facts"].items())]


@bp.get("/verify")
@open_to_all
def verify() -> str:
    return render_template("ledger/verify.html", told=None, refusal=None)


@bp.post("/verify")
@open_to_all
def verify_proof() -> Response:
    try:
        told = Told(examine_receipt(text_of(_shown()), files()))
    except LedgerFault as error:
        page = render_template("ledger/verify.html", told=None, refusal=refusal_words(error.check))
        return make_response(page, 422)
    return make_response(render_template("ledger/verify.html", told=told, refusal=None))


def _shown() -> bytes:
    """The file, or where there is none the text that was pasted."""
    file = request.files.get("file")
    sent = file.read() if file else b""
    return sent or f"{request.form.get('proof', '').strip()}\n".encode()


def _line(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def refusal_words(check: str) -> str:
    """Which check failed, for somebody who has never heard of a hash."""
    return {
        "form": _("This is not a proof of this register, or a part of it is missing."),
        "origin": _("This proof was signed by somebody else than this register."),
        "signature": _("The signature is wrong: the proof was altered, or forged."),
        "checkpoint": _("The signed summary in this proof is not one that this register makes."),
        "event": _("The decision is missing from this proof, or cannot be read."),
        "inclusion": _(
            "The decision in this proof is not the one that stands at this place of the register."
        ),
        "consistency": _(
            "The register has changed since this proof was given. This must not happen: keep the "
            "proof, and tell the regulator."
        ),
    }.get(check, _("The register is not available now. Try again in a few minutes."))
