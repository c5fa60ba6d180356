"""Questions to the tables of this room, but for those of the hot paths: ``hot_queries.py``."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, and_, delete, exists, select, update
from sqlalchemy.dialects.postgresql import insert

from authz.db import db
from authz.statements import Statement
from authz.tokens.models import (
    AccessToken,
    AuthorizationCode,
    AuthorizationRequest,
    DeviceAuthorization,
    MachineToken,
    RefreshToken,
    SpaceToken,
    Spent,
)
from authz.tokens.values import Minted
from authz.within import ask_within


def request_for_update(id: UUID) -> AuthorizationRequest | None:
    return db.session.get(AuthorizationRequest, id, with_for_update=True, populate_existing=True)


def request(id: UUID) -> AuthorizationRequest | None:
    return db.session.get(AuthorizationRequest, id)


def device_for_update(id: UUID) -> DeviceAuthorization | None:
    return db.session.get(DeviceAuthorization, id, with_for_update=True, populate_existing=True)


def device_by_user_code(user_code: str) -> DeviceAuthorization | None:
    found = select(DeviceAuthorization).where(DeviceAuthorization.user_code == user_code)
    return db.session.scalar(found.with_for_update())


def code_of_request(request_id: UUID) -> AuthorizationCode | None:
    found = select(AuthorizationCode).where(AuthorizationCode.request_id == request_id)
    return db.session.scalar(found)


def delete_devices(before: datetime) -> int:
    return _changed(delete(DeviceAuthorization).where(DeviceAuthorization.expires_at < before))


_BIND = Statement("""
    UPDATE authorization_request SET account_id = :account_id
    WHERE id = :id AND opened_at IS NOT NULL AND decided_at IS NULL AND expires_at > :at
      AND (account_id IS NULL OR account_id = :account_id)
    RETURNING id
""")


def bind_request(id: UUID, account_id: UUID, at: datetime) -> bool:
    """Whether it is open and this account's from now on. It is held until the transaction ends."""
    return ask_within(_BIND, {"id": id, "account_id": account_id, "at": at}) is not None


_CLOSE = Statement("""
    UPDATE authorization_request SET decided_at = :at
    WHERE id = :id AND decided_at IS NULL RETURNING id
""")


def close_request(id: UUID, at: datetime) -> bool:
    """Whether this caller closed it: exactly one does."""
    return ask_within(_CLOSE, {"id": id, "at": at}) is not None


def insert_spent(kind: str, digest: bytes, expires_at: datetime) -> bool:
    """Whether the value was new."""
    row = insert(Spent).values(kind=kind, digest=digest, expires_at=expires_at)
    return db.session.scalar(row.on_conflict_do_nothing().returning(Spent.kind)) is not None


def replace_refresh_token(
    id: UUID, successor: Minted, *, at: datetime, expires_at: datetime
) -> None:
    """End one that this transaction has locked, and store the next of its family."""
    spent = db.session.get_one(RefreshToken, id, populate_existing=True)
    spent.ended_at = at
    next_one = RefreshToken(
        id=successor.id,
        digest=successor.digest,
        client_id=spent.client_id,
        consent_id=spent.consent_id,
        code_id=spent.code_id,
        scope=spent.scope,
        jkt=spent.jkt,
        issued_at=at,
        expires_at=expires_at,
    )
    db.session.add(next_one)
    db.session.flush()


def access_token(id: UUID, digest: bytes) -> AccessToken | None:
    return db.session.scalar(
        select(AccessToken).where(AccessToken.id == id, AccessToken.digest == digest)
    )


def machine_token(id: UUID, digest: bytes) -> MachineToken | None:
    return db.session.scalar(
        select(MachineToken).where(MachineToken.id == id, MachineToken.digest == digest)
    )


def refresh_token(id: UUID, digest: bytes) -> RefreshToken | None:
    return db.session.scalar(
        select(RefreshToken).where(RefreshToken.id == id, RefreshToken.digest == digest)
    )


def clients_of_session(session_id: UUID) -> list[UUID]:
    """Who was told, by an ID token, of a session."""
    told = select(AuthorizationCode.client_id).where(
        AuthorizationCode.session_id == session_id, AuthorizationCode.consumed_at.is_not(None)
    )
    return list(db.session.scalars(told.distinct()))


def end_tokens_of_spent_code(id: UUID, digest: bytes, client_id: UUID, at: datetime) -> None:
    """After a replay by the code's own client. Unknown codes change nothing."""
    spent = select(AuthorizationCode.id).where(
        AuthorizationCode.id == id,
        AuthorizationCode.digest == digest,
        AuthorizationCode.client_id == client_id,
        AuthorizationCode.consumed_at.is_not(None),
    )
    if db.session.scalar(spent) is not None:
        end_tokens_of_code(id, at)


def end_exchanged(subject_id: UUID, at: datetime) -> None:
    came_of_it = AccessToken.subject_id == subject_id
    _changed(
        update(AccessToken).where(came_of_it, AccessToken.ended_at.is_(None)).values(ended_at=at)
    )


def end_tokens_of_code(code_id: UUID, at: datetime) -> int:
    return _end(RefreshToken.code_id == code_id, AccessToken.code_id == code_id, at)


def end_tokens_of_consent(consent_id: UUID, at: datetime) -> int:
    return _end(RefreshToken.consent_id == consent_id, AccessToken.consent_id == consent_id, at)


def end_tokens_of_mandate(mandate_id: UUID, at: datetime) -> int:
    codes = select(AuthorizationCode.id).where(AuthorizationCode.mandate_id == mandate_id)
    unspent = update(AuthorizationCode).where(
        AuthorizationCode.mandate_id == mandate_id, AuthorizationCode.consumed_at.is_(None)
    )
    _changed(unspent.values(consumed_at=at))
    ended = _end(RefreshToken.code_id.in_(codes), AccessToken.code_id.in_(codes), at)
    # Once more, for what was just being exchanged for one of them.
    return ended + _end_live(AccessToken, AccessToken.code_id.in_(codes), at)


def end_refresh_tokens_of_consent(consent_id: UUID, at: datetime) -> int:
    return _end_live(RefreshToken, RefreshToken.consent_id == consent_id, at)


def hold_codes_of_consent(consent_id: UUID) -> None:
    """Locked in the order of their ids."""
    codes = select(AuthorizationCode.id).where(_is_open_for(consent_id))
    db.session.execute(codes.order_by(AuthorizationCode.id).with_for_update())


def spend_codes_of_consent(consent_id: UUID, at: datetime) -> int:
    return _changed(
        update(AuthorizationCode).where(_is_open_for(consent_id)).values(consumed_at=at)
    )


def _is_open_for(consent_id: UUID) -> Any:
    return and_(AuthorizationCode.consent_id == consent_id, AuthorizationCode.consumed_at.is_(None))


def _end(refresh_tokens: Any, access_tokens: Any, at: datetime) -> int:
    return _end_live(RefreshToken, refresh_tokens, at) + _end_live(AccessToken, access_tokens, at)


def _end_live(model: type[RefreshToken | AccessToken], which: Any, at: datetime) -> int:
    live = update(model).where(which, model.ended_at.is_(None), model.expires_at > at)
    return _changed(live.values(ended_at=at))


def delete_spent(at: datetime) -> int:
    return _changed(delete(Spent).where(Spent.expires_at < at))


def delete_machine_tokens(before: datetime) -> int:
    return _changed(delete(MachineToken).where(MachineToken.expires_at < before))


def delete_space_tokens(before: datetime) -> int:
    return _changed(delete(SpaceToken).where(SpaceToken.expires_at < before))


def delete_requests_without_code(before: datetime) -> int:
    """Whether nobody answered, or somebody refused: nothing rests on them, no device either."""
    code = exists().where(AuthorizationCode.request_id == AuthorizationRequest.id)
    device = exists().where(DeviceAuthorization.request_id == AuthorizationRequest.id)
    over = AuthorizationRequest.expires_at < before
    return _changed(delete(AuthorizationRequest).where(over, ~code, ~device))


def _changed(statement: Any) -> int:
    result = db.session.execute(statement, execution_options={"synchronize_session": False})
    return cast(CursorResult[Any], result).rowcount
