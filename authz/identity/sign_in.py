"""Somebody signs in with an identifier and a password.

A new session has a new value, whatever the browser sent before (session fixation). Its digest is
all that is stored.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from authz.db import db
from authz.identity import queries
from authz.identity.errors import SignInRefused
from authz.identity.models import Account, Session
from authz.identity.names import canonical
from authz.identity.passwords import Cost, hash_password, needs_rehash, password_fits
from authz.identity.throttle import brakes, count, hold, release

LOWEST_ACR = "eidas1"  # one factor: the lowest level of the French identification reference


@dataclass(frozen=True)
class Policy:
    """How sign-in is guarded and how long it lasts."""

    cost: Cost
    free_failures: int
    longest_delay: timedelta
    lifetime: timedelta


def sign_in(
    identifier: str, password: str, *, network: str, at: datetime, policy: Policy
) -> tuple[Session, str]:
    """The new session and the value for its cookie.

    Raises ``TooManyFailures`` or ``SignInRefused``; the failure that it counts must be committed.
    Whoever knows the password of a space that is closed is told so (``SpaceClosed``); to anybody
    else it answers like every other name.
    """
    account = _proven(canonical(identifier), password, network=network, at=at, policy=policy)
    account.patient.must_be_open()
    return _start(account, at=at, lifetime=policy.lifetime)


def prove(account: Account, password: str, *, network: str, at: datetime, policy: Policy) -> None:
    """Whoever is signed in proves anew who they are, before a deed that is hard to undo.

    Guessing is slowed down as at sign-in. Raises ``TooManyFailures`` or ``SignInRefused``.
    """
    _proven(account.identifier, password, network=network, at=at, policy=policy)


def _proven(name: str, password: str, *, network: str, at: datetime, policy: Policy) -> Account:
    counters = brakes(name, network, free=policy.free_failures, longest=policy.longest_delay)
    hold(counters, at=at)
    account = queries.account_by_identifier(name)
    stored = account.password_hash if account else None
    fits = password_fits(password, stored, cost=policy.cost)
    if not fits or account is None or queries.held_password(account.id) != stored:
        count(counters, at=at)
        raise SignInRefused
    release(counters)
    _strengthen(account, password, policy.cost)
    return account


def _strengthen(account: Account, password: str, cost: Cost) -> None:
    if needs_rehash(account.password_hash, cost=cost):
        account.password_hash = hash_password(password, cost=cost)


def _start(account: Account, *, at: datetime, lifetime: timedelta) -> tuple[Session, str]:
    value = secrets.token_urlsafe(32)
    session = Session(
        digest=sha256(value.encode()).digest(),
        account=account,
        authenticated_at=at,
        acr=LOWEST_ACR,
        amr=["pwd"],
        last_seen_at=at,
        expires_at=at + lifetime,
    )
    db.session.add(session)
    db.session.flush()
    return session, value
