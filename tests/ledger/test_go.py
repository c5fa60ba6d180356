"""100,000 entries and the proofs over them hold for the Go project's own code, and for pymerkle."""

import json
import os
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pymerkle import InmemoryTree
from sqlalchemy import text

from authz.db import db, transaction
from authz.ledger import log_queries
from authz.ledger.checkpoint import Checkpoint
from authz.ledger.proof import consistency_path, inclusion_path
from authz.ledger.tiles import nodes_from
from tests.ledger.conftest import AT, Ledger

SOURCES = Path("/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog")  # golang-golang-x-mod-dev
CHECKER = Path(__file__).parent / "go" / "main.go"
MANY = 100_000
STAGES = (1, 255, 256, 1_000, 65_535, 65_536)  # the sizes at which somebody keeps a checkpoint
Made = dict[str, list[dict[str, Any]]]

# Commitments as in a log of years: random bytes to anybody, and here to us too.
APPEND = """
WITH event AS (
    INSERT INTO ledger_event (uuid, type, stream, version, at, entry)
    SELECT gen_random_uuid(), 'consent:given', gen_random_uuid(), 1, :at,
           '\\x01'::bytea || sha256(number::text::bytea)
    FROM generate_series(CAST(:first AS integer), CAST(:last AS integer)) AS number
    RETURNING id
)
INSERT INTO ledger_queue SELECT id FROM event
"""


@pytest.fixture(scope="session")
def checker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(CHECKER, tmp_path_factory)


def built(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Go program, built with Debian's x/mod and nothing from the network."""
    go = shutil.which("go", path=f"{os.environ['PATH']}:/usr/local/go/bin")
    if go is None or not SOURCES.is_dir():
        missing = "needs golang-go and golang-golang-x-mod-dev"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    program = tmp_path_factory.mktemp("go") / "program"
    settings = {"GO111MODULE": "off", "GOPATH": "/usr/share/gocode"}
    subprocess.run(
        [go, "build", "-o", program, source],
        env=os.environ | settings | {"GOFLAGS": "", "GOPROXY": "off"},
        check=True,
    )
    return program


def grow_to(ledger: Ledger, size: int) -> Checkpoint:
    """Append until the log has ``size`` entries, the one that opens it included, and publish."""
    with transaction():
        db.session.execute(text("SET LOCAL statement_timeout = 0"))
        present = db.session.scalar(text("SELECT count(*) FROM ledger_event"))
        values = {"at": AT, "first": max(present, 1), "last": size - 1}
        db.session.execute(text(APPEND), values)
    while ledger.integrate():
        pass
    checkpoint = ledger.publish()
    assert checkpoint is not None
    return checkpoint


def claims(ledger: Ledger, kept: list[Checkpoint], size: int) -> Made:
    """The proofs that our own code makes, as the program reads them."""
    log = log_queries.log_of(ledger.signer.name)
    assert log is not None
    nodes = nodes_from(partial(log_queries.tile_data, log), size)
    return {
        "consistency": [
            {
                "checkpoint": old.note,
                "proof": [base64(each) for each in consistency_path(nodes, old.size, size)],
            }
            for old in kept
        ],
        "inclusion": [
            {
                "index": index,
                "leaf": base64(nodes(0, index)),
                "proof": [base64(each) for each in inclusion_path(nodes, index, size)],
            }
            for index in (0, 1, 255, 256, 65_535, 65_536, size - 1, *range(7, size, 997))
        ],
    }


def base64(data: bytes) -> str:
    return b64encode(data).decode()


@pytest.fixture
def grown(ledger: Ledger) -> tuple[list[Checkpoint], Checkpoint]:
    """Kept checkpoints, and the newest."""
    return [grow_to(ledger, size) for size in STAGES], grow_to(ledger, MANY)


def ask(checker: Path, ledger: Ledger, made: object) -> "subprocess.CompletedProcess[str]":
    command = [checker, ledger.directory, ledger.signer.verifier.encoded]
    return subprocess.run(command, input=json.dumps(made), capture_output=True, text=True)


def test_a_large_log_holds_for_software_that_is_not_ours(checker, ledger, grown):
    kept, newest = grown
    made = claims(ledger, kept, newest.size)

    told = ask(checker, ledger, made)

    proofs = len(made["consistency"]) + len(made["inclusion"])
    assert told.stdout == f"{MANY} entries, {proofs} proofs\n", told.stderr
    assert newest.root == root_by_pymerkle(ledger)
    for claim in ("inclusion", "consistency"):
        assert f"{claim} " in refused(checker, ledger, without_a_hash(made, claim))
        assert f"{claim} " in refused(checker, ledger, with_a_hash_of_another(made, claim))
    for name in ("tile/0/200", "tile/1/000", "tile/entries/200"):
        with spoilt(ledger.directory / name):
            assert refused(checker, ledger, {})


def refused(checker: Path, ledger: Ledger, made: object) -> str:
    told = ask(checker, ledger, made)
    assert told.returncode == 1
    return told.stderr


def without_a_hash(made: Made, claim: str) -> Made:
    first, *others = made[claim]
    return made | {claim: [*others, first | {"proof": first["proof"][1:]}]}


def with_a_hash_of_another(made: Made, claim: str) -> Made:
    *others, last = made[claim]
    proof = [*last["proof"][:-1], base64(bytes(32))]
    return made | {claim: [*others, last | {"proof": proof}]}


@contextmanager
def spoilt(path: Path) -> Iterator[None]:
    """A bit of a published file is other than it was."""
    data = path.read_bytes()
    path.write_bytes(data[:40] + bytes([data[40] ^ 1]) + data[41:])
    yield
    path.write_bytes(data)


def root_by_pymerkle(ledger: Ledger) -> bytes:
    tree = InmemoryTree(algorithm="sha256")
    for _, entry in ledger.numbers():
        tree.append_entry(entry)
    return tree.get_root()
