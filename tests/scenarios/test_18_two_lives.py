"""18. While only what is confidential went on, others know of nothing that was done meanwhile."""

from datetime import timedelta

import pytest

from authz.consent.answer import Answer
from authz.consent.by import By
from authz.consent.change import Wish, change
from authz.consent.confirm import confirm
from authz.consent.note_access import note_access
from authz.consent.standing import past
from authz.consent.widen import widen
from authz.db import db, transaction
from authz.outbox.models import Message
from authz.tokens.values import read
from tests.pages import words
from tests.scenarios.confidential import (
    DOCUMENTS,
    DOCUMENTS_SCOPE,
    SECRET,
    act,
    again,
    clinic_of,
    lea_of,
    purpose,
)

MINUTE = timedelta(minutes=1)
DENIED = ("/history", "/history?kind=denied")


class Told:
    """What Lea allows the clinic, minute by minute, and how it uses that."""

    def __init__(self, make, lea, *boxes):
        self.lea, self.at, self.clinic = lea, make.at, clinic_of(make)
        decision = make.decision(lea, self.clinic, *boxes)
        self.consent, self.server = decision.consent, make.resource_server()
        self.token = read("at", make.tokens(decision, self.clinic).access_token)[0]

    def switch(self, *boxes):
        self.at += MINUTE
        wish = Wish(frozenset(boxes), None, again(self.consent).revision)
        with transaction():
            change(self.consent.id, wish, by=By(self.lea), at=self.at, durations=(), longest=365)

    def refuse(self, make):
        """What the clinic asks anew."""
        self.at += MINUTE
        asking = make.asking(self.lea, self.clinic, scope=f"openid {DOCUMENTS_SCOPE}")
        page = past(asking, at=self.at, remember=timedelta())
        with transaction():
            no = Answer(frozenset(), 0, "en")
            widen(asking, page, no, at=self.at, code_lifetime=MINUTE)

    def use(self, box, outcome="allowed"):
        self.at += timedelta(seconds=30)
        area, direction, category = box.split(":")[1:]
        kind = {"area": area, "direction": direction, "category": category, "outcome": outcome}
        with transaction():
            note_access(self.token, resource_server=self.server.row.id, items=1, at=self.at, **kind)

    def first_uses(self, account):
        db.session.expire_all()
        return (
            db.session.query(Message)
            .filter_by(kind="first_access", recipient=account.email)
            .count()
        )


@pytest.fixture
def told(make, mandate):
    return lambda *boxes: Told(make, lea_of(mandate), *boxes)


def test_what_was_blocked_before_it_began_for_others_is_not_shown(http, mandate, told):
    life = told(SECRET)
    life.use(DOCUMENTS, "denied")
    life.switch(DOCUMENTS, SECRET)
    act(http, mandate)

    assert not any("Blocked" in words(http.get(path)) for path in DENIED)


def test_what_was_blocked_while_it_was_over_for_others_is_not_shown(http, mandate, told):
    """Of the blocked uses of one day, which are one line, those from before and after are."""
    life = told(DOCUMENTS, SECRET)
    life.use(DOCUMENTS, "denied")
    life.switch(SECRET)
    life.use(DOCUMENTS, "denied")
    life.use(DOCUMENTS, "denied")
    life.switch(DOCUMENTS, SECRET)
    life.use(DOCUMENTS, "denied")
    act(http, mandate)

    for path in DENIED:
        page = words(http.get(path))
        assert "2 times" in page
        assert "4 times" not in page
    http.sign_in(life.lea)
    assert "4 times" in words(http.get("/history"))


def test_a_refusal_meanwhile_does_not_open_what_came_before_it(http, make, mandate, told):
    life = told(DOCUMENTS, SECRET)
    life.switch(SECRET)
    life.use(DOCUMENTS, "denied")
    life.refuse(make)
    life.switch(DOCUMENTS, SECRET)
    act(http, mandate)

    assert not any("Blocked" in words(http.get(path)) for path in DENIED)


def test_uses_from_before_it_began_anew_are_not_uses_of_it(http, mandate, told):
    life = told(DOCUMENTS, SECRET)
    life.use(DOCUMENTS)
    life.switch(SECRET)
    life.switch(DOCUMENTS, SECRET)
    path = f"/services/{life.consent.id}"
    act(http, mandate)

    assert "It has not used this access" in words(http.get(path))
    http.sign_in(life.lea)
    assert "Last access" in words(http.get(path))


def test_the_first_use_after_it_began_anew_is_told(mandate, told):
    life = told(DOCUMENTS, SECRET)
    life.use(DOCUMENTS)
    life.switch(SECRET)
    life.switch(DOCUMENTS, SECRET)
    life.use(DOCUMENTS)
    life.use(DOCUMENTS)

    assert (life.first_uses(mandate.account), life.first_uses(life.lea)) == (2, 1)


def test_the_first_use_in_sight_is_told_after_what_was_hidden_has_gone(make, mandate, told):
    life = told(DOCUMENTS, SECRET)
    life.use(SECRET)
    make.new_sheet(life.consent.service_id, purposes=[purpose("documents")])
    with transaction():
        confirm(life.consent.id, number=2, by=By(life.lea), at=life.at)
    life.use(DOCUMENTS)
    life.use(DOCUMENTS)

    assert (life.first_uses(mandate.account), life.first_uses(life.lea)) == (1, 1)
