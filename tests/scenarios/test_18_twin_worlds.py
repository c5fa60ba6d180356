"""18. A parent sees what they would see if what a child keeps confidential had never been asked."""

import re
from random import Random

import pytest

from authz.clock import now
from authz.consent.by import By
from authz.consent.give import refuse
from authz.consent.models import OFFLINE
from authz.consent.withdraw import withdraw
from authz.db import db
from authz.export.ask import ask
from authz.export.contents import contents
from authz.export.tables import tables
from authz.identity.mandates import Acting
from authz.outbox.models import Message
from tests.conftest import empty
from tests.pages import ISSUER, words
from tests.scenarios.confidential import act, again, lea_of, mother_of_lea, purpose
from tests.scenarios.walk import submit

DOCUMENTS, MEASUREMENTS, SECRET = (
    f"counsel:record:read:{name}" for name in ("documents", "measurements", "confidential-care")
)
PAGES = ("/services", "/history", "/history?kind=decisions", "/receipts", "/account/export")
# What the child has ticked after each deed; the first is the answer to the service's question.
LIVES = {
    "one deed takes back what is hidden and allows more": [
        {DOCUMENTS, SECRET},
        {DOCUMENTS, MEASUREMENTS},
    ],
    "one deed allows what is hidden and takes back more": [
        {DOCUMENTS, MEASUREMENTS},
        {DOCUMENTS, SECRET},
    ],
    "only what is hidden stays": [{DOCUMENTS, SECRET}, {SECRET}],
    "only what is hidden stays, and is switched again": [
        {DOCUMENTS, SECRET},
        {SECRET},
        {SECRET, OFFLINE},
    ],
    "only what is hidden was allowed": [{SECRET}],
    "what is hidden comes first, then more": [{SECRET}, {DOCUMENTS, SECRET}],
    "it ends and begins again": [{DOCUMENTS, SECRET}, {SECRET}, {MEASUREMENTS, SECRET}],
    "what is hidden comes and goes": [
        {DOCUMENTS},
        {DOCUMENTS, SECRET},
        {DOCUMENTS},
        {DOCUMENTS, MEASUREMENTS},
    ],
}


class World:
    """A child, her mother, and a clinic that asks for what there is in this world."""

    def __init__(self, http, make, at, *categories):
        self.http, self.make = http, make
        self.mandate = mother_of_lea(make, at)
        self.lea = lea_of(self.mandate)
        sheet = {"name": "Clinique", "purposes": [purpose(*categories)]}
        self.clinic = make.client("clinic", make.service("clinic", **sheet))
        self.boxes = {f"counsel:record:read:{name}" for name in categories} | {OFFLINE}
        self.consent = None

    def live(self, deeds):
        """Which of the deeds were answers to the clinic's question."""
        return [self.decide(deed & self.boxes) for deed in deeds]

    def live_like(self, deeds, answers):
        """What nobody asked for and there is nothing to do about leaves no trace."""
        for deed, asked in zip(deeds, answers, strict=True):
            chosen = deed & self.boxes
            if asked or self.consent is not None or chosen - {OFFLINE}:
                self.decide(chosen)

    def decide(self, chosen):
        """A wish, by the means that there are for it in this world."""
        asked, wanted = self.consent is None, chosen - {OFFLINE}
        if asked and wanted:
            self.allow(chosen)
        elif asked:
            self.make.at = now()
            refuse(self.make.asking(self.lea, self.clinic), language="fr", at=self.make.at)
            db.session.commit()
        elif not wanted:
            withdraw(self.consent.id, by=By(self.lea), at=now())
            db.session.commit()
            self.consent = None
        elif chosen != again(self.consent).boxes_on:
            self.http.sign_in(self.lea)
            path = f"/services/{self.consent.id}/change"
            submit(self.http, path, self.http.get(path), allow=sorted(chosen), days="")
        return asked

    def allow(self, chosen):
        self.make.at = now()
        self.consent = self.make.decision(self.lea, self.clinic, *chosen).consent

    def told(self):
        """Everything the mother can read, without the numbers of days, minutes and answers."""
        act(self.http, self.mandate)
        listed = self.http.get("/services").text
        every = dict.fromkeys(re.findall(r'href="(/services/[0-9a-f-]{36})"', listed))
        pages = [words(self.http.get(path)) for path in (*PAGES, *every)]
        letters = db.session.query(Message).filter_by(recipient=self.mandate.account.email)
        deeds = [each.parameters["deed"] for each in letters.order_by(Message.id)]
        copied = self.copied()
        asked = act(self.http, self.mandate, self.make.request(self.clinic))  # she is asked, too
        pages.append(words(asked) if asked.status_code == 200 else f"{asked.status_code}")
        return [anonymous(page) for page in pages], deeds, copied

    def copied(self):
        """How much of each kind a copy for her holds, and a program of hers gets."""
        acting = Acting(self.mandate.account, self.mandate.patient, self.mandate)
        asked = ask(acting, language="en", a_day=9, at=now())
        copy = contents(asked, issuer=ISSUER, origin="authz.test/log", most=100, at=now())
        counts = {each.name: len(list(each.rows())) for each in tables(copy)}
        fhir = [self.http.get(f"/space/fhir/{kind}").json for kind in ("Consent", "AuditEvent")]
        return counts, [bundle["total"] for bundle in fhir]


def anonymous(page):
    return re.sub(r"\d+", "0", re.sub(r"[0-9a-f-]{36,64}", "id", page))


def some_life(seed):
    """One that nobody thought of."""
    chance = Random(seed)  # noqa: S311 - no secret
    return [
        {box for box in (DOCUMENTS, MEASUREMENTS, SECRET, OFFLINE) if chance.random() < 0.45}
        for _ in range(chance.randint(2, 5))
    ]


@pytest.mark.compliance(
    "Mission (e)", "18", "a parent's pages and mails are those of a world without what is hidden"
)
@pytest.mark.parametrize(
    "deeds",
    [*LIVES.values(), *map(some_life, range(12))],
    ids=[*LIVES.keys(), *map(str, range(12))],
)
def test_the_mother_cannot_tell_the_worlds_apart(http, make, at, database, deeds):
    hidden = World(http, make, at, "documents", "measurements", "confidential-care")
    answers = hidden.live(deeds)
    told = hidden.told()
    db.session.remove()
    empty(database)

    open_one = World(http, make, at, "documents", "measurements")
    open_one.live_like(deeds, answers)

    assert told == open_one.told()


def test_what_has_ended_for_a_parent_is_not_theirs_to_change(http, make, at):
    world = World(http, make, at, "documents", "measurements", "confidential-care")
    world.live([{DOCUMENTS, SECRET}, {SECRET}])
    path = f"/services/{world.consent.id}"
    act(http, world.mandate)

    assert "Stopped on" in words(http.get(path))
    for way in ("/stop", "/change"):
        assert http.get(path + way).location == path
        assert http.submit(path + way, allow=DOCUMENTS, days="", basis="").location == path

    assert again(world.consent).boxes_on == {SECRET}
