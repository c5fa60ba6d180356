"""Whatever runs at the same moment, in whichever process: one caller wins, and a stop is final.

One server of two worker processes for all of it, over real sockets: nothing but PostgreSQL is there
for the processes to agree by. ``tests/tokens/test_races.py`` asks the same of the verbs alone.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any
from uuid import UUID

import httpx2
import psutil
import pytest
from sqlalchemy import select

from authz.clock import now
from authz.consent.answer import Answer
from authz.consent.give import Asking, give, reuse
from authz.db import db
from authz.ledger.events import Event
from authz.ledger.models import LedgerEvent, SubjectKey
from authz.ledger.vault import open_event
from authz.tokens.conditions import Conditions
from authz.tokens.models import AccessToken, RefreshToken
from authz.tokens.push import push_request
from authz.tokens.requests import visit
from tests.builders import Make
from tests.conftest import copy_of
from tests.flows.conftest import inside, running, settings_in
from tests.flows.parties import BOXES, Person, Record, Service
from tests.flows.salvo import Salvo, salvo
from tests.protocol.wire import jkt

pytestmark = pytest.mark.live
AT_ONCE = 32
ROUNDS = 20
STOPS = 1000


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("races")


@pytest.fixture(scope="module")
def settings(postgres, template, home):
    return settings_in(home, copy_of(postgres, template))


@pytest.fixture(scope="module")
def app(settings):
    with inside(settings) as app:
        yield app


@pytest.fixture(scope="module")
def make(app):
    return Make(now())


@pytest.fixture(scope="module")
def server(settings, home):
    with running(settings, home) as server:
        yield server


@pytest.fixture(scope="module")
def together(server, settings):
    """Sends requests at one moment, to both processes of the server."""
    with salvo(settings.issuer, AT_ONCE) as ready:
        shares = ready.shares(psutil.Process(server.process.pid))
        assert len(shares) == 2, shares
        yield ready
        assert ready.shares(psutil.Process(server.process.pid)) == shares


@pytest.fixture(scope="module")
def hospital(make, settings):
    service = Service(settings.issuer, make.client("hospital"))
    with service.http:
        yield service


@pytest.fixture(scope="module")
def record(make, settings):
    record = Record(settings.issuer, make.resource_server("record", "record", "agenda"))
    with record.http:
        yield record


@pytest.fixture(scope="module")
def account(make):
    return make.account("camille")


@pytest.fixture(scope="module")
def camille(account, settings):
    person = Person(settings.issuer, account.identifier)
    with person.http:
        yield person


def statuses(answers) -> list[int]:
    return sorted(answer.status_code for answer in answers)


@pytest.mark.compliance("RFC 6749", "4.1.2", "of 32 uses of one code in two processes one wins")
def test_one_code(together, hospital, account, record):
    """Its tokens end too: 31 others had the code."""
    for _ in range(ROUNDS):
        code = Make(now()).decision(account, hospital.client).code

        answers = together([hospital.redemption(code) for _ in range(AT_ONCE)])

        assert statuses(answers) == [200] + [400] * (AT_ONCE - 1)
        [won] = [answer.json() for answer in answers if answer.status_code == 200]
        assert not record.is_live(won["access_token"])


@pytest.mark.compliance("RFC 7523", "3", "of 32 uses of one assertion in two processes one wins")
def test_one_assertion(together, hospital):
    for _ in range(ROUNDS):
        same = hospital.assertion()

        answers = together([hospital.pushing(client_assertion=same) for _ in range(AT_ONCE)])

        assert statuses(answers) == [201] + [401] * (AT_ONCE - 1)


@pytest.mark.compliance("RFC 9449", "11.1", "of 32 uses of one proof in two processes one wins")
def test_one_proof(together, hospital, account):
    """At the token endpoint, with a refresh token that would be good for all of them."""
    decision = Make(now()).decision(account, hospital.client)
    token = Make(now()).tokens(decision, hospital.client, jkt=jkt(hospital.key)).refresh_token
    for _ in range(ROUNDS):
        same = hospital.proof("/token")

        answers = together([hospital.refreshing(token, dpop=same) for _ in range(AT_ONCE)])

        assert statuses(answers) == [200] + [400] * (AT_ONCE - 1)
        refused = [answer.json()["error"] for answer in answers if answer.status_code == 400]
        assert set(refused) == {"invalid_dpop_proof"}


@pytest.mark.compliance(
    "RFC 9126", "4", "of 32 answers to one request_uri in two processes one wins"
)
def test_one_request_uri(together, hospital, camille):
    """The form is sent 32 times: one code leaves, whatever the other answers say."""
    for _ in range(ROUNDS):
        page = camille.visit(hospital.push())
        form = camille.form(page, answer="allow", allow=list(BOXES), days="90")

        answers = together([form] * AT_ONCE)

        assert {answer.status_code for answer in answers} <= {303, 400, 410}, statuses(answers)
        codes = [one for one in answers if "code=" in one.headers.get("Location", "")]
        assert len(codes) == 1


@pytest.mark.compliance(
    "RFC 9700", "4.14.2", "of 32 uses of one rotating refresh token in two processes one wins"
)
def test_one_rotating_refresh_token(together, make, account, settings, record):
    """The others are copies, and copies end the family."""
    phone = make.site("phone", auth_method="none")
    for _ in range(ROUNDS):
        decision = Make(now()).sign_in_decision(account, phone, "offline_access")
        token = make.redeem(decision.code, phone, jkt=None).refresh_token
        fields = {"grant_type": "refresh_token", "refresh_token": token, "client_id": phone.id}

        answers = together(
            [httpx2.Request("POST", f"{settings.issuer}/token", data=fields)] * AT_ONCE
        )

        assert statuses(answers) == [200] + [400] * (AT_ONCE - 1)
        [won] = [answer.json() for answer in answers if answer.status_code == 200]
        again = httpx2.post(
            f"{settings.issuer}/token", data=fields | {"refresh_token": won["refresh_token"]}
        )
        assert again.json()["error"] == "invalid_grant"


@dataclass(frozen=True)
class Held:
    """What a service holds at the moment when the person says stop."""

    consent: UUID
    access: str
    refresh: str
    code: str  # not redeemed yet


@pytest.mark.compliance(
    "Mission (e)", "7", "stop, refresh, redeem and introspect at once, 1,000 times: see the ledger"
)
def test_a_stop_is_final(together, make, hospital, record, account, camille):
    """Nothing is valid after the time in the ledger, whose entry accounts for every token."""
    home = camille.visit(f"{hospital.issuer}/services")
    asking = make.asking(account, hospital.client)
    heard: list[set[bool]] = []
    counts, took = set(), 0.0
    for _ in range(STOPS):
        held = hold(Make(now()), asking, hospital)
        stop = camille.form(home)
        stop.url = httpx2.URL(f"{hospital.issuer}/services/{held.consent}/stop")
        questions = [record.question(held.access) for _ in range(3)]
        refreshes = [hospital.refreshing(held.refresh) for _ in range(3)]
        race = [stop, *questions, *refreshes, hospital.redemption(held.code)]

        late, head_start = record.question(held.access), took * random.random()  # noqa: S311 - any
        answers, took = race_with_stop(together, race, late=late, head_start=head_start)

        heard.append({answer.json()["active"] for answer in answers[1:4]})
        minted = [answer.json() for answer in answers[4:] if answer.status_code == 200]
        counts.add(len(minted))
        refused = {a.json()["error"] for a in answers[4:] if a.status_code != 200}
        assert refused <= {"invalid_grant"}
        tokens = [held.access, *(one["access_token"] for one in minted)]
        later = together([record.question(token) for token in tokens])
        assert all(answer.json() == {"active": False} for answer in later)
        check_the_ledger(held.consent, minted)
    assert {True, False} in heard  # the stop came between questions ...
    assert counts == {0, 1, 2, 3, 4}  # ... and between any two of the exchanges


def hold(make: Make, asking: Asking, service: Service) -> Held:
    """A consent, its tokens, and a second code of the same consent."""
    code_lifetime = timedelta(seconds=60)
    first, second = (asked_again(asking, at=make.at) for _ in range(2))
    everything = Answer(asking.question.boxes, 90, "fr")
    decision = give(first, everything, longest=365, at=make.at, code_lifetime=code_lifetime)
    code = reuse(second, decision.consent, at=make.at, code_lifetime=code_lifetime)
    issued = make.tokens(decision, service.client, jkt=jkt(service.key))
    return Held(decision.consent.id, issued.access_token, issued.refresh_token, code)


def asked_again(asking: Asking, *, at: datetime) -> Asking:
    """The same question once more: pushed, and its browser arrived."""
    asked, minute = asking.request, timedelta(minutes=1)
    uri = push_request(
        asked.client_id, asked.parameters, at=at, lifetime=minute, conditions=Conditions()
    )
    request = visit(uri, client_id=asked.client_id, at=at, interaction=minute)
    return replace(asking, request=request)


def race_with_stop(
    together: Salvo, race: Sequence[httpx2.Request], *, late: httpx2.Request, head_start: float
) -> tuple[list[httpx2.Response], float]:
    """The answers to all of it, and how many seconds the first took, which is to the stop.

    They are sent at once, over any lines, but for the seconds that the stop is ahead. The moment
    that it is answered, ``late`` asks: it must hear no, whatever is still on its way.
    """
    lines = random.sample(range(AT_ONCE - 1), len(race))
    aimed = together.aim(dict(zip(lines, race, strict=True)))
    began = perf_counter()
    aimed.fire(head_start=head_start)
    stopped = aimed.answer(lines[0])
    took = perf_counter() - began
    assert stopped.status_code == 303
    question = together.aim({AT_ONCE - 1: late})
    question.fire()
    assert question.answer(AT_ONCE - 1).json() == {"active": False}
    return [stopped, *(aimed.answer(line) for line in lines[1:])], took


def check_the_ledger(consent_id: UUID, minted: Sequence[dict[str, Any]]) -> None:
    """One entry: no token is valid after its time, and it counts each that was handed out."""
    db.session.rollback()
    event, key = db.session.execute(
        select(LedgerEvent, SubjectKey)
        .join(SubjectKey, SubjectKey.id == LedgerEvent.key_id)
        .where(LedgerEvent.stream == consent_id, LedgerEvent.type == Event.CONSENT_WITHDRAWN)
    ).one()
    ends = [
        token.ended_at or token.expires_at
        for model in (AccessToken, RefreshToken)
        for token in db.session.scalars(select(model).where(model.consent_id == consent_id))
    ]
    handed_out = 2 + sum(len({"access_token", "refresh_token"} & one.keys()) for one in minted)
    assert len(ends) == handed_out
    assert max(ends) <= event.at
    assert open_event(event, key).document["facts"]["tokens_ended"] == handed_out
