"""The log's key is exchanged: announced by an entry, signed by both, followed from either side."""

from datetime import timedelta

import pytest

from authz.db import transaction
from authz.keys.ed25519 import Ed25519Key, KeyMissing, new_key_in_file
from authz.ledger.append import append_entry
from authz.ledger.checkpoint import open_checkpoint, sign_checkpoint
from authz.ledger.errors import NoteInvalid, SignedByOthers
from authz.ledger.events import Event
from authz.ledger.examine import examine_entry_proof
from authz.ledger.files import LogFiles
from authz.ledger.keyring import announce
from authz.ledger.monitor import Memory, follow
from authz.ledger.note import Signer
from authz.ledger.offline import verify_directory
from authz.ledger.publish import publish
from authz.ledger.rotate import KeyFiles, Signers, retire, rotate, signers_of
from authz.ledger.tree import leaf_hash, root_of
from tests.journal import public_events
from tests.ledger.conftest import AT, Ledger
from tests.ledger.test_go import ask, checker  # noqa: F401 - a fixture
from tests.ledger.test_monitor import reader

OVERLAP = timedelta(days=90)
LATER = AT + OVERLAP


@pytest.fixture
def keys(ledger, tmp_path) -> KeyFiles:
    """The log's key in its file; the log has begun."""
    files = KeyFiles(ledger.signer.name, tmp_path / "keys" / "ledger.key")
    files.key_file.parent.mkdir()
    files.key_file.write_bytes(ledger.signer.key.to_pem())
    files.key_file.chmod(0o600)
    ledger.grow(4)
    return files


def announced(keys: KeyFiles) -> Signer:
    """The next key, once the command has run."""
    with transaction():
        told = rotate(keys, overlap=OVERLAP, at=AT)
    return keys.successor(told.new)


def turn(ledger: Ledger, keys: KeyFiles, *, at=AT, more: int = 1) -> str:
    """One round of the worker, after so many decisions: the checkpoint."""
    ledger.append(more)
    ledger.integrate()
    with transaction():
        signers = retire(keys, signers_of(keys), at=at)
        checkpoint = publish(ledger.directory, guard=ledger.guard, signers=signers, at=at)
    assert checkpoint is not None
    return checkpoint.note


def is_signed_by(note: str, *signers: Signer) -> list[bool]:
    def signed(signer: Signer) -> bool:
        try:
            open_checkpoint(note, signer.verifier)
        except SignedByOthers:
            return False
        return True

    return [signed(signer) for signer in signers]


def test_the_next_key_signs_nothing_before_its_entry_has_a_number(ledger, keys):
    new = announced(keys)

    with transaction():
        note = publish(ledger.directory, guard=ledger.guard, signers=signers_of(keys), at=AT).note

    assert is_signed_by(note, ledger.signer, new) == [True, False]


def test_both_sign_for_the_overlap_and_then_the_new_one_alone(ledger, keys):
    new = announced(keys)

    assert is_signed_by(turn(ledger, keys), ledger.signer, new) == [True, True]
    almost = turn(ledger, keys, at=LATER - timedelta(seconds=1))
    assert is_signed_by(almost, ledger.signer, new) == [True, True]
    assert is_signed_by(turn(ledger, keys, at=LATER), ledger.signer, new) == [False, True]

    assert not keys.next_file.exists()  # nor is the old key anywhere any more
    assert keys.signer().verifier == new.verifier


def test_the_announcement_is_an_entry_that_everybody_can_read(ledger, keys):
    new = announced(keys)

    (told,) = public_events("key:rotated")

    assert told["facts"]["key"] == new.verifier.encoded
    assert LogFiles(ledger.directory).keys() == f"{ledger.signer.verifier.encoded}\n"
    turn(ledger, keys)
    both = f"{new.verifier.encoded}\n{ledger.signer.verifier.encoded}\n"
    assert LogFiles(ledger.directory).keys() == both


@pytest.mark.parametrize("at", [AT, LATER], ids=["overlap", "afterwards"])
@pytest.mark.parametrize("known", ["old", "new"])
def test_whoever_knows_one_of_the_keys_can_verify_all_of_the_log(ledger, keys, at, known):
    old, kept = ledger.signer, (ledger.directory / "checkpoint").read_text()
    new = announced(keys)
    turn(ledger, keys)
    turn(ledger, keys, at=at, more=300)

    verifier = {"old": old, "new": new}[known].verifier
    report = verify_directory(ledger.directory, verifier, kept=kept)

    assert report.ok, report.lines
    ledger.signer = Signer(old.name, keys.signer().key)  # what the server has in its file
    assert ledger.verify().ok


def test_a_monitor_goes_on_with_the_new_key_and_remembers_the_old(ledger, keys, tmp_path):
    old, memory = ledger.signer.verifier, Memory(tmp_path / "memory")
    read = reader(ledger.directory)
    assert follow(read, [old], memory).ok
    new = announced(keys).verifier
    turn(ledger, keys)
    assert follow(read, [old], memory).ok
    assert follow(read, [new, old], memory).ok
    turn(ledger, keys, at=LATER)

    assert not follow(read, [old], memory).ok
    assert follow(read, [new, old], memory).ok
    assert not follow(read, [new], memory).ok  # what it kept was signed by a key it must be told


def test_a_receipt_from_before_still_proves(ledger, keys):
    receipt = ledger.entry_proof()
    announced(keys)
    turn(ledger, keys)
    turn(ledger, keys, at=LATER)

    assert examine_entry_proof(receipt, LogFiles(ledger.directory)).index


def test_a_second_rotation_follows_the_first(ledger, keys):
    first = ledger.signer.verifier
    second = announced(keys)
    turn(ledger, keys)
    turn(ledger, keys, at=LATER)
    third = announced(keys)
    turn(ledger, keys)
    turn(ledger, keys, at=LATER)

    for known in (first, second.verifier, third.verifier):
        assert verify_directory(ledger.directory, known).ok


def grown_by_a_thief(ledger: Ledger, thief: Signer) -> str:
    """The honest entries and one more, signed by the thief alone."""
    ledger.append(1)
    ledger.integrate()
    entries = ledger.numbers()
    root = root_of([leaf_hash(entry) for _, entry in entries])
    return sign_checkpoint(thief, len(entries), root).note


def test_the_old_key_stolen_afterwards_cannot_carry_the_log_on(ledger, keys):
    thief = ledger.signer
    announced(keys)
    kept = turn(ledger, keys)
    turn(ledger, keys, at=LATER)
    forged = grown_by_a_thief(ledger, thief)
    with transaction():
        publish(ledger.directory, guard=ledger.guard, signers=signers_of(keys), at=LATER)
    ledger.forge(forged)

    for known in (thief, keys.signer()):
        report = verify_directory(ledger.directory, known.verifier, kept=kept)
        assert "checkpoint: the note is not signed by" in report.lines[1]
    with pytest.raises(NoteInvalid), transaction():
        publish(ledger.directory, guard=ledger.guard, signers=signers_of(keys), at=LATER)


def test_the_old_key_alone_signs_no_tree_that_announces_the_new_one(ledger, keys):
    announced(keys)
    ledger.integrate()

    with pytest.raises(KeyMissing, match="has announced a key"), transaction():
        publish(ledger.directory, guard=ledger.guard, signers=Signers(ledger.signer), at=AT)


@pytest.mark.parametrize("fate", ["lost", "replaced", "readable by others"])
def test_without_the_announced_key_nothing_is_published(ledger, keys, fate):
    announced(keys)
    before = turn(ledger, keys)
    if fate == "readable by others":
        keys.next_file.chmod(0o640)
    else:
        keys.next_file.unlink()
    if fate == "replaced":
        new_key_in_file(keys.next_file)

    with pytest.raises(Exception, match=r"no key in|not the key that|readable by others"):
        turn(ledger, keys)

    assert (ledger.directory / "checkpoint").read_text() == before


def test_rotating_again_announces_nothing_new(ledger, keys):
    first = announced(keys)

    def again() -> None:
        with transaction():
            rotate(keys, overlap=OVERLAP, at=AT)

    ledger.together(again, again, again)

    assert announced(keys).verifier == first.verifier
    assert len(public_events("key:rotated")) == 1


def test_two_commands_at_once_agree_on_one_key(ledger, keys):
    def begin() -> None:
        with transaction():
            rotate(keys, overlap=OVERLAP, at=AT)

    ledger.together(begin, begin, begin)

    assert len(public_events("key:rotated")) == 1


@pytest.mark.parametrize("signed_by", ["the stranger alone", "another log's keys"])
def test_an_announcement_that_the_old_key_has_not_signed_counts_for_nothing(
    ledger, keys, signed_by
):
    """Whoever owns the database can append any entry, and cannot sign it."""
    stranger = Signer(ledger.signer.name, Ed25519Key.generate())
    elsewhere = Signer("elsewhere.test/log", ledger.signer.key)
    old = ledger.signer if signed_by == "the stranger alone" else elsewhere
    lines = announce(old, stranger, retires=AT).splitlines(keepends=True)
    note = "".join(lines if old is elsewhere else [*lines[:-2], lines[-1]])
    with transaction():
        log = ledger.log()
        append_entry(Event.KEY_ROTATED, subject=None, at=AT, stream=log.id, note=note, key="")

    note = turn(ledger, keys)

    assert is_signed_by(note, ledger.signer, stranger) == [True, False]
    assert verify_directory(ledger.directory, ledger.signer.verifier).ok
    assert not verify_directory(ledger.directory, stranger.verifier).ok


def test_go_reads_the_log_with_either_key(ledger, keys, checker):  # noqa: F811
    old, new = ledger.signer, announced(keys)
    turn(ledger, keys, more=300)

    for known in (old, new):
        ledger.signer = known
        assert ask(checker, ledger, {}).stdout == "306 entries, 0 proofs\n"
