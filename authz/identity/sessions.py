"""A sign-in session after sign-in: found again, kept awake, ended."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from authz.identity import queries
from authz.identity.models import Session

_NAP = timedelta(minutes=1)  # seen again within this time is not written down


def live_session(value: str, *, at: datetime, idle: timedelta) -> Session | None:
    """The session of this cookie value, if it still lives."""
    session = queries.session_by_digest(sha256(value.encode("utf-8", "replace")).digest())
    return session if session and session.is_live(at, idle=idle) else None


def live_sessions(account_id: UUID, *, at: datetime, idle: timedelta) -> list[Session]:
    """Where somebody is signed in with an account, the last used first."""
    found = queries.open_sessions(account_id)
    return [session for session in found if session.is_live(at, idle=idle)]


def touch(session: Session, *, at: datetime) -> None:
    """Note that the session is in use. Written at most once a minute."""
    if at - session.last_seen_at > _NAP:
        session.last_seen_at = at


def renew(session: Session) -> str:
    """A new value for the cookie of a session: whoever has copied the old one is let in no more."""
    value = secrets.token_urlsafe(32)
    session.digest = sha256(value.encode()).digest()
    return value


def end_session(session: Session, *, at: datetime) -> None:
    """Sign out. Ending twice is ending once."""
    session.ended_at = session.ended_at or at
