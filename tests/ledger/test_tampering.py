"""Whatever is done to the rows behind our back is found, and the first bad entry is named.

Entry 0 opens the log; ``ledger.grow(9)`` adds entries 1 to 9, which are also their event ids. Each
attack is the work of somebody who owns the database: the triggers are off.
"""

import pytest
from sqlalchemy import text

from authz.db import db, uuid7
from authz.keys.ed25519 import Ed25519Key
from authz.ledger.checkpoint import sign_checkpoint
from authz.ledger.note import Signer
from tests.ledger.conftest import Ledger

MOVED_PAYLOAD = (
    "UPDATE ledger_event e SET payload = other.payload FROM ledger_event other"
    " WHERE e.id = 4 AND other.id = 6"
)


def found(ledger: Ledger) -> str:
    """The findings, once it is sure that there are some."""
    report = ledger.verify()
    assert not report.ok
    return "\n".join(str(finding) for finding in report.findings)


def swap(one: int, other: int) -> list[str]:
    """Exchange two entries with all that belongs to them; only their places change."""
    move = "UPDATE ledger_entry SET seq = {} WHERE seq = {}".format
    return [move(-1, one), move(one, other), move(other, -1)]


def test_an_honest_log_is_verified(ledger):
    ledger.grow(9)
    ledger.append(2)  # not numbered yet
    ledger.integrate(limit=1)  # numbered, not published yet

    report = ledger.verify()

    assert report.ok, report.lines
    assert report.lines[0] == "log log.test/consent, 11 entries"
    assert report.lines[-1] == "verified: nothing was changed, removed, reordered or cut off"


def test_a_log_that_does_not_exist_yet_is_no_alarm(ledger):
    assert ledger.verify().ok


@pytest.mark.parametrize(
    ("attack", "first_bad"),
    [
        ("UPDATE ledger_event SET payload = payload || '\\x00' WHERE id = 4", 4),
        ("UPDATE ledger_event SET payload = NULL WHERE id = 4", 4),
        (MOVED_PAYLOAD, 4),
        ("UPDATE ledger_event SET type = 'consent:refused' WHERE id = 4", 4),
        ("UPDATE ledger_event SET at = at + interval '1 day' WHERE id = 4", 4),
        ("UPDATE ledger_event SET stream = gen_random_uuid() WHERE id = 4", 4),
        ("UPDATE ledger_event SET version = 2 WHERE id = 4", 4),
        ("UPDATE ledger_event SET uuid = gen_random_uuid() WHERE id = 4", 4),
        ("UPDATE ledger_event SET key_id = NULL WHERE id = 4", 4),
        ("UPDATE ledger_event SET entry = '\\x027b7d' WHERE id = 4", 4),
        ("UPDATE ledger_entry SET entry = set_byte(entry, 20, 0) WHERE seq = 4", 4),
        ("DELETE FROM ledger_event WHERE id = 4", 4),
        ("DELETE FROM ledger_entry WHERE seq = 4", 4),
        ("DELETE FROM ledger_entry WHERE seq >= 4", 4),
        ("UPDATE ledger_log SET size = 4", 4),
        ("DELETE FROM ledger_entry; DELETE FROM ledger_log", 0),
    ],
)
def test_a_changed_or_missing_row_is_found(ledger, attack, first_bad):
    ledger.grow(9)
    ledger.tamper(*attack.split("; "))

    report = ledger.verify()

    assert not report.ok
    assert report.first_bad == first_bad, report.lines
    assert report.lines[-1].endswith(f"the first bad entry is number {first_bad}")


def test_an_entry_edited_in_both_places_is_found(ledger):
    ledger.grow(9)
    ledger.tamper(
        "UPDATE ledger_event SET entry = set_byte(entry, 20, 0) WHERE id = 4",
        "UPDATE ledger_entry SET entry = set_byte(entry, 20, 0) WHERE seq = 4",
    )

    assert "entry 4: is not the entry that was published and signed" in found(ledger)


def test_two_entries_that_changed_places_are_found(ledger):
    ledger.grow(9)
    ledger.tamper(*swap(3, 6))

    assert "entry 3: is not the entry that was published and signed" in found(ledger)
    assert ledger.verify().first_bad == 3


def test_an_entry_taken_out_without_a_gap_is_found(ledger):
    """Numbers closed up, root and size computed anew: only the signed tree knows."""
    ledger.grow(9)
    ledger.tamper(
        "DELETE FROM ledger_entry WHERE seq = 4",
        "DELETE FROM ledger_event WHERE id = 4",
        "UPDATE ledger_entry SET seq = -seq WHERE seq > 4",
        "UPDATE ledger_entry SET seq = -seq - 1 WHERE seq < 0",
    )
    ledger.rewind(9)

    assert ledger.verify().first_bad == 4


def test_a_log_cut_short_and_rebuilt_is_found(ledger):
    ledger.grow(9)
    ledger.rewind(6)

    report = ledger.verify()

    assert "entry 6: missing: the guard file was signed over 10 entries" in map(
        str, report.findings
    )
    assert report.first_bad == 6


def test_a_log_cut_short_rebuilt_and_grown_again_is_found(ledger):
    ledger.grow(9)
    ledger.rewind(6)
    ledger.append(20)
    ledger.integrate()

    assert ledger.verify().first_bad == 6


def test_the_guard_finds_it_when_the_published_files_are_cut_too(ledger):
    ledger.grow(5)
    note = (ledger.directory / "checkpoint").read_text()
    ledger.grow(4)
    ledger.rewind(6)
    (ledger.directory / "checkpoint").write_text(note)

    assert "entry 6: missing: the guard file was signed over 10 entries" in found(ledger)


def test_an_event_taken_from_the_queue_is_found(ledger):
    ledger.grow(2)
    event = ledger.append(1)[0]
    ledger.tamper("DELETE FROM ledger_queue")

    assert f"event {event.uuid} has neither a number nor a place" in found(ledger)


def test_a_waiting_event_that_was_edited_is_found(ledger):
    ledger.grow(2)
    event = ledger.append(1)[0]
    ledger.tamper("UPDATE ledger_event SET type = 'consent:refused' WHERE id = 4")

    assert f"event {event.uuid}, not yet numbered" in found(ledger)


def test_an_entry_put_behind_the_end_is_found(ledger):
    ledger.grow(2)
    ledger.append(1)
    ledger.tamper(
        "INSERT INTO ledger_entry SELECT log_id, 3, 4, entry, integrated_at"
        " FROM ledger_entry WHERE seq = 2"
    )

    assert "entry 3: stands past the end of the log" in found(ledger)


def test_a_version_hidden_from_its_stream_is_found(ledger):
    patient = uuid7()
    ledger.grow(2)
    for _ in range(3):
        ledger.append(1, subject=patient)
    ledger.tamper("UPDATE ledger_event SET stream = :one, version = id", one=patient)

    assert "of its stream follows" in found(ledger)


def test_a_stored_tile_that_was_edited_is_found(ledger):
    ledger.grow(260)
    ledger.tamper("UPDATE ledger_tile SET data = set_byte(data, 100 * 32 + 7, 1)")

    assert "entry 100: the stored tile/0/000 does not hold what its entries give" in found(ledger)
    assert ledger.verify().first_bad == 100


@pytest.mark.parametrize(
    ("name", "at", "first_bad"),
    [
        ("tile/0/000.p/10", 4 * 32, 4),
        ("tile/entries/000.p/10", -10, 9),
    ],
)
def test_a_published_file_that_was_edited_is_found(ledger, name, at, first_bad):
    ledger.grow(9)
    path = ledger.directory / name
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)

    assert "published files" in found(ledger)
    assert ledger.verify().first_bad == first_bad


def test_a_published_file_that_is_gone_is_found(ledger):
    ledger.grow(9)
    (ledger.directory / "tile/0/000.p/10").unlink()

    assert "tile/0/000.p/10: missing" in found(ledger)


def test_a_checkpoint_of_another_tree_is_found_though_the_key_was_stolen(ledger):
    ledger.grow(9)
    forged = sign_checkpoint(ledger.signer, 10, bytes(32))
    (ledger.directory / "checkpoint").write_text(forged.note)

    assert "do not give the root that the published checkpoint signed" in found(ledger)


def test_a_checkpoint_by_another_key_is_found(ledger):
    checkpoint = ledger.grow(9)
    thief = Signer(ledger.signer.name, Ed25519Key.generate())
    forged = sign_checkpoint(thief, checkpoint.size, checkpoint.root)
    (ledger.directory / "checkpoint").write_text(forged.note)

    assert "the published checkpoint: the note is not signed by log.test/consent" in found(ledger)


def test_a_recorded_checkpoint_that_was_edited_is_found(ledger):
    ledger.grow(9)
    ledger.tamper("UPDATE ledger_checkpoint SET note = replace(note, 'log.test', 'log.tset')")

    assert "the recorded checkpoint of size 10" in found(ledger)


def test_the_first_of_several_bad_entries_is_named(ledger):
    ledger.grow(9)
    ledger.tamper(
        "UPDATE ledger_event SET payload = NULL WHERE id = 8",
        "UPDATE ledger_event SET payload = NULL WHERE id = 3",
    )

    assert ledger.verify().first_bad == 3


def test_verifying_changes_nothing(ledger):
    ledger.grow(9)
    before = db.session.execute(text("SELECT size, root FROM ledger_log")).all()

    ledger.verify()

    assert db.session.execute(text("SELECT size, root FROM ledger_log")).all() == before
