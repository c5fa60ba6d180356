"""What a person has answered before, as far as it answers what is asked now.

Nobody is asked twice: what was allowed is reused, what was refused is remembered for the operator's
number of days, and only the rest is asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from authz.catalogue.queries import has_changed_materially
from authz.consent import decision_queries, queries
from authz.consent.algebra import beyond
from authz.consent.answer import Question, granted
from authz.consent.errors import GrantUnknown
from authz.consent.give import Asking
from authz.consent.hidden import confidential_of, rests_on_secrets
from authz.consent.models import OFFLINE, Consent
from authz.consent.seen import Line, Seen, all_seen_by_others
from authz.ledger.events import Event


@dataclass(frozen=True)
class Before:
    """The last answer about the service, if it holds no more: how and when it ended, and what was
    allowed until then."""

    state: str
    at: datetime
    allowed: frozenset[str]


@dataclass(frozen=True)
class Past:
    """``consent``: the one that stands and may grow, if there is one. ``new``: what is left to ask.

    ``refused_at``: when everything that is asked was refused, if that still counts.
    ``instead_of``: the consent that stands and whose place the answer takes, in it or as a new one.
    """

    consent: Consent | None
    new: Question
    refused_at: datetime | None = None
    instead_of: Consent | None = None
    before: Before | None = None

    @property
    def asks_nothing(self) -> bool:
        return self.consent is not None and not self.new.boxes

    @property
    def is_answered(self) -> bool:
        """Whether the consent is worth a code, without a page."""
        return self.asks_nothing and self.refused_at is None


def past(asking: Asking, *, at: datetime, remember: timedelta) -> Past:
    """A consent given to another client, on other terms or for another account at the service does
    not count: nothing is consented to that was not shown.

    Nor does one that whoever acts for the person may not know of. A client may want it otherwise
    (Grant Management for OAuth 2.0, §5.2): a grant of its own named, or everything asked. Raises
    ``GrantUnknown``.
    """
    consent = _known(asking, at)
    _check_grant(consent, asking)
    if asking.grant_action == "create":
        refused_at = _refused_at(_last_known(asking), asking, at - remember)
        return Past(None, asking.question, refused_at, instead_of=consent)
    if asking.grant_action == "replace" and consent is not None:
        kept_at = _kept_at(asking, consent, at - remember)
        return Past(None, asking.question, kept_at, instead_of=consent)
    if consent is None or not _is_same(consent, asking):
        last = _last_known(asking)
        refused_at = _refused_at(last, asking, at - remember)
        before = _before(last, at) if consent is None else None
        return Past(None, asking.question, refused_at, before=before)
    answered = _answered(consent, asking)
    new = left(asking.question, consent, answered, at - remember)
    if new.boxes:
        # Who only signs people in asks everything again: there is little of it.
        return Past(consent, new) if asking.sheet else Past(None, asking.question)
    nothing = asking.question.offers and not granted(consent, asking.question)
    return Past(consent, new, max(answered.values()) if nothing else None)


def standing_consent(asking: Asking, *, at: datetime, remember: timedelta) -> Consent | None:
    """The consent that answers the whole question, so that there is no page."""
    found = past(asking, at=at, remember=remember)
    return found.consent if found.is_answered else None


def left(
    question: Question, consent: Consent, answered: Mapping[str, datetime], since: datetime
) -> Question:
    """What the consent does not allow, and was not refused lately either."""
    fresh = {name for name, when in answered.items() if when > since}
    counts = {
        row.exchange_id: row.period
        for row in consent.exchanges
        if row.allowed or row.exchange_id in fresh
    }
    new = beyond({offer.id: offer.period for offer in question.offers}, counts)
    known = {*consent.shared, *consent.withheld}
    return replace(
        question,
        offers=tuple(offer for offer in question.offers if offer.id in new),
        offline=question.offline and not consent.offline and OFFLINE not in fresh,
        attributes=tuple(name for name in question.attributes if name not in known),
    )


def _answered(consent: Consent, asking: Asking) -> dict[str, datetime]:
    """When each box was answered last, as far as whoever is asked knows."""
    when = {item.exchange_id: consent.decided_at for item in consent.exchanges}
    for line in _lines(consent, asking):
        if line.change.account_id is not None:  # a sheet answers nothing
            when |= dict.fromkeys(line.change.answers, line.change.at)
    return when


def _lines(consent: Consent, asking: Asking) -> list[Line]:
    if asking.mandate is None:
        changes = queries.changes_of([consent.id]).get(consent.id, [])
        return [Line(each, each.event) for each in changes]
    seen = all_seen_by_others([consent]).get(consent.id)
    return seen.lines if seen else []


def _check_grant(consent: Consent | None, asking: Asking) -> None:
    """What the person allows this client now is the grant that the request names."""
    if asking.grant_id is None:
        return
    is_theirs = consent is not None and str(consent.id) == asking.grant_id
    if consent is None or not is_theirs or consent.client_id != asking.request.client_id:
        raise GrantUnknown("another person's, or no longer the one")
    if asking.grant_action == "merge" and not _is_same(consent, asking):
        raise GrantUnknown("on an earlier sheet, or for another account at the service")


def _kept_at(asking: Asking, consent: Consent, since: datetime) -> datetime | None:
    """When the person kept what they have instead of all this, if nothing has happened since."""
    lines = _lines(consent, asking)
    last = lines[-1].change if lines and lines[-1].event == Event.CONSENT_REFUSED else None
    if last is None or last.at <= since:
        return None
    return last.at if asking.question.boxes <= last.answers.keys() else None


@dataclass(frozen=True)
class _Last:
    """The last decision about the service. ``seen``: what it is to somebody who acts for the
    person, where such a one is asked."""

    consent: Consent
    seen: Seen | None = None


def _refused_at(last: _Last | None, asking: Asking, since: datetime) -> datetime | None:
    """When all of it was refused, if nothing else was decided about the service since."""
    if last is None:
        return None
    consent, seen = last.consent, last.seen
    state, decided_at = consent.state, consent.decided_at
    if seen and seen.state:
        state, decided_at = seen.state, seen.ended_at
    if state != "refused" or decided_at <= since:
        return None
    asked = {offer.id for offer in asking.question.offers}
    answered = {item.exchange_id for item in consent.exchanges}
    return decided_at if _is_same(consent, asking) and asked <= answered else None


def _before(last: _Last | None, at: datetime) -> Before | None:
    if last is None:
        return None
    consent, seen = last.consent, last.seen
    state, ended_at = consent.state, consent.ended_at
    allowed = frozenset(one.exchange_id for one in consent.allowed)
    if seen and seen.state:
        state, ended_at, allowed = seen.state, seen.ended_at, seen.had or frozenset()
    elif ended_at is None and consent.ends_at <= at:
        state, ended_at = "expired", consent.ends_at  # nobody has written it down yet
    hidden = confidential_of(consent) if seen else frozenset()
    return Before(state, ended_at, allowed - hidden) if ended_at else None


def _last_known(asking: Asking) -> _Last | None:
    """The last decision that whoever is asked knows of."""
    if asking.sheet is None:
        return None
    about = asking.patient.id, asking.sheet.service_id
    if asking.mandate is None:
        last = decision_queries.last_decision(*about)
        return _Last(last) if last else None
    every = queries.decisions(*about)
    seen = all_seen_by_others(every)
    return next((_Last(each, seen[each.id]) for each in every if each.id in seen), None)


def _is_same(consent: Consent, asking: Asking) -> bool:
    shown = (asking.request.client_id, asking.linked_account)
    same = (consent.client_id, consent.linked_account) == shown
    return same and _is_on_these_terms(consent, asking)


def _is_on_these_terms(consent: Consent, asking: Asking) -> bool:
    """On this version of the sheet, or on one before it that says the same in other words."""
    if asking.sheet is None or consent.sheet_id is None:
        return asking.sheet is None and consent.sheet_id is None
    if consent.sheet_id == asking.sheet.id:
        return True
    periods = {offer.id: offer.period for offer in asking.question.offers}
    is_as_long = all(
        row.period == periods.get(row.exchange_id, row.period) for row in consent.exchanges
    )
    return is_as_long and not has_changed_materially(consent.sheet_id, asking.sheet)


def _known(asking: Asking, at: datetime) -> Consent | None:
    """The consent that stands, if there is anything to ask that this person may answer."""
    if asking.sheet is not None and not asking.question.offers:
        return None
    consent = _active(asking, at)
    is_secret = consent is not None and asking.mandate is not None and rests_on_secrets(consent)
    return None if is_secret else consent


def _active(asking: Asking, at: datetime) -> Consent | None:
    patient_id = asking.patient.id
    if asking.sheet is None:
        return queries.active_sign_in(patient_id, asking.request.client_id, at)
    return decision_queries.active_consent(patient_id, asking.sheet.service_id, at)
