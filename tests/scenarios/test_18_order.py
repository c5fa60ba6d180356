"""18. The order in which a parent reads of services follows what they know of each."""

from datetime import timedelta

import pytest

from authz.consent.by import By
from authz.consent.change import Wish, change
from authz.consent.withdraw import withdraw
from authz.db import transaction
from tests.pages import words
from tests.scenarios.confidential import (
    DOCUMENTS,
    SECRET,
    act,
    again,
    lea_of,
    purpose,
)

MINUTE = timedelta(minutes=1)


@pytest.fixture
def clinics(make, mandate):
    """Lea allowed the second one confidential care first, and then documents, too; meanwhile, the
    first one documents. Both are stopped."""
    lea, given = lea_of(mandate), []
    for name, box in (("Zénith", SECRET), ("Aurore", DOCUMENTS)):
        asked = [purpose("documents", "confidential-care")]
        clinic = make.client(
            name[0].lower(), make.service(name[0].lower(), name=name, purposes=asked)
        )
        given.append(make.decision(lea, clinic, box).consent)
        make.at += MINUTE
    late = given[0]
    more = Wish(frozenset({DOCUMENTS, SECRET}), None, again(late).revision)
    with transaction():
        change(late.id, more, by=By(lea), at=make.at, durations=(), longest=365)
        for one in given:
            withdraw(one.id, by=By(lea), at=make.at + MINUTE)


def test_the_last_to_begin_for_them_comes_first(http, mandate, clinics):
    act(http, mandate)

    ended = words(http.get("/services"))

    assert ended.index("Zénith") < ended.index("Aurore")
    http.sign_in(lea_of(mandate))
    ended = words(http.get("/services"))
    assert ended.index("Aurore") < ended.index("Zénith")


def test_the_services_to_choose_from_stand_by_their_names(http, mandate, clinics):
    act(http, mandate)

    chosen = http.get("/history").text.partition("<select")[2]

    assert chosen.index("Aurore") < chosen.index("Zénith")
