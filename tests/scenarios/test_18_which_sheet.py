"""18. The sheet that a parent reads is that of the last answer that they know of."""

from datetime import timedelta

import pytest

from authz.consent.answer import Answer
from authz.consent.hidden import basis
from authz.consent.standing import past
from authz.consent.widen import widen
from authz.db import transaction
from tests.pages import words
from tests.scenarios.confidential import (
    DOCUMENTS,
    DOCUMENTS_SCOPE,
    SECRET,
    SECRET_SCOPE,
    act,
    again,
    by,
    lea_of,
    purpose,
)
from tests.scenarios.walk import submit

ASKED = {"name": "Clinique", "purposes": [purpose("documents", "confidential-care")]}
DAY = timedelta(days=1)


@pytest.fixture
def clinic(make):
    return make.client("clinic", make.service("clinic", **ASKED))


@pytest.fixture
def given(make, clinic, mandate):
    """Of documents, on the first version of a sheet that says the same in other words by now."""
    scope = f"openid {DOCUMENTS_SCOPE}"
    consent = make.decision(lea_of(mandate), clinic, DOCUMENTS, scope=scope).consent
    make.new_sheet(consent.service_id, **ASKED, durations=[30, 90])
    return consent


@pytest.fixture
def allow_more(make, clinic, mandate, given):
    """Lea answers the rest, on the second version."""

    def allow_more():
        scope = f"openid {DOCUMENTS_SCOPE} {SECRET_SCOPE}"
        asking = make.asking(lea_of(mandate), clinic, scope=scope)
        page, yes = past(asking, at=make.at, remember=DAY), Answer(frozenset({SECRET}), 0, "en")
        with transaction():
            widen(asking, page, yes, at=make.at, code_lifetime=DAY)
        assert again(given).boxes_on == {DOCUMENTS, SECRET}

    return allow_more


def test_what_is_allowed_in_secret_moves_no_sheet_of_theirs(http, mandate, given, allow_more):
    path = f"/services/{given.id}"
    act(http, mandate)
    before = words(http.get(path))
    assert "Service sheet version 1" in before

    allow_more()

    assert words(http.get(path)) == before


def test_nor_does_it_send_back_a_form_of_theirs(http, mandate, given, allow_more):
    path = f"/services/{given.id}/change"
    act(http, mandate)
    page, before = http.get(path), basis(again(given), by(mandate))

    allow_more()

    assert basis(again(given), by(mandate)) == before
    answer = submit(http, path, page, allow=[DOCUMENTS], days="30")
    assert answer.location == f"/services/{given.id}?changed=1"
