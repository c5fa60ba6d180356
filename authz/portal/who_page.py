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
from authz.portal.question_page import Duration, OfflineBox, durations
from authz.portal.shown import SOMEBODY
from authz.web.languages import day


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

    def of_nobody(self) -> "WhoPage":
        """The same page without what it says of the person."""
        attributes = [replace(box, shown=SOMEBODY) for box in self.attributes]
        return replace(self, patient=SOMEBODY, attributes=attributes)

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
    patient = asking.account.patient
    shown = {
        "profile": f"{patient.name}, {day(patient.birth_date)}",
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
