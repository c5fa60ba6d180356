"""18. What is remembered of an answer is, for a parent, what they know of it."""

from datetime import timedelta

import pytest

from authz.consent.answer import Answer
from authz.consent.by import By
from authz.consent.change import Wish, change
from authz.consent.give import refuse
from authz.consent.history import history
from authz.consent.restate import keep
from authz.consent.standing import past
from authz.consent.widen import widen
from authz.db import db, transaction
from tests.scenarios.confidential import (
    DOCUMENTS,
    DOCUMENTS_SCOPE,
    SECRET,
    SECRET_SCOPE,
    again,
    lea_of,
    purpose,
)

DAY = timedelta(days=1)
MEASUREMENTS = "counsel:record:read:measurements"
SCOPES = {MEASUREMENTS: "patient/Observation.rs?category=vital-signs", SECRET: SECRET_SCOPE}
OTHER_SECRET = SECRET.replace("counsel", "other")


@pytest.fixture
def clinic(make):
    other = {**purpose("confidential-care"), "code": "other"}
    asked = [purpose("documents", "measurements", "confidential-care"), other]
    return make.client("clinic", make.service("clinic", name="Clinique", purposes=asked))


@pytest.fixture
def asked(make, clinic, mandate):
    """What the clinic asks the mother for, after so many days."""

    def asked(days, **parameters):
        parameters = {"scope": f"openid {DOCUMENTS_SCOPE}", **parameters}
        asking = make.asking(mandate.account, clinic, mandate=mandate, **parameters)
        return past(asking, at=make.at + days * DAY, remember=30 * DAY)

    return asked


@pytest.fixture
def some(make, clinic, mandate):
    """Lea allowed measurements, and refused documents and confidential care."""
    return make.decision(lea_of(mandate), clinic, MEASUREMENTS).consent


def switch(consent, lea, *boxes, at):
    wish = Wish(frozenset(boxes), None, again(consent).revision)
    with transaction():
        change(consent.id, wish, by=By(lea), at=at, durations=(), longest=365)


def test_a_refusal_is_as_old_as_they_know(make, mandate, some, asked):
    switch(some, lea_of(mandate), MEASUREMENTS, SECRET, at=make.at + 20 * DAY)

    assert asked(25).refused_at == make.at
    assert asked(31).new.boxes == {DOCUMENTS}


def test_a_refusal_counts_whatever_came_after_it_in_secret(make, clinic, mandate, asked):
    asking = make.asking(mandate.account, clinic, mandate=mandate)
    refused = refuse(asking, language="en", at=make.at)
    db.session.commit()
    make.at += DAY
    make.decision(lea_of(mandate), clinic, SECRET, scope=f"openid {SECRET_SCOPE}")

    assert asked(1).refused_at == refused.decided_at


def test_that_they_kept_what_they_have_counts_as_long_as_they_know_nothing_else(
    make, clinic, mandate, some, asked
):
    named = {"grant_management_action": "replace", "grant_id": str(some.id)}
    asking = make.asking(
        mandate.account, clinic, mandate=mandate, scope=f"openid {DOCUMENTS_SCOPE}", **named
    )
    before = past(asking, at=make.at, remember=30 * DAY)
    with transaction():
        keep(asking, before, language="en", at=make.at + DAY)
    switch(some, lea_of(mandate), MEASUREMENTS, SECRET, at=make.at + 2 * DAY)

    assert asked(3, **named).refused_at == make.at + DAY


def lines_of(mandate):
    """Of consents, as her mother reads them, oldest first."""
    told = history(mandate.patient_id, for_another=True).happenings
    return [each.kind for each in reversed(told) if each.consent]


@pytest.mark.parametrize(
    ("first", "told"), [(MEASUREMENTS, ["given", "refused"]), (SECRET, ["refused"])]
)
def test_a_no_beside_a_yes_in_secret_is_a_no(make, clinic, mandate, asked, first, told):
    lea = lea_of(mandate)
    make.decision(lea, clinic, first, scope=f"openid {SCOPES[first]}")
    asking = make.asking(lea, clinic)
    page = past(asking, at=make.at + DAY, remember=timedelta())
    secretly = Answer(frozenset({OTHER_SECRET}), 0, "en")
    with transaction():
        widen(asking, page, secretly, at=make.at + DAY, code_lifetime=DAY)

    assert lines_of(mandate) == told
    assert asked(2).refused_at == make.at + DAY


def test_who_keeps_what_they_allow_stops_nothing(make, clinic, mandate, some):
    lea, scope = lea_of(mandate), f"openid {SCOPES[MEASUREMENTS]}"
    named = {"grant_management_action": "replace", "grant_id": str(some.id)}
    asking = make.asking(lea, clinic, scope=scope, **named)
    before = past(asking, at=make.at, remember=30 * DAY)
    with transaction():
        keep(asking, before, language="en", at=make.at + DAY)

    assert lines_of(mandate) == ["given", "refused"]
