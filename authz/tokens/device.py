"""A device that has no browser waits while somebody answers elsewhere (RFC 8628).

The device shows a short code and polls with a long one. Whoever enters the short one is led to an
ordinary question; its answer is a code that never travels: the device's poll spends it.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from authz.db import db
from authz.keys.private_key import Algorithm
from authz.settings import Lifetimes
from authz.tokens import queries
from authz.tokens.errors import (
    CodeRefused,
    DeviceDenied,
    DeviceExpired,
    DevicePending,
    DeviceTooFast,
    UserCodeUnknown,
)
from authz.tokens.issued import Issued
from authz.tokens.models import AuthorizationRequest, DeviceAuthorization
from authz.tokens.push import take_request
from authz.tokens.redeem import redeem_stored
from authz.tokens.requests import ON_DEVICE
from authz.tokens.values import mint, read

_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"  # RFC 8628 §6.1: no vowels, so no words
_LENGTH = 8
_SLOWER = 5  # seconds, RFC 8628 §3.5


@dataclass(frozen=True)
class Begun:
    device_code: str
    user_code: str  # as the device shows it


def begin(
    client_id: UUID, parameters: dict[str, Any], *, at: datetime, lifetime: timedelta, pause: int
) -> Begun:
    minted, user_code = mint("dc"), _new_user_code()
    row = DeviceAuthorization(
        id=minted.id,
        digest=minted.digest,
        user_code=user_code,
        client_id=client_id,
        parameters=parameters | {"redirect_uri": ON_DEVICE},
        created_at=at,
        expires_at=at + lifetime,
        pause=pause,
    )
    db.session.add(row)
    db.session.flush()
    return Begun(minted.value, shown(user_code))


def shown(user_code: str) -> str:
    half = _LENGTH // 2
    return f"{user_code[:half]}-{user_code[half:]}"


def waiting(entered: str, *, at: datetime) -> DeviceAuthorization:
    """The device that shows the code, however it was typed. Raises ``UserCodeUnknown``."""
    letters = "".join(letter for letter in entered.upper()[:100] if letter in _LETTERS)
    row = queries.device_by_user_code(letters) if len(letters) == _LENGTH else None
    if row is None or row.stopped_at is not None or at >= row.expires_at:
        raise UserCodeUnknown
    request = queries.request(row.request_id) if row.request_id else None
    if request is not None and request.decided_at is not None:
        raise UserCodeUnknown("answered")
    return row


def question(row: DeviceAuthorization, *, at: datetime) -> AuthorizationRequest:
    """The question behind a device that ``waiting`` has found, put once."""
    request = queries.request(row.request_id) if row.request_id else None
    if request is None:
        left = row.expires_at - at
        request = take_request(row.client_id, row.parameters, at=at, interaction=left)
        row.request_id = request.id
    return request


def stop(row: DeviceAuthorization, *, at: datetime) -> None:
    """It was not the person's own device, or they do not want to."""
    row.stopped_at = at


def poll(
    value: str,
    *,
    client_id: UUID,
    jkt: str | None,
    at: datetime,
    lifetimes: Lifetimes,
    algorithm: Algorithm = "ES256",
) -> Issued:
    """The tokens, once somebody has said yes.

    Raises ``CodeRefused`` and the refusals of RFC 8628 §3.5; what they leave behind must be
    committed. Polls of one device wait for each other.
    """
    handle = read("dc", value)
    row = queries.device_for_update(handle[0]) if handle else None
    if row is None or handle is None or row.digest != handle[1] or row.client_id != client_id:
        raise CodeRefused("not a device code of this client")
    _pace(row, at)
    if row.stopped_at is not None:
        raise DeviceDenied
    code = queries.code_of_request(row.request_id) if row.request_id else None
    if code is None:
        raise _unanswered(row, at)
    return redeem_stored(
        (code.id, code.digest),
        client_id=client_id,
        redirect_uri=ON_DEVICE,
        code_challenge=None,
        jkt=jkt,
        at=at,
        lifetimes=lifetimes,
        algorithm=algorithm,
    )


def _pace(row: DeviceAuthorization, at: datetime) -> None:
    before, row.polled_at = row.polled_at, at
    if before is not None and at - before < timedelta(seconds=row.pause):
        row.pause += _SLOWER
        raise DeviceTooFast


def _unanswered(
    row: DeviceAuthorization, at: datetime
) -> DeviceDenied | DeviceExpired | DevicePending:
    request = queries.request(row.request_id) if row.request_id else None
    if request is not None and request.decided_at is not None:
        return DeviceDenied()
    return DeviceExpired() if at >= row.expires_at else DevicePending()


def _new_user_code() -> str:
    while True:
        user_code = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
        if queries.device_by_user_code(user_code) is None:
            return user_code
