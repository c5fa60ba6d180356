"""Scenario 23. One past entry altered, one removed, two exchanged, or the tail cut: the auditor's
verifier, with the public key and an earlier checkpoint alone, finds each and says where; and the
server does not go on writing as if nothing had been.
"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from authz.ledger.errors import LedgerFault
from authz.ledger.tiles import pack, unpack
from tests.ledger.conftest import Ledger

BUNDLE = "tile/entries/000.p/30"
Attack = Callable[[list[bytes]], list[bytes]]


@pytest.fixture
def kept(ledger: Ledger, tmp_path: Path) -> Path:
    """The head that was published when the log had 10 entries."""
    path = tmp_path / "kept"
    path.write_text(ledger.grow(9).note)
    ledger.grow(20)
    return path


def auditor(ledger: Ledger, kept: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "authz.ledger.offline", str(ledger.directory)]
    command += [ledger.signer.verifier.encoded, str(kept)]
    return subprocess.run(command, capture_output=True, text=True)


def test_an_honest_copy_is_verified(ledger, kept):
    told = auditor(ledger, kept)

    assert (told.returncode, "the kept checkpoint: 10 entries" in told.stdout) == (0, True)


@pytest.mark.parametrize(
    ("attack", "located"),
    [
        (lambda entries: [*entries[:4], entries[5], *entries[5:]], "BAD entry 4:"),
        (lambda entries: entries[:4] + entries[5:], "29 entries and 30 hashes"),
        (
            lambda entries: [*entries[:4], entries[6], entries[5], entries[4], *entries[7:]],
            "BAD entry 4:",
        ),
        (lambda entries: entries[:20], "20 entries and 30 hashes"),
    ],
    ids=["altered", "removed", "exchanged", "tail cut"],
)
def test_what_was_done_to_a_copy_is_found_and_located(ledger, kept, attack, located):
    bundle = ledger.directory / BUNDLE
    bundle.write_bytes(pack(attack(unpack(bundle.read_bytes()))))

    told = auditor(ledger, kept)

    assert told.returncode == 1
    assert located in told.stdout, told.stdout
    assert "NOT VERIFIED" in told.stdout


SWAP = [
    "UPDATE ledger_entry SET seq = {} WHERE seq = {}".format(*move)
    for move in ((-1, 14), (14, 16), (16, -1))
]


@pytest.mark.parametrize(
    ("statements", "first_bad"),
    [
        (["UPDATE ledger_entry SET entry = set_byte(entry, 20, 0) WHERE seq = 14"], 14),
        (["DELETE FROM ledger_entry WHERE seq = 14"], 14),
        (SWAP, 14),
        (["DELETE FROM ledger_entry WHERE seq >= 20"], 20),
    ],
    ids=["altered", "removed", "exchanged", "tail cut"],
)
def test_the_server_finds_it_in_its_rows_and_writes_no_further(
    ledger,
    kept,
    statements,
    first_bad,
):
    ledger.tamper(*statements)
    ledger.append(1)

    report = ledger.verify()

    assert report.first_bad == first_bad
    with pytest.raises(LedgerFault):
        ledger.integrate()


def test_a_log_rewritten_under_the_stolen_key_contradicts_the_kept_head(ledger, kept):
    ledger.rewind(5)
    ledger.guard.unlink()
    ledger.tamper("DELETE FROM ledger_checkpoint")
    ledger.directory.rename(ledger.directory.with_name("past"))
    ledger.grow(60)

    told = auditor(ledger, kept)

    assert told.returncode == 1
    assert (
        "the first 10 entries do not give the root that the kept checkpoint signed" in told.stdout
    )
