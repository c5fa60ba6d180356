"""Two people, or a person and an operator, decide at the same moment: one order, the ledger's.

One server of two processes over real sockets. Whoever comes second reads what holds, in every
round; which of them that is, chance decides.
"""

from contextlib import contextmanager
from threading import Barrier, Thread

import pytest

from authz.catalogue.ruling import Ruling
from authz.catalogue.suspend import lift, suspend
from authz.clock import now
from authz.consent.end_mandate import end_mandate
from authz.consent.models import Consent, ConsentChange
from authz.db import db, transaction
from authz.ledger.models import LedgerEvent
from authz.outbox.models import Message
from tests.builders import Make
from tests.conftest import copy_of
from tests.flows.conftest import inside, running, settings_in
from tests.flows.parties import BOXES, Person, Record, Service
from tests.flows.salvo import salvo

pytestmark = pytest.mark.live
ROUNDS = 5
LINES = 4


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("together")


@pytest.fixture(scope="module")
def settings(postgres, template, home):
    return settings_in(home, copy_of(postgres, template))


@pytest.fixture(scope="module")
def app(settings):
    with inside(settings) as app:
        yield app


@pytest.fixture(scope="module")
def together(settings, home):
    with running(settings, home), salvo(settings.issuer, LINES) as ready:
        yield ready


@pytest.fixture(scope="module")
def hospital(app, settings):
    service = Service(settings.issuer, Make(now()).client("hospital"))
    with service.http:
        yield service


@pytest.fixture(scope="module")
def record(app, settings):
    record = Record(settings.issuer, Make(now()).resource_server("record", "record", "agenda"))
    with record.http:
        yield record


class Parent:
    """Somebody with a browser who acts for a child."""

    def __init__(self, issuer, account, mandate):
        self.account, self.mandate = account, mandate
        self.person = Person(issuer, account.identifier)

    def question(self, address):
        page = self.person.visit(address)
        if page.url.path == "/acting":
            page = self.person.submit(page, mandate=str(self.mandate.id))
        assert page.url.path.startswith("/consent/"), page.url
        return page

    def form(self, page, **fields):
        return self.person.form(page, days="90", **fields)


@pytest.fixture(scope="module")
def family(app, settings):
    """A child without an account, and two parents."""
    make = Make(now())
    child = make.patient()
    accounts = [make.account(name, language="en") for name in ("sophie", "marc")]
    parents = [Parent(settings.issuer, one, make.mandate(one, child)) for one in accounts]
    yield child, *parents
    for parent in parents:
        parent.person.http.close()


@contextmanager
def at_once(app, deed):
    """Does something inside while requests are under way; it has ended when the block has."""
    start = Barrier(2)

    def run():
        with app.app_context():
            start.wait()
            with transaction():
                deed()

    thread = Thread(target=run)
    thread.start()
    yield start.wait
    thread.join()


def consents_of(patient):
    db.session.rollback()
    return db.session.query(Consent).filter_by(patient_id=patient.id).order_by(Consent.id).all()


def living(patient):
    return [each for each in consents_of(patient) if each.state in {"active", "suspended"}]


def story_of(consent):
    """What the rows say happened to a consent, and what the ledger does."""
    changes = db.session.query(ConsentChange).filter_by(consent_id=consent.id)
    entries = db.session.query(LedgerEvent).filter_by(stream=consent.id)
    rows = [change.event for change in changes.order_by(ConsentChange.revision)]
    return rows, [entry.type for entry in entries.order_by(LedgerEvent.version)]


def check_the_ledger(patient):
    for consent in consents_of(patient):
        rows, entries = story_of(consent)
        assert rows == entries


def letters(account, kind):
    return db.session.query(Message).filter_by(recipient=account.email, kind=kind).count()


def codes(answers):
    return [one for one in answers if "code=" in one.headers.get("Location", "")]


@pytest.mark.compliance(
    "Mission (e)", "16", "two parents allow at one moment: one consent stands, both are told"
)
def test_two_parents_allow(together, hospital, family):
    child, sophie, marc = family
    for _ in range(ROUNDS):
        pages = [parent.question(hospital.push()) for parent in (sophie, marc)]
        before = [letters(parent.account, "decided_for") for parent in (sophie, marc)]
        boxes = {"answer": "allow", "allow": list(BOXES)}

        answers = together([sophie.form(pages[0], **boxes), marc.form(pages[1], **boxes)])

        assert {answer.status_code for answer in answers} <= {303, 409}, answers
        (standing,) = living(child)
        last = standing.account_id
        assert len(codes(answers)) in {1, 2}
        if len(codes(answers)) == 2:  # one order: the later one stands, and the other is told
            told = [letters(parent.account, "decided_for") for parent in (sophie, marc)]
            loser = 1 if last == sophie.account.id else 0
            assert told[loser] > before[loser]
        check_the_ledger(child)


def test_the_code_of_whoever_came_first_is_worth_nothing_then(together, hospital, family, record):
    child, sophie, marc = family
    pages = [parent.question(hospital.push()) for parent in (sophie, marc)]
    boxes = {"answer": "allow", "allow": list(BOXES)}
    answers = together([sophie.form(pages[0], **boxes), marc.form(pages[1], **boxes)])

    issued = [hospital.redeem(hospital.code(one.headers["Location"])) for one in codes(answers)]

    live = [one for one in issued if one.status_code == 200]
    assert len(live) == 1
    assert record.is_live(live[0].json()["access_token"])
    (standing,) = living(child)
    assert live[0].json()["grant_id"] == str(standing.id)


def test_two_parents_stop(together, hospital, family, settings):
    """One withdrawal, and both read that it has ended."""
    child, sophie, marc = family
    for number in range(ROUNDS):
        connect(together, hospital, (sophie, marc)[number % 2])
        (consent,) = living(child)
        address = f"{settings.issuer}/services/{consent.id}/stop"
        pages = [parent.person.visit(address) for parent in (sophie, marc)]

        answers = together(
            [one.form(page) for one, page in zip((sophie, marc), pages, strict=True)]
        )

        assert [answer.status_code for answer in answers] == [303, 303]
        assert living(child) == []
        assert story_of(consent)[1].count("consent:withdrawn") == 1
        for parent in (sophie, marc):
            assert "no access any more" in parent.person.visit(address).text
        check_the_ledger(child)


def test_one_parent_allows_more_while_the_other_stops(together, hospital, family, settings):
    """Either the change came first, and was stopped; or it came too late, and changed nothing."""
    child, sophie, marc = family
    for _ in range(ROUNDS):
        connect(together, hospital, sophie, boxes=BOXES[:1])
        (consent,) = living(child)
        address = f"{settings.issuer}/services/{consent.id}"
        wider, stop = sophie.person.visit(f"{address}/change"), marc.person.visit(f"{address}/stop")
        more = sophie.person.form(wider, allow=list(BOXES[:2]), days="")

        changed, stopped = together([more, marc.form(stop)])

        assert stopped.status_code == 303
        assert changed.status_code in {303, 409}
        (ended,) = [each for each in consents_of(child) if each.id == consent.id]
        assert ended.state == "withdrawn"
        assert story_of(ended)[1][-1] == "consent:withdrawn"
        check_the_ledger(child)


def connect(together, hospital, parent, boxes=BOXES):
    page = parent.question(hospital.push())
    (answer,) = together([parent.form(page, answer="anyway", allow=list(boxes))])
    assert codes([answer]), answer.text


@pytest.mark.parametrize("press", ["allow", "refuse"])
def test_one_person_with_two_browsers(together, hospital, settings, press):
    """The same question in both: one decision, and the other browser reads that it is closed."""
    for number in range(ROUNDS):
        account = Make(now()).account(f"camille-{press}-{number}", language="en")
        browsers = [Person(settings.issuer, account.identifier) for _ in range(2)]
        address = hospital.push()
        pages = [browser.visit(address) for browser in browsers]
        allow = {"answer": "allow", "allow": list(BOXES), "days": "90"}
        other = {**allow, "answer": press}

        answers = together(
            [browsers[0].form(pages[0], **allow), browsers[1].form(pages[1], **other)]
        )

        assert sorted(answer.status_code for answer in answers) == [303, 410]
        (made,) = consents_of(account.patient)
        assert (made.state == "refused") == (not codes(answers))
        check_the_ledger(account.patient)
        for browser in browsers:
            browser.http.close()


def test_a_decision_while_the_operator_pauses_the_service(together, app, hospital, family):
    """From the pause on nothing flows, whichever came first, and the person is told."""
    child, sophie, _ = family
    service_id = hospital.client.row.service_id
    for _ in range(ROUNDS):
        page = sophie.question(hospital.push())
        form = sophie.form(page, answer="allow", allow=list(BOXES))
        aimed = together.aim({0: form})

        with at_once(app, lambda: suspend(service_id, Ruling("security", "op-1"), at=now())) as go:
            go()
            aimed.fire()
            answer = aimed.answer(0)

        assert answer.status_code in {303, 403}, answer.text
        if answer.status_code == 303:
            issued = hospital.redeem(hospital.code(answer.headers["Location"]))
            assert issued.status_code == 400
        else:
            assert "This service cannot connect to your health space" in answer.text
        check_the_ledger(child)
        with transaction():
            lift(service_id, Ruling("resolved", "op-1", "op-2"), at=now())


def test_a_decision_while_the_mandate_ends(together, app, hospital, settings):
    """Either it was given and waits for somebody who may answer, or it was not given."""
    for number in range(ROUNDS):
        make = Make(now())
        child, account = make.patient(f"Zoé-{number}"), make.account(f"paul-{number}")
        parent = Parent(settings.issuer, account, make.mandate(account, child))
        page = parent.question(hospital.push())
        aimed = together.aim({0: parent.form(page, answer="allow", allow=list(BOXES))})
        mandate_id = parent.mandate.id

        def end(mandate_id=mandate_id):
            end_mandate(mandate_id, reason="judge", by="op-1", at=now())

        with at_once(app, end) as go:
            go()
            aimed.fire()
            answer = aimed.answer(0)

        assert answer.status_code == 303
        given = codes([answer])
        states = [each.state for each in consents_of(child)]
        assert states == (["suspended"] if given else [])
        if given:
            issued = hospital.redeem(hospital.code(answer.headers["Location"]))
            assert issued.status_code == 400
        else:
            assert "/acting" in answer.headers["Location"]
        check_the_ledger(child)
        parent.person.http.close()
