"""An operator reads what people reported, answers it and closes it, one line for each."""

from functools import partial

import pytest

from authz.cases.models import Case
from authz.cases.open_case import Matter, open_case
from authz.consent.by import By
from authz.db import db
from tests.demo.test_intake import lines, refused


@pytest.fixture
def operator(authz, database):
    return partial(authz, AUTHZ_DATABASE_URL=database)


@pytest.fixture
def case(make):
    """A report of Camille's."""
    by, service = By(make.account(), language="fr"), make.service("hospital")
    opened = open_case(Matter("report", service.id), "Il m’appelle la nuit.", by=by, at=make.at)
    db.session.commit()
    return str(opened.id)


def test_a_case_is_listed_read_answered_and_closed(operator, case):
    (listed,) = lines(operator("case", "list"))
    shown = operator("case", "show", case).stdout

    assert listed.startswith(f"{case}  open      report")
    assert listed.endswith("hospital")
    assert "Il m’appelle la nuit." in shown
    assert refused(operator("case", "close", case, "--by", "op-1"))
    assert lines(operator("case", "answer", case, "--by", "op-1", typed="Nous avons demandé.\n"))
    assert "Nous avons demandé." in operator("case", "show", case).stdout
    assert refused(operator("case", "answer", case, "--by", "op-2", "--text", "Non."))
    assert lines(operator("case", "close", case, "--by", "op-1")) == [f"case {case}: closed"]
    assert lines(operator("case", "list")) == []
    assert len(lines(operator("case", "list", "--all"))) == 1


def test_the_operator_learns_nobodys_name(operator, case):
    said = operator("case", "list").stdout + operator("case", "show", case).stdout
    patient = str(db.session.query(Case).one().patient_id)

    for secret in ("Camille", "camille", "Martin", "1956", patient):
        assert secret not in said


@pytest.mark.parametrize("verb", ["show", "answer", "close"])
def test_a_case_that_does_not_exist_is_one_line(operator, app, verb):
    more = () if verb == "show" else ("--by", "op-1")
    number = "00000000-0000-7000-8000-000000000000"

    assert refused(operator("case", verb, number, *more, typed="x")) == ["There is no such case."]
