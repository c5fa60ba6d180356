"""Receipts: what happened to each consent, as a page to read and print and as a file to keep.

The list holds every entry of the person, newest first, and under each the technical proof of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import Blueprint, Response, abort, jsonify, make_response, redirect, url_for
from flask import render_template as render
from werkzeug.wrappers import Response as Redirect

from authz.catalogue.queries import service as service_by_id
from authz.clock import now
from authz.consent.answered import answer_of, lines_of
from authz.consent.models import Consent, ConsentChange
from authz.consent.receipt import Home, persons_copy
from authz.consent.receipt import receipt as issue
from authz.consent.statement import Statement, statement_of
from authz.ledger.errors import NotPublished
from authz.ledger.issue_proof import issue_entry_proof, published_size
from authz.ledger.queries import SubjectEntry, number_of
from authz.portal.cards import cards
from authz.portal.happening_words import deed_words
from authz.portal.in_sight import (
    change_in_sight,
    changes_in_sight,
    consents_in_sight,
    entries_in_sight,
    entry_is_in_sight,
    reserved_for,
    whose,
)
from authz.portal.words import event_words
from authz.web.current import settings
from authz.web.session import sign_in_required, who_acts

bp = Blueprint("receipts", __name__)


@dataclass(frozen=True)
class Line:
    """One entry. ``receipt`` is that of a change of a consent; acts of others have none."""

    entry: SubjectEntry
    words: str
    name: str | None
    receipt: UUID | None
    proven: bool


@bp.get("/receipts")
@sign_in_required
def receipts() -> str:
    return render("space/receipts.html", lines=_lines(entries_in_sight()), reserved=reserved_for())


@bp.get("/proofs")
def proofs() -> Redirect:
    """Where mails of earlier versions lead."""
    return redirect(url_for("receipts.receipts"), code=308)


@bp.get("/receipts/<uuid:id>")
@sign_in_required
def receipt(id: UUID) -> str:
    change, consent = change_in_sight(id)
    told = statement_of(change, consent)
    decider = change.account_id or _who_had_decided(change, consent)  # of what time did
    service_id = told.row.service_id if told.row else None
    return render(
        "space/receipt.html",
        told=told,
        words=_words(told.event, told.change.account_id, told.change.revision),
        mine=decider == who_acts().account.id,
        at=datetime.fromisoformat(told.at),
        until=datetime.fromisoformat(told.until),
        service=service_by_id(service_id) if service_id else None,
        patient=who_acts().patient,
        number=number_of(told.happened.event),
        home=_home(),
    )


@bp.get("/receipts/<uuid:id>.json")
@sign_in_required
def file(id: UUID) -> Response:
    """A file to keep: it is verified without us."""
    told, home = _told(id), _home()
    given = issue(told, persons_copy(told, home), home=home, at=now())
    response = jsonify(given.document)
    response.headers["Content-Disposition"] = f'attachment; filename="receipt-{id}.json"'
    return response


@bp.get("/proofs/<uuid:event>.tlog-proof")
@sign_in_required
def proof(event: UUID) -> Response:
    """What opens the entry, too (c2sp.org/tlog-proof)."""
    if not entry_is_in_sight(event):
        abort(404)
    try:
        text = issue_entry_proof(settings().ledger.origin, event, subject=who_acts().patient.id)
    except NotPublished:
        abort(404)
    response = make_response(text)
    response.content_type = "text/plain; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="{event}.tlog-proof"'
    return response


def _who_had_decided(change: ConsentChange, consent: Consent) -> UUID:
    every = changes_in_sight([consent])
    answer = answer_of(lines_of(each for each in every if each.revision < change.revision))
    return (answer and answer.account_id) or consent.account_id


def _lines(entries: Sequence[SubjectEntry]) -> list[Line]:
    consents = consents_in_sight()
    names = {card.consent.id: card.name for card in cards(consents, at=now())}
    changes = {(each.consent_id, each.revision): each for each in changes_in_sight(consents)}
    published = published_size(settings().ledger.origin)
    return [
        _line(entry, changes.get((entry.stream, entry.version)), names, published)
        for entry in entries
    ]


def _line(
    entry: SubjectEntry, change: ConsentChange | None, names: Mapping[UUID, str], published: int
) -> Line:
    return Line(
        entry=entry,
        words=_words(change.event, change.account_id, change.revision)
        if change
        else event_words(entry.type, whose=whose()),
        name=names.get(entry.stream),
        receipt=change.id if change else None,
        proven=entry.seq is not None and entry.seq < published,
    )


def _words(event: str, account: UUID | None, number: int) -> str:
    return deed_words(event, own=account == who_acts().account.id, first=number == 1)


def _told(id: UUID) -> Statement:
    return statement_of(*change_in_sight(id))


def _home() -> Home:
    return Home(settings().issuer, settings().ledger.origin)
