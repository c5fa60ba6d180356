"""Whoever acts for a person hears nothing of what is confidential, not even by a count."""

from datetime import timedelta

import pytest

from authz.clock import day_of, morning_of
from authz.consent.by import By
from authz.consent.change import Wish, change
from authz.consent.note_access import note_access
from authz.consent.queries import consents_of_patient
from authz.db import db, transaction
from authz.notices.tell import tell_some
from authz.outbox.models import Message
from authz.tokens.values import read
from tests.scenarios.confidential import DOCUMENTS, SECRET, clinic_of, lea_of, mother_of_lea

DAY = timedelta(days=1)


@pytest.fixture
def mandate(make, at):
    return mother_of_lea(make, at)


@pytest.fixture
def allow(make, mandate):
    """Léa allows the clinic some lines; what she returns is how the clinic uses one of them."""
    clinic, lea, server = clinic_of(make), lea_of(mandate), make.resource_server()

    def allow(*boxes):
        issued = make.tokens(make.decision(lea, clinic, *boxes, days=365), clinic)
        token = read("at", issued.access_token)

        def use(box):
            _, area, direction, category = box.split(":")
            with transaction():
                note_access(
                    token[0],
                    resource_server=server.row.id,
                    area=area,
                    direction=direction,
                    category=category,
                    outcome="allowed",
                    items=1,
                    at=make.at,
                )

        return use

    return allow


def look(at, days):
    with transaction():
        tell_some(at=morning_of(day_of(at) + days * DAY))


def told(account, kind="news"):
    db.session.expire_all()
    found = db.session.query(Message).filter_by(kind=kind, recipient=account.email)
    return [message.parameters for message in found]


def counted(account):
    parts = [part for mail in told(account) for part in mail["people"]]
    return [line["times"] for part in parts for line in part["used"]]


@pytest.mark.parametrize("days", [90, 182, 335])
def test_a_consent_to_nothing_else_is_in_no_reminder(make, mandate, allow, days):
    allow(SECRET)

    look(make.at, days)

    assert len(told(lea_of(mandate))) == 1
    assert told(mandate.account) == []


def test_of_a_consent_to_more_the_rest_is_told(make, mandate, allow):
    allow(SECRET, DOCUMENTS)

    look(make.at, 90)

    assert len(told(lea_of(mandate))) == len(told(mandate.account)) == 1


def test_the_first_access_is_told_to_the_person_alone(mandate, allow):
    allow(SECRET, DOCUMENTS)(SECRET)

    assert len(told(lea_of(mandate), "first_access")) == 1
    assert told(mandate.account, "first_access") == []


def test_others_are_told_of_the_first_access_that_they_may_know_of(mandate, allow):
    """As if there had been none before. Once."""
    use = allow(SECRET, DOCUMENTS)
    for box in (SECRET, DOCUMENTS, DOCUMENTS):
        use(box)

    assert len(told(lea_of(mandate), "first_access")) == 1
    assert len(told(mandate.account, "first_access")) == 1


@pytest.mark.parametrize(("days", "mails"), [(90, 0), (100, 1)])
def test_a_consent_is_as_old_as_they_know(make, mandate, allow, days, mails):
    """It held nothing that they may know of until ten days later."""
    allow(SECRET)
    [consent] = consents_of_patient(mandate.patient_id)
    more = Wish(frozenset({SECRET, DOCUMENTS}), None, consent.revision)
    with transaction():
        change(
            consent.id,
            more,
            by=By(lea_of(mandate)),
            at=make.at + 10 * DAY,
            durations=(),
            longest=365,
        )

    look(make.at, days)

    assert len(told(mandate.account)) == mails


def test_accesses_are_counted_as_far_as_they_may_be_known(make, mandate, allow):
    use = allow(SECRET, DOCUMENTS)
    for box in (DOCUMENTS, SECRET, SECRET):
        use(box)

    look(make.at, 8)  # a Monday lies between

    assert counted(lea_of(mandate)) == [3]
    assert counted(mandate.account) == [1]


def test_a_use_that_is_confidential_does_not_keep_a_reminder_away(make, mandate, allow):
    """The absence of a mail would tell, too."""
    allow(SECRET, DOCUMENTS)(SECRET)
    db.session.execute(db.text("UPDATE access SET at = at + interval '100 days'"))
    db.session.commit()

    look(make.at, 182)

    assert "unused" in {
        key for part in told(mandate.account)[0]["people"] for key in part if part[key]
    }
    assert not any(part["unused"] for mail in told(lea_of(mandate)) for part in mail["people"])
