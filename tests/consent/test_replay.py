"""A consent that somebody changed by hand in the database contradicts its entries.

So does a sheet, and a service: whatever decides what is handed out is held against the ledger.
"""

import pytest
from sqlalchemy import text

from authz.catalogue.models import ServiceSheet
from authz.catalogue.replay import Replay as CatalogueReplay
from authz.consent.by import By
from authz.consent.change import Wish, change
from authz.consent.give_back import give_back
from authz.consent.invalidate import invalidate
from authz.consent.replay import Replay
from authz.consent.suspend import resume, suspend
from authz.consent.withdraw import withdraw
from authz.db import db, transaction
from authz.identity.models import Account
from authz.keys.ed25519 import Ed25519Key
from authz.ledger.append import append_entry
from authz.ledger.erase import erase_subject
from authz.ledger.events import Event
from authz.ledger.note import Verifier
from authz.ledger.report import Finding
from authz.ledger.sequence import integrate
from authz.ledger.verify import verify_database
from tests.builders import READ_DOCUMENTS

LOG = Verifier("log.test/consent", Ed25519Key.from_seed(bytes(32)).public)


@pytest.fixture
def consent(make, at):
    """Given, withdrawn, and given again; another one was replaced. The last one is handed out."""
    camille, diary = make.account(), make.client()
    first = make.decision(camille, diary).consent
    with transaction():
        withdraw(first.id, by=By(camille), at=at)
    make.decision(camille, diary)
    last = make.decision(camille, diary).consent
    with transaction():
        integrate(LOG.name, at=at)
    return last


def findings(tmp_path, *statements: str) -> list[Finding]:
    with transaction():
        db.session.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            db.session.execute(text(statement))
    catalogue, consents = CatalogueReplay(), Replay()
    report = verify_database(
        LOG,
        directory=tmp_path / "none",
        guard=tmp_path / "guard",
        watches=[catalogue, consents],
    )
    assert report.ok, report.lines
    found = [*catalogue.findings(), *consents.findings()]
    db.session.rollback()
    return found


def test_a_consent_that_was_given_back_is_what_the_ledger_says(consent, at, tmp_path):
    with transaction():
        give_back(consent.id, client_id=consent.client_id, at=at)
    with transaction():
        integrate(LOG.name, at=at)

    assert findings(tmp_path) == []


def test_a_consent_that_was_changed_in_every_way_is_what_the_ledger_says(consent, at, tmp_path):
    by, names = By(db.session.get_one(Account, consent.account_id)), consent.boxes_on
    for chosen, days in ((set(list(names)[:1]) | {READ_DOCUMENTS}, None), (names, 30)):
        with transaction():
            wish = Wish(frozenset(chosen), days, consent.revision)
            change(consent.id, wish, by=by, at=at, durations=(30,), longest=365)
    with transaction():
        suspend(consent, "came_of_age", at=at)
        resume(consent, by=by, at=at)
        invalidate(consent, "space_closed", at=at)
    with transaction():
        integrate(LOG.name, at=at)

    assert findings(tmp_path) == []
    assert consent.revision == 7


def test_honest_consents_are_what_the_ledger_says(consent, tmp_path):
    assert consent.state == "active"
    assert findings(tmp_path) == []


@pytest.mark.parametrize(
    ("attack", "said"),
    [
        ("UPDATE consent SET state = 'refused' WHERE state = 'replaced'", "is refused, its last"),
        ("UPDATE consent SET ends_at = ends_at + interval '1 year'", "is not the one"),
        ("UPDATE consent_exchange SET allowed = NOT allowed", "is not the one"),
        ("UPDATE consent SET language = 'en'", "is not the one"),
        ("DELETE FROM consent WHERE state = 'withdrawn'", "is gone"),
        ("UPDATE consent SET offline = NOT offline", "is not the one"),
        ("UPDATE consent SET linked_account = 'somebody'", "is not the one"),
        ("UPDATE consent SET client_id = gen_random_uuid()", "is not the one"),
        ("UPDATE consent SET account_id = gen_random_uuid()", "is not the one"),
        ("UPDATE consent SET patient_id = gen_random_uuid()", "is not the one"),
        ("UPDATE consent SET service_id = gen_random_uuid()", "is not the one"),
        ("UPDATE consent SET service_id = NULL, sheet_id = NULL", "is not the one"),
        ("UPDATE consent SET sheet_id = gen_random_uuid()", "is not the one"),
        ("UPDATE consent SET shared = '{email}'", "is not the one"),
        ("UPDATE consent SET decided_at = decided_at - interval '1 year'", "is not the one"),
        ("UPDATE consent SET ended_at = ended_at + interval '1 year'", "is not the one"),
        ("UPDATE consent_exchange SET period = NULL", "not those of its sheet"),
        ("UPDATE consent_exchange SET purpose = 'x'", "not those of its sheet"),
        ("UPDATE consent_exchange SET area = 'agenda'", "not those of its sheet"),
        ("UPDATE consent_exchange SET direction = 'write'", "not those of its sheet"),
        ("UPDATE consent_exchange SET category = 'documents'", "not those of its sheet"),
        ("UPDATE consent_exchange SET scope = 'patient/*.rs'", "not those of its sheet"),
        ("UPDATE consent_exchange SET position = position + 1", "not those of its sheet"),
        ("DELETE FROM consent_exchange WHERE position = 0", "is not the one"),
        ("UPDATE consent SET reason = 'x'", "is not the one"),
        (
            "UPDATE consent SET quality = 'representative', mandate_id = gen_random_uuid()",
            "is not the one",
        ),
        ("UPDATE consent SET revision = revision + 1", "not those of its entries"),
        ("DELETE FROM consent_change WHERE revision = 2", "not those of its entries"),
        ("UPDATE consent_change SET answers = '{}'", "not those of its entries"),
        ("UPDATE consent_change SET acr = 'eidas3'", "not those of its entries"),
        ("UPDATE consent_change SET language = 'en'", "not those of its entries"),
        (
            "UPDATE consent_change SET text_digest = 'x', template_version = 'x'",
            "not those of its entries",
        ),
        ("UPDATE consent_change SET event = 'consent:narrowed'", "not those of its entries"),
        ("UPDATE consent_change SET at = at - interval '1 day'", "not those of its entries"),
        ("UPDATE consent_change SET reason = 'x'", "not those of its entries"),
    ],
)
@pytest.mark.usefixtures("consent")
def test_a_consent_changed_by_hand_is_found(tmp_path, attack, said):
    found = findings(tmp_path, attack)

    assert any(said in str(finding) for finding in found), found
    assert all(finding.seq for finding in found)


@pytest.mark.parametrize(
    ("attack", "said"),
    [
        (
            "UPDATE service_sheet SET content = jsonb_set(content, '{name}', '\"Evil\"')",
            "is not the one that was published",
        ),
        (
            "UPDATE service_sheet SET content = content - 'name'",
            "is not the one that was published",
        ),
        ("UPDATE service_sheet SET digest = 'x'", "is not the one that was published"),
        ("UPDATE service_sheet SET number = 7", "sheet 1 of service"),
        (
            "UPDATE service_sheet SET published_at = published_at - interval '1 year'",
            "is not the one that was published",
        ),
        ("DELETE FROM service_sheet", "is gone"),
        (
            "UPDATE service SET status = 'suspended', reason = 'rules'",
            "is not what its entries say",
        ),
        ("UPDATE service SET status = 'draft'", "is not what its entries say"),
        ("UPDATE service SET reference = 'R-1'", "is not what its entries say"),
        ("UPDATE service SET slug = 'another'", "is not what its entries say"),
        ("DELETE FROM service", "is gone"),
        ("UPDATE service SET id = gen_random_uuid()", "is referenced without an entry"),
    ],
)
@pytest.mark.usefixtures("consent")
def test_a_catalogue_changed_by_hand_is_found(tmp_path, attack, said):
    found = findings(tmp_path, attack)

    assert any(said in str(finding) for finding in found), found


@pytest.mark.usefixtures("consent")
def test_a_sheet_cannot_be_published_twice(make, tmp_path, at):
    """A later entry for the same version does not make a changed sheet right."""
    sheet = db.session.query(ServiceSheet).one()
    with transaction():
        append_entry(
            Event.SHEET_PUBLISHED,
            subject=None,
            at=at,
            stream=sheet.service_id,
            service="diary",
            sheet=1,
            sha256="x",
        )

    found = findings(tmp_path, "UPDATE service_sheet SET digest = 'x'")

    assert any("is not the one that was published" in str(finding) for finding in found)


@pytest.mark.usefixtures("consent")
def test_a_consent_without_an_entry_is_found(tmp_path):
    found = findings(
        tmp_path,
        "CREATE TEMP TABLE forged ON COMMIT DROP AS SELECT * FROM consent LIMIT 1",
        "UPDATE forged SET state = 'refused', ended_at = decided_at",
        "UPDATE forged SET id = gen_random_uuid()",
        "INSERT INTO consent SELECT * FROM forged",
    )

    assert [str(finding).endswith("has no entry") for finding in found] == [True]


def erase(consent, at) -> None:
    with transaction():
        erase_subject(consent.patient_id, ground="request of the person", at=at)
        integrate(LOG.name, at=at)


def test_what_is_left_of_an_erased_person_is_no_contradiction(consent, make, tmp_path, at):
    """GDPR art. 17: nothing stands any more, and nothing can be held against anything."""
    with transaction():
        withdraw(consent.id, by=By(db.session.get_one(Account, consent.account_id)), at=at)
    erase(consent, at)
    make.decision(make.account("dominique"), make.client("glyco"))

    assert findings(tmp_path) == []


def test_an_erasure_hides_no_consent_that_stands(consent, tmp_path, at):
    """Whoever forges an erasure to change a consent unseen gets one that is reported."""
    erase(consent, at)

    found = findings(tmp_path, "UPDATE consent SET ends_at = ends_at + interval '1 year'")

    said = f"consent {consent.id} is active, and what proves it was erased"
    assert [finding.text for finding in found] == [said]


def test_an_erasure_hides_no_end_of_a_consent(consent, make, tmp_path, at):
    """A withdrawal moved under an erased person's key does not bring the consent back."""
    stranger = make.decision(make.account("dominique"), make.client("glyco")).consent
    with transaction():
        withdraw(consent.id, by=By(db.session.get_one(Account, consent.account_id)), at=at)
        withdraw(stranger.id, by=By(db.session.get_one(Account, stranger.account_id)), at=at)
    erase(stranger, at)

    found = findings(
        tmp_path,
        "UPDATE ledger_event SET key_id = (SELECT id FROM subject_key WHERE sealed IS NULL)"
        f" WHERE stream = '{consent.id}' AND type = 'consent:withdrawn'",
        f"UPDATE consent SET state = 'active', ended_at = NULL WHERE id = '{consent.id}'",
    )

    said = f"consent {consent.id} is active, and what proves it was erased"
    assert [finding.text for finding in found] == [said]


def test_a_consent_that_is_left_by_an_erasure_is_reported(consent, tmp_path, at):
    """Who is erased leaves no consent behind, ended or not (``closing/erase.py``)."""
    with transaction():
        withdraw(consent.id, by=By(db.session.get_one(Account, consent.account_id)), at=at)
        erase_subject(consent.patient_id, ground="forged", at=at, forget=True)
        integrate(LOG.name, at=at)

    found = findings(tmp_path)

    assert {finding.text.split(" ", 2)[2] for finding in found} == {"has no entry"}
    assert len(found) == 3


def test_a_consent_that_never_was_hides_behind_no_erasure(consent, tmp_path, at):
    with transaction():
        withdraw(consent.id, by=By(db.session.get_one(Account, consent.account_id)), at=at)
    erase(consent, at)

    found = findings(
        tmp_path,
        f"UPDATE consent SET id = gen_random_uuid() WHERE id = '{consent.id}'",
    )

    assert [finding.text.split(" ", 2)[2] for finding in found] == ["has no entry"]
