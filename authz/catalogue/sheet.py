"""The service sheet: everything a patient must be shown before deciding.

The fields and the texts that require them are those of GDPR art. 13, of the Public Health Code
(L. 1111-13-1 III) and of ISO/IEC TS 27560. A sheet that lacks one cannot be published, in either
language. The exchange, grouped by purpose, is the unit of choice.
"""

import re
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    model_validator,
)

from authz.catalogue.categories import Area, Category, Direction, category
from authz.catalogue.details import detail
from authz.catalogue.models import ServiceSheet
from authz.catalogue.picture import picture
from authz.catalogue.text import EMAIL, Line, Text

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,39}$")]
Period = Annotated[str, StringConstraints(pattern=r"^P[1-9][0-9]{0,2}[DMY]$")]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s]+$")]
StatutoryClass = Literal["prevention", "diagnosis", "care", "social-follow-up"]

_LONGEST_REASON = 160  # characters; one sentence, read on a phone
_NEW = {"new": True}
_MOST_EXCHANGES = 60  # more cannot be read, let alone decided


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Party(_Part):
    """A legal entity and how to reach it."""

    name: Line
    address: Line
    town: Line
    country: Text
    email: Line
    telephone: Line | None = None


class Contact(_Part):
    name: Line
    email: Line


class Processor(_Part):
    """Somebody who handles the data on the controller's behalf."""

    name: Line
    role: Text
    country: Text


class Hosting(_Part):
    name: Line
    certification: Text
    place: Text


class Document(_Part):
    """A text that applies, as it stood: title, version and date."""

    title: Text
    url: Url
    version: Line
    date: date


class Convention(_Part):
    """What the service has signed with the public authority, and may be held to."""

    version: Line
    date: date


class Recourse(_Part):
    """Where to complain, in the order in which we advise it."""

    service: Text
    support: Text
    authority: Text
    authority_url: Url

    @property
    def help_desk(self) -> str | None:
        """The address of the space's own help desk, where the text gives one."""
        found = EMAIL.search(self.support.fr)
        return found[0] if found else None


class Exchange(_Part):
    """One flow of data: area, direction, category, how far back and how often."""

    area: Area
    direction: Direction
    category: Code
    needed: bool
    period: Period | None = None  # ISO 8601 duration before today; none: not limited
    frequency: Text
    consequence: Text  # of leaving it out

    @model_validator(mode="after")
    def _category_is_in_the_catalogue(self) -> Self:
        try:
            category(self.area, self.category)
        except KeyError as error:
            raise ValueError(f"no category {self.area}:{self.category}") from error
        return self


class Purpose(_Part):
    """Why the data are asked for (GDPR art. 13-1-c), in one plain sentence."""

    code: Code
    statutory_class: StatutoryClass
    label: Text
    sentence: Text
    exchanges: Annotated[tuple[Exchange, ...], Field(min_length=1)]

    @property
    def offers(self) -> tuple["Offer", ...]:
        return tuple(
            Offer(
                id=f"{self.code}:{exchange.area}:{exchange.direction}:{exchange.category}",
                purpose=self,
                category=category(exchange.area, exchange.category),
                exchange=exchange,
            )
            for exchange in self.exchanges
        )


@dataclass(frozen=True)
class Offer:
    """One exchange of one purpose, ready to be asked, answered and enforced."""

    id: str
    purpose: Purpose
    category: Category
    exchange: Exchange

    @property
    def area(self) -> str:
        return self.exchange.area

    @property
    def direction(self) -> Direction:
        return self.exchange.direction

    @property
    def needed(self) -> bool:
        return self.exchange.needed

    @property
    def period(self) -> str | None:
        return self.exchange.period

    @property
    def frequency(self) -> Text:
        return self.exchange.frequency

    @property
    def consequence(self) -> Text:
        return self.exchange.consequence

    @property
    def scope(self) -> str:
        return self.category.scope(self.direction)

    def detail(self) -> dict[str, Any]:
        """This exchange as an ``authorization_details`` object (RFC 9396 §2)."""
        return detail(
            purpose=self.purpose.code,
            area=self.area,
            direction=self.direction,
            category=self.category.code,
            period=self.period,
        )


def _is_picture(text: str) -> str:
    picture(text)
    return text


class Sheet(_Part):
    """One version of what patients are shown, complete in French and in English."""

    name: Line
    oid: Annotated[str, StringConstraints(pattern=r"^[0-2](\.(0|[1-9][0-9]*))+$")]
    logo: Annotated[str, AfterValidator(_is_picture)] | None = None  # a PNG in base64
    convention: Convention | None = None
    controller: Party
    representative: Party | None = None  # for a controller outside the Union (GDPR art. 27)
    data_protection_officer: Contact
    joint_controllers: Text
    reason: Text  # why, in one sentence
    benefit: Text  # what the person gets
    purposes: Annotated[tuple[Purpose, ...], Field(min_length=1)]
    legal_basis: Text
    legal_texts: Annotated[tuple[Document, ...], Field(min_length=1)]
    durations: Annotated[tuple[int, ...], Field(min_length=1)]  # days, shortest first
    retention: Text
    recipients: Text
    processors: tuple[Processor, ...]
    hosting: Hosting
    transfers: Text  # outside the EU, and safeguards; 'none' is stated too
    automated_decisions: Text
    reuse: Text
    withdrawal: Text
    rights: Text
    recourse: Recourse
    terms: Document
    privacy_policy: Document
    economic_model: Literal["free", "paid", "free-with-purchases"]
    device_class: Literal["consumer", "medical"]
    changes: Text | None = None  # since the version before

    @model_validator(mode="after")
    def _is_complete(self, info: ValidationInfo) -> Self:
        """The first sheets had neither, and stay readable."""
        if info.context == _NEW and None in (self.logo, self.convention):
            raise ValueError("logo and convention: every new version has both")
        return self

    @model_validator(mode="after")
    def _reads_well(self) -> Self:
        if any(len(words) > _LONGEST_REASON for words in (self.reason.fr, self.reason.en)):
            raise ValueError(f"reason: at most {_LONGEST_REASON} characters")
        if list(self.durations) != sorted(set(self.durations)) or self.durations[0] < 1:
            raise ValueError("durations: days, each once, shortest first")
        if len({offer.id for offer in self.offers}) != len(self.offers):
            raise ValueError("purposes: the same exchange is listed twice")
        if len(self.offers) > _MOST_EXCHANGES:
            raise ValueError(f"purposes: at most {_MOST_EXCHANGES} exchanges")
        return self

    @cached_property
    def offers(self) -> tuple[Offer, ...]:
        """Every exchange of every purpose, in the order of the sheet."""
        return tuple(offer for purpose in self.purposes for offer in purpose.offers)


def parse_sheet(content: dict[str, Any]) -> Sheet:
    """A new version. Raises pydantic's ``ValidationError``, which names every field that is missing
    or wrong."""
    return Sheet.model_validate(content, context=_NEW)


_MOST_KNOWN = 1000
_known: dict[str, Sheet] = {}


def sheet_of(row: ServiceSheet) -> Sheet:
    """A published sheet, parsed."""
    return kept_sheet(row.digest, row.content)


def kept_sheet(digest: str, content: dict[str, Any]) -> Sheet:
    """The sheet of this digest. It never changes, so it is parsed once and kept."""
    known = _known.get(digest)
    if known is None:
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        known = _known[digest] = Sheet.model_validate(content)
    return known


def days_of(period: str) -> int:
    """The days of a sheet's period, a month counted as 31 and a year as 366."""
    match = re.fullmatch(r"P([1-9][0-9]{0,2})([DMY])", period)
    if match is None:
        raise ValueError(f"not a period: {period}")
    return int(match[1]) * {"D": 1, "M": 31, "Y": 366}[match[2]]
