"""Two operators close a health space, with one line for each thing they do."""

import re
from functools import partial

import pytest

from tests.demo.test_intake import lines, refused
from tests.demo.test_rulings import TWO

ADD = ("--given-name", "Camille", "--family-name", "Martin", "--birth-date", "1956-05-17")
DEATH = ("--account", "camille", "--reason", "death", "--evidence", "certificate 12")


@pytest.fixture
def operator(authz, fresh_database):
    run = partial(authz, AUTHZ_DATABASE_URL=fresh_database)
    address = ("--email", "camille@mail.example")
    password = "une phrase assez longue\n" * 2
    opened = run("account", "add", "--identifier", "camille", *ADD, *address, typed=password)
    assert opened.returncode == 0, opened.stderr
    return run


def test_two_operators_close_a_space(operator):
    alone = ("--proposed-by", "op-1", "--confirmed-by", "op-1")
    assert refused(operator("account", "close", *DEATH, *alone))

    assert lines(operator("account", "close", *DEATH, *TWO))[-1].endswith(": closed (death)")
    assert refused(operator("account", "close", *DEATH, *TWO)) == ["This health space is closed."]


def test_what_was_a_mistake_is_opened_again(operator):
    whose = ("--account", "camille")
    reopen = ("account", "reopen", *whose, "--reason", "mistake")
    assert refused(operator(*reopen, *TWO)) == ["This health space is not closed."]
    lines(operator("account", "close", *DEATH, *TWO))

    assert lines(operator(*reopen, *TWO))[-1].endswith(": open again (mistake)")
    assert refused(operator(*reopen, *TWO)) == ["This health space is not closed."]


def test_what_is_closed_may_be_erased_early(operator):
    erase = ("account", "erase", "--account", "camille")
    assert refused(operator(*erase, *TWO)) == ["This health space is not closed."]
    lines(operator("account", "close", *DEATH, *TWO))

    alone = ("--proposed-by", "op-1", "--confirmed-by", "op-1")
    assert refused(operator(*erase, *alone))
    assert re.search(r": erased from \d{4}-\d\d-\d\d on$", lines(operator(*erase, *TWO))[-1])


@pytest.mark.parametrize(
    "whose",
    [
        (),
        ("--account", "nobody"),
        ("--patient", "01900000-0000-7000-8000-000000000000"),
        ("--account", "camille", "--patient", "01900000-0000-7000-8000-000000000000"),
    ],
)
def test_nobody_in_particular_is_refused(operator, whose):
    assert refused(operator("account", "close", *whose, "--reason", "closure", *TWO))
