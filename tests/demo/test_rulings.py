"""An operator checks a sheet, publishes it, and stops a service, with one line for each."""

import tomllib
from functools import partial

import pytest

from tests.demo.conftest import ROOT
from tests.demo.test_intake import SHEET, SLUG, lines, refused

TWO = ("--proposed-by", "op-1", "--confirmed-by", "op-2")


@pytest.fixture
def operator(authz, fresh_database):
    return partial(authz, AUTHZ_DATABASE_URL=fresh_database)


@pytest.fixture
def wider(tmp_path):
    """The same sheet with one more recipient."""
    text = SHEET.read_text(encoding="utf-8")
    recipients = tomllib.loads(text)["recipients"]["en"]
    path = tmp_path / "wider.toml"
    path.write_text(text.replace(recipients, f"{recipients} And the insurer."), encoding="utf-8")
    return path


def test_a_sheet_is_checked_and_compared_without_a_server(operator, wider):
    assert lines(operator("sheet", "check", str(SHEET)))[-1] == f"{SHEET}: complete; remarks: 1"
    assert lines(operator("sheet", "diff", str(SHEET), str(wider))) == [
        "material   changed  recipients",
        "material: consents must be confirmed by a date",
    ]
    assert lines(operator("sheet", "diff", str(SHEET), str(SHEET))) == ["may be editorial"]
    assert refused(operator("sheet", "check", str(ROOT / "pyproject.toml")))


def test_a_wider_sheet_needs_a_date(operator, wider):
    operator("service", "add", str(SHEET), *SLUG, "--reference", "R-1")

    assert refused(operator("service", "publish", str(wider), *SLUG)) == ["material: recipients"]
    published = operator("service", "publish", str(wider), *SLUG, "--confirm-by", "2090-06-30")
    assert lines(published) == ["service carnet: sheet 2, to be confirmed by 2090-06-30"]


def test_a_service_is_stopped_let_go_on_and_taken_out(operator):
    operator("service", "add", str(SHEET), *SLUG, "--reference", "R-1")

    stopped = operator("service", "suspend", *SLUG, "--reason", "security", "--by", "op-1")
    assert lines(stopped) == ["service carnet: suspended (security)"]
    alone = ("--proposed-by", "op-1", "--confirmed-by", "op-1")
    assert refused(operator("service", "lift", *SLUG, "--reason", "resolved", *alone))
    lifted = operator("service", "lift", *SLUG, "--reason", "resolved", *TWO)
    assert lines(lifted) == ["service carnet: referenced again (resolved)"]
    ended = operator("service", "dereference", *SLUG, "--reason", "rules", *TWO)
    assert lines(ended) == ["service carnet: taken out of the catalogue (rules)"]
    assert refused(operator("service", "suspend", *SLUG, "--reason", "rules", "--by", "op-1"))
