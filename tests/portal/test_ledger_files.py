"""The ledger is served as C2SP tiles, with proofs beside them that anybody can recompute."""

from base64 import b64decode

import pytest

from authz.keys.ed25519 import Ed25519Key
from authz.ledger.checkpoint import open_checkpoint, sign_checkpoint
from authz.ledger.entry_proof import read_entry_proof
from authz.ledger.note import Signer, Verifier
from authz.ledger.policy import parse_policy
from authz.ledger.proof import check_consistency, check_inclusion
from authz.ledger.tiles import unpack
from authz.ledger.tree import leaf_hash

PLACES = ["..", "%2e%2e", "....", "x", "0/..%2f..%2fledger.key", "0/000.p/../../../key"]


def test_the_policy_names_the_log_and_can_be_read_anywhere(http, log):
    log.grow(1)

    answer = http.get("/ledger/policy")

    assert answer.content_type == "text/plain; charset=utf-8"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert parse_policy(answer.text).log == log.signer.verifier


def test_before_the_log_begins_there_is_no_policy(http, log):
    assert http.get("/ledger/policy").status_code == 404


def test_tiles_are_served_for_ever_and_the_checkpoint_for_now(http, log):
    log.grow(300)

    checkpoint = http.get("/ledger/checkpoint")
    tile, bundle = http.get("/ledger/tile/0/000"), http.get("/ledger/tile/entries/001.p/45")

    assert open_checkpoint(checkpoint.text, log.signer.verifier).size == 301
    assert checkpoint.content_type == "text/plain; charset=utf-8"
    assert checkpoint.headers["Cache-Control"] == "no-cache"
    assert len(tile.data) == 256 * 32
    assert tile.content_type == bundle.content_type == "application/octet-stream"
    assert "immutable" in tile.headers["Cache-Control"]
    assert tile.headers["Access-Control-Allow-Origin"] == "*"
    assert len(unpack(bundle.data)) == 45


@pytest.mark.parametrize("name", ["0/001.p/44", "0/002", "3/000", "entries/001", *PLACES])
def test_what_was_never_published_is_not_there(http, log, name):
    log.grow(300)

    assert http.get(f"/ledger/tile/{name}").status_code == 404


def test_nothing_is_served_before_the_log_has_begun(http):
    for path in ("/ledger/checkpoint", "/ledger/key"):
        assert http.get(path).status_code == 404
    assert http.get("/ledger/proof/inclusion?index=0&size=1").status_code == 404
    assert http.post("/ledger/verify/receipt", data=b"x").status_code == 422


def test_the_public_key_stands_beside_it(http, log):
    log.grow(1)

    assert Verifier.parse(http.get("/ledger/key").text) == log.signer.verifier


def test_an_entry_is_proved_to_be_in_the_log(http, log):
    checkpoint = log.grow(300)
    entry = unpack(http.get("/ledger/tile/entries/001.p/45").data)[3]

    path = http.get("/ledger/proof/inclusion?index=259&size=301").json["proof"]

    check_inclusion(leaf_hash(entry), 259, 301, hashes(path), checkpoint.root)


def test_the_log_is_proved_to_have_only_grown(http, log):
    old, new = log.grow(9), log.grow(300)

    path = http.get(f"/ledger/proof/consistency?from={old.size}&to={new.size}").json["proof"]

    check_consistency(old.size, old.root, new.size, new.root, hashes(path))


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("inclusion?index=10&size=10", 404),
        ("inclusion?index=1&size=11", 404),
        ("inclusion?index=-1&size=5", 400),
        ("inclusion?index=1", 400),
        ("inclusion?index=1e3&size=%D9%A3", 400),
        ("consistency?from=5&to=4", 404),
        ("consistency?from=5&to=99999999999999999999", 400),
    ],
)
def test_a_proof_that_cannot_be_is_refused(http, log, query, status):
    log.grow(9)

    answer = http.get(f"/ledger/proof/{query}")

    assert answer.status_code == status
    assert answer.json["verified"] is False


def test_a_receipt_is_verified(http, log):
    receipt = log.entry_proof()

    told = http.post("/ledger/verify/receipt", data=receipt).json

    opened = read_entry_proof(receipt, log.signer.verifier)
    assert told["verified"]
    assert (told["index"], told["event"]) == (opened.index, opened.opening.document)


@pytest.mark.parametrize(
    ("spoil", "check"),
    [
        (lambda text: text.replace("index ", "index 1", 1), "inclusion"),
        (lambda text: text.replace("tlog-proof@v1", "tlog-proof@v2"), "form"),
        (lambda text: text[:400], "form"),
        (lambda text: text[:-40], "form"),
        (lambda text: text.replace("extra ", "extra QQ==", 1), "form"),
        (lambda text: text.replace("extra ", "extra QUFB", 1), "event"),
        (lambda text: text.replace("\n6\n", "\n7\n"), "signature"),
        (lambda text: text.replace("— authz.test", "— other.test"), "origin"),
        (lambda text: text + "x" * 20_000, "form"),
        (lambda text: "\udcff", "form"),
    ],
)
def test_a_spoilt_receipt_is_refused_by_the_check_that_failed(http, log, spoil, check):
    spoilt = spoil(log.entry_proof()).encode(errors="surrogateescape")

    answer = http.post("/ledger/verify/receipt", data=spoilt)

    assert answer.status_code == 422
    assert (answer.json["verified"], answer.json["check"]) == (False, check)


def test_a_receipt_of_a_log_that_was_rewritten_since_is_refused(http, log):
    """It is sound by itself: only the log of today can contradict it."""
    receipt = log.entry_proof()
    log.forge(sign_checkpoint(log.signer, 6, bytes(32)).note)

    assert http.post("/ledger/verify/receipt", data=receipt).json["check"] == "consistency"


def test_two_checkpoints_are_proved_to_be_one_log(http, log):
    old, new = log.grow(5), log.grow(5)

    told = http.post("/ledger/verify/consistency", data=f"{old.note}\n{new.note}").json

    assert told["verified"]
    check_consistency(old.size, old.root, new.size, new.root, hashes(told["proof"]))


def test_checkpoints_that_contradict_each_other_are_refused(http, log):
    old, new = log.grow(5), log.grow(5)
    split = sign_checkpoint(log.signer, old.size, bytes(32)).note
    stranger = sign_checkpoint(Signer(log.signer.name, Ed25519Key.generate()), 6, old.root).note

    def check(one: str, other: str) -> str:
        answer = http.post("/ledger/verify/consistency", data=f"{one}\n{other}")
        return answer.json["check"]

    assert check(split, new.note) == "consistency"
    assert check(new.note, old.note) == "consistency"
    assert check(stranger, new.note) == "origin"
    assert check("x", new.note) == "form"
    assert http.post("/ledger/verify/consistency", data=new.note).json["check"] == "form"


def hashes(path: list[str]) -> list[bytes]:
    return [b64decode(each) for each in path]
