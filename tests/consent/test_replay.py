"""A consent that somebody changed by hand in the database contradicts its entries."""

import pytest
from sqlalchemy import text

from authz.consent.replay import Replay
from authz.consent.withdraw import withdraw
from authz.db import db, transaction
from authz.keys.ed25519 import Ed25519Key
from authz.ledger.note import Verifier
from authz.ledger.report import Finding
from authz.ledger.sequence import integrate
from authz.ledger.verify import verify_database

LOG = Verifier("log.test/consent", Ed25519Key.from_seed(bytes(32)).public)


@pytest.fixture
def consent(make, at):
    """Given, withdrawn, and given again; another one was replaced. The last one is handed out."""
    camille, diary = make.account(), make.client()
    first = make.decision(camille, diary).consent
    with transaction():
        withdraw(first.id, account=camille, at=at)
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
    replay = Replay()
    report = verify_database(
        LOG, directory=tmp_path / "none", guard=tmp_path / "guard", watch=replay.see
    )
    assert report.ok, report.lines
    return list(replay.findings())


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
    ],
)
@pytest.mark.usefixtures("consent")
def test_a_consent_changed_by_hand_is_found(tmp_path, attack, said):
    found = findings(tmp_path, attack)

    assert any(said in str(finding) for finding in found), found
    assert all(finding.seq for finding in found)


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
