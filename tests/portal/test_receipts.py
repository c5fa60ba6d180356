"""A person reads, prints and takes away the receipt of everything that happened to a consent."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import jwt
import pytest

from authz.consent.answer import Answer
from authz.consent.by import By
from authz.consent.invalidate import invalidate_some
from authz.consent.queries import changes_of
from authz.consent.standing import past
from authz.consent.widen import widen
from authz.consent.withdraw import withdraw
from authz.db import db, uuid7
from authz.keys.signing import CONSENT_RECEIPT, jwks
from authz.ledger.erase import erase_subject
from authz.ledger.place import read_place
from tests.pages import words


@pytest.fixture
def decision(http, make, camille, hospital):
    """Camille allowed the hospital something, and is signed in."""
    given = make.decision(
        camille, hospital, "pre-admission:record:read:identity", linked_account="c@hospital"
    )
    http.sign_in(camille)
    return given


def newest(consent):
    return changes_of([consent.id])[consent.id][-1]


def claims_of(answer):
    token = answer.json["receipt"]
    [key] = [
        each
        for each in jwks(CONSENT_RECEIPT)["keys"]
        if each["kid"] == jwt.get_unverified_header(token)["kid"]
    ]
    return jwt.decode(token, jwt.PyJWK(key), algorithms=["ES256"])


@pytest.mark.compliance("Mission (b)", "P12", "a receipt is handed to the person")
def test_the_list_leads_to_the_receipt_and_the_receipt_to_the_file(http, decision):
    page = http.get("/receipts")
    path = re.search(r'href="(/receipts/[^".]+)"', page.text)[1]
    receipt = http.get(path)
    file = http.get(re.search(r'href="(/receipts/[^"]+\.json)"', receipt.text)[1])

    assert "You allowed a service : Parcours Trois-Rivières" in words(page)
    assert claims_of(file)["receipt_id"] == path.rpartition("/")[2]
    assert file.headers["Content-Disposition"].startswith('attachment; filename="receipt-')
    assert file.headers["Cache-Control"] == "no-store"


def test_the_service_page_leads_to_every_receipt_of_the_answer(http, camille, decision, at):
    withdraw(decision.consent.id, by=By(camille), at=at)
    db.session.commit()

    page = http.get(f"/services/{decision.consent.id}")

    found = re.findall(r'href="/receipts/([^"]+)"', page.text)
    changes = changes_of([decision.consent.id])[decision.consent.id]
    assert found == [str(change.id) for change in reversed(changes)]


def test_the_page_says_what_the_file_says(http, decision):
    path = f"/receipts/{newest(decision.consent).id}"

    said, claims = words(http.get(path)), claims_of(http.get(f"{path}.json"))

    assert claims["controller"]["address"] in said
    assert claims["data_protection_officer"]["email"] in said
    assert claims["notice"]["sha256"] in said
    assert claims["ledger"]["leaf_sha256"] in said
    assert claims["linked_account"] in said
    assert "You allowed" in said
    assert "You did not allow" in said
    assert "Camille Martin" in said


def test_the_file_holds_the_proof_as_soon_as_there_is_one(http, log, decision):
    path = f"/receipts/{newest(decision.consent).id}.json"
    before = http.get(path)
    log.integrate()
    log.publish()

    after = http.get(path)

    claims = claims_of(after)
    place = read_place(after.json["proof"])
    checkpoint = place.check(bytes.fromhex(claims["ledger"]["leaf_sha256"]), log.signer.verifier)
    assert "proof" not in before.json
    assert claims == claims_of(before)
    assert checkpoint.origin == claims["ledger"]["origin"]


def test_what_time_and_others_did_has_a_receipt_with_its_reason(http, make, hospital, decision):
    make.dereference(make.service_of(hospital))
    invalidate_some(at=make.at)
    db.session.commit()

    said = words(http.get(f"/receipts/{newest(decision.consent).id}"))

    assert "The service has left the catalogue." in said
    assert "Nobody: it follows from a date or a rule" in said
    assert "How to stop" not in said


def test_a_parent_reads_the_receipts_of_the_child(http, make, camille, hospital):
    leo = make.patient()
    consent = make.decision(camille, hospital, mandate=make.mandate(camille, leo)).consent
    http.sign_in(camille)
    path = f"/receipts/{newest(consent).id}"

    assert http.get(path).status_code == 404
    http.submit("/acting", mandate=str(consent.mandate_id))

    assert "A legal representative of Léo Martin" in words(http.get(path))
    assert "You allowed a service" in words(http.get(path))


def test_what_others_did_is_not_said_to_be_ones_own(http, make, camille, hospital, at):
    """The other parent reads that access was allowed, not that they did it."""
    leo, sophie = make.patient(), make.account("sophie", language="en")
    consent = make.decision(camille, hospital, mandate=make.mandate(camille, leo)).consent
    theirs = make.mandate(sophie, leo)
    http.sign_in(sophie)
    http.submit("/acting", mandate=str(theirs.id))

    for path in (f"/receipts/{newest(consent).id}", "/receipts"):
        said = words(http.get(path))
        assert "Access was allowed" in said
        assert "You allowed" not in said


def test_refusing_more_does_not_read_as_refusing_all(http, make, camille, hospital):
    identity = "pre-admission:record:read:identity"
    given = make.decision(camille, hospital, identity, scope="openid patient/Patient.rs").consent
    asking = make.asking(camille, hospital)
    found = past(asking, at=make.at, remember=timedelta(days=90))
    widen(
        asking,
        found,
        Answer(frozenset(), 0, "en"),
        at=make.at,
        code_lifetime=timedelta(seconds=60),
    )
    db.session.commit()

    http.sign_in(camille)
    said = words(http.get(f"/receipts/{newest(given).id}"))

    assert "You did not allow a service more" in said
    assert "You refused a service" not in said
    assert "Allowed until" in said


def test_nobody_reads_somebody_elses_receipt(http, make, decision):
    id = newest(decision.consent).id
    http.sign_in(make.account("dominique", language="en"))

    for form in ("/receipts/{}", "/receipts/{}.json"):
        theirs, none = http.get(form.format(id)), http.get(form.format(uuid7()))
        assert theirs.status_code == none.status_code == 404


def test_a_receipt_needs_sign_in(http):
    for path in ("/receipts", f"/receipts/{uuid7()}", f"/receipts/{uuid7()}.json"):
        assert http.get(path).location == "/sign-in"


def test_of_somebody_erased_it_says_that_it_is_gone(http, decision, at):
    erase_subject(decision.consent.patient_id, ground="art-17", at=at)
    db.session.commit()

    answer = http.get(f"/receipts/{newest(decision.consent).id}")

    assert answer.status_code == 410


def test_the_address_in_older_mails_leads_to_the_list(http):
    assert urlsplit(http.get("/proofs").location).path == "/receipts"


def test_nothing_is_folded_away_on_a_page_that_is_printed(http, decision):
    page = http.get(f"/receipts/{newest(decision.consent).id}")

    assert "<details" not in page.text
