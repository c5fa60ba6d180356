"""A patient answers: allows all, some, or nothing of what a service asks.

One transaction holds the consent with what was allowed *and* refused, its ledger entry, the
message to the person and the authorization code: there is no moment at which one exists without
the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from authz.catalogue.models import ServiceSheet
from authz.catalogue.sheet import sheet_of
from authz.consent import decision_queries
from authz.consent.answer import (
    Answer,
    Question,
    check,
    exchanges,
    granted,
    granted_scope,
)
from authz.consent.by import By
from authz.consent.errors import NothingChosen
from authz.consent.hidden import must_be_askable
from authz.consent.models import OFFLINE, Consent
from authz.consent.note_change import Shown, note_change
from authz.consent.party import name_of
from authz.consent.seen import turn_for_others
from authz.consent.tell_the_others import tell_the_others
from authz.db import db
from authz.identity.models import Account, Mandate, Patient
from authz.identity.queries import hold_open_space
from authz.ledger.events import Event
from authz.outbox.enqueue import enqueue
from authz.tokens.end import end_refresh_tokens_of_consent, end_tokens_of_consent
from authz.tokens.issue_code import SignInFacts, issue_code
from authz.tokens.models import AuthorizationRequest
from authz.tokens.requests import decide

SIGN_IN_DAYS = (30, 90, 365)  # what a sheet says for a service


@dataclass(frozen=True)
class Asking:
    """Who answers what: the open request, the sheet it is read against, and the person.

    No sheet: a client that belongs to no service asks people to sign in, and who they are.
    """

    request: AuthorizationRequest
    sheet: ServiceSheet | None
    question: Question
    account: Account
    sign_in: SignInFacts
    mandate: Mandate | None = None  # by which they answer for somebody else
    may_grant: bool = True  # not, for somebody who is too young or by a mandate that says so
    held_up: bool = False  # the ledger is behind: see ``By``

    @property
    def patient(self) -> Patient:
        """Whose data it is about."""
        return self.mandate.patient if self.mandate else self.account.patient

    @property
    def quality(self) -> str:
        return self.mandate.quality if self.mandate else "self"

    def by(self, language: str) -> By:
        return By(
            self.account,
            acr=self.sign_in.acr,
            language=language,
            quality=self.quality,
            mandate_id=self.mandate.id if self.mandate else None,
            patient=self.patient.id,
            may_grant=self.may_grant and (self.mandate is None or self.mandate.may_grant),
            held_up=self.held_up,
        )

    def by_another(self, answer: Answer) -> frozenset[str]:
        """What is ticked by somebody who acts for the person."""
        return answer.chosen if self.mandate else frozenset()

    @property
    def service_id(self) -> UUID | None:
        return self.sheet.service_id if self.sheet else None

    @property
    def linked_account(self) -> str | None:
        """The account at the service that is being linked, as the page shows it."""
        return self.request.parameters.get("linked_account")

    @property
    def grant_action(self) -> str | None:
        """What the client wants with which grant (Grant Management for OAuth 2.0, §5.2)."""
        return self.request.parameters.get("grant_management_action")

    @property
    def grant_id(self) -> str | None:
        return self.request.parameters.get("grant_id")

    @property
    def durations(self) -> Sequence[int]:
        """For how many days the person may allow it."""
        return sheet_of(self.sheet).durations if self.sheet else SIGN_IN_DAYS


@dataclass(frozen=True)
class Decision:
    """A consent and the code that the service redeems."""

    consent: Consent
    code: str


def give(
    asking: Asking,
    answer: Answer,
    *,
    longest: int,
    at: datetime,
    code_lifetime: timedelta,
    shown: Shown | None = None,
) -> Decision:
    """Allow what was chosen, for the days chosen, at most ``longest``.

    An earlier consent to the same service is replaced by this one. Raises ``NothingChosen``,
    ``NotOffered``, ``RequestClosed``, ``SpaceClosed`` or, by a mandate that does not go so far,
    ``MandateTooNarrow``.
    """
    by = asking.by(answer.language)
    by.must_grant()
    must_be_askable(asking.question, by)
    if asking.sheet and not asking.question.offers:
        raise NothingChosen
    check(asking.question, answer, durations=asking.durations, longest=longest)
    hold_open_space(asking.patient.id)
    _replace_active(asking, at)
    consent = _record(asking, answer, state="active", at=at)
    code = reuse(asking, consent, at=at, code_lifetime=code_lifetime)
    _note(asking, consent, Event.CONSENT_GIVEN, answer, shown)
    _tell(asking, consent, "consent_given" if asking.sheet else "sign_in_allowed")
    return Decision(consent, code)


def refuse(asking: Asking, *, language: str, at: datetime, shown: Shown | None = None) -> Consent:
    """Allow nothing. The refusal is kept and proven like any decision; nothing existing ends.

    Raises ``RequestClosed`` or ``SpaceClosed``.
    """
    hold_open_space(asking.patient.id)
    decide(asking.request, at=at)
    answer = Answer(frozenset(), 0, language)
    consent = _record(asking, answer, state="refused", at=at)
    _note(asking, consent, Event.CONSENT_REFUSED, answer, shown)
    _tell(asking, consent, "consent_refused")
    return consent


def reuse(asking: Asking, consent: Consent, *, at: datetime, code_lifetime: timedelta) -> str:
    """A code for a consent that answers the question. No new decision, no entry.

    A client that names the grant gets its refresh token anew: those from before end (Grant
    Management for OAuth 2.0, §5.2), whether or not the answer has changed anything. Raises
    ``MandateTooNarrow``: who may not allow anything connects nothing either.
    """
    asking.by(consent.language).must_grant()
    if asking.grant_id is not None:
        end_refresh_tokens_of_consent(consent.id, at=at)
    return issue_code(
        asking.request,
        consent_id=consent.id,
        mandate_id=asking.mandate.id if asking.mandate else None,
        scope=granted_scope(consent, asking.question),
        exchanges=[item.exchange_id for item in granted(consent, asking.question)],
        sign_in=asking.sign_in,
        at=at,
        lifetime=code_lifetime,
    )


def _replace_active(asking: Asking, at: datetime) -> None:
    earlier = decision_queries.active_for_update(
        asking.patient.id, service_id=asking.service_id, client_id=asking.request.client_id
    )
    if earlier is None:
        return
    earlier.end("replaced", at)
    db.session.flush()  # before its successor: one active consent per patient and service
    ended = end_tokens_of_consent(earlier.id, at=at)
    note_change(earlier, Event.CONSENT_REPLACED, at=at, tokens_ended=ended)


def _record(asking: Asking, answer: Answer, *, state: str, at: datetime) -> Consent:
    consent = Consent(
        patient_id=asking.patient.id,
        service_id=asking.service_id,
        client_id=asking.request.client_id,
        sheet_id=asking.sheet.id if asking.sheet else None,
        account_id=asking.account.id,
        quality=asking.quality,
        mandate_id=asking.mandate.id if asking.mandate else None,
        language=answer.language,
        acr=asking.sign_in.acr,
        linked_account=asking.linked_account,
        shared=[name for name in asking.question.attributes if name in answer.chosen],
        withheld=[name for name in asking.question.attributes if name not in answer.chosen],
        offline=OFFLINE in answer.chosen,
        state=state,
        decided_at=at,
        ends_at=at + timedelta(days=answer.days),
        ended_at=None if state == "active" else at,
        revision=1,  # its first change is noted at once
    )
    rows = exchanges(asking.question, answer.chosen, by_another=asking.by_another(answer))
    decision_queries.insert_consent(consent, rows)
    return consent


def _note(
    asking: Asking, consent: Consent, event: Event, answer: Answer, shown: Shown | None
) -> None:
    by = asking.by(answer.language)
    answers = {name: name in answer.chosen for name in sorted(asking.question.boxes)}
    is_given = event == Event.CONSENT_GIVEN
    against = decision_queries.stopped_by_another(consent) if is_given else None
    facts = {"against": str(against)} if against else {}
    note_change(consent, event, by=by, shown=shown, answers=answers, at=consent.decided_at, **facts)


def _tell(asking: Asking, consent: Consent, mail: str) -> None:
    by, (allowed, _) = asking.by(consent.language), consent.answers
    asked = [offer.id for offer in asking.question.offers]
    if consent.exchanges and turn_for_others((), allowed) is None:  # all that others know of
        tell_the_others(consent, by, "consent_refused", about=asked, at=consent.decided_at)
    else:
        tell_the_others(consent, by, mail, about=allowed, at=consent.decided_at)
    enqueue(
        mail,
        recipient=asking.account.email,
        language=consent.language,
        parameters=_told(asking, consent),
        at=consent.decided_at,
    )


def _told(asking: Asking, consent: Consent) -> dict[str, str]:
    told = {"service": name_of(consent), "consent": str(consent.id)}
    desk = sheet_of(asking.sheet).recourse.help_desk if asking.sheet else None
    return told | ({"help_desk": desk} if desk else {})
