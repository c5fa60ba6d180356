"""What comes due when, to the second, and on the days of the people who are written to."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from authz.clock import last_morning, morning_of
from authz.notices.due import (
    Days,
    Standing,
    accesses_are_due,
    ends_soon,
    lies_unused,
    list_is_due,
    mornings,
    next_look,
)

SECOND = timedelta(seconds=1)
GIVEN = datetime(2026, 3, 10, 15, 30, tzinfo=UTC)


def consent(**changed):
    facts = {
        "consent": uuid4(),
        "service": "Diary",
        "signs_in": False,
        "offline": False,
        "decided_at": GIVEN,
        "answered_at": GIVEN,
        "ends_at": GIVEN + timedelta(days=365),
        "used_at": None,
    }
    return Standing(**facts | changed)


def one(day):
    return Days(day - timedelta(days=1), day)


@pytest.mark.parametrize(
    ("day", "utc"),
    [("2026-01-15", 7), ("2026-07-15", 6), ("2026-03-29", 6), ("2026-10-25", 7)],
)
def test_a_morning_is_eight_oclock_in_paris_in_winter_and_summer(day, utc):
    morning = morning_of(date.fromisoformat(day))

    assert morning == datetime.fromisoformat(day).replace(hour=utc, tzinfo=UTC)
    assert last_morning(morning - SECOND) == date.fromisoformat(day) - timedelta(days=1)
    assert last_morning(morning) == date.fromisoformat(day)


@pytest.mark.parametrize("before", [30, 7])
def test_the_end_is_told_on_one_day_and_no_other(before):
    given = consent(ends_at=datetime(2027, 1, 5, 22, 59, tzinfo=UTC))  # 23:59 in Paris
    day = date(2027, 1, 5) - timedelta(days=before)

    told = [ends_soon(given, one(day + timedelta(days=shift))) for shift in (-1, 0, 1)]

    assert told == [False, True, False]


def test_the_day_of_the_end_is_the_one_in_paris():
    """At 23:30 in London it is the day after in Paris."""
    given = consent(ends_at=datetime(2027, 1, 5, 23, 30, tzinfo=UTC))

    assert ends_soon(given, one(date(2026, 12, 7)))
    assert not ends_soon(given, one(date(2026, 12, 6)))


def test_nobody_is_reminded_of_an_end_that_they_have_just_chosen():
    answered = datetime(2026, 12, 7, 12, tzinfo=UTC)  # 30 days before, after the morning

    assert not ends_soon(
        consent(ends_at=answered + timedelta(days=30), answered_at=answered), one(date(2026, 12, 7))
    )


def test_a_worker_that_slept_says_it_once_when_it_wakes():
    given = consent(ends_at=datetime(2027, 1, 5, 12, tzinfo=UTC))

    assert ends_soon(given, Days(date(2026, 12, 1), date(2027, 1, 2)))
    assert not ends_soon(given, Days(date(2027, 1, 2), date(2027, 1, 3)))


def test_half_a_year_counts_from_the_last_use_or_the_last_answer():
    used = consent(used_at=GIVEN + timedelta(days=20))
    half = GIVEN.date() + timedelta(days=182)

    assert lies_unused(consent(), one(half))
    assert not lies_unused(consent(), one(half + timedelta(days=1)))
    assert not lies_unused(used, one(half))
    assert lies_unused(used, one(half + timedelta(days=20)))
    assert lies_unused(
        consent(answered_at=GIVEN + timedelta(days=5), used_at=GIVEN),
        one(half + timedelta(days=5)),
    )


def test_sign_in_elsewhere_neither_ends_loudly_nor_lies_unused():
    """Nothing of anybody's health flows by it, and its uses are nobody's accesses."""
    given = consent(signs_in=True, ends_at=datetime(2027, 1, 5, 12, tzinfo=UTC))

    assert not ends_soon(given, one(date(2026, 12, 6)))
    assert not lies_unused(given, one(GIVEN.date() + timedelta(days=182)))


def test_the_list_comes_90_days_after_the_oldest_of_its_decisions_or_the_last_list():
    old, young = consent(), consent(decided_at=GIVEN + timedelta(days=60))
    first = GIVEN.date() + timedelta(days=90)

    assert not list_is_due(None, [old, young], one(first - timedelta(days=1)))
    assert list_is_due(None, [old, young], one(first))
    assert not list_is_due(None, [young], one(first))
    listed = morning_of(first) + SECOND
    assert not list_is_due(listed, [old], one(first + timedelta(days=89)))
    assert list_is_due(listed, [old], one(first + timedelta(days=90)))


def test_no_services_no_list():
    assert not list_is_due(None, [], one(date(2030, 1, 1)))


@pytest.mark.parametrize("shift", [-SECOND, timedelta(0), SECOND])
def test_days_are_counted_from_look_to_look(shift):
    morning = morning_of(date(2026, 11, 26))

    days = mornings(morning - timedelta(hours=20), morning + shift)

    assert bool(days) == (shift >= timedelta(0))
    assert not mornings(morning + SECOND, morning + timedelta(hours=20))


@pytest.mark.parametrize(
    ("rhythm", "any_day", "monday", "no_morning"),
    [
        ("immediately", True, True, True),
        ("daily", True, True, False),
        ("weekly", False, True, False),
        ("off", False, False, False),
    ],
)
def test_accesses_are_told_as_often_as_was_chosen(rhythm, any_day, monday, no_morning):
    thursday, a_monday = one(date(2026, 11, 26)), one(date(2026, 11, 30))
    nothing = Days(date(2026, 11, 30), date(2026, 11, 30))

    found = [accesses_are_due(rhythm, days) for days in (thursday, a_monday, nothing)]

    assert found == [any_day, monday, no_morning]


def test_a_monday_that_was_slept_through_is_still_a_monday():
    assert accesses_are_due("weekly", Days(date(2026, 11, 28), date(2026, 12, 2)))
    assert not accesses_are_due("weekly", Days(date(2026, 11, 30), date(2026, 12, 6)))


@pytest.mark.parametrize("rhythm", ["daily", "weekly", "off"])
def test_the_next_look_is_the_next_morning(rhythm):
    night = datetime(2026, 11, 26, 1, tzinfo=UTC)

    assert next_look(rhythm, night) == morning_of(date(2026, 11, 26))
    assert next_look(rhythm, morning_of(date(2026, 11, 26))) == morning_of(date(2026, 11, 27))


def test_whoever_hears_at_once_is_looked_at_within_minutes_and_in_the_morning():
    morning = morning_of(date(2026, 11, 26))

    assert next_look("immediately", morning) == morning + timedelta(minutes=10)
    assert next_look("immediately", morning - timedelta(minutes=3)) == morning
