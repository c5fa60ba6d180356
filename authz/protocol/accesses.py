"""Resource servers report what they did with tokens, so that patients see who saw what.

Not a standard: none exists. One POST carries up to a hundred accesses; all of them are kept, or
none is. Only a resource server may report, only for the areas that it serves.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Annotated, Literal, Self
from uuid import UUID

from flask import Response, request
from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from authz.catalogue.categories import category
from authz.catalogue.models import Client
from authz.clock import now
from authz.consent.note_access import note_access
from authz.consent.note_removal import note_removal
from authz.db import db
from authz.keys import strict_json
from authz.protocol.client_auth import authenticate
from authz.protocol.edge import answer, blueprint, post
from authz.protocol.errors import AccessReportRefused, NotJson, UnauthorizedClient
from authz.protocol.request import ProtocolRequest, read_headers

bp = blueprint("accesses")

_AHEAD = timedelta(seconds=60)
_OLDEST = timedelta(days=7)  # a resource server that could not reach us for longer is an incident


class Access(BaseModel):
    """One use of a token; ``jti`` is the token's, as introspection gave it.

    ``hidden``: how many of the items carry the label that hides them from representatives.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    jti: UUID
    area: Literal["record", "messaging", "agenda"]
    direction: Literal["read", "write", "remove"]
    category: Annotated[str, Field(max_length=100)]
    outcome: Literal["allowed", "denied"]
    items: Annotated[int, Field(ge=0, le=1_000_000, strict=True)]
    hidden: Annotated[int, Field(ge=0, strict=True)] = 0
    at: AwareDatetime

    @model_validator(mode="after")
    def _hides_no_more_than_there_is(self) -> Self:
        if self.hidden > self.items:
            raise ValueError("more is hidden than there is")
        if (self.direction, self.outcome) == ("remove", "denied"):
            raise ValueError("a person removes, or nothing has happened")
        return self


class Report(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    accesses: Annotated[list[Access], Field(min_length=1, max_length=100)]


def _read(_takes: Collection[str]) -> ProtocolRequest:
    return read_headers()


@post(bp, "/accesses", read=_read)
def accesses(asked: ProtocolRequest) -> Response:
    client = authenticate(asked)
    if client.kind != "resource_server":
        raise UnauthorizedClient("only resource servers report accesses")
    report = _report()
    for access in report.accesses:
        _check(access, client, at=now())
    with db.session.begin_nested():  # a refusal commits, but never half a report
        for access in report.accesses:
            _note(access, client)
    return answer({"accepted": len(report.accesses)}, 201)


def _report() -> Report:
    if request.mimetype != "application/json":
        raise NotJson
    try:
        return Report.model_validate(strict_json.parse_object(request.get_data()))
    except ValidationError as error:
        raise AccessReportRefused(f"{error.error_count()} problems") from error
    except ValueError as error:
        raise NotJson from error


def _check(access: Access, client: Client, *, at: datetime) -> None:
    if access.area not in client.areas:
        raise AccessReportRefused("an area that the resource server does not serve")
    if not at - _OLDEST <= access.at <= at + _AHEAD:
        raise AccessReportRefused("a time that cannot be")
    try:
        category(access.area, access.category)
    except KeyError as error:
        raise AccessReportRefused("a category that is not in the catalogue") from error


def _note(access: Access, client: Client) -> None:
    if access.direction == "remove":
        note_removal(
            access.jti,
            resource_server=client.id,
            area=access.area,
            category=access.category,
            items=access.items,
            hidden=access.hidden,
            at=access.at,
        )
        return
    note_access(
        access.jti,
        resource_server=client.id,
        area=access.area,
        direction=access.direction,
        category=access.category,
        outcome=access.outcome,
        items=access.items,
        hidden=access.hidden,
        at=access.at,
    )
