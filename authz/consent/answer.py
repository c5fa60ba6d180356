"""What a person answered, read against what was asked. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from authz.catalogue.sheet import Offer
from authz.consent.errors import NothingChosen, NotOffered
from authz.consent.models import OFFLINE, Consent, ConsentExchange


@dataclass(frozen=True)
class Question:
    """What one request asks: exchanges, and whether the service may act in the person's absence.

    ``openid``: the service wants to know who signed in, too. That is no box: it learns a name that
    only it knows the person by. ``attributes`` are what it would know besides (``profile``,
    ``email``); ``scopes`` are those that were asked by these names.
    """

    offers: tuple[Offer, ...]
    offline: bool
    openid: bool = True
    attributes: tuple[str, ...] = ()
    scopes: frozenset[str] = frozenset()

    @property
    def boxes(self) -> frozenset[str]:
        offline = {OFFLINE} if self.offline else set()
        return frozenset(offer.id for offer in self.offers) | offline | set(self.attributes)


@dataclass(frozen=True)
class Answer:
    """The boxes that were ticked, the days chosen, and the language of the page."""

    chosen: frozenset[str]
    days: int
    language: str


def check(question: Question, answer: Answer, *, durations: Sequence[int], longest: int) -> None:
    """Raises ``NothingChosen``, or ``NotOffered`` for a box or a duration that was not shown.

    Signing in without sharing anything is a choice; connecting a service to nothing is none.
    """
    if not answer.chosen <= question.boxes:
        raise NotOffered("a box that was not shown")
    if question.offers and not answer.chosen - {OFFLINE}:
        raise NothingChosen
    if answer.days not in durations or answer.days > longest:
        raise NotOffered("a duration that was not shown")


def missing_needed(question: Question, chosen: frozenset[str]) -> tuple[Offer, ...]:
    """Exchanges that the service needs and the person left out."""
    return tuple(offer for offer in question.offers if offer.needed and offer.id not in chosen)


def exchanges(
    question: Question, chosen: frozenset[str], *, by_another: frozenset[str] = frozenset()
) -> list[ConsentExchange]:
    """One row for each exchange, allowed or refused; some perhaps by who acts for the person."""
    return [
        ConsentExchange(
            exchange_id=offer.id,
            position=position,
            purpose=offer.purpose.code,
            area=offer.area,
            direction=offer.direction,
            category=offer.category.code,
            period=offer.period,
            scope=offer.scope,
            allowed=offer.id in chosen,
            by_another=offer.id in chosen & by_another,
        )
        for position, offer in enumerate(question.offers)
    ]


def granted(consent: Consent, question: Question) -> list[ConsentExchange]:
    """The exchanges of a code: what was asked here and is allowed there, never the union."""
    asked = {offer.id for offer in question.offers}
    return [item for item in consent.allowed if item.exchange_id in asked]


def granted_scope(consent: Consent, question: Question) -> str:
    """The scope of a code, by the same rule."""
    allowed = [item.scope for item in granted(consent, question)]
    offline = [OFFLINE] if question.offline and consent.offline else []
    openid = ["openid"] if question.openid else []
    shared = [name for name in question.attributes if name in {*consent.shared} & question.scopes]
    return " ".join([*openid, *offline, *shared, *dict.fromkeys(allowed)])
