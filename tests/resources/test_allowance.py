"""What exchanges allow, and back to when."""

from datetime import UTC, datetime

import pytest

from authz.catalogue.categories import categories
from authz.resources import agenda, record
from authz.resources.allowance import allowance
from authz.resources.kinds import Kind

AT = datetime(2026, 3, 31, 12, tzinfo=UTC)
WEIGHT = Kind("record", "measurements", "Observation", "vital-signs")


def detail(**changed):
    return {
        "type": "health_exchange",
        "purpose": "care",
        "area": "record",
        "actions": ["read"],
        "category": "measurements",
    } | changed


@pytest.mark.parametrize(
    ("period", "since"),
    [
        ("P30D", (2026, 3, 1)),
        ("P1M", (2026, 2, 28)),
        ("P6M", (2025, 9, 30)),
        ("P3M", (2025, 12, 31)),
        ("P2Y", (2024, 3, 31)),
    ],
)
def test_a_period_ends_on_the_same_day_of_an_earlier_month(period, since):
    found = allowance([detail(period=period)], WEIGHT, "read", at=AT)

    assert found is not None
    assert found.since == datetime(*since, 12, tzinfo=UTC)


def test_the_longest_period_of_all_purposes_counts():
    details = [detail(period="P1M"), detail(purpose="other", period="P1Y")]

    found = allowance(details, WEIGHT, "read", at=AT)

    assert found is not None
    assert found.since == datetime(2025, 3, 31, 12, tzinfo=UTC)


def test_without_a_period_everything_may_be_seen():
    found = allowance([detail(), detail(period="P1M")], WEIGHT, "read", at=AT)

    assert found is not None
    assert found.since is None


@pytest.mark.parametrize(
    "changed",
    [
        {"area": "agenda"},
        {"category": "documents"},
        {"actions": ["write"]},
        {"actions": []},
        {"actions": None},
        {"period": "forever"},
        {"period": 12},
        {"period": "P1W"},
    ],
)
def test_anything_else_allows_nothing(changed):
    assert allowance([detail(**changed)], WEIGHT, "read", at=AT) is None


def test_nothing_allows_nothing():
    assert allowance([], WEIGHT, "read", at=AT) is None


def test_kinds_and_catalogue_speak_of_the_same_data():
    """The resource server shares no code with the catalogue, so nothing else keeps them in step."""
    ours = {
        (kind.area, kind.category, kind.resource, kind.scope(direction))
        for kind in (*record.KINDS, *agenda.KINDS)
        for direction in ("read", "write")
    }
    theirs = {
        (category.area, category.code, category.resource, category.scope(direction))
        for category in categories()
        for direction in ("read", "write")
        if category.area != "messaging"
    }

    assert ours == theirs
