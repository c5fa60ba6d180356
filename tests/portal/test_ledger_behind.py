"""When nobody numbers the ledger's events, new consents stop after an hour; taking back never does.

DESIGN section 6.
"""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import text

from authz.check import check
from authz.consent.queries import consents_of_patient
from authz.db import db, transaction
from authz.ledger.sequence import integrate
from tests.builders import READ_DOCUMENTS, READ_MEASUREMENTS
from tests.pages import answer_of, words

HOUR = 3600
BOXES = ["pre-admission:record:read:identity", READ_DOCUMENTS]


@pytest.fixture(autouse=True)
def limited(app: Flask) -> Iterator[None]:
    """The setting as it is where nobody has changed it."""
    before = app.extensions["authz"]
    ledger = before.ledger.model_copy(update={"grants_stop_after": HOUR})
    app.extensions["authz"] = before.model_copy(update={"ledger": ledger})
    yield
    app.extensions["authz"] = before


def nobody_numbers(seconds: int) -> None:
    """The oldest event has waited for so long."""
    with transaction():
        db.session.execute(text("SET LOCAL session_replication_role = replica"))
        late = "UPDATE ledger_event SET at = now() - make_interval(secs => :seconds)"
        db.session.execute(text(late), {"seconds": seconds})


def the_worker_is_back(app: Flask) -> None:
    with transaction():
        integrate(app.extensions["authz"].ledger.origin, at=db.session.scalar(text("SELECT now()")))


def states(account) -> list[str]:
    db.session.expire_all()
    return [consent.state for consent in consents_of_patient(account.patient_id)]


def test_within_the_hour_everything_goes_on(http, camille, question):
    http.get(question)
    nobody_numbers(HOUR - 60)

    answer = http.submit(question, answer="allow", days=30, allow=BOXES)

    assert "code" in answer_of(answer)


@pytest.mark.compliance(
    "RFC 6749", "4.1.2.1", "temporarily_unavailable where no decision can be taken now"
)
def test_the_service_is_told_before_anybody_reads_a_page_in_vain(http, camille, question):
    nobody_numbers(HOUR + 60)

    answer = answer_of(http.get(question))

    assert answer == {
        "error": "temporarily_unavailable",
        "state": "a-state",
        "iss": "https://authz.test",
    }
    assert states(camille) == []


@pytest.mark.parametrize("pressed", ["allow", "anyway"])
def test_a_page_that_is_open_already_allows_nothing_and_says_so(
    app, http, camille, question, pressed
):
    http.get(question)
    nobody_numbers(HOUR + 60)

    page = http.submit(question, answer=pressed, days=30, allow=BOXES)

    assert page.status_code == 503
    assert page.headers["Retry-After"]
    assert "Nothing new can be allowed at this moment" in words(page)
    assert "You can stop a service at any time" in words(page)
    assert states(camille) == []
    the_worker_is_back(app)
    again = http.submit(question, answer="allow", days=30, allow=BOXES)
    assert "code" in answer_of(again)


def test_to_refuse_needs_no_ledger_that_keeps_up(http, camille, question):
    http.get(question)
    nobody_numbers(HOUR + 60)

    assert answer_of(http.submit(question, answer="refuse", days=30))["error"] == "access_denied"
    assert states(camille) == ["refused"]


@pytest.fixture
def given(http, make, camille, hospital):
    consent = make.decision(camille, hospital, READ_DOCUMENTS, READ_MEASUREMENTS).consent
    http.sign_in(camille)
    return consent


def change(http, consent, **fields):
    path = f"/services/{consent.id}/change"
    found = http.get(path).text.partition('name="shown" value="')[2].partition('"')[0]
    return http.submit(path, shown=found, basis=str(consent.revision), **fields)


def test_withdrawing_goes_through_however_long_it_lasts(http, camille, given):
    nobody_numbers(100 * HOUR)

    assert http.submit(f"/services/{given.id}/stop").status_code == 303

    assert states(camille) == ["withdrawn"]


def test_stopping_everything_goes_through(http, camille, given):
    nobody_numbers(100 * HOUR)

    http.submit("/services/stop")

    assert states(camille) == ["withdrawn"]


def test_less_can_be_allowed_and_more_or_longer_cannot(http, camille, given):
    nobody_numbers(HOUR + 60)

    less = change(http, given, allow=[READ_DOCUMENTS], days="")
    db.session.expire_all()
    more = change(http, given, allow=[READ_DOCUMENTS, READ_MEASUREMENTS], days="")
    longer = change(http, given, allow=[READ_DOCUMENTS], days="30")

    assert (less.status_code, more.status_code, longer.status_code) == (303, 503, 503)
    db.session.expire_all()
    (consent,) = consents_of_patient(camille.patient_id)
    assert [each.exchange_id for each in consent.allowed] == [READ_DOCUMENTS]


def test_zero_is_never(app, http, camille, question):
    settings = app.extensions["authz"]
    ledger = settings.ledger.model_copy(update={"grants_stop_after": 0})
    app.extensions["authz"] = settings.model_copy(update={"ledger": ledger})
    nobody_numbers(100 * HOUR)
    http.get(question)

    answer = http.submit(question, answer="allow", days=30, allow=BOXES)

    assert "code" in answer_of(answer)


@pytest.mark.parametrize(
    ("seconds", "fine", "said"),
    [
        (2, True, "events get their numbers"),
        (30, False, "an event waits for 3"),
        (HOUR + 60, False, "nothing new can be allowed: is authz worker running?"),
    ],
)
def test_the_check_raises_the_alarm(app, make, given, seconds, fine, said):
    nobody_numbers(seconds)

    found = check(app, app.extensions["authz"])

    (queue,) = [result for result in found if result.name == "ledger queue"]
    assert (queue.fine, said in queue.said) == (fine, True), queue.said
