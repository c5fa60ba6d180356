"""Who may register clients: the holder of a token of ours, or of a statement by the authority.

RFC 7591 §3.1, §2.3. A statement is no secret, so one that did not fix keys and addresses could be
carried by anybody; those must be in it.
"""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from authz.catalogue import queries
from authz.catalogue.errors import (
    NotAdmitted,
    ServiceNotFound,
    StatementRefused,
    StatementUnfit,
)
from authz.catalogue.models import Admission, Service
from authz.db import db
from authz.keys import jws
from authz.keys.errors import JwtRefused

_PREFIX = "authz_ia_"
_AHEAD = timedelta(seconds=60)
_TYPES = frozenset({None, "JWT", "software-statement+jwt"})


@dataclass(frozen=True)
class Admitted:
    """What somebody may register: a client of ``service_id``, or a relying party."""

    service_id: UUID | None
    admission_id: UUID | None = None
    software_id: str | None = None


@dataclass(frozen=True)
class Authority:
    """The public authority that signs software statements, and its keys."""

    name: str
    keys: tuple[Mapping[str, Any], ...]


def issue_admission(
    service: Service | None, *, uses: int, at: datetime, lifetime: timedelta
) -> str:
    """An initial access token. Its value leaves us once."""
    value = _PREFIX + secrets.token_urlsafe(32)
    admission = Admission(
        digest=sha256(value.encode()).digest(),
        service_id=service.id if service else None,
        uses_left=uses,
        created_at=at,
        expires_at=at + lifetime,
    )
    db.session.add(admission)
    db.session.flush()
    return value


def admitted_by_token(value: str, *, at: datetime) -> Admitted:
    """Raises ``NotAdmitted``."""
    admission = queries.admission(sha256(value.encode()).digest(), at)
    if admission is None:
        raise NotAdmitted("unknown, past its time or used up")
    return Admitted(admission.service_id, admission_id=admission.id)


def read_statement(
    statement: str, authority: Authority, *, audience: str, at: datetime
) -> dict[str, Any]:
    """What the authority says of a piece of software. Raises ``StatementRefused``."""
    try:
        claims = jws.parse(statement, types=_TYPES).verified_by(authority.keys)
    except JwtRefused as error:
        raise StatementRefused(error.detail) from error
    if claims.get("iss") != authority.name or claims.get("aud", audience) != audience:
        raise StatementRefused("another issuer, or for another server")
    expires, issued = (_seconds(claims.get(name)) for name in ("exp", "iat"))
    if not at.timestamp() < expires or not issued <= (at + _AHEAD).timestamp():
        raise StatementRefused("past its time, or ahead of it")
    return claims


def admitted_by_statement(claims: Mapping[str, Any]) -> Admitted:
    """Raises ``StatementUnfit``."""
    slug = claims.get("software_id")
    fixes_keys = bool({"jwks", "jwks_uri"} & claims.keys())
    if not isinstance(slug, str) or "redirect_uris" not in claims or not fixes_keys:
        raise StatementUnfit("without service, addresses or keys")
    try:
        service = queries.service_by_slug(slug)
    except ServiceNotFound as error:
        raise StatementUnfit("for a service that is not in the catalogue") from error
    if service.status == "dereferenced":
        raise StatementUnfit("for a service that has left the catalogue")
    return Admitted(service.id, software_id=slug)


def with_statement(
    given: Mapping[str, Any], claims: Mapping[str, Any], *, members: Iterable[str]
) -> dict[str, Any]:
    """RFC 7591 §2.3: what the authority says takes the place of what the client says."""
    said = {name: claims[name] for name in members if name in claims}
    if {"jwks", "jwks_uri"} & said.keys():
        given = {name: given[name] for name in given.keys() - {"jwks", "jwks_uri"}}
    return {**given, **said}


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise StatementRefused("a time that is none")
    return value
