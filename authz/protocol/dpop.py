"""The key that the caller holds (RFC 9449): every token of ours is bound to one."""

from datetime import datetime

from authz.keys.dpop import check_proof
from authz.keys.errors import ProofRefused
from authz.keys.nonce import nonce, nonces
from authz.protocol.request import ProtocolRequest
from authz.protocol.standing import count_once
from authz.web.current import noted, settings


def key_shown(
    asked: ProtocolRequest, *, at: datetime, access_token: str | None = None
) -> str | None:
    """The thumbprint of the key that made the proof, if the request carries one.

    Call it once for a request, after client authentication: the proof counts once.
    Raises ``ProofRefused``.
    """
    nonces = _nonces(at)
    proofs = asked.headers.getlist("DPoP")
    if not proofs:
        return None
    if len(proofs) > 1:
        raise ProofRefused("more than one proof")
    proof = check_proof(
        proofs[0],
        method=asked.method,
        url=asked.uri,
        at=at,
        access_token=access_token,
        nonces=nonces,
    )
    refusal = ProofRefused("used before")
    count_once("dpop", proof.once, expires_at=proof.expires_at, refusal=refusal)
    return proof.jkt


def key_held(asked: ProtocolRequest, *, at: datetime, access_token: str | None = None) -> str:
    """The same where there is no token without a key. Raises ``ProofRefused``."""
    jkt = key_shown(asked, at=at, access_token=access_token)
    if jkt is None:
        raise ProofRefused("no proof")
    return jkt


def _nonces(at: datetime) -> tuple[str, str] | None:
    """Those that a proof must hold one of, where that is configured; the answer tells the newest.

    RFC 9449 §8. A client that is told anew with each answer is never a step late.
    """
    if not settings().dpop_nonce:
        return None
    key = settings().secret_key.get_secret_value()
    noted().dpop_nonce = nonce(key, at=at)
    return nonces(key, at=at)
