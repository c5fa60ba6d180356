"""A copy of the public files is verified with the public key alone, on a machine without us."""

import subprocess
import sys

from authz.ledger.offline import verify_directory

BARE = """
import sys
from authz.ledger.offline import main
status = main(sys.argv[1:])
heavy = {"sqlalchemy", "flask", "rfc8785", "psycopg"} & set(sys.modules)
sys.exit(status if not heavy else f"imported {heavy}")
"""


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", BARE, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_copy_is_verified_without_database_web_or_settings(ledger, tmp_path):
    kept = tmp_path / "kept"
    kept.write_text(ledger.grow(4).note)
    ledger.grow(3)

    outcome = run(ledger.directory, ledger.signer.verifier.encoded, kept)

    assert outcome.returncode == 0, outcome.stderr
    assert "log log.test/consent, 8 entries" in outcome.stdout
    assert "the kept checkpoint: 5 entries, signature good" in outcome.stdout


def test_an_edited_copy_is_refused_with_the_entry_named(ledger):
    ledger.grow(4)
    path = ledger.directory / "tile/entries/000.p/5"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)

    outcome = run(ledger.directory, ledger.signer.verifier.encoded)

    assert outcome.returncode == 1
    assert "the first bad entry is number 4" in outcome.stdout


def test_a_log_rewritten_and_signed_again_contradicts_a_kept_checkpoint(ledger):
    """The key was stolen and the guard wiped: only what others kept can tell."""
    kept = ledger.grow(9).note
    ledger.rewind(4)
    for path in sorted(ledger.directory.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    ledger.guard.unlink()
    ledger.grow(9)

    assert verify_directory(ledger.directory, ledger.signer.verifier).ok
    report = verify_directory(ledger.directory, ledger.signer.verifier, kept=kept)
    assert "do not give the root that the kept checkpoint signed" in str(report.findings[0])


def test_a_file_that_is_missing_or_cut_is_found(ledger):
    ledger.grow(256)
    for name in ("tile/0/000", "tile/1/000.p/1", "tile/entries/000"):
        path = ledger.directory / name
        whole = path.read_bytes()

        path.write_bytes(whole[:-1])
        assert not verify_directory(ledger.directory, ledger.signer.verifier).ok
        path.unlink()
        assert not verify_directory(ledger.directory, ledger.signer.verifier).ok
        path.write_bytes(whole)

    assert verify_directory(ledger.directory, ledger.signer.verifier).ok


def test_a_directory_without_a_checkpoint_is_no_log(ledger, tmp_path):
    assert not verify_directory(tmp_path, ledger.signer.verifier).ok


def test_what_cannot_be_told_is_one_line(ledger, tmp_path):
    ledger.grow(1)
    key, nowhere = ledger.signer.verifier.encoded, tmp_path / "nowhere"

    for arguments, said in (
        ([ledger.directory], "DIRECTORY KEY-OR-POLICY-FILE [KEPT-CHECKPOINT-FILE]"),
        ([ledger.directory, "nonsense"], "the key: not an Ed25519 verifier key"),
        ([ledger.directory, key, nowhere], f"{nowhere}: No such file or directory"),
    ):
        outcome = run(*arguments)

        assert (outcome.returncode, outcome.stdout) == (2, "")
        assert outcome.stderr == f"verify: {said}\n"
