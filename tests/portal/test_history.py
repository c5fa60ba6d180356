"""“Who saw what”: one history of decisions, accesses and additions, told so that people find."""

import re
from datetime import timedelta

import pytest

from authz.clock import day_of
from authz.consent.by import By
from authz.consent.invalidate import DEREFERENCED, invalidate
from authz.consent.models import Access
from authz.consent.withdraw import withdraw
from authz.db import db, uuid7
from authz.identity.models import Account, Session
from authz.identity.queries import mandates_of_patient
from tests.pages import words

IDENTITY = "pre-admission:record:read:identity"


@pytest.fixture
def given(http, make, camille, hospital):
    """A consent of Camille's to the hospital, and Camille signed in."""
    decision = make.decision(camille, hospital, IDENTITY)
    http.sign_in(camille)
    return decision.consent


@pytest.fixture
def record(make):
    return make.resource_server("dossier").row


@pytest.fixture
def note(make, record):
    """What the record has reported."""

    def noted(consent, *, days_ago=0, items=1, **changed):
        facts = {
            "area": "record",
            "direction": "read",
            "category": "identity",
            "outcome": "allowed",
            "purposes": ["pre-admission"],
        }
        at = make.at - timedelta(days=days_ago)
        row = Access(
            patient_id=consent.patient_id,
            consent_id=consent.id,
            token_id=uuid7(),
            resource_server_id=record.id,
            items=items,
            at=at,
            **facts | changed,
        )
        db.session.add(row)
        db.session.commit()
        return at

    return noted


def look(http, **asked):
    return http.get("/history", query_string=asked)


@pytest.mark.compliance("EHDS", "9", "who has accessed, when, which data")
def test_an_access_says_who_when_what_why_and_where(http, given, note):
    note(given, items=42)

    shown = words(look(http))

    assert "Parcours Trois-Rivières" in shown
    assert re.search(r"Read: identity \d\d:\d\d, 42 items", shown)
    assert "What for: Prepare my admission. Where: Dossier." in shown


def test_an_addition_is_told_with_how_much(http, given, note):
    note(given, direction="write", category="measurements", items=3, purposes=["follow-up"])

    assert re.search(r"Added: health measurements \d\d:\d\d, 3 items", words(look(http)))


def test_who_fetched_data_for_a_service_is_named(http, make, given, note):
    """RFC 8693: another server acted for the service."""
    agenda = make.resource_server("rendez-vous", "agenda", exchanges=True).row
    note(given, actor_id=agenda.id)

    assert "Where: Dossier. Fetched by: Rendez-Vous." in words(look(http))


def test_equal_accesses_unfold_without_a_script(http, given, note):
    for number in range(25):
        note(given, days_ago=number / 100_000, items=2)

    page = look(http)

    shown = words(page)
    assert "Read: identity 25 times" in shown
    assert "50 items" in shown
    assert shown.count(", 2 items") == 20
    assert "and 5 more before" in shown
    assert re.search(r"<details>\s*<summary>Each time", page.text)


def test_a_refused_access_says_so(http, given, note):
    note(given, outcome="denied", items=0, purposes=[])

    assert "Read: identity Blocked: you had not allowed it" in words(look(http))


def test_what_somebody_else_decided_names_them_and_their_quality(http, make, sophie_and_leo):
    sophie, leo, consent = sophie_and_leo
    http.sign_in(make.account("marc", language="en"))
    withdraw(consent.id, by=By(sophie, quality="representative", patient=leo.id), at=make.at)
    db.session.commit()
    act_for(http, make, leo)

    shown = words(look(http))

    assert "Its access was stopped" in shown
    assert "By Sophie Martin, as legal representative." in shown
    assert "You stopped it" not in shown


def test_what_one_decided_for_another_is_ones_own_decision(http, make, sophie_and_leo):
    sophie, leo, _ = sophie_and_leo
    http.sign_in(sophie)
    act_for(http, make, leo)

    assert "You allowed it access" in words(look(http))


def test_who_acts_for_the_patient_stands_in_the_same_list(http, make, camille, given):
    make.mandate(make.account("sophie"), camille.patient, "carer")

    shown = words(look(http))

    assert "People who act for you Somebody was allowed to act for you" in shown
    assert "Somebody was allowed to act for you" not in words(look(http, kind="reads"))


def test_who_acts_for_another_reads_the_name_of_that_person(http, make, sophie_and_leo):
    sophie, leo, _ = sophie_and_leo
    http.sign_in(sophie)
    act_for(http, make, leo)
    name = leo.given_name

    told = f"Somebody was allowed to act for {name}"
    assert f"People who act for {name} {told}" in words(look(http))
    assert told in words(http.get("/receipts"))
    assert f"can use the health space of {name}" in words(http.get("/services"))
    assert "act for you" not in words(look(http))


def test_why_the_authority_ended_an_access_is_said(http, make, given):
    invalidate(given, DEREFERENCED, at=make.at)
    db.session.commit()

    assert "Its access was ended" in words(look(http))
    assert "The service has left the catalogue." in words(look(http))


@pytest.mark.parametrize(
    ("kind", "seen", "unseen"),
    [
        ("decisions", ["You allowed it access"], ["Read: identity", "Added: health measurements"]),
        ("reads", ["Read: identity"], ["You allowed it", "Added:", "Blocked"]),
        (
            "additions",
            ["Added: health measurements"],
            ["You allowed it", "Read: identity", "Blocked"],
        ),
        ("denied", ["Read: health documents Blocked"], ["You allowed it", "identity", "Added:"]),
    ],
)
def test_one_kind_alone_can_be_shown(http, given, note, kind, seen, unseen):
    note(given)
    note(given, direction="write", category="measurements")
    note(given, outcome="denied", category="documents")

    shown = words(look(http, kind=kind)).partition("Show everything")[2]

    assert [text for text in seen if text not in shown] == []
    assert [text for text in unseen if text in shown] == []


def test_one_service_alone_can_be_shown(http, make, camille, given, note):
    clinic = make.client("clinic", make.service("clinic", name="Clinique du Parc"))
    other = make.decision(camille, clinic, IDENTITY).consent
    note(other, category="documents")

    shown = words(look(http, service=str(given.party))).partition("Show everything")[2]

    assert "Read: health documents" not in shown
    assert "Clinique du Parc" not in shown
    assert "You allowed it access" in shown


def test_what_is_looked_for_stays_on_the_next_page(http, given, note):
    note(given)
    note(given, days_ago=100)

    newest = look(http, kind="reads", service=str(given.party))
    link = re.search(r'href="(/history\?[^"]+)" rel="next"', newest.text)
    oldest = http.get(link[1].replace("&amp;", "&"))

    assert "You allowed it access" not in words(oldest)
    assert f'value="{given.party}" selected' in oldest.text
    assert 'value="reads" selected' in oldest.text


def test_days_bound_what_is_shown(http, given, note):
    wanted = day_of(note(given, days_ago=50))
    note(given, days_ago=60, category="documents")

    shown = words(look(http, **{"from": str(wanted), "to": str(wanted)}))

    assert "Read: identity" in shown
    assert "Read: health documents" not in shown
    assert "Nothing here fits" in words(look(http, to="2001-01-01"))


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"service": "x"}, "We do not know this service."),
        ({"service": "00000000-0000-7000-8000-000000000000"}, "We do not know this service."),
        ({"kind": "x"}, "We do not know this choice."),
        ({"kind": "denied\x00"}, "We do not know this choice."),
        ({"from": "yesterday"}, "We could not read this day."),
        ({"from": "9999-12-31"}, "We could not read this day."),
        ({"to": "0001-01-01"}, "We could not read this day."),
        ({"to": "2026-02-30"}, "We could not read this day."),
        ({"from": "2026-05-02", "to": "2026-05-01"}, "The last day comes before the first."),
    ],
)
def test_what_cannot_be_read_is_left_out_and_said(http, given, asked, told):
    page = look(http, **asked)

    assert page.status_code == 200
    assert told in words(page)
    assert "You allowed it access" in words(page)
    assert "<title>Error:" in page.text


def test_somebody_elses_service_is_like_none(http, make, given):
    stranger = make.account("dominique", language="en")
    http.sign_in(stranger)

    shown = words(look(http, service=str(given.party)))

    assert "We do not know this service." in shown
    assert "Parcours" not in shown


@pytest.fixture
def sophie_and_leo(make, hospital):
    """A child, a parent, and what the parent has allowed for the child."""
    sophie, leo = make.account("sophie", language="en"), make.patient()
    mandate = make.mandate(sophie, leo)
    consent = make.decision(sophie, hospital, IDENTITY, mandate=mandate).consent
    return sophie, leo, consent


def act_for(http, make, patient):
    """The signed-in parent turns to the child."""
    session = db.session.query(Session).order_by(Session.id.desc()).first()
    account = db.session.get_one(Account, session.account_id)
    held = [row for row in mandates_of_patient(patient.id) if row.account_id == account.id]
    mandate = held[0] if held else make.mandate(account, patient)
    http.submit("/acting", mandate=str(mandate.id))
