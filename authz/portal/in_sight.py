"""What a page may show of a patient's consents, to whoever acts at this moment.

To the patient everything; to somebody who acts for them, what is not confidential
(``consent/hidden.py``). Pages ask here, never the rooms below: a test holds that.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from authz.consent import queries
from authz.consent.answered import answer_of, lines_of
from authz.consent.errors import ConsentNotFound
from authz.consent.hidden import confidential_of, reserved_for_the_person
from authz.consent.models import Consent, ConsentChange
from authz.consent.seen import Seen, all_seen_by_others
from authz.identity.queries import first_own_sign_in
from authz.ledger.queries import SubjectEntry, entries_of_subject, event_of_subject
from authz.web.session import who_acts


def acts_for_another() -> bool:
    return who_acts().mandate is not None


def whose() -> str:
    """The name of the person, where somebody acts for them."""
    return who_acts().patient.given_name if acts_for_another() else ""


def consents_in_sight() -> list[Consent]:
    """Every decision, newest first: for others one is as old as they know."""
    every = _every()
    if not acts_for_another():
        return every
    seen = seen_of(every)
    known = [consent for consent in every if consent.id in seen]
    return sorted(known, key=lambda one: _began_at(one, seen[one.id]), reverse=True)


def _began_at(consent: Consent, seen: Seen) -> datetime:
    return seen.began_again_at or consent.decided_at


def consent_in_sight(id: UUID) -> Consent:
    """Raises ``ConsentNotFound``, like for one that does not exist."""
    consent = queries.consent_of_patient(id, who_acts().patient.id)
    if acts_for_another() and consent.id not in seen_of([consent]):
        raise ConsentNotFound
    return consent


def seen_of(consents: Sequence[Consent]) -> dict[UUID, Seen]:
    """What each is to somebody who acts for the patient; to the patient it is what it is."""
    return all_seen_by_others(consents) if acts_for_another() else {}


def answer_in_sight(consent: Consent) -> ConsentChange | None:
    """The answer that it rests on, as far as whoever looks knows; none where all was refused."""
    if acts_for_another():
        seen = seen_of([consent]).get(consent.id)
        return answer_of(seen.lines) if seen else None
    return answer_of(lines_of(queries.changes_of([consent.id]).get(consent.id, [])))


def out_of_sight(consent: Consent) -> frozenset[str]:
    """The exchanges of a consent that are not shown, by name."""
    return confidential_of(consent) if acts_for_another() else frozenset()


def reserved_consents() -> frozenset[UUID]:
    """Those of which whoever acts gets no proof and no copy."""
    return reserved_for_the_person(who_acts().patient.id) if acts_for_another() else frozenset()


def reserved_for() -> str:
    """The name of the person, where proofs and copies are for nobody else."""
    return whose() if first_own_sign_in(who_acts().patient.id) else ""


def change_in_sight(id: UUID) -> tuple[ConsentChange, Consent]:
    """Raises ``ConsentNotFound``. A receipt tells all terms, so it is shown whole or not."""
    change, consent = queries.change_of_patient(id, who_acts().patient.id)
    if consent.id in reserved_consents():
        raise ConsentNotFound
    return change, consent


def changes_in_sight(consents: Sequence[Consent]) -> list[ConsentChange]:
    """Everything that has a receipt, the oldest of each consent first."""
    reserved = reserved_consents()
    changes = queries.changes_of([each.id for each in consents if each.id not in reserved])
    return [change for each in changes.values() for change in each]


def entries_in_sight() -> list[SubjectEntry]:
    """Of the ledger, newest first."""
    entries, reserved = entries_of_subject(who_acts().patient.id), reserved_consents()
    return [entry for entry in entries if entry.stream not in reserved]


def entry_is_in_sight(event: UUID) -> bool:
    found = event_of_subject(event, who_acts().patient.id)
    return found is not None and found[1].stream not in reserved_consents()


def _every() -> list[Consent]:
    return queries.consents_of_patient(who_acts().patient.id)
