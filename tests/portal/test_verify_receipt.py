"""Anybody shows a receipt to the public page or its API, and is told which check failed."""

import json
from io import BytesIO

import pytest

from authz.consent.by import By
from authz.consent.queries import changes_of
from authz.consent.receipt import Home
from authz.consent.withdraw import withdraw
from authz.db import db
from authz.keys.rotate import replace
from authz.ledger.checkpoint import sign_checkpoint
from authz.ledger.tree import leaf_hash, root_of
from tests.consent.issued import issued
from tests.pages import words


@pytest.fixture
def consent(make, camille, hospital):
    return make.decision(camille, hospital, "pre-admission:record:read:identity").consent


@pytest.fixture
def issue(settings, consent, at):
    home = Home(settings.issuer, settings.ledger.origin)
    return lambda copy="person": issued(consent, home, copy, at=at)


@pytest.fixture
def published(log, consent):
    log.grow(4)
    return log


def paste(http, text):
    return http.submit("/verify", proof=text)


def post(http, text):
    return http.post("/ledger/verify/receipt", data=text)


@pytest.mark.parametrize("copy", ["person", "service"])
def test_the_page_says_what_a_receipt_proves(http, published, issue, copy):
    answer = paste(http, json.dumps(issue(copy), indent=2))

    said = words(answer)
    assert answer.status_code == 200
    assert "Proven: this is in the register" in said
    assert "Parcours Trois-Rivières" in said
    assert "What was allowed Read: identity in your record" in said
    assert "Read: health documents" in said.split("What was not allowed")[1]
    assert ("The person’s" if copy == "person" else "The service’s") in said


def test_a_receipt_of_many_exchanges_can_be_pasted_too(http, published, issue):
    long = json.dumps(issue()).replace(", ", "," + " " * 30_000)

    assert "Proven: this is in the register" in words(paste(http, long))


def test_a_file_is_read_as_it_was_downloaded(http, camille, published, consent):
    http.sign_in(camille)
    id = changes_of([consent.id])[consent.id][-1].id
    file = http.get(f"/receipts/{id}.json").data

    answer = http.submit("/verify", file=(BytesIO(file), "receipt.json"))

    assert "Proven: this is in the register" in words(answer)


def test_the_compact_form_alone_is_looked_for_in_the_register(http, published, issue):
    answer = post(http, issue()["receipt"])

    assert answer.json["verified"] is True
    assert answer.json["receipt"]["event"]["type"] == "consent:given"
    assert answer.json["index"] < 8
    assert "Proven" in words(paste(http, f"\r\n  {issue()['receipt']}\r\n"))


def test_before_the_register_shows_it_nothing_is_proven_yet(http, consent, issue, log):
    for step in (lambda: None, log.integrate):
        step()
        answer = post(http, issue()["receipt"])
        assert answer.status_code == 422
        assert answer.json["check"] == "position"
    assert "the register does not show this decision yet" in words(paste(http, issue()["receipt"]))


def test_it_holds_for_the_register_of_today(http, published, issue):
    kept = json.dumps(issue())
    published.grow(300)

    assert post(http, kept).json["verified"] is True


def test_and_not_for_one_that_was_written_anew(http, published, issue):
    """A log that was shortened after the receipt was given, and signed again."""
    kept = json.dumps(issue())
    (published.directory / "checkpoint").write_text(short(published).note)

    assert post(http, kept).json["check"] == "consistency"


def short(log):
    entries = [entry for _, entry in log.numbers()][:2]
    return sign_checkpoint(log.signer, 2, root_of([leaf_hash(entry) for entry in entries]))


@pytest.mark.parametrize(
    ("spoil", "check", "said"),
    [
        (lambda doc: json.dumps(doc)[:-60], "form", "a part of it is missing"),
        (lambda doc: doc["receipt"][:-20], "signature", "altered, or forged"),
        (lambda doc: json.dumps({"receipt": "x"}), "form", "This is no receipt"),
        (
            lambda doc: json.dumps(doc | {"proof": doc["proof"].replace("— authz", "— other")}),
            "origin",
            "signed by somebody else",
        ),
        (
            lambda doc: json.dumps(doc | {"proof": elsewhere(doc["proof"])}),
            "inclusion",
            "not the one that stands at this place",
        ),
    ],
)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_spoilt_receipt_is_refused_in_words(http, published, issue, spoil, check, said, language):
    spoilt = spoil(issue())
    http.submit("/language", language=language)

    page, answer = paste(http, spoilt), post(http, spoilt)

    assert page.status_code == answer.status_code == 422
    assert 'id="refused"' in page.text
    assert language == "fr" or said in words(page)
    assert (answer.json["verified"], answer.json["check"]) == (False, check)
    assert "eyJ" not in answer.text


def elsewhere(proof):
    index = proof.split("index ")[1].split("\n")[0]
    return proof.replace(f"index {index}\n", f"index {int(index) - 1}\n")


def test_a_receipt_of_another_server_is_foreign(http, published, issue, at):
    kept = json.dumps(issue())
    replace(at=at, forget=True)  # as if it had never been one of our keys
    db.session.commit()

    assert post(http, kept).json["check"] == "origin"
    assert "signed by somebody else" in words(paste(http, kept))


def test_a_receipt_of_this_server_for_another_log_is_foreign(
    http, settings, published, consent, at
):
    for home in (
        Home(settings.issuer, "another.example/consent"),
        Home("https://other.test", settings.ledger.origin),
    ):
        token = issued(consent, home, "person", at=at)["receipt"]
        assert post(http, token).json["check"] == "origin"


def test_a_refusal_and_an_end_read_as_what_they_are(http, camille, published, consent, issue, at):
    withdraw(consent.id, by=By(camille), at=at)
    db.session.commit()
    published.grow(1)

    said = words(paste(http, json.dumps(issue())))

    assert "You stopped a service" in said
    assert "End" in said


def test_what_was_shown_is_never_sent_back(http, published):
    answer = paste(http, '{"receipt": "<script>alert(1)</script>"}')

    assert answer.status_code == 422
    assert "alert(1)" not in answer.text


def test_what_is_too_large_is_refused(http, published):
    assert post(http, "{" + "x" * 50_000).json["check"] == "form"
