"""The UserInfo endpoint: what the person shares with the client that holds the token.

OIDC Core §5.3. ``sub`` is the ID token's. The token comes in the header, or in the body of a POST
(RFC 6750 §2.2); one that is bound to a key comes with its proof (RFC 9449 §7). The answer is plain
JSON, or signed for a client that has registered for that.
"""

import hmac
from typing import cast

from authz.clock import now
from authz.consent.disclose import Disclosure, disclosure
from authz.db import transaction
from authz.errors import Refusal, Unavailable
from authz.identity.subject import pairwise_subject
from authz.keys.errors import ProofRefused
from authz.keys.private_key import Algorithm
from authz.keys.public_key import ALGORITHMS
from authz.keys.signing import USERINFO, signer
from authz.protocol.dpop import key_held
from authz.protocol.edge import blueprint, both_ways, no, told_nonce, weightiest, yes
from authz.protocol.errors import (
    MethodRefused,
    NoToken,
    ScopeInsufficient,
    TokenRefused,
    TwoTokens,
)
from authz.protocol.holder import is_made_with
from authz.protocol.request import ProtocolRequest, read_form, read_headers
from authz.protocol.standing import collect, conditions
from authz.web.answer import Answer
from authz.web.current import asked as heard
from authz.web.current import settings
from authz.web.heard import FORM

bp = blueprint("userinfo")

METADATA = {
    "userinfo_endpoint": "userinfo.userinfo",
    "userinfo_signing_alg_values_supported": ["ES256", "PS256", "EdDSA", "RS256"],
}


def userinfo() -> Answer:
    """No answer, and no refusal, before the proof that came with the request is spent."""
    collect(from_memory=False)
    try:
        answer = _answered()
        conditions().settle()
    except Unavailable:
        raise
    except Refusal as refusal:
        return _challenged(weightiest(refusal))
    return answer


both_ways(bp, "/userinfo", userinfo, userinfo)


def _answered() -> Answer:
    asked, at = _read(), now()
    scheme, token = _token(asked)
    jkt = key_held(asked, at=at, access_token=token) if scheme == "dpop" else None
    found = disclosure(token, at=at, conditions=conditions())
    if found is None:
        raise TokenRefused("unknown, expired or ended")
    _check_holder(asked, jkt, found)
    if "openid" not in found.scopes:
        raise ScopeInsufficient
    return _told(found)


def _read() -> ProtocolRequest:
    """The parameters of a form that was posted (RFC 6750 §2.2). Another body says nothing here,
    and the query never does: it ends up in logs."""
    request = heard()
    if request.method not in {"GET", "POST"}:
        raise MethodRefused("GET, POST")
    posted = request.method == "POST" and request.mimetype == FORM
    return read_form({"access_token"}) if posted else read_headers()


def _token(asked: ProtocolRequest) -> tuple[str, str]:
    """How the token is presented, and the token. Raises ``NoToken`` or ``TwoTokens``."""
    given = asked.headers.getlist("Authorization")
    in_body = asked.parameters.get("access_token")
    if len(given) + (in_body is not None) > 1:
        raise TwoTokens
    if in_body is not None:
        return "bearer", in_body
    if not given:
        raise NoToken
    scheme, _, token = given[0].partition(" ")
    if scheme.lower() not in {"bearer", "dpop"} or not token:
        raise TokenRefused("another scheme")
    return scheme.lower(), token


def _check_holder(asked: ProtocolRequest, jkt: str | None, found: Disclosure) -> None:
    """A bound token comes with its key, and an unbound one does not pretend to be bound."""
    if (jkt is None) != (found.jkt is None):
        raise TokenRefused("presented as what it is not")
    if jkt is not None and not hmac.compare_digest(jkt, found.jkt or ""):
        raise TokenRefused("bound to another key")
    if found.x5t is not None and not is_made_with(asked.certificate, found.x5t):
        raise TokenRefused("bound to another certificate")


def _told(found: Disclosure) -> Answer:
    configured = settings()
    salt = configured.pairwise_salt.get_secret_value()
    claims = {"sub": pairwise_subject(found.patient_id, found.sector, salt)} | found.claims
    if found.signed_with is None:
        return yes(claims)
    algorithm = cast(Algorithm, found.signed_with)
    about = {"iss": configured.issuer, "aud": found.client_id}
    with transaction():
        signs = signer(USERINFO, at=now(), algorithm=algorithm)
    signed = signs.sign(claims | about).encode()
    headers = (("Content-Type", "application/jwt"), ("Cache-Control", "no-store"))
    return told_nonce(Answer(signed, 200, headers))


def _challenged(refusal: Refusal) -> Answer:
    """RFC 6750 §3, RFC 9449 §7.1: what was wrong, and both ways to come back."""
    answer = no(refusal)
    if isinstance(refusal, ProofRefused):
        answer = answer._replace(status=401)
    if answer.status not in {400, 401, 403}:
        return answer
    said = "" if isinstance(refusal, NoToken) else f'error="{refusal.code}", '
    other = tuple(header for header in answer.headers if header[0] != "WWW-Authenticate")
    return answer._replace(headers=other).saying(
        ("WWW-Authenticate", f'Bearer {said}scope="openid"'),
        ("WWW-Authenticate", f'DPoP {said}algs="{" ".join(ALGORITHMS)}"'),
    )
