"""A person changes a consent that stands: less, more of what was asked before, another end.

The consent keeps its id, hence services their ``grant_id``. Less is felt at the next introspection.
More reaches no token that exists: a token carries the exchanges of its own code (``issue_code``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from authz.consent.by import By
from authz.consent.errors import ConsentChanged, ConsentEnded, NothingChosen, NotOffered
from authz.consent.hidden import boxes_for, consent_held_for, open_to_the_service, take_over
from authz.consent.models import HIDDEN, OFFLINE, Consent
from authz.consent.note_change import Shown, note_change
from authz.consent.party import name_of
from authz.consent.seen import turn_for_others
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
    consent = consent_held_for(consent_id, by)
    boxes, before = boxes_for(consent, by), consent.boxes_on
    _check(consent, wish, boxes, at=at, durations=durations, longest=longest)
    if wish.chosen - before or wish.days is not None:
        by.must_grant()
    after = _set_boxes(consent, wish, wish.chosen | before - boxes, by)
    if OFFLINE in before - after:
        end_refresh_tokens_of_consent(consent.id, at=at)
    answers = {name: name in wish.chosen for name in sorted(boxes)}
    # Of what this person sees: a yes of theirs may close more, which is not theirs to know.
    events = differences(consent, before & boxes, after & boxes, days=wish.days, at=at)
    for event in events:
        note_change(consent, event, by=by, shown=shown, answers=answers, at=at)
    if events:
        tell(consent, by, at, before=before, after=after, renewed=wish.days is not None)
    return consent


def _check(
    consent: Consent,
    wish: Wish,
    boxes: frozenset[str],
    *,
    at: datetime,
    durations: Sequence[int],
    longest: int,
) -> None:
    if not consent.stands(at):
        raise ConsentEnded(f"consent {consent.id} does not stand")
    if consent.revision != wish.revision:
        raise ConsentChanged
    if not wish.chosen <= boxes:
        raise NotOffered("a box that was not shown")
    if wish.days is not None and (wish.days not in durations or wish.days > longest):
        raise NotOffered("a duration that was not shown")
    if consent.exchanges and not wish.chosen - {OFFLINE, HIDDEN}:
        raise NothingChosen


def _set_boxes(consent: Consent, wish: Wish, chosen: frozenset[str], by: By) -> frozenset[str]:
    """The boxes that are on afterwards."""
    for exchange in consent.exchanges:
        exchange.switch(exchange.exchange_id in chosen, by_another=by.acts_for_another)
    if wish.days is not None and by.acts_for_another:
        take_over(consent)
    if HIDDEN in chosen:
        open_to_the_service(consent)
    asked = [*consent.shared, *consent.withheld]
    consent.shared = [name for name in asked if name in chosen]
    consent.withheld = [name for name in asked if name not in chosen]
    consent.offline = OFFLINE in chosen
    return consent.boxes_on | chosen & {HIDDEN}


def differences(
    consent: Consent,
    before: frozenset[str],
    after: frozenset[str],
    *,
    days: int | None,
    at: datetime,
) -> list[Event]:
    """What the difference amounts to. The end moves last, so that each entry is true."""
    events = []
    if before - after:
        events.append(Event.CONSENT_NARROWED)
    if after - before:
        events.append(Event.CONSENT_WIDENED)
    if days is not None:
        consent.ends_at = at + timedelta(days=days)
        events.append(Event.CONSENT_RENEWED)
    return events


def tell(
    consent: Consent,
    by: By,
    at: datetime,
    *,
    before: frozenset[str],
    after: frozenset[str],
    renewed: bool = False,
) -> None:
    """Whoever it concerns learns that a consent is not what it was."""
    deed = turn_for_others(before, after) if consent.exchanges else "consent_changed"
    if deed == "consent_changed":
        about = after if renewed else before ^ after
        tell_the_others(consent, by, deed, about=about, at=at)
    elif deed is not None:
        tell_the_others(consent, by, deed, about=(), at=at)
    enqueue(
        "consent_changed",
        recipient=by.account.email,
        language=by.account.language,
        parameters={"service": name_of(consent), "consent": str(consent.id)},
        at=at,
    )
