"""What stays hidden from whoever acts for somebody else (``docs/decisions``, 0018).

Public Health Code, L. 1111-5. Confidential categories are asked of the person alone, and nobody
else is told of them. In every other category single data may be hidden from representatives: they
stay hidden from a service as long as its exchange rests on the yes of somebody who acts for the
person. Whoever allowed it last, or allowed it for longer or on new terms, counts.
"""

from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256
from uuid import UUID

from authz.catalogue.categories import confidential
from authz.consent import queries
from authz.consent.answer import Question
from authz.consent.by import By
from authz.consent.errors import ConsentEnded, ConsentNotFound, NotOffered
from authz.consent.models import HIDDEN, Consent
from authz.identity.queries import first_own_sign_in


def askable(question: Question, *, by_another: bool) -> Question:
    """As much of a question as whoever answers may be asked."""
    if not by_another:
        return question
    kept = (
        offer
        for offer in question.offers
        if (offer.area, offer.category.code) not in confidential()
    )
    return replace(question, offers=tuple(kept))


def must_be_askable(question: Question, by: By) -> None:
    """Raises ``NotOffered`` for a question that this person may not be asked."""
    if askable(question, by_another=by.acts_for_another) != question:
        raise NotOffered("a confidential category, and somebody who acts for the person")


def is_concealed(consent: Consent) -> bool:
    """Whether there is nothing in it that somebody who acts for the person may know of."""
    return bool(consent.exchanges) and all(one.is_confidential for one in consent.exchanges)


def rests_on_secrets(consent: Consent) -> bool:
    """Whether all that it still allows is nobody's business but the person's."""
    allowed = consent.allowed
    return bool(allowed) and all(one.is_confidential for one in allowed)


def confidential_of(consent: Consent) -> frozenset[str]:
    """The exchanges that nobody but the person sees, by name."""
    return frozenset(one.exchange_id for one in consent.exchanges if one.is_confidential)


def boxes_for(consent: Consent, by: By) -> frozenset[str]:
    """The boxes of a consent that this person may switch."""
    if by.acts_for_another:
        return consent.boxes - confidential_of(consent)
    opened_by_others = any(one.by_another for one in consent.exchanges)
    return consent.boxes | {HIDDEN} if opened_by_others else consent.boxes


def basis(consent: Consent, by: By) -> str:
    """Names a consent as it stands, as far as this person sees it: what a page was made from.

    The revision would count, for somebody who acts for the person, what is hidden from them; so
    would the version of the sheet, which moves with whatever is answered.
    """
    if not by.acts_for_another:
        return str(consent.revision)
    on = consent.boxes_on
    seen = [f"{name}={name in on}" for name in sorted(boxes_for(consent, by))]
    said = [*seen, consent.state, consent.ends_at.isoformat()]
    return sha256("\n".join(said).encode()).hexdigest()


def consent_held_for(id: UUID, by: By) -> Consent:
    """A consent that this person may decide about, locked.

    Raises ``ConsentNotFound``, also for one that they may not know of, and ``ConsentEnded`` for one
    that has ended as far as they know (``seen.py``).
    """
    consent = queries.consent_for_update(id, by.patient_id)
    if by.acts_for_another and is_concealed(consent):
        raise ConsentNotFound
    if by.acts_for_another and rests_on_secrets(consent):
        raise ConsentEnded(f"consent {consent.id} has ended for others")
    return consent


def take_over(consent: Consent) -> None:
    """Somebody who acts for the person says yes to all of it again: from now on it is their yes."""
    for exchange in consent.allowed:
        if exchange.is_confidential:
            exchange.switch(False)
        else:
            exchange.by_another = True


def open_to_the_service(consent: Consent) -> None:
    """The person themselves allows what was hidden, too."""
    for exchange in consent.exchanges:
        exchange.by_another = False


def is_confidential(names: Iterable[str]) -> bool:
    """Whether a decision about these boxes is nobody's business but the person's."""
    named = set(names)
    return bool(named) and all(name == HIDDEN or _is_of_a_secret(name) for name in named)


def _is_of_a_secret(name: str) -> bool:
    """By the name of the exchange (``Offer.id``): its row may be gone, and what was said stays."""
    _, area, _, category = name.split(":") if name.count(":") == 3 else ("", "", "", "")
    return (area, category) in confidential()


def reserved_for_the_person(patient_id: UUID) -> frozenset[UUID]:
    """The consents of which nobody but the person gets a proof or a copy: these tell all terms.

    To keep back only those that hold something confidential would tell which do. So it is every one
    that had not ended before the person first signed in: until then, only others were asked.
    """
    since = first_own_sign_in(patient_id)
    if since is None:
        return frozenset()
    every = queries.consents_of_patient(patient_id)
    return frozenset(each.id for each in every if each.ended_at is None or each.ended_at >= since)
