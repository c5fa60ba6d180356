"""A person changes a consent that stands: less, more of what was asked before, another end.

The consent keeps its id, hence services their ``grant_id``. Less is felt at the next introspection.
More reaches no token that exists: a token carries the exchanges of its own code (``issue_code``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from authz.consent import queries
from authz.consent.by import By
from authz.consent.errors import ConsentChanged, ConsentEnded, NothingChosen, NotOffered
from authz.consent.models import OFFLINE, Consent
from authz.consent.note_change import Shown, note_change
from authz.consent.party import name_of
from authz.consent.tell_the_others import tell_the_others
from authz.ledger.events import Event
from authz.outbox.enqueue import enqueue
from authz.tokens.end import end_refresh_tokens_of_consent


@dataclass(frozen=True)
class Wish:
    """What the page came back with: every box that is to be on, and the days from now or none.

    ``revision`` is that of the consent which the page showed.
    """

    chosen: frozenset[str]
    days: int | None
    revision: int


def change(
    consent_id: UUID,
    wish: Wish,
    *,
    by: By,
    at: datetime,
    durations: Sequence[int],
    longest: int,
    shown: Shown | None = None,
) -> Consent:
    """Make a consent what the person wishes, one entry for each kind of difference.

    Raises ``ConsentNotFound`` (also for somebody else's), ``ConsentEnded``, ``ConsentChanged`` when
    the page is older than the consent, ``NotOffered`` for a box or a duration that it did not show,
    ``MandateTooNarrow`` for more than a carer may allow, and ``NothingChosen``
    where nothing would be left: that is for ``withdraw``.
    """
    consent = queries.consent_for_update(consent_id, by.patient_id)
    _check(consent, wish, at=at, durations=durations, longest=longest)
    before = set(consent.boxes_on)
    if wish.chosen - before or wish.days is not None:
        by.must_grant()
    _set_boxes(consent, wish.chosen)
    if OFFLINE in before - wish.chosen:
        end_refresh_tokens_of_consent(consent.id, at=at)
    answers = {name: name in wish.chosen for name in sorted(consent.boxes)}
    events = differences(consent, before, wish, at)
    for event in events:
        note_change(consent, event, by=by, shown=shown, answers=answers, at=at)
    if events:
        tell(consent, by, at)
    return consent


def _check(
    consent: Consent, wish: Wish, *, at: datetime, durations: Sequence[int], longest: int
) -> None:
    if not consent.stands(at):
        raise ConsentEnded(f"consent {consent.id} does not stand")
    if consent.revision != wish.revision:
        raise ConsentChanged
    if not wish.chosen <= consent.boxes:
        raise NotOffered("a box that was not shown")
    if wish.days is not None and (wish.days not in durations or wish.days > longest):
        raise NotOffered("a duration that was not shown")
    if consent.exchanges and not wish.chosen - {OFFLINE}:
        raise NothingChosen


def _set_boxes(consent: Consent, chosen: frozenset[str]) -> None:
    for exchange in consent.exchanges:
        exchange.allowed = exchange.exchange_id in chosen
    asked = [*consent.shared, *consent.withheld]
    consent.shared = [name for name in asked if name in chosen]
    consent.withheld = [name for name in asked if name not in chosen]
    consent.offline = OFFLINE in chosen


def differences(consent: Consent, before: set[str], wish: Wish, at: datetime) -> list[Event]:
    """What the difference amounts to. The end moves last, so that each entry is true."""
    events = []
    if before - wish.chosen:
        events.append(Event.CONSENT_NARROWED)
    if wish.chosen - before:
        events.append(Event.CONSENT_WIDENED)
    if wish.days is not None:
        consent.ends_at = at + timedelta(days=wish.days)
        events.append(Event.CONSENT_RENEWED)
    return events


def tell(consent: Consent, by: By, at: datetime) -> None:
    """Whoever it concerns learns that a consent is not what it was."""
    tell_the_others(consent, by, "consent_changed", at=at)
    enqueue(
        "consent_changed",
        recipient=by.account.email,
        language=by.account.language,
        parameters={"service": name_of(consent), "consent": str(consent.id)},
        at=at,
    )
