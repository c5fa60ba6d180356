"""A client redeems an authorization code (RFC 6749 §4.1.3, RFC 7636 §4.6).

One statement spends the code and stores the tokens, so whatever races, one caller wins. A code
that its client presents with a wrong verifier, redirect URI or DPoP key is spent all the same.
Presenting a spent code again ends every token that came of it (RFC 9700 §4.2.4).
"""

from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from authz.keys.private_key import Algorithm
from authz.keys.signing import SealedKey
from authz.settings import Lifetimes
from authz.tokens import hot_queries, queries
from authz.tokens.conditions import Conditions
from authz.tokens.errors import CodeRefused
from authz.tokens.exchanges import details, scope_now
from authz.tokens.exchanges import read as read_exchange
from authz.tokens.issued import Issued, SignInClaims
from authz.tokens.values import mint, read


def redeem_code(
    value: str,
    *,
    client_id: UUID,
    redirect_uri: str,
    code_verifier: str | None,
    jkt: str | None,
    at: datetime,
    lifetimes: Lifetimes,
    x5t: str | None = None,
    algorithm: Algorithm = "ES256",
    conditions: Conditions | None = None,
) -> Issued:
    """Tokens bound to the DPoP key ``jkt`` or the certificate ``x5t``.

    ``algorithm`` is that of the client's ID tokens. A refresh token comes only if offline access
    was allowed. A verifier where there was no challenge is refused like a missing one.

    With ``conditions`` it happens at once, and they are checked by the same statement; without, in
    the caller's transaction.

    Raises ``CodeRefused``; what it leaves behind (a spent code, ended tokens) must be committed.
    """
    handle = read("ac", value)
    if handle is None:
        raise CodeRefused("not a code")
    return redeem_stored(
        handle,
        client_id=client_id,
        redirect_uri=redirect_uri,
        code_challenge=None if code_verifier is None else s256(code_verifier),
        jkt=jkt,
        x5t=x5t,
        at=at,
        lifetimes=lifetimes,
        algorithm=algorithm,
        conditions=conditions,
    )


def redeem_stored(
    handle: tuple[UUID, bytes],
    *,
    client_id: UUID,
    redirect_uri: str,
    code_challenge: str | None,
    jkt: str | None,
    at: datetime,
    lifetimes: Lifetimes,
    x5t: str | None = None,
    algorithm: Algorithm = "ES256",
    conditions: Conditions | None = None,
) -> Issued:
    """The same for a code whose row is known, by handle and digest."""
    access, refresh = mint("at"), mint("rt")
    row = hot_queries.redeem(
        at_once=conditions is not None,
        **(conditions or Conditions()).parameters(),
        code_id=handle[0],
        code_digest=handle[1],
        client_id=client_id,
        redirect_uri=redirect_uri,
        code_challenge=code_challenge,
        jkt=jkt,
        x5t=x5t,
        algorithm=algorithm,
        at=at,
        access_id=access.id,
        access_digest=access.digest,
        access_expires_at=at + timedelta(seconds=lifetimes.access_token),
        refresh_id=refresh.id,
        refresh_digest=refresh.digest,
        refresh_expires_at=at + timedelta(seconds=lifetimes.refresh_token),
    )
    if conditions is not None:
        conditions.check(row)
    if row.consent_id is None:
        queries.end_tokens_of_spent_code(*handle, client_id, at)
        raise CodeRefused("unknown, expired or spent")
    if row.expires_at is None:
        raise CodeRefused("bound to another verifier, redirect URI or key, or consent ended")
    return _issued(row, access.value, refresh.value if row.refresh_id else None)


def _issued(row: Any, access_token: str, refresh_token: str | None) -> Issued:
    sign_in = SignInClaims(
        row.nonce,
        row.authenticated_at,
        row.acr,
        row.amr,
        session_id=row.session_id,
        acting_id=row.acting_id,
        names_claims=bool(row.names_claims),
        key=SealedKey(row.kid, row.sealed) if row.kid else None,
    )
    exchanges = [read_exchange(line) for line in row.exchanges]
    scope = scope_now(exchanges, row.scope)
    return Issued(
        access_token=access_token,
        refresh_token=refresh_token,
        scope=scope if refresh_token else _while_there(scope),
        expires_at=row.expires_at,
        consent_id=row.consent_id,
        patient_id=row.patient_id,
        ends_at=row.ends_at,
        details=details(exchanges, row.scope),
        sign_in=sign_in,
    )


def _while_there(scope: str) -> str:
    """RFC 6749 §5.1: without a refresh token nobody is told of offline access, though the code was
    for it: the person has taken that back since."""
    return " ".join(name for name in scope.split(" ") if name != "offline_access")


def s256(code_verifier: str) -> str:
    """RFC 7636 §4.2. The only method that we know."""
    digest = sha256(code_verifier.encode("utf-8", "replace")).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()
