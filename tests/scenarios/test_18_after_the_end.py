"""18. What has ended for a parent stays ended, whatever becomes of what is hidden from them."""

from datetime import timedelta

import pytest

from authz.catalogue.queries import service
from authz.clock import day_of, now
from authz.consent.answer import Answer
from authz.consent.give import refuse
from authz.consent.give_back import give_back
from authz.consent.models import OFFLINE, Access
from authz.consent.standing import past
from authz.consent.tell_everybody import tell_everybody
from authz.consent.terms import ask_some
from authz.consent.widen import widen
from authz.db import db, uuid7
from authz.outbox.letter import long_day
from authz.outbox.models import Message
from tests.pages import words
from tests.scenarios.confidential import DOCUMENTS, SECRET, act, again, purpose
from tests.scenarios.test_18_twin_worlds import World
from tests.scenarios.walk import submit


@pytest.fixture
def world(http, make, at):
    return World(http, make, at, "documents", "confidential-care")


def decide(world, chosen, days=""):
    """Lea's page, as it is."""
    world.http.sign_in(world.lea)
    path = f"/services/{world.consent.id}/change"
    submit(world.http, path, world.http.get(path), allow=sorted(chosen), days=days)


def test_a_parent_sees_what_they_refused(world, http, make):
    make.at = now()
    refuse(
        make.asking(world.mandate.account, world.clinic, mandate=world.mandate),
        language="en",
        at=make.at,
    )
    db.session.commit()

    act(http, world.mandate)

    assert "Access was refused on" in words(http.get("/services"))
    assert "Clinique" in words(http.get("/history"))


def test_its_page_does_not_follow_what_is_hidden(world, http):
    world.live([{DOCUMENTS, SECRET}, {SECRET}])
    path = f"/services/{world.consent.id}"
    act(http, world.mandate)
    before = words(http.get(path))

    decide(world, {SECRET, OFFLINE}, days="30")

    act(http, world.mandate)
    assert words(http.get(path)) == before


def test_its_page_says_when_it_began_for_a_parent(world, http, make):
    make.at = now() - timedelta(days=3)
    world.consent = make.decision(world.lea, world.clinic, SECRET).consent
    decide(world, {DOCUMENTS, SECRET})

    act(http, world.mandate)

    page = words(http.get(f"/services/{world.consent.id}"))
    assert f"The answer {long_day(day_of(now()), 'en')}" in page


def test_new_terms_are_not_put_to_a_parent(world, http, make):
    world.live([{DOCUMENTS, SECRET}, {SECRET}])
    more = purpose("documents", "confidential-care")
    recipients = {"fr": "Les soignants et l’assurance.", "en": "The carers and the insurance."}
    make.new_sheet(
        world.clinic.row.service_id, name="Clinique", purposes=[more], recipients=recipients
    )
    ask_some(at=now())
    db.session.commit()
    page = f"/services/{world.consent.id}"
    act(http, world.mandate)

    assert http.get(f"{page}/terms").location == page


@pytest.fixture
def allowed_by_the_mother(world, make):
    """She allows the documents; Lea adds what is hidden, and takes the documents back."""
    make.at = now()
    asked = {"mandate": world.mandate}
    decision = make.decision(world.mandate.account, world.clinic, DOCUMENTS, **asked)
    world.consent = decision.consent
    make.at = now()
    asking = make.asking(world.lea, world.clinic)
    known = past(asking, at=now(), remember=timedelta(days=30))
    answer = Answer(frozenset({SECRET}), 0, "en")
    widen(asking, known, answer, at=now(), code_lifetime=timedelta(seconds=60))
    db.session.commit()
    decide(world, {SECRET})
    return world


def returned(world):
    give_back(world.consent.id, client_id=world.clinic.row.id, at=now())


def stopped(world):
    tell_everybody(service(world.clinic.row.service_id), "service_suspended", at=now())


@pytest.mark.parametrize("happens", [returned, stopped])
def test_nobody_but_the_person_hears_what_becomes_of_it(allowed_by_the_mother, happens):
    def told(account):
        return db.session.query(Message).filter_by(recipient=account.email).count()

    world = allowed_by_the_mother
    mothers, leas = told(world.mandate.account), told(world.lea)

    happens(world)
    db.session.commit()

    assert told(world.lea) == leas + 1
    assert told(world.mandate.account) == mothers


def test_what_a_parent_knows_as_refused_is_remembered_as_refused(world, make):
    """In the other world it was, and a parent who connects the service soon after is told so."""
    world.live([{SECRET}])
    asking = make.asking(world.mandate.account, world.clinic, mandate=world.mandate)

    found = past(asking, at=now(), remember=timedelta(days=30))

    assert found.refused_at == again(world.consent).decided_at


def test_nothing_is_blocked_after_the_end(world, http, make):
    """The token lives on for what is hidden: to see it tried would tell a parent that it does."""
    world.live([{DOCUMENTS, SECRET}, {SECRET}])
    server, token = make.resource_server(), uuid7()
    told = []
    for minutes in (-2, 2):  # before the end, and after it
        access = Access(
            patient_id=world.lea.patient_id,
            consent_id=world.consent.id,
            token_id=token,
            resource_server_id=server.row.id,
            area="record",
            direction="read",
            category="documents",
            outcome="denied",
            items=0,
            at=now() + timedelta(minutes=minutes),
        )
        db.session.add(access)
        db.session.commit()
        act(http, world.mandate)
        told.append(words(http.get("/history")))

    assert "Blocked: it was not allowed" in told[0]
    assert told[0] == told[1]
