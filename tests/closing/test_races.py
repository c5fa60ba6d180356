"""A decision and the end of the space at one moment: one order, and nothing lives afterwards."""

import re
from datetime import timedelta
from functools import partial

import pytest

from authz.catalogue.ruling import Ruling
from authz.closing.cancel import cancel
from authz.closing.decide import reopen
from authz.closing.end import end_next
from authz.closing.erase import erase_next
from authz.closing.errors import NotClosed, NothingToCancel
from authz.consent.models import Consent
from authz.db import db
from authz.identity.errors import SpaceClosed
from authz.identity.models import Account, Patient
from authz.web.sign_out import sign_out
from tests.builders import ARCHIVE
from tests.journal import events_of
from tests.pages import Visitor
from tests.scenarios.walk import IDENTITY
from tests.together import AT_ONCE

pytestmark = pytest.mark.usefixtures("roomy_pool")
ROUNDS = 3


def end(at):
    return partial(end_next, sign_out=partial(sign_out, at=at), archive=ARCHIVE, at=at)


def posts(app, make, account, client, number):
    """As many browsers of one person, each before a question of its own, all but sent."""
    first = Visitor(app, app.response_class)
    first.sign_in(account)
    token = first.token()

    def post(path, fields):
        browser = Visitor(app, app.response_class)
        browser._cookies = dict(first._cookies)
        headers = {"Sec-Fetch-Site": "same-origin"}
        return browser.post(path, data=fields, headers=headers)

    for _ in range(number):
        path = f"/consent/{make.request(client).id}"
        hidden = dict(
            re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', first.get(path).text)
        )
        answer = {"answer": "anyway", "days": 30, "allow": [IDENTITY], "csrf_token": token}
        yield partial(post, path, hidden | answer)


def test_no_consent_lives_in_a_closed_space(app, together, make, at):
    """What was allowed before the end has ended with it; what came after allowed nothing."""
    hospital = make.client("hospital")
    for number in range(ROUNDS):
        account = make.account(f"camille-{number}", language="en")
        patient_id = account.patient_id
        make.closing(account)
        calls = [*posts(app, make, account, hospital, AT_ONCE - 2)]
        calls += [end(at + timedelta(days=15))] * 2

        answers = together(calls)

        assert sorted(answers[-2:]) == [0, 1]
        assert db.session.get_one(Patient, patient_id).closed_at is not None
        consents = list(db.session.scalars(db.select(Consent).filter_by(patient_id=patient_id)))
        assert {consent.state for consent in consents} <= {"invalidated", "replaced"}
        codes = [a for a in answers[:-2] if "code=" in (a.location or "")]
        assert len(codes) == len(consents)
        assert {a.status_code for a in answers[:-2]} <= {303, 409}
        for consent in consents:
            last = events_of(consent.id)[-1]["type"]
            assert last == f"consent:{consent.state}"


def test_kept_or_closed_never_both(together, make, at):
    for number in range(ROUNDS * 3):
        account = make.account(f"camille-{number}")
        account_id = account.id
        closing = make.closing(account)

        def keep(account_id=account_id):
            return cancel(db.session.get_one(Account, account_id), at=at)

        answers = together(
            [keep] * (AT_ONCE // 2) + [end(at + timedelta(days=15))] * (AT_ONCE // 2)
        )

        db.session.refresh(closing)
        kept, ended = answers[: AT_ONCE // 2], answers[AT_ONCE // 2 :]
        refused = NothingToCancel if closing.cancelled_at else SpaceClosed
        assert (closing.cancelled_at is None) != (closing.closed_at is None)
        assert sum(ended) == (closing.closed_at is not None)
        assert sum(isinstance(answer, refused) for answer in kept) == len(kept) - (
            closing.cancelled_at is not None
        )


def test_a_person_is_erased_once_or_has_the_space_back(together, make, settings, at):
    """Workers that erase, and operators who open the space again."""
    salt, later = settings.pairwise_salt.get_secret_value(), at + timedelta(days=30)
    erase = partial(erase_next, salt=salt, forget=lambda _: None, at=later)
    for number in range(ROUNDS * 3):
        account = make.account(f"camille-{number}")
        patient_id = account.patient_id
        make.closing(account, erase=True)
        make.end_spaces(at + timedelta(days=15))
        again = partial(reopen, patient_id, Ruling("mistake", "op-1", "op-2"), at=later)

        answers = together([erase] * 4 + [again] * 4)

        erased, opened = answers[:4], answers[4:]
        there = db.session.get(Patient, patient_id)
        assert sum(erased) == (there is None)
        assert sum(isinstance(each, NotClosed) for each in opened) == 3 + sum(erased)
        assert there is None or there.closed_at is None
