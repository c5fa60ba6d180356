"""The guard of a protected resource: who calls, with which token, proving which key.

RFC 9449 §7.1, RFC 8705 §3, RFC 6750 §3. A token is bound to a key, which a proof shows, or to a
certificate, which the connection was made with; one that anybody can use is refused even when it is
alive. The caller of the guard says how to introspect and how to remember a proof, so it works for a
server that shares nothing with the authorization server but HTTP.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from flask import Request

from authz.errors import Refusal
from authz.keys.dpop import Proof, check_proof
from authz.keys.errors import ProofRefused
from authz.keys.nonce import nonce, nonces
from authz.keys.public_key import ALGORITHMS
from authz.settings import Mtls
from authz.web.certificate import certificate_shown
from authz.web.step_up import SignInInsufficient

Introspect = Callable[[str], dict[str, Any] | None]
Remember = Callable[[Proof, datetime], bool]


class NoToken(Refusal):
    """No credentials at all: told how to come back, and nothing else (RFC 6750 §3.1)."""

    code = "login"
    status = 401
    public = "This resource needs an access token bound to a key (DPoP) or to a certificate."
    issue: ClassVar[str] = "login"


class TokenRefused(Refusal):
    """Expired, ended, unknown, of another key: the answer does not tell them apart."""

    code = "invalid_token"
    status = 401
    public = "The access token is not valid, or no longer is."
    issue: ClassVar[str] = "login"


@dataclass(frozen=True)
class Caller:
    """A live token in the hands of whoever holds its key."""

    claims: dict[str, Any]
    details: tuple[dict[str, Any], ...]

    @property
    def token_id(self) -> str:
        return str(self.claims["jti"])

    @property
    def subject(self) -> str:
        return str(self.claims["sub"])

    @property
    def producer(self) -> str:
        """The URI of the service that calls: what it adds carries it."""
        return f"urn:oid:{self.claims['service']['oid']}"


@dataclass(frozen=True)
class Guard:
    origin: str  # of this server: what proofs must be made for, whatever Host says
    introspect: Introspect
    remember: Remember
    front: Mtls = field(default_factory=Mtls)  # which passes certificates on, if any does
    nonce_key: str | None = field(default=None, repr=False)  # makes nonces, if proofs must hold one

    def admit(self, request: Request, *, at: datetime) -> Caller:
        """Who calls. Raises ``NoToken``, ``ProofRefused``, ``TokenRefused`` or ``Unavailable``."""
        scheme, token = _token(request)
        if scheme == "bearer":
            return self._admit_connection(request, token)
        return self._admit_proof(request, token, at)

    def nonce(self, *, at: datetime) -> str | None:
        """For the next proof, if it must hold one (RFC 9449 §9)."""
        return None if self.nonce_key is None else nonce(self.nonce_key, at=at)

    def _admit_connection(self, request: Request, token: str) -> Caller:
        certificate = certificate_shown(request, self.front)
        # Taking a bound token without its holder is the downgrade to prevent.
        if certificate is None:
            raise TokenRefused("a token without its holder")
        claims = self.introspect(token)
        if claims is None or not _is_bound_to(claims, "x5t#S256", certificate.thumbprint):
            raise TokenRefused
        return Caller(claims=claims, details=_exchanges(claims))

    def _admit_proof(self, request: Request, token: str, at: datetime) -> Caller:
        proof = check_proof(
            _only_proof(request),
            method=request.method,
            url=f"{self.origin}{request.path}",
            at=at,
            access_token=token,
            nonces=None if self.nonce_key is None else nonces(self.nonce_key, at=at),
        )
        claims = self.introspect(token)
        if claims is None or not _is_bound_to(claims, "jkt", proof.jkt):
            raise TokenRefused
        # Remembered last: only holders of live tokens can make the store grow.
        if not self.remember(proof, at):
            raise ProofRefused("used before")
        return Caller(claims=claims, details=_exchanges(claims))


def challenge(
    refusal: Refusal,
    *,
    scheme: str = "DPoP",
    scope: str | None = None,
    metadata: str | None = None,
) -> str:
    """The ``WWW-Authenticate`` line that goes with a refusal (RFC 9449 §7.1, RFC 6750 §3).

    ``metadata`` is the address that tells how to come back (RFC 9728 §5.1).
    """
    said = {"algs": " ".join(ALGORITHMS)} if scheme == "DPoP" else {}
    if not isinstance(refusal, NoToken):
        error = "insufficient_scope" if refusal.status == 403 else refusal.code
        said = {"error": error, "error_description": refusal.public} | said
    if isinstance(refusal, SignInInsufficient):
        said |= refusal.demand.said()
    if scope is not None:
        said["scope"] = scope
    if metadata is not None:
        said["resource_metadata"] = metadata
    return f"{scheme} " + ", ".join(f'{name}="{value}"' for name, value in said.items())


def _token(request: Request) -> tuple[str, str]:
    """The scheme, in small letters, and the token."""
    given = request.headers.getlist("Authorization")
    if not given:
        raise NoToken
    scheme, _, token = given[0].partition(" ")
    known = scheme.lower() in {"dpop", "bearer"}
    if len(given) > 1 or not known or not token or not _is_plain(token):
        raise TokenRefused("not one token of a scheme that we know")
    return scheme.lower(), token


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _only_proof(request: Request) -> str:
    proofs = request.headers.getlist("DPoP")
    if len(proofs) != 1:
        raise ProofRefused("not exactly one proof")
    return proofs[0]


def _is_bound_to(claims: dict[str, Any], method: str, shown: str) -> bool:
    """Whether the token is bound in this way, to what the caller has shown (RFC 7800 §3.1)."""
    confirmation = claims.get("cnf")
    bound = confirmation.get(method) if isinstance(confirmation, dict) else None
    return isinstance(bound, str) and hmac.compare_digest(bound.encode(), shown.encode())


def _exchanges(claims: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    details = claims.get("authorization_details")
    if not isinstance(details, list):
        return ()
    return tuple(
        detail
        for detail in details
        if isinstance(detail, dict) and detail.get("type") == "health_exchange"
    )
