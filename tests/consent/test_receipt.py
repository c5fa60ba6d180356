"""A receipt says what happened, the same however late it is made, and to each only what is theirs.

The two copies of one change are read side by side.
"""

import json
from datetime import timedelta

import jwt
import pytest

from authz.consent.by import By
from authz.consent.change import Wish, change
from authz.consent.errors import ReceiptGone
from authz.consent.give import refuse
from authz.consent.models import Consent
from authz.consent.note_change import Shown
from authz.consent.queries import changes_of
from authz.consent.receipt import TYPE, Home, persons_copy, receipt, services_copy
from authz.consent.statement import statement_of
from authz.consent.suspend import suspend
from authz.consent.withdraw import withdraw, withdraw_all
from authz.db import db
from authz.identity.subject import pairwise_subject
from authz.keys.rotate import Life, announce, replace, rotate
from authz.keys.signing import CONSENT_RECEIPT, jwks
from authz.ledger.erase import erase_subject
from tests.builders import READ_DOCUMENTS, READ_MEASUREMENTS

SALT = "a-salt"
SCOPES = "patient/Observation.rs?category=vital-signs patient/DocumentReference.rs"
LIFE = Life(timedelta(hours=1), timedelta(days=90), timedelta(days=7))


@pytest.fixture
def home(settings):
    return Home(settings.issuer, settings.ledger.origin)


@pytest.fixture
def camille(make):
    return make.account()


@pytest.fixture
def diary(make):
    return make.client("diary")


@pytest.fixture
def given(make, camille, diary):
    asked = f"openid offline_access {SCOPES}"
    decision = make.decision(
        camille, diary, READ_MEASUREMENTS, "offline_access", scope=asked, linked_account="cam@diary"
    )
    return decision.consent


def told(consent, number=-1):
    db.session.commit()
    consent = db.session.get_one(Consent, consent.id)
    return statement_of(changes_of([consent.id])[consent.id][number], consent)


def both(consent, home, number=-1):
    statement = told(consent, number)
    return persons_copy(statement, home), services_copy(statement, home, salt=SALT)


def exchanges(claims):
    return [
        (purpose["code"], each["direction"], each["category"], each["needed"], each["allowed"])
        for purpose in claims["purposes"]
        for each in purpose["exchanges"]
    ]


@pytest.mark.compliance(
    "ISO/IEC TS 27560", "6", "a receipt names the parties, purposes, notice, event and recourse"
)
def test_a_receipt_tells_everything_that_was_decided(given, home, settings):
    claims, _ = both(given, home)

    assert claims["iss"] == settings.issuer
    assert claims["controller"].keys() >= {"name", "address", "town", "country", "email"}
    assert {purpose["statutory_class"] for purpose in claims["purposes"]} == {"care"}
    assert ("pre-admission", "read", "measurements", False, True) in exchanges(claims)
    assert [allowed for *_, allowed in exchanges(claims)].count(True) == 1
    assert claims["event"]["by"] == {"quality": "self", "acr": "eidas1"}
    assert (claims["event"]["type"], claims["event"]["state"]) == ("consent:given", "active")
    assert (claims["notice"]["sheet"], claims["notice"]["language"]) == (1, "fr")
    assert len(claims["notice"]["sha256"]) == 64
    assert claims["linked_account"] == "cam@diary"
    assert claims["offline_access"] is True
    assert claims["recourse"]["authority_url"].startswith("https://")
    assert claims["legal_basis"]
    assert claims["withdrawal"]
    assert "previous" not in claims


def test_what_is_left_out_says_so_with_its_period(given, home):
    claims, _ = both(given, home)

    [left] = [
        each
        for purpose in claims["purposes"]
        for each in purpose["exchanges"]
        if each["category"] == "documents"
    ]
    assert left["allowed"] is False
    assert left["period"].startswith("P")


def test_the_services_copy_says_the_same_and_knows_less(given, home, diary):
    person, service = both(given, home)
    sub = pairwise_subject(given.patient_id, diary.row.sector, SALT)

    assert (service["aud"], service["sub"]) == ("diary", sub)
    assert str(given.patient_id) not in json.dumps(service)
    apart = {"aud", "sub", "copy"}
    assert {name: value for name, value in service.items() if name not in apart} == {
        name: value for name, value in person.items() if name not in apart
    }


def test_a_representative_is_a_quality_and_no_more(make, diary, home):
    sophie, leo = make.account("sophie"), make.patient()
    mandate = make.mandate(sophie, leo)
    consent = make.decision(sophie, diary, READ_MEASUREMENTS, mandate=mandate).consent

    person, service = both(consent, home)

    assert person["event"]["by"]["mandate"] == str(mandate.id)
    assert service["event"]["by"] == {"quality": "representative", "acr": "eidas1"}
    for known in (mandate.id, sophie.id, sophie.patient_id, leo.id):
        assert str(known) not in json.dumps(service)


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("mandate_ended", "representation_ended"),
        ("came_of_age", "representation_ended"),
        ("death", "space_closed"),
        ("a_new_one", "other"),
        ("terms_unconfirmed", "terms_unconfirmed"),
    ],
)
def test_an_age_and_a_judge_are_none_of_the_services_business(given, home, at, reason, said):
    suspend(given, reason, at=at)

    person, service = both(given, home)

    assert (person["event"]["state"], person["event"]["reason"]) == ("suspended", reason)
    assert service["event"]["reason"] == said
    assert service["event"]["by"] == {"quality": "system"}


def test_stopping_everything_does_not_tell_a_service_of_the_others(make, camille, given, home, at):
    text = Shown("Diary, Glyco Carnet and everything else", "space/stop_all.html@0123456789abcdef")
    withdraw_all(by=By(camille, language="fr"), at=at, shown=text)

    person, service = both(given, home)

    assert person["notice"]["text_sha256"] == text.digest
    assert service["notice"].keys() == {"sheet", "sha256", "language"}


def test_who_refuses_from_the_start_stays_unknown(make, camille, diary, home):
    consent = refuse(
        make.asking(camille, diary, linked_account="cam@diary"), language="fr", at=make.at
    )

    person, service = both(consent, home)

    assert person["event"]["state"] == service["event"]["state"] == "refused"
    assert not any(allowed for *_, allowed in exchanges(service))
    assert "valid" not in service
    assert not {"sub", "linked_account"} & service.keys()
    assert person["linked_account"] == "cam@diary"


def test_each_receipt_names_the_one_before(given, home, camille, at):
    change(
        given.id,
        Wish(frozenset({READ_MEASUREMENTS}), 90, revision=1),
        by=By(camille, language="en"),
        at=at,
        durations=(90,),
        longest=365,
    )
    withdraw(given.id, by=By(camille, language="en"), at=at)

    chain = [both(given, home, number)[1] for number in range(4)]

    assert [each["event"]["type"] for each in chain] == [
        "consent:given",
        "consent:narrowed",
        "consent:renewed",
        "consent:withdrawn",
    ]
    assert [each.get("previous") for each in chain[1:]] == [
        each["receipt_id"] for each in chain[:3]
    ]
    assert [each["offline_access"] for each in chain] == [True, False, False, False]
    assert chain[3]["valid"]["until"] == chain[3]["event"]["at"]


def test_an_old_receipt_says_what_it_said(make, given, home, diary, camille, at):
    """Whatever the service, the sheet and the consent have become since."""
    before = both(given, home, 0)

    make.new_sheet(diary.row.service_id, retention={"fr": "Dix ans.", "en": "Ten years."})
    withdraw(given.id, by=By(camille, language="en"), at=at + timedelta(days=1))
    make.dereference(make.service_of(diary))

    assert both(given, home, 0) == before


def test_signing_in_elsewhere_has_receipts_too(make, camille, home):
    forum = make.site()
    consent = make.sign_in_decision(camille, forum, "email").consent
    before = both(consent, home)
    forum.row.name = "Another name"

    person, service = both(consent, home)

    assert (person, service) == before
    assert person["service"] == {"name": "Forum", "client_id": "forum"}
    assert (person["shared"], person["withheld"]) == (["email"], ["profile"])
    assert person["purposes"] == []
    assert service["aud"] == "forum"


def test_two_receipts_of_one_change_say_the_same(given, home, at):
    statement = told(given)
    claims = persons_copy(statement, home)

    first = receipt(statement, claims, home=home, at=at)
    replace(at=at)
    second = receipt(statement, persons_copy(told(given), home), home=home, at=at)

    assert first.signed != second.signed
    assert read(first.signed) == read(second.signed) == claims


def read(token):
    """By PyJWT, with the published keys and nothing else."""
    header = jwt.get_unverified_header(token)
    assert header["typ"] == TYPE
    [key] = [key for key in jwks(CONSENT_RECEIPT)["keys"] if key["kid"] == header["kid"]]
    return jwt.decode(token, jwt.PyJWK(key), algorithms=["ES256"], options={"verify_aud": False})


def test_a_receipt_verifies_long_after_its_key_was_retired(given, home, at):
    statement = told(given)
    kept = receipt(statement, persons_copy(statement, home), home=home, at=at).signed
    announce(at=at)
    rotate(LIFE, at=at + timedelta(hours=1))

    for years in (1, 20):
        rotate(LIFE, at=at + timedelta(days=365 * years))

    assert read(kept)["receipt_id"] == str(statement.change.id)


def test_keys_that_have_leaked_vouch_for_nothing(given, home, at):
    statement = told(given)
    kept = receipt(statement, persons_copy(statement, home), home=home, at=at).signed

    replace(at=at, forget=True)

    assert jwt.get_unverified_header(kept)["kid"] not in {
        key["kid"] for key in jwks(CONSENT_RECEIPT)["keys"]
    }


def test_receipts_of_an_erased_person_cannot_be_made_again(given, home, camille, at):
    statement = told(given)
    kept = receipt(statement, persons_copy(statement, home), home=home, at=at).signed
    withdraw(given.id, by=By(camille), at=at)
    erase_subject(given.patient_id, ground="art-17", at=at)

    with pytest.raises(ReceiptGone):
        told(given)
    assert read(kept)["receipt_id"] == str(statement.change.id)


def test_nothing_is_read_from_the_row(make, given, home):
    """Somebody with the database in their hands changes the consent: the receipt does not."""
    before = both(given, home)
    [row] = [each for each in given.exchanges if each.exchange_id == READ_DOCUMENTS]
    row.allowed, given.language, given.acr, given.quality = True, "en", "eidas3", "self"
    given.offline, given.linked_account = False, "another"
    given.client_id, given.patient_id = make.client("another").row.id, make.patient().id

    assert both(given, home) == before
