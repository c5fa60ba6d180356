"""Every answer carries the headers that take power away from whoever would misuse a page."""

import pytest


@pytest.mark.parametrize("path", ["/", "/sign-in", "/nowhere", "/services", "/token", "/jwks"])
def test_every_answer_is_hardened(http, path):
    headers = http.get(path).headers

    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'")
    assert "frame-ancestors 'none'" in policy
    assert "script-src" not in policy
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["Strict-Transport-Security"].startswith("max-age=")
    assert "Access-Control-Allow-Origin" not in headers


@pytest.mark.parametrize("path", ["/", "/sign-in", "/services", "/nowhere"])
def test_pages_are_never_stored(http, path):
    assert http.get(path).headers["Cache-Control"] == "no-store"


def test_the_style_sheet_may_be_kept_for_its_address_changes_with_it(http):
    page = http.get("/").text
    address = page.split('rel="stylesheet" href="')[1].split('"')[0]

    answer = http.get(address)

    assert answer.status_code == 200
    assert "max-age=31536000" in answer.headers["Cache-Control"]
    assert int(answer.headers["Content-Length"]) < 12_000


def test_forms_stay_here_but_for_the_one_service_that_asks(http, make):
    """Chromium applies form-action to the redirects that follow a form."""
    client = make.client("hospital")
    request = make.request(client)

    asked = http.get(f"/sign-in?request={request.id}").headers["Content-Security-Policy"]
    plain = http.get("/sign-in").headers["Content-Security-Policy"]

    assert "form-action 'self' https://hospital.example;" in asked
    assert "form-action 'self';" in plain


def test_nothing_inline_and_no_script_at_all(http, make):
    request = make.request(make.client("hospital"))
    http.sign_in(make.account(), query=f"?request={request.id}")

    for path in ("/", "/catalogue/hospital", f"/consent/{request.id}", "/services", "/history"):
        page = http.get(path).text
        assert "<script" not in page
        assert "style=" not in page
        assert " onclick" not in page
        assert "http-equiv" not in page
