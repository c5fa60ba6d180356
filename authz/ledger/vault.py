"""What opens the entries: stored encrypted, one data key for each person.

The data key is itself sealed under the server's key-encryption key. Destroy the data key and
nothing here opens any more, in old backups neither once theirs have gone.
"""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from authz.db import uuid7
from authz.keys.seal import SealBroken, key_encryption, new_key, seal, unseal
from authz.ledger import queries
from authz.ledger.entry import Opening, open_private, open_public
from authz.ledger.errors import OpeningInvalid
from authz.ledger.models import LedgerEvent, SubjectKey


class Key(Protocol):
    """A person's key, as far as it opens anything."""

    @property
    def id(self) -> UUID: ...
    @property
    def sealed(self) -> bytes | None: ...


def key_of(subject: UUID, *, at: datetime) -> Key:
    """A person's key, made for the first event about them."""
    key: Key | None = queries.sealed_key(subject)
    if key is None:
        ident = uuid7()
        sealed = seal(key_encryption.key, new_key(), _about_key(ident))
        key = queries.insert_key(ident, subject, sealed, at)
    if key is None:
        raise RuntimeError("a key that was just made is gone")
    return key


def lock(event: LedgerEvent, key: Key, payload: bytes) -> bytes:
    """Encrypt the payload of an event. It opens for this event only."""
    return seal(_opened(key), payload, _about_event(event))


def open_event(event: LedgerEvent, key: SubjectKey | None) -> Opening:
    """What happened, proved by the entry. Raises ``OpeningInvalid``."""
    if event.key_id is None:
        return open_public(event.entry)
    if event.payload is None or key is None or key.sealed is None:
        raise OpeningInvalid("what opens the entry is gone, and no erasure is recorded")
    try:
        payload = unseal(_opened(key), event.payload, _about_event(event))
    except SealBroken as error:
        raise OpeningInvalid("the stored event was changed, or moved here from another") from error
    return open_private(event.entry, payload)


def seal_for(subject: UUID, plain: bytes, *, about: str, at: datetime) -> bytes:
    """Encrypt something else of a person's, so that it is gone when their key is destroyed."""
    return seal(_opened(key_of(subject, at=at)), plain, about.encode())


def unseal_for(subject: UUID, sealed: bytes, *, about: str) -> bytes:
    """Raises ``OpeningInvalid``, also when the key is gone."""
    key = queries.key_of_subject(subject)
    if key is None:
        raise OpeningInvalid("the person's key is gone")
    try:
        return unseal(_opened(key), sealed, about.encode())
    except SealBroken as error:
        raise OpeningInvalid("it was changed, or moved here from another place") from error


def _opened(key: Key) -> bytes:
    return unseal(key_encryption.key, key.sealed or b"", _about_key(key.id))


def _about_key(ident: UUID) -> bytes:
    return f"subject_key:{ident}".encode()


def _about_event(event: LedgerEvent) -> bytes:
    return f"ledger_event:{event.uuid}:{event.stream}:{event.version}".encode()
