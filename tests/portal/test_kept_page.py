"""A question that many are asked is rendered once. Nobody sees what it says of somebody else."""

import re
from datetime import timedelta

import pytest

from authz.catalogue.sheet import parse_sheet
from authz.db import db
from tests.builders import sheet_content
from tests.pages import Visitor, words

OFFER = parse_sheet(sheet_content()).offers[0]


def test_each_reads_their_own_name_and_account(app, make, hospital):
    """The text that is kept as evidence is the same, and holds neither."""
    read = set()
    for name in ("camille", "<b>alix</b>"):
        account = make.account("alix" if "alix" in name else name, given_name=name, language="en")
        visitor = Visitor(app, app.response_class)
        request = make.request(hospital, linked_account=f"{name}@hospital")
        visitor.sign_in(account, query=f"?request={request.id}")

        page = visitor.get(f"/consent/{request.id}")

        assert f"You are {name} Martin." in words(page)
        assert f"{name}@hospital" in words(page)
        assert page.text.count(str(request.id)) == 2  # the form, and "This is not me"
        assert "<b>" not in page.text
        read.add(visitor.read[f"/consent/{request.id}"])
    assert len(read) == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"linked_account": None},
        {"scope": f"openid {OFFER.scope}"},
        {"scope": f"openid offline_access {OFFER.scope}"},
        {"redirect_uri": "https://elsewhere.example/callback"},
    ],
)
def test_another_question_is_another_page(app, http, make, camille, hospital, question, changed):
    http.get(question)
    other = make.request(hospital, **{"linked_account": "camille@hospital"} | changed)

    _is_as_if_made_now(app, http, f"/consent/{other.id}")
    assert http.read[f"/consent/{other.id}"] != http.read[question]


def test_another_language_is_another_page(app, http, question):
    http.get(question)
    before = http.read[question]

    http.submit("/language", language="fr")

    _is_as_if_made_now(app, http, question)
    assert http.read[question] != before


def test_another_state_of_the_service_is_another_page(app, http, make, hospital, question):
    http.get(question)
    before = http.read[question]

    make.service_of(hospital).reference = "R-2027-again"
    db.session.commit()

    _is_as_if_made_now(app, http, question)
    assert http.read[question] != before


def test_who_is_too_young_to_allow_is_told_so(app, http, make, hospital, question):
    http.get(question)
    leo = make.account("leo", language="en", birth_date=(make.at - timedelta(days=14 * 366)).date())
    request = make.request(hospital, linked_account="camille@hospital")
    visitor = Visitor(app, app.response_class)
    visitor.sign_in(leo, query=f"?request={request.id}")

    _is_as_if_made_now(app, visitor, f"/consent/{request.id}")
    assert visitor.read[f"/consent/{request.id}"] != http.read[question]


def test_who_may_act_for_others_is_offered_it(app, http, make, camille, question):
    http.get(question)
    before = http.read[question]

    make.mandate(camille, make.patient())

    _is_as_if_made_now(app, http, question)
    assert http.read[question] != before


def _is_as_if_made_now(app, http, path):
    kept, read = _page(http, path), http.read[path]
    app.extensions.pop("authz.moulds")
    assert (_page(http, path), http.read[path]) == (kept, read)


def _page(http, path):
    """But for the token, which changes with the second."""
    return re.sub(r'(name="csrf_token") value="[^"]+"', r"\1", http.get(path).text)
