"""The ID token: who signed in, when and how, for one client (OIDC Core §2).

No name, no address, no national identifier: ``sub`` is pairwise and everything else is asked for.
"""

import hashlib
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta

from authz.catalogue.models import Client
from authz.consent.disclose import in_id_token
from authz.identity.subject import pairwise_session, pairwise_subject
from authz.keys.private_key import Algorithm
from authz.keys.signing import ID_TOKEN, signer
from authz.tokens.issued import Issued, SignInClaims
from authz.web.current import settings

CLAIMS = [
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "sid",
    "at_hash",
    "act",
]


def id_token(issued: Issued, sign_in: SignInClaims, client: Client, *, at: datetime) -> str:
    """A signed statement about the sign-in behind the tokens."""
    configured = settings()
    salt = configured.pairwise_salt.get_secret_value()
    lifetime = timedelta(seconds=configured.lifetimes.id_token)
    algorithm = client.id_token_algorithm
    claims: dict[str, object] = {
        "iss": configured.issuer,
        "sub": pairwise_subject(issued.patient_id, client.sector, salt),
        "aud": client.client_id,
        "exp": int((at + lifetime).timestamp()),
        "iat": int(at.timestamp()),
        "auth_time": int(sign_in.authenticated_at.timestamp()),
        "acr": sign_in.acr,
        "amr": sign_in.amr,
        "sid": pairwise_session(sign_in.session_id, client.client_id, salt),
        "at_hash": _half_hash(issued.access_token, algorithm),
    }
    if sign_in.nonce is not None:
        claims["nonce"] = sign_in.nonce
    if sign_in.acting_id is not None:
        # RFC 8693 §4.1: it is not the subject who sits there.
        claims["act"] = {"sub": pairwise_subject(sign_in.acting_id, client.sector, salt)}
    if client.profile == "oidc" and sign_in.names_claims:
        claims |= in_id_token(issued.access_token, at=at)
    return signer(ID_TOKEN, at=at, algorithm=algorithm, found=sign_in.key).sign(claims)


def _half_hash(value: str, algorithm: Algorithm) -> str:
    """OIDC Core §3.1.3.6: the hash that goes with the signature. Ed25519 goes with SHA-512."""
    digest = (hashlib.sha512 if algorithm == "EdDSA" else hashlib.sha256)(value.encode()).digest()
    return urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
