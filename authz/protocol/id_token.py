"""The ID token: who signed in, when and how, for one client (OIDC Core §2).

No name, no address, no national identifier: ``sub`` is pairwise and everything else is asked for.
"""

import hashlib
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta

from authz.catalogue.models import Client
from authz.identity.subject import pairwise_subject
from authz.keys.signing import ID_TOKEN, signer
from authz.tokens.issued import Issued, SignInClaims
from authz.web.current import settings

CLAIMS = ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "at_hash"]


def id_token(issued: Issued, sign_in: SignInClaims, client: Client, *, at: datetime) -> str:
    """A signed statement about the sign-in behind the tokens."""
    configured = settings()
    salt = configured.pairwise_salt.get_secret_value()
    lifetime = timedelta(seconds=configured.lifetimes.id_token)
    claims = {
        "iss": configured.issuer,
        "sub": pairwise_subject(issued.patient_id, client.sector, salt),
        "aud": client.client_id,
        "exp": int((at + lifetime).timestamp()),
        "iat": int(at.timestamp()),
        "auth_time": int(sign_in.authenticated_at.timestamp()),
        "acr": sign_in.acr,
        "amr": sign_in.amr,
        "sid": str(sign_in.session_id),
        "at_hash": _half_hash(issued.access_token),
    }
    if sign_in.nonce is not None:
        claims["nonce"] = sign_in.nonce
    return signer(ID_TOKEN, at=at).sign(claims)


def _half_hash(value: str) -> str:
    """OIDC Core §3.1.3.6, for the algorithms that go with SHA-256."""
    return urlsafe_b64encode(hashlib.sha256(value.encode()).digest()[:16]).rstrip(b"=").decode()
