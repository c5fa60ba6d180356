"""A service changes its terms: what stands meanwhile, who is asked, and what an answer does."""

from datetime import timedelta

import pytest

from authz.catalogue.queries import current_sheet
from authz.consent.by import By
from authz.consent.confirm import confirm
from authz.consent.errors import ConsentEnded, ConsentNotFound, NothingToConfirm, TermsMoved
from authz.consent.expire import write_what_time_did
from authz.consent.replay import Replay
from authz.consent.terms import ask_some, narrow_some
from authz.consent.withdraw import withdraw
from authz.db import db
from authz.outbox.models import Message
from tests.builders import READ_DOCUMENTS, READ_MEASUREMENTS, sheet_content
from tests.journal import events, events_of

RECIPIENTS = {"fr": "Et l’assurance.", "en": "And the insurance company."}
LATER = timedelta(days=31)


@pytest.fixture
def diary(make):
    return make.client()


@pytest.fixture
def camille(make):
    return make.account()


@pytest.fixture
def consent(make, camille, diary):
    return make.decision(camille, diary, READ_DOCUMENTS, READ_MEASUREMENTS).consent


@pytest.fixture
def changed(make, consent, at):
    """The consent, after its service has added a recipient."""
    make.new_sheet(consent.service_id, recipients=RECIPIENTS)
    ask_some(at=at)
    db.session.commit()
    return consent


def mails() -> list[str]:
    return list(db.session.scalars(db.select(Message.kind).order_by(Message.id)))


def kinds(consent) -> list[str]:
    return [told["type"] for told in events_of(consent.id)]


def test_the_old_terms_stand_until_the_date(changed, at):
    assert changed.stands(at + timedelta(days=29))
    assert not changed.stands(at + LATER)
    assert mails()[-1] == "terms_changed"


def test_nobody_is_asked_twice(changed, at):
    assert ask_some(at=at) == 0
    assert mails().count("terms_changed") == 1


def test_an_editorial_version_asks_nobody(make, consent, at):
    make.new_sheet(consent.service_id, name="Autre nom")

    assert ask_some(at=at) == 0
    assert consent.confirm_by is None


def test_after_the_date_it_is_suspended_once_and_the_person_told(changed, at):
    assert write_what_time_did(at=at + LATER) == 1
    assert write_what_time_did(at=at + LATER) == 0
    assert (changed.state, changed.reason) == ("suspended", "terms_unconfirmed")
    assert kinds(changed) == ["consent:given", "consent:suspended"]
    assert mails()[-1] == "terms_unconfirmed"


def test_confirming_keeps_the_consent_and_its_answers(changed, camille, at):
    id, allowed = changed.id, {row.exchange_id for row in changed.allowed}

    confirm(id, number=2, by=By(camille), at=at)

    assert changed.id == id
    assert (changed.state, changed.confirm_by, changed.revision) == ("active", None, 2)
    assert changed.sheet_id == current_sheet(changed.service_id).id
    assert {row.exchange_id for row in changed.allowed} == allowed
    assert kinds(changed) == ["consent:given", "consent:confirmed"]


def test_confirming_after_the_date_resumes(changed, camille, at):
    write_what_time_did(at=at + LATER)

    confirm(changed.id, number=2, by=By(camille), at=at + LATER)

    assert changed.stands(at + LATER)
    assert changed.reason is None


def test_what_the_new_sheet_adds_is_never_allowed_by_confirming(make, consent, camille, at):
    purposes = sheet_content()["purposes"]
    more = purposes[0]["exchanges"][2] | {"category": "treatments"}
    purposes[0]["exchanges"].append(more)
    make.new_sheet(consent.service_id, purposes=purposes)
    ask_some(at=at)

    confirm(consent.id, number=2, by=By(camille), at=at)

    assert "pre-admission:record:read:treatments" not in {
        row.exchange_id for row in consent.exchanges
    }


@pytest.mark.parametrize("number", [1, 3])
def test_only_the_sheet_that_was_shown_is_confirmed(changed, camille, at, number):
    with pytest.raises(TermsMoved):
        confirm(changed.id, number=number, by=By(camille), at=at)


def test_a_consent_on_the_sheet_in_force_has_nothing_to_confirm(consent, camille, at):
    with pytest.raises(NothingToConfirm):
        confirm(consent.id, number=1, by=By(camille), at=at)


def test_what_was_stopped_is_not_confirmed(changed, camille, at):
    withdraw(changed.id, by=By(camille), at=at)

    with pytest.raises(ConsentEnded):
        confirm(changed.id, number=2, by=By(camille), at=at)


def test_nobody_confirms_for_a_stranger(make, changed, at):
    with pytest.raises(ConsentNotFound):
        confirm(changed.id, number=2, by=By(make.account("dominique")), at=at)


def test_an_exchange_that_leaves_the_sheet_leaves_the_consent(make, consent, at):
    purposes = sheet_content()["purposes"]
    purposes[0]["exchanges"] = [
        each for each in purposes[0]["exchanges"] if each["category"] != "documents"
    ]
    make.new_sheet(consent.service_id, purposes=purposes)
    service = make.service_by_id(consent.service_id)

    assert narrow_some(service, at=at) == 1
    assert narrow_some(service, at=at) == 0
    assert [row.exchange_id for row in consent.allowed] == [READ_MEASUREMENTS]
    assert kinds(consent)[-1] == "consent:narrowed"
    assert mails()[-1] == "terms_narrower"


def test_a_consent_of_which_nothing_is_left_ends(make, consent, at):
    make.new_sheet(consent.service_id, purposes=sheet_content()["purposes"][1:])

    narrow_some(make.service_by_id(consent.service_id), at=at)

    assert (consent.state, consent.reason) == ("invalidated", "nothing_left")


def test_every_step_is_what_the_entries_say(make, changed, camille, at):
    write_what_time_did(at=at + LATER)
    db.session.commit()
    assert not findings()
    confirm(changed.id, number=2, by=By(camille), at=at + LATER)
    db.session.commit()
    assert not findings()
    make.new_sheet(changed.service_id, purposes=sheet_content()["purposes"][1:])
    narrow_some(make.service_by_id(changed.service_id), at=at)
    db.session.commit()
    assert not findings()


def findings() -> list[str]:
    replay = Replay()
    for document in events():
        replay.see(None, document)
    return [str(finding) for finding in replay.findings()]
