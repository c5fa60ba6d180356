"""A person can be erased (GDPR art. 17); the log still verifies, and their receipts still prove."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from authz.db import db, transaction, uuid7
from authz.ledger import log_queries, queries
from authz.ledger.append import append_entry
from authz.ledger.entry_proof import read_entry_proof
from authz.ledger.erase import erase_subject
from authz.ledger.events import Event
from authz.ledger.issue_proof import issue_entry_proof
from authz.ledger.models import LedgerEvent
from tests.dump import traces
from tests.ledger.conftest import AT


def erase(patient) -> None:
    with transaction():
        erase_subject(patient, ground="request of the person", at=AT)


def test_nothing_about_an_erased_person_opens_and_the_log_still_verifies(ledger):
    patient = uuid7()
    ledger.append(3, subject=patient)
    ledger.grow(2)

    erase(patient)
    ledger.grow(1)

    assert queries.entries_of_subject(patient) == []
    assert queries.key_of_subject(patient) is None
    assert ledger.verify().ok


def test_a_receipt_given_before_still_proves(ledger):
    patient = uuid7()
    event = ledger.append(1, subject=patient)[0]
    ledger.grow(2)
    receipt = issue_entry_proof(ledger.signer.name, event.uuid, subject=patient)

    erase(patient)

    told = read_entry_proof(receipt, ledger.signer.verifier)
    assert told.opening.document["subject"] == str(patient)


def test_no_public_file_ever_holds_an_identifier(ledger):
    patient = uuid7()
    event = ledger.append(1, subject=patient)[0]
    erase(patient)
    ledger.grow(2)

    public = b"".join(p.read_bytes() for p in ledger.directory.rglob("*") if p.is_file())
    for identifier in (patient, event.stream, event.uuid):
        assert str(identifier).encode() not in public
        assert identifier.bytes not in public


def test_nothing_in_a_dump_of_the_database_leads_to_an_erased_person(ledger, database):
    """Everything the ledger keeps: events, keys, entries, tiles and checkpoints."""
    patient, service = uuid7(), "a service that would say what they suffer from"
    with transaction():
        append_entry(Event.CONSENT_GIVEN, subject=patient, at=AT, stream=uuid7(), client=service)
    ledger.grow(3)
    assert traces(database, patient) == [f"subject_key: {patient}"]

    erase(patient)
    ledger.grow(1)

    assert traces(database, patient, service) == []
    assert ledger.verify().ok


def test_a_key_destroyed_without_a_trace_is_found(ledger):
    patient = uuid7()
    ledger.append(1, subject=patient)
    ledger.grow(2)
    ledger.tamper(
        "UPDATE subject_key SET sealed = NULL, subject = NULL, destroyed_at = now()"
        " WHERE subject = :patient",
        patient=patient,
    )

    report = ledger.verify()

    assert report.first_bad == 1
    assert "no erasure is recorded" in str(report.findings[0])


def test_erasing_a_stranger_does_nothing(ledger):
    ledger.grow(1)

    erase(uuid7())

    assert log_queries.queued(1) == []


def test_somebody_erased_who_comes_back_starts_anew(ledger):
    patient = uuid7()
    ledger.append(1, subject=patient)
    erase(patient)

    ledger.append(1, subject=patient)
    ledger.grow(1)

    assert len(queries.entries_of_subject(patient)) == 1
    assert ledger.verify().ok


@pytest.mark.parametrize("ground", ["request of the person", "court order"])
def test_the_log_says_that_an_erasure_happened_and_on_what_ground(ledger, ground):
    patient = uuid7()
    ledger.append(1, subject=patient)
    with transaction():
        erase_subject(patient, ground=ground, at=AT)
    ledger.integrate()

    assert f'"ground":"{ground}"'.encode() in ledger.numbers()[-1][1]


def test_what_is_left_does_not_say_what_belonged_together(ledger, database):
    """Neither ciphertext nor the name of a stream, which services know; versions still count."""
    patient, stream = uuid7(), uuid7()
    with transaction():
        for _ in range(3):
            append_entry(Event.CONSENT_GIVEN, subject=patient, at=AT, stream=stream)
    ledger.grow(2)

    with transaction():
        erase_subject(patient, ground="request of the person", at=AT, forget=True)
    ledger.grow(1)

    assert traces(database, patient, stream) == []
    left = db.session.scalars(select(LedgerEvent).where(LedgerEvent.payload.is_(None))).all()
    emptied = [event for event in left if event.key_id]
    assert [event.version for event in emptied] == [1, 2, 3]
    assert len({event.stream for event in emptied}) == 1
    assert ledger.verify().ok


@pytest.mark.parametrize(
    "change", ["payload = NULL", "stream = gen_random_uuid()", "payload = NULL, version = 9"]
)
def test_the_database_empties_no_event_of_somebody_who_is_there(ledger, change):
    ledger.append(1, subject=uuid7())

    with pytest.raises(DBAPIError, match="never changed or removed"), transaction():
        db.session.execute(text(f"UPDATE ledger_event SET {change}"))


@pytest.mark.parametrize(
    "change",
    [
        "type = 'consent:refused'",
        "version = 9",
        "at = now()",
        "entry = '\\x00'",
        "uuid = gen_random_uuid()",
        "key_id = NULL",
        "payload = '\\x00'",
    ],
)
def test_emptying_an_event_changes_nothing_else_of_it(ledger, change):
    patient = uuid7()
    ledger.append(1, subject=patient)
    with transaction():
        erase_subject(patient, ground="request of the person", at=AT, forget=True)

    with pytest.raises(DBAPIError, match="never changed or removed"), transaction():
        db.session.execute(text(f"UPDATE ledger_event SET {change} WHERE key_id IS NOT NULL"))
