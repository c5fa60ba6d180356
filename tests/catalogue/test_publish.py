"""A version that gives more than was told is published with a date to confirm by, or not at all."""

from datetime import timedelta

import pytest

from authz.catalogue.errors import MustBeConfirmed, NoticeTooShort
from authz.catalogue.publish import NOTICE, publish_sheet
from tests.builders import sheet_content
from tests.journal import public_events

RECIPIENTS = {"fr": "Et l’assurance.", "en": "And the insurance company."}


@pytest.fixture
def hospital(make):
    return make.service("hospital", oid="2.999.1")


def test_what_is_material_cannot_be_called_editorial(hospital, at):
    content = sheet_content(oid="2.999.1", recipients=RECIPIENTS)

    with pytest.raises(MustBeConfirmed, match="recipients"):
        publish_sheet(hospital, content, at=at)


def test_the_entry_says_that_it_is_material_and_by_when(hospital, at):
    content = sheet_content(oid="2.999.1", recipients=RECIPIENTS)

    publish_sheet(hospital, content, at=at, confirm_by=at + NOTICE)

    told = public_events("sheet:published")[-1]["facts"]
    assert (told["sheet"], told["change"]) == (2, "material")
    assert told["confirm_by"].startswith((at + NOTICE).isoformat()[:16])


def test_a_notice_is_enough_for_what_is_editorial(hospital, at):
    second = publish_sheet(hospital, sheet_content(oid="2.999.1", name="Autre nom"), at=at)

    assert second.confirm_by is None
    assert [told["facts"]["change"] for told in public_events("sheet:published")] == [
        "first",
        "editorial",
    ]


def test_the_operator_may_call_any_version_material(hospital, at):
    content = sheet_content(oid="2.999.1", name="Autre nom")

    assert publish_sheet(hospital, content, at=at, confirm_by=at + NOTICE).confirm_by


def test_people_get_time_to_confirm(hospital, at):
    content = sheet_content(oid="2.999.1", recipients=RECIPIENTS)

    with pytest.raises(NoticeTooShort):
        publish_sheet(hospital, content, at=at, confirm_by=at + NOTICE - timedelta(seconds=1))
