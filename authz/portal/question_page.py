"""What the consent page shows: the question, the sheet it is read against, the boxes and dates.

Nothing is decided here. Nothing is ticked unless the person has ticked it before, on this very
request; the shortest duration is chosen beforehand (GDPR art. 25).
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

from authz.catalogue.categories import Category, categories
from authz.catalogue.models import Service, ServiceSheet
from authz.catalogue.sheet import Offer, Purpose, Sheet, sheet_of
from authz.catalogue.text import Text
from authz.clock import day_of
from authz.consent.answer import Answer
from authz.consent.give import Asking
from authz.consent.hidden import basis, confidential_of
from authz.consent.models import OFFLINE, Consent
from authz.consent.standing import Before
from authz.identity.models import Mandate
from authz.portal.mould import SOME_REQUEST, hole

T = TypeVar("T")
DIRECTIONS = ("read", "write")


@dataclass(frozen=True)
class Box:
    id: str
    offer: Offer
    ticked: bool


@dataclass(frozen=True)
class Unseen:
    """What is not read. ``added``: the service may add to it, and still not see the rest."""

    category: Category
    added: bool


@dataclass(frozen=True)
class OfflineBox:
    value: str
    ticked: bool


@dataclass(frozen=True)
class Asked(Generic[T]):
    """One purpose, and what is asked for it: never reading and adding in one group."""

    label: Text
    sentence: Text
    statutory_class: str
    groups: list[tuple[str, list[T]]]


@dataclass(frozen=True)
class Duration:
    days: int
    until: datetime
    chosen: bool


@dataclass(frozen=True)
class QuestionPage:
    request_id: UUID
    account: str
    patient: str
    mandate: Mandate | None  # by which the person answers for somebody else
    may_grant: bool
    service: Service
    row: ServiceSheet
    sheet: Sheet
    offers: tuple[Offer, ...]
    purposes: list[Asked[Box]]
    offline: OfflineBox | None
    unseen: list[Unseen]
    durations: list[Duration]
    linked_account: str | None
    return_host: str
    kept: list[Offer]
    """What is allowed already, where only what is new is asked or all of it anew."""
    consent: Consent | None = None
    instead_of: Consent | None = None
    before: Before | None = None
    basis: str = ""
    """What the question is made from: a form that comes back for another one is read again."""

    @property
    def current(self) -> Consent | None:
        return self.consent or self.instead_of

    @property
    def had(self) -> list[Offer]:
        """What was allowed before and has run out, as far as it is asked again."""
        names = self.before.allowed if self.before and self.before.state == "expired" else ()
        return [offer for offer in self.offers if offer.id in names]

    @property
    def said(self) -> dict[str, str]:
        """What it says of the person."""
        linked = {"linked_account": self.linked_account} if self.linked_account else {}
        return {"account": self.account, "patient": self.patient, **linked}

    def of_nobody(self) -> "QuestionPage":
        """The same page with holes for what it says of the person."""
        holes: dict[str, Any] = {name: hole(name) for name in self.said}
        return replace(self, request_id=SOME_REQUEST, **holes)

    @property
    def is_for_many(self) -> bool:
        """Whether others may be asked the very same: they answer for themselves, and anew."""
        return self.mandate is None and self.current is None and self.before is None

    @property
    def key(self) -> Hashable:
        """All that a page for many is made from, but what it says of the person. A sheet's version
        never changes; of the answer, nothing is ticked yet."""
        service = self.service
        return (
            self.row.id,
            (service.slug, service.is_referenced, service.reference, service.referenced_at),
            tuple(offer.id for offer in self.offers),
            self.offline,
            tuple((each.days, day_of(each.until), each.chosen) for each in self.durations),
            self.may_grant,
            bool(self.linked_account),
            self.return_host,
        )

    @property
    def first_box(self) -> str:
        return self.purposes[0].groups[0][1][0].id if self.purposes else "offline"


def question_page(
    asking: Asking,
    service: Service,
    row: ServiceSheet,
    answer: Answer,
    *,
    longest: int,
    at: datetime,
    consent: Consent | None = None,
    instead_of: Consent | None = None,
    before: Before | None = None,
) -> QuestionPage:
    """The page with what ``answer`` holds already filled in.

    With a ``consent`` that stands, ``asking`` is about what is new, and the rest is shown as such.
    ``instead_of`` is one whose place the answer takes, ``before`` what was answered and has ended.
    """
    sheet, current = sheet_of(row), consent or instead_of
    kept = [offer for offer in sheet.offers if offer.id in _kept(current, asking)]
    offers = asking.question.offers
    boxes = [
        Box(f"box-{number}", offer, offer.id in answer.chosen)
        for number, offer in enumerate(offers, start=1)
    ]
    offline = OfflineBox(OFFLINE, OFFLINE in answer.chosen) if asking.question.offline else None
    asked = asking.request.parameters
    return QuestionPage(
        request_id=asking.request.id,
        account=asking.account.patient.name,
        patient=asking.patient.name,
        mandate=asking.mandate,
        may_grant=asking.by(answer.language).may_grant,
        service=service,
        row=row,
        sheet=sheet,
        offers=offers,
        purposes=by_purpose([(box.offer, box) for box in boxes]),
        offline=offline,
        unseen=unseen([*kept, *offers] if consent else offers),
        durations=durations(asking.durations, answer.days, longest=longest, at=at),
        linked_account=asked.get("linked_account"),
        return_host=urlsplit(asked["redirect_uri"]).netloc,
        kept=kept,
        consent=consent,
        instead_of=instead_of,
        before=before,
        basis=f"{current.id}:{basis(current, asking.by(answer.language))}" if current else "",
    )


def _kept(consent: Consent | None, asking: Asking) -> frozenset[str]:
    if consent is None:
        return frozenset()
    return consent.boxes_on - (confidential_of(consent) if asking.mandate else frozenset())


def by_purpose(items: Iterable[tuple[Offer, T]]) -> list[Asked[T]]:
    """Grouped by purpose, then by direction, both in the order of the sheet."""
    found: dict[str, tuple[Purpose, dict[str, list[T]]]] = {}
    for offer, item in items:
        _, groups = found.setdefault(offer.purpose.code, (offer.purpose, {}))
        groups.setdefault(offer.direction, []).append(item)
    return [
        Asked(
            purpose.label,
            purpose.sentence,
            purpose.statutory_class,
            [(direction, groups[direction]) for direction in DIRECTIONS if direction in groups],
        )
        for purpose, groups in found.values()
    ]


def unseen(offers: Iterable[Offer]) -> list[Unseen]:
    """The catalogue minus what is asked for reading, so that the list can never be false."""
    asked = {(offer.direction, offer.area, offer.category.code) for offer in offers}
    return [
        Unseen(item, added=("write", item.area, item.code) in asked)
        for item in categories()
        if ("read", item.area, item.code) not in asked
    ]


def durations(offered: Sequence[int], chosen: int, *, longest: int, at: datetime) -> list[Duration]:
    return [
        Duration(days, at + timedelta(days), days == chosen) for days in offered if days <= longest
    ]


def shortest(offered: Sequence[int], longest: int) -> int:
    return next(days for days in offered if days <= longest)
