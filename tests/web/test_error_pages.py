"""An error page says what happened, what to do, and a reference; never what was sent."""

import pytest
from pydantic import SecretStr

from authz.app import create_app
from tests.pages import Visitor, words


@pytest.mark.parametrize(
    ("path", "status", "title"),
    [
        ("/nowhere", 404, "This page does not exist"),
        ("/language", 405, "This page cannot be opened this way"),
        ("/consent/00000000-0000-7000-8000-000000000000", 410, "This question is closed"),
        ("/services/not-a-uuid", 404, "This page does not exist"),
        ("/demo/mail", 404, "This page does not exist"),
    ],
)
def test_each_error_has_its_words_and_its_status(http, path, status, title):
    page = http.get(path)

    assert page.status_code == status
    assert title in words(page)
    assert "Reference for our help desk:" in words(page)
    assert "Our help desk: help@authz.test" in words(page)


def test_errors_speak_french_too(http):
    page = http.get("/nowhere", headers={"Accept-Language": "fr"})

    assert '<html lang="fr">' in page.text
    assert "Cette page n’existe pas" in page.text


def test_what_was_sent_is_never_echoed(http):
    page = http.get("/<script>alert(1)</script>?x=<b>echo</b>")

    assert page.status_code == 404
    assert "alert" not in page.text
    assert "echo" not in page.text


def test_a_database_that_is_away_is_said_politely(settings):
    nowhere = SecretStr("postgresql://authz@127.0.0.1:1/authz")
    app = create_app(settings.model_copy(update={"database_url": nowhere}))

    page = Visitor(app, app.response_class).get("/catalogue")

    assert page.status_code == 503
    assert page.headers["Retry-After"] == "10"
    assert "not available at this moment" in words(page)


@pytest.mark.parametrize("host", ["evil.example", "authz.test.evil.example", "authz.test@evil"])
def test_a_strange_host_gets_no_page(http, host):
    """ZITADEL CVE-2023-49097: no address is ever built from it."""
    answer = http.get("/sign-in", headers={"Host": host, "X-Forwarded-Host": host})

    assert answer.status_code == 400
    assert "evil" not in answer.text


def test_forwarded_headers_count_for_nothing_without_a_proxy_of_ours(http):
    answer = http.get("/services", headers={"X-Forwarded-Host": "evil.example"})

    assert answer.location == "/sign-in"
