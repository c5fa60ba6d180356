"""No path through sets of exchanges ever yields more than was allowed."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authz.consent.algebra import beyond, common, covers, within

REACHES = st.none() | st.builds("P{}{}".format, st.integers(1, 999), st.sampled_from("DMY"))
SETS = st.dictionaries(st.sampled_from("abcdef"), REACHES)
TODAY = st.dates(date(2001, 1, 1), date(2099, 12, 31))


def start(reach: str, today: date) -> int:
    """The number of the first day that is still within reach, by the calendar."""
    number, unit = int(reach[1:-1]), reach[-1]
    if unit == "D":
        return (today - timedelta(days=number)).toordinal()
    months = today.year * 12 + today.month - 1 - number * (12 if unit == "Y" else 1)
    if months < 12:
        return 0
    first = date(months // 12, months % 12 + 1, 1)
    following = date((months + 1) // 12, (months + 1) % 12 + 1, 1)
    return first.toordinal() + min(today.day, (following - first).days) - 1


@given(REACHES, REACHES, TODAY)
def test_what_is_within_a_reach_is_so_on_every_day_of_the_calendar(reach, limit, today):
    if within(reach, limit) and limit is not None:
        assert reach is not None
        assert start(reach, today) >= start(limit, today)


@pytest.mark.parametrize(
    ("reach", "limit", "is_within"),
    [
        ("P12M", "P1Y", True),
        ("P1Y", "P12M", True),
        ("P30D", "P1M", False),  # February
        ("P27D", "P1M", True),
        ("P1M", "P31D", False),  # cannot be told from its numbers alone, so it is not
        ("P1M", "P40D", True),
        ("P5Y", None, True),
        (None, "P5Y", False),
        (None, None, True),
    ],
)
def test_durations_compared(reach, limit, is_within):
    assert within(reach, limit) is is_within


@given(SETS, SETS)
def test_what_two_sets_share_is_in_both(asked, allowed):
    assert covers(allowed, common(asked, allowed))
    assert covers(asked, common(asked, allowed))


@given(SETS, SETS)
def test_a_smaller_set_asks_for_nothing_new(asked, allowed):
    assert covers(allowed, asked) == (beyond(asked, allowed) == {})
    assert not covers(allowed, asked) or common(asked, allowed) == asked


@given(SETS, SETS, SETS)
def test_smaller_than_smaller_is_smaller(small, middle, large):
    if covers(middle, small) and covers(large, middle):
        assert covers(large, small)


@given(SETS, SETS)
def test_allowing_what_is_new_is_enough_and_no_more(asked, allowed):
    new = beyond(asked, allowed)

    assert covers({**allowed, **new}, asked)
    assert set(new) <= set(asked)


@given(SETS, st.lists(st.tuples(st.booleans(), SETS), max_size=8))
def test_no_path_yields_more_than_was_ticked(first, steps):
    """Narrowed and widened in any order: what is left was ticked at some page, as far back."""
    allowed, ticked = dict(first), [first]
    for widens, page in steps:
        if widens:
            ticked.append(page)
            allowed |= beyond(page, allowed)
        else:
            allowed = common(allowed, page)

    assert all(
        any(covers(page, {name: reach}) for page in ticked) for name, reach in allowed.items()
    )
