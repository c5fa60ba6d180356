"""Sign-in says nothing to those who guess, and leads nowhere but to our own pages."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from authz.catalogue.queries import current_sheet
from authz.db import db
from authz.identity.models import Session
from tests.builders import PASSWORD
from tests.pages import words


def cookie(http):
    found = http.get_cookie("__Host-authz", domain="authz.test")
    return found.value if found else None


def test_signing_in_opens_my_services(http, camille):
    answer = http.sign_in(camille)

    assert (answer.status_code, answer.location) == (303, "/services")
    assert http.get("/services").status_code == 200


def test_the_session_cookie_is_locked_to_this_host(http, camille):
    answer = http.sign_in(camille)

    (header,) = [
        line for line in answer.headers.getlist("Set-Cookie") if line.startswith("__Host-authz=")
    ]
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(header.split("; "))
    assert "Domain" not in header
    assert "Expires" not in header


def test_unknown_and_wrong_are_told_alike(http, camille):
    wrong = http.submit("/sign-in", username="camille", password="wrong")
    unknown = http.submit("/sign-in", username="nobody", password="wrong")

    assert wrong.status_code == unknown.status_code == 401
    assert words(wrong).replace("camille", "") == words(unknown).replace("nobody", "")
    assert "The identifier or the password is not right." in words(wrong)


def test_the_password_is_never_sent_back(http, camille):
    page = http.submit("/sign-in", username="camille", password="a-secret-typed-wrong")

    assert "a-secret-typed-wrong" not in page.text


def test_too_many_failures_say_how_long_to_wait(http, camille):
    for _ in range(6):
        page = http.submit("/sign-in", username="camille", password="wrong")
    right = http.submit("/sign-in", username="camille", password=PASSWORD)

    assert page.status_code == right.status_code == 429
    assert int(right.headers["Retry-After"]) > 0
    assert "Try again in 1 minute." in words(right)


def test_a_new_session_at_every_sign_in(http, camille):
    """Session fixation: what the browser brings counts for nothing."""
    http.set_cookie("__Host-authz", "chosen-by-somebody-else", domain="authz.test")
    http.sign_in(camille)
    first = cookie(http)
    http.sign_in(camille)

    assert first not in (None, "chosen-by-somebody-else", cookie(http))
    http.set_cookie("__Host-authz", first, domain="authz.test")
    assert http.get("/services").status_code == 303


def test_signing_out_ends_the_session_itself(http, camille):
    http.sign_in(camille)
    copied = cookie(http)

    answer = http.submit("/sign-out")

    assert answer.location == "/signed-out"
    assert cookie(http) is None
    http.set_cookie("__Host-authz", copied, domain="authz.test")
    assert http.get("/services").status_code == 303


def test_leaving_a_question_shows_the_way_back_to_the_service(http, make, camille):
    hospital = make.client("hospital")
    pending = make.request(hospital)
    http.sign_in(camille, query=f"?request={pending.id}")

    answer = http.submit("/sign-out", request=str(pending.id))
    page = http.get(answer.location)

    name = current_sheet(hospital.row.service_id).content["name"]
    assert f"Go back to {name}" in words(page)
    site = urlsplit(hospital.row.redirect_uris[0])
    assert f'href="{site.scheme}://{site.netloc}/"' in page.text


def test_signing_out_takes_a_form(http, camille):
    http.sign_in(camille)

    assert http.get("/sign-out").status_code == 405
    assert http.get("/services").status_code == 200


@pytest.mark.parametrize(
    ("age", "idle"),
    [(timedelta(hours=13), timedelta()), (timedelta(minutes=40), timedelta(minutes=31))],
)
def test_a_session_ends_when_old_and_when_idle(http, camille, age, idle):
    http.sign_in(camille)
    session = db.session.query(Session).one()
    session.expires_at -= age if not idle else timedelta()
    session.last_seen_at -= idle
    db.session.commit()

    assert http.get("/services").location == "/sign-in"


@pytest.mark.parametrize("name", ["request", "next", "url", "continue", "return_to", "r", "goto"])
@pytest.mark.parametrize(
    "value",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "%2f%2f"],
)
def test_sign_in_never_leads_elsewhere(http, camille, name, value):
    """IdentityServer CVE-2024-39694; CWE-601."""
    answer = http.sign_in(camille, query=f"?{name}={value}")

    assert answer.location == "/services"


def test_the_page_names_the_service_that_waits(http, pending):
    shown = words(http.get(f"/sign-in?request={pending.id}"))

    assert "Parcours Trois-Rivières wants to connect" in shown
