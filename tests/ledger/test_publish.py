"""What is published can be verified by anybody, and nothing is signed that contradicts it."""

import pytest

from authz.db import transaction
from authz.keys.ed25519 import Ed25519Key, KeyMissing
from authz.ledger import log_queries
from authz.ledger.checkpoint import open_checkpoint
from authz.ledger.errors import FileDiffers, NoteInvalid, TreeDamaged, WouldFork
from authz.ledger.note import Signer
from authz.ledger.offline import verify_directory
from authz.ledger.publish import first_signer_of, publish, signer_of
from authz.ledger.rotate import Signers
from tests.ledger.conftest import AT

ABOUT_THE_LOG = {"checkpoint", "key", "policy"}


def files(ledger) -> set[str]:
    found = ledger.directory.rglob("*")
    return {str(path.relative_to(ledger.directory)) for path in found if path.is_file()}


def test_nothing_is_published_before_there_is_a_log(ledger):
    assert ledger.publish() is None
    assert not ledger.directory.exists()


def test_a_small_log_is_a_checkpoint_its_key_its_policy_a_tile_and_a_bundle(ledger):
    checkpoint = ledger.grow(2)

    assert files(ledger) == {
        *ABOUT_THE_LOG,
        "tile/0/000.p/3",
        "tile/entries/000.p/3",
    }
    assert checkpoint.size == 3
    assert ledger.guard.read_text() == checkpoint.note
    log = log_queries.log_of(ledger.signer.name)
    assert log_queries.latest_checkpoint(log).note == checkpoint.note


def test_a_full_tile_replaces_its_partial_forms(ledger):
    """c2sp.org/tlog-tiles, "Partial Tiles"."""
    ledger.grow(99)
    ledger.grow(160)

    assert files(ledger) == {
        *ABOUT_THE_LOG,
        "tile/0/000",
        "tile/0/001.p/4",
        "tile/1/000.p/1",
        "tile/entries/000",
        "tile/entries/001.p/4",
    }


def test_every_published_state_is_verified_without_the_database(ledger):
    kept = ledger.grow(1).note
    for count in (253, 1, 1, 100):
        ledger.grow(count)

        report = verify_directory(ledger.directory, ledger.signer.verifier, kept=kept)

        assert report.lines[-1].startswith("verified"), report.lines


def test_publishing_again_changes_nothing(ledger):
    first = ledger.grow(5)
    before = (ledger.directory / "checkpoint").stat()

    assert ledger.publish() == first

    assert (ledger.directory / "checkpoint").stat() == before


@pytest.mark.parametrize("lost", ["checkpoint", "guard", "record"])
def test_a_crash_between_two_steps_is_made_good(ledger, lost):
    """The order is tiles, guard, ``checkpoint``, record."""
    ledger.grow(256)
    if lost == "guard":
        ledger.guard.unlink()
    elif lost == "checkpoint":
        (ledger.directory / "checkpoint").unlink()
    else:
        ledger.tamper("DELETE FROM ledger_checkpoint")

    ledger.publish()

    assert ledger.verify().ok


def test_a_shortened_log_is_not_signed(ledger):
    ledger.grow(10)
    (ledger.directory / "checkpoint").unlink()
    ledger.rewind(6)

    with pytest.raises(WouldFork, match="11 entries were signed, 6 are left"):
        ledger.publish()


def test_another_history_of_the_same_length_is_not_signed(ledger):
    ledger.grow(10)
    (ledger.directory / "checkpoint").unlink()
    ledger.rewind(6)
    ledger.append(20)
    ledger.integrate()

    with pytest.raises(WouldFork, match="not those that were signed"):
        ledger.publish()


def test_a_damaged_tree_is_not_signed(ledger):
    ledger.grow(256)
    ledger.append(1)
    ledger.integrate()
    ledger.tamper("UPDATE ledger_tile SET root = sha256('')")

    with pytest.raises(TreeDamaged):
        ledger.publish()


def test_entries_that_are_not_those_of_their_tile_are_not_published(ledger):
    ledger.append(300)
    ledger.integrate()
    ledger.tamper("UPDATE ledger_entry SET entry = '\\x0100' WHERE seq = 7")

    with pytest.raises(TreeDamaged):
        ledger.publish()
    assert not (ledger.directory / "checkpoint").exists()


def test_a_published_file_is_never_overwritten(ledger):
    ledger.append(300)
    ledger.integrate()
    tile = ledger.directory / "tile/0/000"
    tile.parent.mkdir(parents=True)
    tile.write_bytes(bytes(8192))

    with pytest.raises(FileDiffers):
        ledger.publish()
    assert tile.read_bytes() == bytes(8192)


def test_another_key_does_not_take_over_the_log(ledger):
    ledger.grow(3)
    thief = Signer(ledger.signer.name, Ed25519Key.generate())

    with pytest.raises(NoteInvalid), transaction():
        publish(ledger.directory, guard=ledger.guard, signers=Signers(thief), at=AT)


EMPTY_LOG = [
    f"DELETE FROM {table}"
    for table in ("ledger_checkpoint", "ledger_tile", "ledger_entry", "ledger_log")
]


def first_key(ledger, path):
    return first_signer_of(
        ledger.signer.name, path, directory=ledger.directory, guard=ledger.guard
    ).verifier


def test_the_key_is_made_once_and_readable_by_its_owner_alone(ledger, tmp_path):
    path = tmp_path / "keys" / "ledger.key"

    first = first_key(ledger, path)

    assert first_key(ledger, path) == first == signer_of(ledger.signer.name, path).verifier
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["ledger.key"]


@pytest.mark.parametrize("left", ["the row", "the guard file", "the checkpoint"])
def test_a_log_that_has_begun_gets_no_other_key(ledger, tmp_path, left):
    ledger.grow(1)
    if left != "the row":
        ledger.tamper(*EMPTY_LOG)
    if left != "the guard file":
        ledger.guard.unlink()
    if left != "the checkpoint":
        (ledger.directory / "checkpoint").unlink()

    with pytest.raises(KeyMissing):
        first_key(ledger, tmp_path / "ledger.key")

    assert not (tmp_path / "ledger.key").exists()


def test_publishers_at_once_leave_the_newest_checkpoint(ledger):
    ledger.append(300)

    def work() -> None:
        for _ in range(4):
            ledger.integrate(limit=30)
            ledger.publish()

    ledger.together(work, work, work)

    note = (ledger.directory / "checkpoint").read_text()
    assert open_checkpoint(note, ledger.signer.verifier).size == 301
    assert ledger.verify().ok
