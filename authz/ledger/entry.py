"""The bytes of an entry, and what is needed to open it again. Pure functions.

A private entry is a commitment: it says nothing to whoever has not been given the event and its
nonce, and can be opened to that event alone. Anybody can recompute it::

    openssl dgst -sha256 -mac HMAC -macopt hexkey:<nonce>

A public entry is the event itself.
"""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import rfc8785

from authz.ledger.errors import EventInvalid, OpeningInvalid
from authz.ledger.tree import leaf_hash

NONCE_SIZE = 32  # a fixed length keeps HMAC binding; 256 bits keep it hiding
_PRIVATE = b"\x01"
_PUBLIC = b"\x02"
_DOMAIN = b"consent-ledger/v1\n"
_MAX_EVENT = 16 * 1024

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Opening:
    """An event and the nonce that ties it to its entry; public events have none."""

    document: Document
    nonce: bytes


def canonical(document: Document) -> bytes:
    """RFC 8785. Raises ``EventInvalid`` for what has no single form in every language.

    Fractions and null are refused, and integers beyond 2^53, which other parsers would round.
    """
    _check_plain(document)
    try:
        data = rfc8785.dumps(dict(document))
    except (rfc8785.CanonicalizationError, UnicodeError) as error:
        raise EventInvalid(str(error)) from error
    if len(data) > _MAX_EVENT:
        raise EventInvalid(f"an event of {len(data)} bytes is too large")
    return data


def _check_plain(value: object) -> None:
    if isinstance(value, Mapping):
        for name, member in value.items():
            if not isinstance(name, str) or not name.isascii():
                raise EventInvalid("member names are ASCII")
            _check_plain(member)
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        for member in value:
            _check_plain(member)
    elif not isinstance(value, str | int):
        raise EventInvalid(f"an event holds no {type(value).__name__}")


def private_entry(event: bytes, nonce: bytes) -> bytes:
    """The commitment to a canonical event: 33 bytes."""
    return _PRIVATE + hmac.digest(nonce, _DOMAIN + event, sha256)


def public_entry(event: bytes) -> bytes:
    return _PUBLIC + event


def payload_of(event: bytes, nonce: bytes) -> bytes:
    """What is encrypted and kept beside a private entry."""
    return nonce + event


def open_private(entry: bytes, payload: bytes) -> Opening:
    """The event behind a commitment. Raises ``OpeningInvalid``."""
    nonce, event = payload[:NONCE_SIZE], payload[NONCE_SIZE:]
    if not hmac.compare_digest(private_entry(event, nonce), entry):
        raise OpeningInvalid("the stored event is not the one that the entry commits to")
    return Opening(_parsed(event), nonce)


def open_public(entry: bytes) -> Opening:
    """The event in a public entry. Raises ``OpeningInvalid``."""
    if entry[:1] != _PUBLIC:
        raise OpeningInvalid("not a public entry")
    return Opening(_parsed(entry[1:]), b"")


def _parsed(event: bytes) -> Document:
    try:
        document = json.loads(event)
        if isinstance(document, dict) and canonical(document) == event:
            return document
    except (ValueError, EventInvalid, RecursionError) as error:
        raise OpeningInvalid("the event is not canonical JSON") from error
    raise OpeningInvalid("the event is not canonical JSON")


def link_to(entry: bytes) -> str:
    """How an event names the one before it in its stream: its leaf hash, in base64url."""
    return urlsafe_b64encode(leaf_hash(entry)).rstrip(b"=").decode()


def instant(at: datetime) -> str:
    """UTC with milliseconds, the one form of a time in an event."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
