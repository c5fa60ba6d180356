"""Signed notes (c2sp.org/signed-note), with Ed25519 alone (signature type 0x01).

A text means nothing until ``open_note`` has returned it.
"""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import ClassVar, Self

from authz.keys.ed25519 import Ed25519Key, SignatureInvalid, check_signature
from authz.ledger.errors import NoteInvalid, SignatureWrong, SignedByOthers

_ED25519 = b"\x01"  # "Signature types"
_KEY_SIZE = 32
_MAX_NOTE = 256 * 1024  # "Verifiers SHOULD apply a maximum limit"; room for 16 large signatures
_MAX_SIGNATURES = 64


@dataclass(frozen=True)
class Verifier:
    """A public key and its name."""

    name: str
    public: bytes

    kind: ClassVar[bytes] = _ED25519

    def __post_init__(self) -> None:
        # "Format": names are non-empty, without Unicode spaces or plus.
        if not self.name or "+" in self.name or self.name.split() != [self.name]:
            raise NoteInvalid(f"{self.name!r} cannot name a key")
        if len(self.public) != _KEY_SIZE:
            raise NoteInvalid("an Ed25519 public key has 32 bytes")

    @property
    def key_id(self) -> bytes:
        """ "Ed25519 signatures": the first four bytes of a hash over name, type and key."""
        return sha256(self.name.encode() + b"\n" + self.kind + self.public).digest()[:4]

    @property
    def encoded(self) -> str:
        """The one-line form that Go's ``sumdb/note`` and every C2SP tool reads."""
        return f"{self.name}+{self.key_id.hex()}+{_base64(self.kind + self.public)}"

    @classmethod
    def parse(cls, encoded: str) -> Self:
        """Read the one-line form. Raises ``NoteInvalid``, also when its key id is wrong."""
        name, _, rest = encoded.strip().partition("+")
        key = _bytes(rest.partition("+")[2])
        if key[:1] != cls.kind:
            raise NoteInvalid("not an Ed25519 verifier key")
        verifier = cls(name, key[1:])
        if verifier.encoded != encoded.strip():
            raise NoteInvalid("the verifier key contradicts its own key id")
        return verifier


@dataclass(frozen=True)
class Cosigner(Verifier):
    """The public key of a witness (c2sp.org/tlog-cosignature, Ed25519): it signs a time as well."""

    kind: ClassVar[bytes] = b"\x04"


@dataclass(frozen=True)
class Signer:
    """A private key and its name."""

    name: str
    key: Ed25519Key

    @property
    def verifier(self) -> Verifier:
        return Verifier(self.name, self.key.public)

    def sign(self, text: str) -> str:
        """A note with this text and one signature."""
        return sign_note(text, self)

    def line(self, text: str) -> str:
        """The signature line under this text. The same text gives the same bytes."""
        signature = self.verifier.key_id + self.key.sign(text.encode())
        return f"— {self.name} {_base64(signature)}\n"


def sign_note(text: str, *signers: Signer) -> str:
    """A note with this text and a signature of each."""
    if not text.endswith("\n"):
        raise NoteInvalid("the text of a note ends in a newline")
    _check_characters(text)
    return f"{text}\n{''.join(signer.line(text) for signer in signers)}"


def open_note(note: str, verifier: Verifier) -> str:
    """The text, once the named key has been seen to have signed it.

    Signatures of other keys are ignored, as the specification demands; a wrong one of ours
    condemns the whole note. Raises ``NoteInvalid``.
    """
    text, signatures = _parted(note)
    ours = [value for name, key_id, value in signatures if _is(verifier, name, key_id)]
    if not ours:
        raise SignedByOthers(f"the note is not signed by {verifier.name}")
    for value in ours:
        _check(verifier, value, text)
    return text


def cosignatures(note: str, witnesses: Sequence[Cosigner]) -> dict[str, datetime]:
    """When each of these witnesses has signed the note, by name; the others have not.

    Raises ``NoteInvalid``, also for a wrong signature of one of them.
    """
    text, signatures = _parted(note)
    found: dict[str, datetime] = {}
    for name, key_id, value in signatures:
        for witness in witnesses:
            if _is(witness, name, key_id):
                found[name] = _cosigned_at(witness, value, text)
    return found


def _cosigned_at(witness: Cosigner, value: bytes, text: str) -> datetime:
    """tlog-cosignature, "Format": eight bytes of time before the signature over it and the text."""
    time = int.from_bytes(value[:8], "big")
    try:
        at = datetime.fromtimestamp(time, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise SignatureWrong(f"the signature of {witness.name} has no time") from error
    _check(witness, value[8:], f"cosignature/v1\ntime {time}\n{text}")
    return at


def _parted(note: str) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    """The text and its signatures, none of them checked."""
    if len(note) > _MAX_NOTE:
        raise NoteInvalid("the note is too long")
    _check_characters(note)
    head, separator, tail = note.rpartition("\n\n")
    lines = tail.split("\n")
    if not separator or lines.pop() or not 0 < len(lines) <= _MAX_SIGNATURES:
        raise NoteInvalid("the note has no signatures, too many, or is cut short")
    return head + "\n", [_signature(line) for line in lines]


def _signature(line: str) -> tuple[str, bytes, bytes]:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    value = _bytes(encoded)
    if dash != "—" or not name or len(value) <= 4:
        raise NoteInvalid("malformed signature line")
    return name, value[:4], value[4:]


def _is(verifier: Verifier, name: str, key_id: bytes) -> bool:
    return (name, key_id) == (verifier.name, verifier.key_id)


def _check(verifier: Verifier, signature: bytes, text: str) -> None:
    try:
        check_signature(verifier.public, signature, text.encode())
    except SignatureInvalid as error:
        raise SignatureWrong(f"the signature of {verifier.name} is wrong") from error


def _check_characters(text: str) -> None:
    if any(character < " " and character != "\n" for character in text):
        raise NoteInvalid("a note holds no control characters")


def _base64(data: bytes) -> str:
    return b64encode(data).decode()


def _bytes(encoded: str) -> bytes:
    try:
        return b64decode(encoded, validate=True)
    except ValueError as error:
        raise NoteInvalid("malformed base64") from error
