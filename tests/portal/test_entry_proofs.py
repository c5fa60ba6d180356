"""A person takes away the proof of each of their entries, as a file that others verify."""

import re

import pytest

from authz.db import db, uuid7
from authz.keys.ed25519 import new_key_in_file
from authz.ledger.entry_proof import read_entry_proof
from authz.ledger.publish import publish, signer_of
from authz.ledger.queries import entries_of_subject
from authz.ledger.rotate import Signers
from authz.ledger.sequence import integrate
from tests.pages import words


@pytest.fixture
def decision(http, make, camille, hospital):
    """Camille allowed the hospital something, and is signed in."""
    given = make.decision(camille, hospital, "pre-admission:record:read:identity")
    http.sign_in(camille)
    return given


@pytest.fixture
def signer(settings, decision, tmp_path):
    """The log's own, after it has published what there is."""
    origin, at = settings.ledger.origin, decision.consent.decided_at
    new_key_in_file(tmp_path / "key")
    integrate(origin, at=at)
    signer = signer_of(origin, tmp_path / "key")
    publish(tmp_path / "public", guard=tmp_path / "guard", signers=Signers(signer), at=at)
    db.session.commit()
    return signer


def test_each_proof_is_a_file_that_anybody_can_verify(http, camille, signer):
    path = re.search(r'href="(/proofs/[^"]+)"', http.get("/receipts").text)
    assert path

    answer = http.get(path[1])

    told = read_entry_proof(answer.text, signer.verifier).opening.document
    assert (told["type"], told["subject"]) == ("consent:given", str(camille.patient_id))
    name = path[1].rpartition("/")[2]
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer.headers["Cache-Control"] == "no-store"


def test_nobody_gets_somebody_elses_proof(http, make, camille, signer):
    entry = entries_of_subject(camille.patient_id)[0]
    http.sign_in(make.account("dominique", language="en"))

    theirs = http.get(f"/proofs/{entry.uuid}.tlog-proof")
    none = http.get(f"/proofs/{uuid7()}.tlog-proof")

    assert theirs.status_code == none.status_code == 404
    assert without_reference(theirs) == without_reference(none)


def test_what_is_not_published_yet_has_no_proof(http, camille, decision):
    entry = entries_of_subject(camille.patient_id)[0]

    assert "/proofs/" not in http.get("/receipts").text
    assert http.get(f"/proofs/{entry.uuid}.tlog-proof").status_code == 404


def test_a_proof_needs_sign_in(http):
    assert http.get(f"/proofs/{uuid7()}.tlog-proof").location == "/sign-in"


def without_reference(page):
    return re.sub(r"[0-9a-f]{12}", "", words(page))
