"""What the page of a client that only signs people in shows: who asks, and what it would know.

No health data, so no sheet. As on the other page, nothing is ticked beforehand.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from authz.catalogue.metadata import PUBLIC
from authz.catalogue.models import Client
from authz.consent.answer import Answer
from authz.consent.give import Asking
from authz.consent.models import OFFLINE
from authz.portal.mould import SOME_REQUEST, hole
from authz.portal.question_page import Duration, OfflineBox, durations
from authz.web.languages import day, language_name


@dataclass(frozen=True)
class AttributeBox:
    name: str
    shown: str  # what would be shared, as it is
    ticked: bool


@dataclass(frozen=True)
class WhoPage:
    request_id: UUID
    patient: str
    client: Client
    attributes: list[AttributeBox]
    offline: OfflineBox | None
    durations: list[Duration]
    return_host: str

    basis, current = "", None

    @property
    def said(self) -> dict[str, str]:
        """What it says of the person."""
        return {"patient": self.patient, **{box.name: box.shown for box in self.attributes}}

    def of_nobody(self) -> "WhoPage":
        """The same page with holes for what it says of the person."""
        return replace(
            self,
            request_id=SOME_REQUEST,
            patient=hole("patient"),
            attributes=[replace(box, shown=hole(box.name)) for box in self.attributes],
        )

    @property
    def is_public(self) -> bool:
        """Whether others know the person by the same number (OIDC Core §8)."""
        return self.client.sector == PUBLIC

    @property
    def first_box(self) -> str:
        return "attribute-1" if self.attributes else f"days-{self.durations[0].days}"


def who_page(
    asking: Asking, client: Client, answer: Answer, *, longest: int, at: datetime
) -> WhoPage:
    patient, speaks = asking.account.patient, language_name(asking.account.language)
    shown = {
        "profile": f"{patient.name}, {day(patient.birth_date)}, {speaks}",
        "email": asking.account.email,
    }
    offline = OfflineBox(OFFLINE, OFFLINE in answer.chosen) if asking.question.offline else None
    return WhoPage(
        request_id=asking.request.id,
        patient=patient.name,
        client=client,
        attributes=[
            AttributeBox(name, shown[name], name in answer.chosen)
            for name in asking.question.attributes
        ],
        offline=offline,
        durations=durations(asking.durations, answer.days, longest=longest, at=at),
        return_host=urlsplit(asking.request.parameters["redirect_uri"]).netloc,
    )
