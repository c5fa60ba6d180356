"""An event is written with the decision that causes it, and says nothing to strangers."""

from uuid import UUID

import pytest
from sqlalchemy.exc import DBAPIError

from authz.db import db, transaction, uuid7
from authz.ledger import queries
from authz.ledger.append import append_entry
from authz.ledger.entry import canonical, instant, link_to, open_private, private_entry
from authz.ledger.errors import EventInvalid, OpeningInvalid
from authz.ledger.events import Event
from authz.ledger.models import LedgerEvent, Queued
from authz.ledger.vault import open_event
from tests.ledger.conftest import AT


def test_a_private_entry_opens_to_what_happened(ledger):
    patient = uuid7()

    event = ledger.append(1, subject=patient)[0]

    document = open_event(event, queries.key_of_subject(patient)).document
    assert document == {
        "v": 1,
        "id": str(event.uuid),
        "type": "consent:given",
        "at": "2026-11-22T09:30:00.123Z",
        "stream": str(event.stream),
        "version": 1,
        "subject": str(patient),
        "facts": {"days": 90, "allowed": ["care:record:read:documents"]},
    }


def test_what_the_log_will_hold_is_33_bytes_that_never_repeat(ledger):
    patient = uuid7()

    entries = [event.entry for event in ledger.append(20, subject=patient)]

    assert {len(entry) for entry in entries} == {33}
    assert {entry[:1] for entry in entries} == {b"\x01"}
    assert len(set(entries)) == 20


def test_no_stored_byte_tells_whom_or_what_it_is_about(ledger):
    patient = uuid7()

    event = ledger.append(1, subject=patient)[0]

    for stored in (event.entry, event.payload):
        assert patient.bytes not in stored
        assert str(patient).encode() not in stored
        assert b"documents" not in stored


@pytest.mark.usefixtures("ledger")
def test_a_public_entry_is_the_event_itself():
    with transaction():
        event = append_entry(Event.SERVICE_REFERENCED, subject=None, at=AT, service="diary")

    assert event.entry.startswith(
        b'\x02{"at":"2026-11-22T09:30:00.123Z","facts":{"service":"diary"}'
    )
    assert event.payload is event.key_id is None


@pytest.mark.usefixtures("ledger")
def test_events_of_a_stream_are_numbered_and_linked():
    patient = uuid7()
    with transaction():
        first, second = (
            append_entry(Event.CONSENT_GIVEN, subject=patient, at=AT) for _ in range(2)
        )

    document = open_event(second, queries.key_of_subject(patient)).document
    assert (first.version, second.version) == (1, 2)
    assert first.stream == second.stream == patient
    assert document["prev"] == link_to(first.entry)


@pytest.mark.usefixtures("ledger")
def test_an_event_that_is_undone_was_never_there():
    append_entry(Event.CONSENT_GIVEN, subject=uuid7(), at=AT)

    db.session.rollback()

    assert db.session.query(LedgerEvent).count() == db.session.query(Queued).count() == 0


@pytest.mark.parametrize("fact", [1.5, None, 2**53, "\ud800", [None], {"ï": 1}])
def test_what_has_no_single_form_is_refused(fact):
    """RFC 8785 §3.2.2.3, and null, which other languages leave out."""
    with pytest.raises(EventInvalid):
        canonical({"fact": fact})


def test_canonical_form_is_that_of_rfc_8785():
    """§3.2.3: names sorted by UTF-16 units, no spaces, the shortest escapes."""
    assert canonical({"b": [True, 2**53 - 1], "a": "€\n/\u0001"}) == (
        b'{"a":"\xe2\x82\xac\\n/\\u0001","b":[true,9007199254740991]}'
    )


def test_the_commitment_is_the_hmac_that_anybody_can_compute():
    """As printed by ``openssl dgst -sha256 -mac HMAC -macopt hexkey:00...00``."""
    entry = private_entry(b'{"v":1}', bytes(32))

    assert entry.hex() == "0112fd65a5902eb2a5b8acecf48707d5fc7aa991088a37c66c2176f78f440422ed"


def test_a_commitment_opens_to_one_event_only():
    nonce = bytes(32)
    entry = private_entry(b'{"v":1}', nonce)

    for payload in (nonce + b'{"v":2}', b"\x01" * 32 + b'{"v":1}', b"", nonce):
        with pytest.raises(OpeningInvalid):
            open_private(entry, payload)


def test_times_are_utc_with_milliseconds():
    assert instant(AT) == "2026-11-22T09:30:00.123Z"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_event SET type = 'consent:refused'",
        "DELETE FROM ledger_event",
        "TRUNCATE ledger_event CASCADE",
        "UPDATE ledger_entry SET seq = seq + 1",
        "DELETE FROM ledger_entry",
        "TRUNCATE ledger_entry",
        "UPDATE ledger_tile SET data = ''",
        "DELETE FROM ledger_tile",
        "DELETE FROM ledger_checkpoint",
        "UPDATE ledger_checkpoint SET note = ''",
        "UPDATE ledger_log SET size = size - 1",
        "UPDATE ledger_log SET origin = 'another'",
        "DELETE FROM ledger_log",
        "DELETE FROM ledger_queue",
        "TRUNCATE ledger_queue",
        "UPDATE subject_key SET sealed = '\\x00'",
        "UPDATE subject_key SET subject = gen_random_uuid()",
        "DELETE FROM subject_key",
    ],
)
def test_the_database_refuses_to_undo_the_past(ledger, statement):
    ledger.grow(1)
    ledger.append(1)

    with pytest.raises(DBAPIError, match=r"never changed or removed|leaves the queue only"):
        db.session.connection().exec_driver_sql(statement)


def test_each_person_has_a_key_of_their_own(ledger):
    one, other = (ledger.append(1)[0] for _ in range(2))

    assert isinstance(one.key_id, UUID)
    assert one.key_id != other.key_id
