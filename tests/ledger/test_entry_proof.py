"""A receipt proves a person's own event to anybody who holds the log's public key."""

from base64 import b64decode, b64encode

import pytest

from authz.db import uuid7
from authz.keys.ed25519 import Ed25519Key
from authz.ledger.entry import canonical, open_private, payload_of
from authz.ledger.entry_proof import read_entry_proof
from authz.ledger.errors import LedgerFault, NotPublished
from authz.ledger.issue_proof import issue_entry_proof
from authz.ledger.note import Verifier
from authz.ledger.queries import entries_of_subject
from authz.ledger.tiles import unpack
from authz.ledger.tree import leaf_hash


@pytest.fixture
def receipt(ledger) -> str:
    patient = uuid7()
    ledger.append(3)
    event = ledger.append(1, subject=patient)[0]
    ledger.grow(6)
    return issue_entry_proof(ledger.signer.name, event.uuid, subject=patient)


def test_a_receipt_says_what_was_agreed_and_where_it_stands(ledger, receipt):
    told = read_entry_proof(receipt, ledger.signer.verifier)

    assert told.opening.document["type"] == "consent:given"
    assert told.index == 4
    assert told.checkpoint.size == 11
    assert receipt.startswith("c2sp.org/tlog-proof@v1\nextra ")
    assert len(receipt.encode()) < 2500


def test_every_event_of_a_person_can_be_proved(ledger):
    patient = uuid7()
    ledger.append(258, subject=patient)
    ledger.grow(3)

    for line in entries_of_subject(patient)[::50]:
        receipt = issue_entry_proof(ledger.signer.name, line.uuid, subject=patient)

        assert read_entry_proof(receipt, ledger.signer.verifier).index == line.seq


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace("index 4", "index 5"),
        lambda text: text.replace("index 4", "index 04"),
        lambda text: text.replace("\n11\n", "\n12\n"),
        lambda text: text.replace("tlog-proof@v1", "tlog-proof@v2"),
        lambda text: text.replace("consent\n", "other\n"),
        lambda text: text.replace("\n\n", "\n", 1),
        lambda text: with_extra(text, b"consent:given", b"consent:taken"),
        lambda text: with_extra(text, b'"nonce"', b'"once"'),
        lambda text: with_extra(text, b'"event":{', b'"event":{"more":1.5,'),
        lambda text: text.replace(text.split("\n")[3], text.split("\n")[4]),
        lambda text: text.replace("extra ", "extra %"),
        lambda _: "",
    ],
)
def test_a_spoilt_receipt_proves_nothing(ledger, receipt, spoil):
    spoilt = spoil(receipt)

    assert spoilt != receipt
    with pytest.raises(LedgerFault):
        read_entry_proof(spoilt, ledger.signer.verifier)


def with_extra(text: str, old: bytes, new: bytes) -> str:
    extra = text.split("\n")[1].removeprefix("extra ")
    return text.replace(extra, b64encode(b64decode(extra).replace(old, new)).decode())


def test_a_receipt_of_another_log_proves_nothing_here(ledger, receipt):
    stranger = Verifier(ledger.signer.name, Ed25519Key.generate().public)

    with pytest.raises(LedgerFault):
        read_entry_proof(receipt, stranger)


def test_nobody_gets_the_receipt_of_somebody_else(ledger):
    event = ledger.append(1)[0]
    ledger.grow(1)

    for uuid in (event.uuid, uuid7()):
        with pytest.raises(NotPublished):
            issue_entry_proof(ledger.signer.name, uuid, subject=uuid7())


def test_there_is_no_receipt_before_a_checkpoint_covers_the_event(ledger):
    patient = uuid7()
    ledger.grow(1)
    event = ledger.append(1, subject=patient)[0]

    for step in (lambda: None, ledger.integrate):
        step()
        with pytest.raises(NotPublished):
            issue_entry_proof(ledger.signer.name, event.uuid, subject=patient)


def test_a_person_sees_their_entries_and_no_others(ledger):
    patient = uuid7()
    ledger.grow(2)
    first = ledger.append(1, subject=patient)[0]
    ledger.grow(2)
    second = ledger.append(1, subject=patient)[0]

    lines = entries_of_subject(patient)

    assert [(line.uuid, line.seq) for line in lines] == [(second.uuid, None), (first.uuid, 3)]
    assert lines[1].leaf == leaf_hash(first.entry).hex()
    assert lines[1].type == "consent:given"


def test_what_a_receipt_carries_opens_the_entry_in_the_public_files(ledger, receipt):
    told = read_entry_proof(receipt, ledger.signer.verifier)
    bundle = (ledger.directory / "tile/entries/000.p/11").read_bytes()

    entry = unpack(bundle)[told.index]
    payload = payload_of(canonical(told.opening.document), told.opening.nonce)
    assert open_private(entry, payload) == told.opening
