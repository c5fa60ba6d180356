"""A sheet that lacks something patients must be shown cannot be published."""

import psycopg
import pytest
from pydantic import ValidationError

from authz.catalogue.asked import asked
from authz.catalogue.categories import categories
from authz.catalogue.errors import DetailsNotOffered, OidTaken, ScopeNotOffered
from authz.catalogue.publish import publish_sheet
from authz.catalogue.queries import current_sheet, sheet_by_number
from authz.catalogue.sheet import Sheet, days_of, parse_sheet, sheet_of
from authz.db import db
from tests.builders import READ_MEASUREMENTS, sheet_content

OPTIONAL = {"representative", "changes"}
REQUIRED = sorted(set(Sheet.model_fields) - OPTIONAL)


@pytest.fixture
def sheet():
    return parse_sheet(sheet_content())


@pytest.mark.parametrize("field", REQUIRED)
def test_no_field_may_be_left_out(field):
    """GDPR art. 13; ISO/IEC TS 27560."""
    content = sheet_content()
    del content[field]

    with pytest.raises(ValidationError, match=field):
        parse_sheet(content)


def test_a_version_from_before_logos_and_conventions_stays_readable(make):
    service = make.service()
    row = current_sheet(service.id)
    row.content = {k: v for k, v in row.content.items() if k not in {"logo", "convention"}}
    row.digest = "f" * 64

    assert sheet_of(row).logo is None


@pytest.mark.parametrize("language", ["fr", "en"])
def test_both_languages_are_compulsory(language):
    content = sheet_content()
    content["reason"] = {key: words for key, words in content["reason"].items() if key != language}

    with pytest.raises(ValidationError, match=language):
        parse_sheet(content)


@pytest.mark.parametrize(
    "changed",
    [
        {"unknown": "field"},
        {"reason": {"fr": "x" * 161, "en": "short"}},
        {"durations": [90, 30]},
        {"durations": [0, 30]},
        {"purposes": []},
    ],
)
def test_what_does_not_fit_is_refused(changed):
    with pytest.raises(ValidationError):
        parse_sheet(sheet_content(**changed))


@pytest.mark.parametrize("mark", ["\n", "\x00", "\x85", "\u2028", "\u2029", "\u202e", "\u200b"])
def test_a_line_is_one_line_that_can_be_seen(mark):
    for changed in ({"name": f"Nice{mark}Name"}, {"benefit": {"fr": "Oui", "en": f"Y{mark}es"}}):
        with pytest.raises(ValidationError, match="one line"):
            parse_sheet(sheet_content(**changed))


def test_the_spaces_of_french_typography_stay():
    sheet = parse_sheet(sheet_content(name="Suivi\u00a0: l\u202fété"))

    assert sheet.name == "Suivi\u00a0: l\u202fété"


def test_versions_are_numbered_and_stay(make, at):
    service = make.service()

    second = publish_sheet(service, sheet_content(durations=[30]), at=at)
    db.session.commit()

    assert (second.number, current_sheet(service.id).id) == (2, second.id)
    assert sheet_by_number(service.id, 1).digest != second.digest


def test_an_oid_names_one_service(make, at):
    """It names the producer of what is added: nobody may add in another's name."""
    first, second = make.service("first"), make.service("second")

    with pytest.raises(OidTaken):
        publish_sheet(second, current_sheet(first.id).content, at=at)


def test_a_sheet_that_nobody_can_read_is_refused():
    purpose = sheet_content()["purposes"][0]
    many = [purpose | {"code": f"purpose-{number}"} for number in range(30)]

    with pytest.raises(ValidationError, match="at most 60 exchanges"):
        parse_sheet(sheet_content(purposes=many))


@pytest.mark.parametrize(
    "change", ["UPDATE service_sheet SET number = 9", "DELETE FROM service_sheet"]
)
def test_a_published_sheet_never_changes(make, database, change):
    make.service()

    with psycopg.connect(database) as connection, pytest.raises(psycopg.errors.RestrictViolation):
        connection.execute(change)


def test_scopes_stand_for_the_exchanges_that_they_cover(sheet):
    (offer,) = asked(sheet, scope="openid patient/DocumentReference.rs", details=None)

    assert offer.id == "pre-admission:record:read:documents"


def test_details_name_exchanges_exactly(sheet):
    wanted = next(offer for offer in sheet.offers if offer.id == READ_MEASUREMENTS)

    assert asked(sheet, scope="openid", details=[wanted.detail()]) == (wanted,)


@pytest.mark.parametrize(
    "scope", ["openid", "", "openid admin", "patient/*.rs", "patient/Observation.cruds"]
)
def test_what_is_not_on_the_sheet_cannot_be_asked(sheet, scope):
    with pytest.raises(ScopeNotOffered):
        asked(sheet, scope=scope, details=None)


@pytest.mark.parametrize(
    "changed",
    [
        {"type": "payment"},
        {"purpose": "research"},
        {"actions": ["read", "write"]},
        {"actions": ["delete"]},
        {"category": "allergies"},
        {"area": "messaging"},
        {"surprise": True},
    ],
)
def test_details_that_are_not_on_the_sheet_are_refused(sheet, changed):
    """RFC 9396 §5."""
    detail = next(offer for offer in sheet.offers if offer.id == READ_MEASUREMENTS).detail()

    with pytest.raises(DetailsNotOffered):
        asked(sheet, scope="openid", details=[detail | changed])


def test_a_period_cannot_be_widened_by_the_request(sheet):
    offered = next(offer for offer in sheet.offers if offer.id == READ_MEASUREMENTS)

    (offer,) = asked(sheet, scope="openid", details=[offered.detail() | {"period": "P99Y"}])

    assert offer.period == offered.period


def test_scopes_are_distinct_for_every_category_and_direction():
    scopes = [item.scope(direction) for item in categories() for direction in ("read", "write")]

    assert len(scopes) == len(set(scopes))


@pytest.mark.parametrize(("period", "days"), [("P30D", 30), ("P12M", 372), ("P2Y", 732)])
def test_periods_are_counted_generously(period, days):
    assert days_of(period) == days
