"""French and English: asked for by the request, saved, or said by the browser; else French."""

import pytest

from authz.db import db
from authz.identity.models import Account


def language_of(page):
    return page.text.split('<html lang="')[1][:2]


@pytest.mark.parametrize(
    ("accepted", "spoken"),
    [("en-GB,fr;q=0.5", "en"), ("fr-CA", "fr"), ("de,it", "fr"), ("", "fr")],
)
def test_the_browser_is_listened_to_and_french_is_the_default(http, accepted, spoken):
    assert language_of(http.get("/", headers={"Accept-Language": accepted})) == spoken


def test_a_choice_is_kept_and_leads_back_to_the_same_page(http):
    answer = http.submit("/language", language="fr", path="/catalogue")

    assert answer.location == "/catalogue"
    assert language_of(http.get("/catalogue")) == "fr"


def test_a_choice_is_saved_with_the_account(http, camille):
    http.sign_in(camille)

    http.submit("/language", language="fr", path="/services")

    db.session.expire_all()
    assert db.session.query(Account).one().language == "fr"


def test_ui_locales_come_before_what_is_saved(http, make, camille, hospital):
    """OIDC Core §3.1.2.1."""
    request = make.request(hospital, ui_locales="de fr-FR en")
    http.sign_in(camille, query=f"?request={request.id}")

    assert language_of(http.get(f"/consent/{request.id}")) == "fr"


def test_a_choice_on_the_page_comes_before_ui_locales(http, make, camille, hospital):
    request = make.request(hospital, ui_locales="fr")
    http.sign_in(camille, query=f"?request={request.id}")

    http.submit(f"/consent/{request.id}", language="en")

    assert language_of(http.get(f"/consent/{request.id}")) == "en"


@pytest.mark.parametrize(
    "path",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "/nowhere", "", "javascript:x"],
)
def test_the_way_back_is_one_of_our_pages_or_the_first(http, path):
    assert http.submit("/language", language="en", path=path).location == "/"


def test_the_request_is_kept_when_the_language_changes_before_sign_in(http, pending):
    answer = http.submit("/language", language="fr", path="/sign-in", request=str(pending.id))

    assert answer.location == f"/sign-in?request={pending.id}"
