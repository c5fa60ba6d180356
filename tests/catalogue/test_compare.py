"""Which changes of a sheet a patient must answer: every field has its weight, none is forgotten."""

import copy
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from authz.catalogue.compare import difference
from authz.catalogue.sheet import Sheet, parse_sheet
from tests.builders import READ_DOCUMENTS, SHEETS, sheet_content

ADDRESSES = {"fr": "Écrivez-nous.", "en": "Write to us."}
TEXT = {"fr": "Tout autre chose.", "en": "Something else altogether."}
PARTY = {
    "name": "Cabinet Martin",
    "address": "1, rue du Port",
    "town": "Valmont",
    "country": {"fr": "France", "en": "France"},
    "email": "cabinet@martin.example",
}
PROCESSOR = {"name": "Nuage", "role": TEXT, "country": TEXT}
EXCHANGE = {
    "area": "messaging",
    "direction": "read",
    "category": "messages",
    "needed": False,
    "frequency": TEXT,
    "consequence": TEXT,
}
PURPOSE = {
    "code": "billing",
    "statutory_class": "care",
    "label": TEXT,
    "sentence": TEXT,
    "exchanges": [EXCHANGE],
}
MATERIAL: list[tuple[str, Any]] = [
    ("oid", "2.999.7"),
    ("controller.name", "Une autre clinique"),
    ("controller.country", TEXT),
    ("joint_controllers", TEXT),
    ("reason", TEXT),
    ("purposes.0.label", TEXT),
    ("purposes.0.sentence", TEXT),
    ("purposes.0.statutory_class", "prevention"),
    ("purposes.0.exchanges.1.needed", True),
    ("purposes.0.exchanges.1.frequency", TEXT),
    ("purposes.0.exchanges.1.period", "P2Y"),
    ("purposes.0.exchanges.1.period", None),
    ("purposes.0.exchanges.+", EXCHANGE),
    ("purposes.+", PURPOSE),
    ("legal_basis", TEXT),
    ("retention", TEXT),
    ("recipients", TEXT),
    ("processors.+", PROCESSOR),
    ("processors.0.role", TEXT),
    ("processors.0.country", TEXT),
    ("hosting.name", "Nuage"),
    ("hosting.place", TEXT),
    ("hosting.certification", TEXT),
    ("transfers", TEXT),
    ("automated_decisions", TEXT),
    ("reuse", TEXT),
    ("withdrawal", TEXT),
    ("rights", TEXT),
    ("economic_model", "paid"),
    ("device_class", "medical"),
]
EDITORIAL: list[tuple[str, Any]] = [
    ("name", "Parcours Nouveau"),
    ("controller.email", "autre@trois-rivieres.example"),
    ("representative", PARTY),
    ("data_protection_officer.email", "autre@trois-rivieres.example"),
    ("benefit", TEXT),
    ("purposes.0.exchanges.1.consequence", TEXT),
    ("purposes.0.exchanges.0.needed", False),
    ("durations", [30, 90]),
    ("legal_texts.0.version", "2027"),
    ("recourse.service", ADDRESSES),
    ("recourse.support", ADDRESSES),
    ("recourse.authority", ADDRESSES),
    ("recourse.authority_url", "https://cnil.example"),
    ("terms.version", "4.0"),
    ("privacy_policy.version", "4.0"),
    ("processors", []),
]


def changed(path: str, value: Any) -> Sheet:
    """The sample sheet with one thing put in, ``+`` standing for one more of a list."""
    content = copy.deepcopy(sheet_content())
    *way, last = path.split(".")
    place: Any = content
    for step in way:
        place = place[int(step) if step.isdigit() else step]
    if last == "+":
        place.append(value)
    else:
        place[int(last) if last.isdigit() else last] = value
    return parse_sheet(content)


@pytest.fixture
def before() -> Sheet:
    return parse_sheet(sheet_content())


@pytest.mark.parametrize(("path", "value"), MATERIAL, ids=[path for path, _ in MATERIAL])
def test_what_gives_more_than_was_told_is_material(before, path, value):
    """EDPB 05/2020: a consent covers what the person was told, and nothing that came after."""
    weights = {change.weight for change in difference(before, changed(path, value)).changes}

    assert weights == {"material"}


@pytest.mark.parametrize(("path", "value"), EDITORIAL, ids=[path for path, _ in EDITORIAL])
def test_what_gives_nobody_anything_is_editorial(before, path, value):
    weights = {change.weight for change in difference(before, changed(path, value)).changes}

    assert weights == {"editorial"}


@pytest.mark.parametrize(
    "path", [path for path, value in MATERIAL if value == TEXT and "." not in path]
)
def test_commas_and_capitals_are_editorial(before, path):
    said = sheet_content()[path]

    louder = changed(path, {language: f"{text.upper()} !" for language, text in said.items()})

    assert not difference(before, louder).material


def test_an_exchange_that_leaves_makes_the_sheet_narrower(before):
    content = sheet_content()
    del content["purposes"][0]["exchanges"][1]

    (change,) = difference(before, parse_sheet(content)).changes

    assert (change.kind, change.weight, change.place.of) == ("removed", "narrower", READ_DOCUMENTS)


def test_a_shorter_period_is_narrower_and_none_is_no_limit(before):
    shorter = changed("purposes.0.exchanges.1.period", "P6M")
    unlimited = changed("purposes.0.exchanges.1.period", None)

    assert [change.weight for change in difference(before, shorter).changes] == ["narrower"]
    assert [change.weight for change in difference(unlimited, shorter).changes] == ["narrower"]


def test_a_purpose_that_leaves_takes_its_exchanges_with_it(before):
    content = sheet_content()
    content["purposes"] = content["purposes"][1:]

    changes = difference(before, parse_sheet(content)).changes

    assert {change.place.field for change in changes} == {"purposes", "exchanges"}
    assert {(change.kind, change.weight) for change in changes} == {("removed", "narrower")}


def test_the_same_sheet_differs_in_nothing(before):
    same = difference(before, parse_sheet(sheet_content()))

    assert not same.changes
    assert {place.field for place in same.unchanged} >= {"recipients", "exchanges", "terms"}


OTHER_LOGO = tomllib.loads((SHEETS / "glyco-carnet.toml").read_text(encoding="utf-8"))["logo"]


def leaves(content: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(content, dict):
        for name, value in content.items():
            yield from leaves(value, f"{path}.{name}" if path else name)
    elif isinstance(content, list):
        for number, value in enumerate(content):
            yield from leaves(value, f"{path}.{number}")
    else:
        yield path, content


def another(path: str, value: Any) -> Any:
    known = {
        "statutory_class": "prevention",
        "economic_model": "paid",
        "device_class": "medical",
        "direction": "write" if value == "read" else "read",
        "period": "P7M",
        "date": "2030-01-01",
        "category": "treatments",
        "logo": OTHER_LOGO,
    }
    last = path.rpartition(".")[2]
    if last in known:
        return known[last]
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return 366 if path.endswith("2") else value + 1
    return f"{value}x" if "oid" not in path else "2.999.8"


# An area with one category has no other to change to; and another area is another category.
FIXED = (".area", "purposes.1.exchanges.0.category")
LEAVES = {path: value for path, value in leaves(sheet_content()) if not path.endswith(FIXED)}


@pytest.mark.parametrize("path", LEAVES)
def test_nothing_on_a_sheet_can_change_unseen(before, path):
    assert difference(before, changed(path, another(path, LEAVES[path]))).changes
