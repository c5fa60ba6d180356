"""The parts of FHIR R4 resources that we look at before taking one in.

What is not named here is kept as it comes; what is named must be right.
"""

from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

_EARLIEST, _LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_Code = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^\S+( \S+)*$")]


class Shape(BaseModel):
    """A resource, or a part of one. The server sets identity, subject and producer itself."""

    model_config = ConfigDict(extra="allow", strict=True)


class Coding(Shape):
    system: str | None = None
    code: _Code


class Concept(Shape):
    coding: Annotated[list[Coding], Field(min_length=1, max_length=20)]

    def codes(self) -> set[str]:
        return {coding.code for coding in self.coding}


class Quantity(Shape):
    value: Annotated[float, Field(allow_inf_nan=False)]
    unit: str | None = None


class Component(Shape):
    code: Concept
    valueQuantity: Quantity  # noqa: N815 - FHIR's own name


def _is_within_reach(moment: datetime) -> datetime:
    """A moment that somebody alive can mean, and that every system down the line can store."""
    if not _EARLIEST <= moment <= _LATEST:
        raise ValueError("a year between 1900 and 2200")
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_is_within_reach)]


class Dated(Shape):
    """A resource that took place, or will, at one moment."""

    @property
    def takes_place_at(self) -> datetime:
        raise NotImplementedError


class Measurement(Dated):
    """One vital sign: a code, a moment, and a value or its parts (blood pressure has two)."""

    resourceType: Literal["Observation"]  # noqa: N815
    status: Literal["final", "preliminary", "amended", "corrected"]
    category: Annotated[list[Concept], Field(min_length=1, max_length=5)]
    code: Concept
    effectiveDateTime: Moment  # noqa: N815
    valueQuantity: Quantity | None = None  # noqa: N815
    component: Annotated[list[Component], Field(max_length=20)] | None = None

    @model_validator(mode="after")
    def _is_a_measured_vital_sign(self) -> Self:
        if not any("vital-signs" in concept.codes() for concept in self.category):
            raise ValueError("only vital signs are taken here")
        if self.valueQuantity is None and not self.component:
            raise ValueError("a value or components")
        return self

    @property
    def takes_place_at(self) -> datetime:
        return self.effectiveDateTime


class Appointment(Dated):
    """One appointment that stands: a beginning, an end after it, and words to know it by."""

    resourceType: Literal["Appointment"]  # noqa: N815
    status: Literal["booked", "pending", "proposed", "cancelled"]
    description: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    start: Moment
    end: Moment

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.end <= self.start:
            raise ValueError("ends before it begins")
        return self

    @property
    def takes_place_at(self) -> datetime:
        return self.start
