"""Check a receipt that somebody shows: who signed it, then whether it is in the log.

Needs the published keys and the log's public key, and no database: whoever has a copy of both gets
the same answer. Every refusal says which check failed (``ledger/errors.py``).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from authz.keys import jws, strict_json
from authz.keys.errors import JwtRefused
from authz.ledger.checkpoint import Checkpoint
from authz.ledger.errors import PlaceUnknown, ReceiptForged, ReceiptInvalid, ReceiptOfOthers
from authz.ledger.note import Verifier
from authz.ledger.place import read_place

TYPE = "consent-receipt+jwt"
LARGEST = 48 * 1024  # characters; sixty exchanges take half of it
_LEAF = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Signed:
    """A receipt whose signature is right. ``proof`` has not been looked at."""

    claims: dict[str, Any]
    proof: str | None

    @property
    def origin(self) -> str:
        return str(self.claims["ledger"]["origin"])

    @property
    def event(self) -> UUID:
        return UUID(self.claims["ledger"]["event"])

    @property
    def leaf(self) -> bytes:
        return bytes.fromhex(self.claims["ledger"]["leaf_sha256"])


@dataclass(frozen=True)
class Proven:
    """All of it checked: what the receipt says, and where its entry stands."""

    claims: dict[str, Any]
    index: int
    checkpoint: Checkpoint


def is_receipt(text: str) -> bool:
    """Whether it looks like one, rather than like a ``.tlog-proof``."""
    return text.lstrip().startswith(("{", "ey"))


def check_receipt(text: str, keys: Iterable[Mapping[str, Any]], verifier: Verifier) -> Proven:
    """The whole check, offline. Raises ``LedgerFault``."""
    signed = check_signature(text, keys)
    if signed.origin != verifier.name:
        raise ReceiptOfOthers(f"its entry is in {signed.origin}, not in {verifier.name}")
    if signed.proof is None:
        raise PlaceUnknown("it comes without a proof of its place in the log")
    place = read_place(signed.proof)
    return Proven(signed.claims, place.index, place.check(signed.leaf, verifier))


def check_signature(text: str, keys: Iterable[Mapping[str, Any]]) -> Signed:
    """The first half. Raises ``ReceiptInvalid``, ``ReceiptOfOthers`` or ``ReceiptForged``."""
    token, proof = _parts(text.strip())
    try:
        unverified = jws.parse(token, types=frozenset({TYPE}), longest=LARGEST)
    except JwtRefused as error:
        raise ReceiptInvalid(f"not a receipt: {error.detail}") from error
    known = [jwk for jwk in keys if jwk.get("kid") == unverified.header.get("kid")]
    if not known:
        raise ReceiptOfOthers("signed by a key that is not among the published ones")
    try:
        claims = unverified.verified_by(known)
    except JwtRefused as error:
        raise ReceiptForged("the signature is not that of the key it names") from error
    _check_form(claims)
    return Signed(claims, proof)


def _parts(text: str) -> tuple[str, str | None]:
    """A compact JWS, alone or in the document that it was handed out in."""
    if not text.startswith("{"):
        return text, None
    try:
        document = strict_json.parse_object(text)
    except ValueError as error:
        raise ReceiptInvalid("not a JSON document, or cut short") from error
    token, proof = document.get("receipt"), document.get("proof")
    if not isinstance(token, str) or not isinstance(proof, str | None):
        raise ReceiptInvalid("the document does not hold a receipt")
    return token, proof


def _check_form(claims: dict[str, Any]) -> None:
    place = claims.get("ledger")
    told = place if isinstance(place, dict) else {}
    named = [claims.get("iss"), told.get("origin"), told.get("event"), told.get("leaf_sha256")]
    if not all(isinstance(name, str) for name in named) or not _LEAF.fullmatch(str(named[-1])):
        raise ReceiptInvalid("it does not name an entry")
