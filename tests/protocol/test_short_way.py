"""Hot endpoints are answered without Flask's routing, and nobody can tell (decision 0012)."""

from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder, run_wsgi_app

from authz.protocol.endpoints import SHORT
from tests.builders import Guard, Make, Party
from tests.protocol.wire import ISSUER, basic

FORM = "application/x-www-form-urlencoded"
Told = tuple[str, list[tuple[str, str]], bytes]


def environ(path: str, data: dict[str, str] | bytes | None = None, **how: Any) -> dict[str, Any]:
    how = {"method": "GET" if data is None else "POST", "base_url": ISSUER} | how
    if data is not None:
        how = {"content_type": FORM} | how
    return EnvironBuilder(path, data=data, **how).get_environ()


def told(app: Any, environ: dict[str, Any]) -> Told:
    body, status, headers = run_wsgi_app(app, environ)
    return status, sorted(headers), b"".join(body)


def long_way(server: Flask) -> Any:
    return lambda environ, start: Flask.wsgi_app(server, environ, start)


@pytest.fixture
def ways(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which way each request took, in order."""
    taken: list[str] = []
    short = app._answered
    monkeypatch.setattr(app, "_answered", lambda *how: taken.append("short") or short(*how))
    whole = app.full_dispatch_request
    monkeypatch.setattr(app, "full_dispatch_request", lambda: taken.append("long") or whole())
    return taken


@pytest.fixture
def token(make: Make, diary: Party) -> str:
    return make.tokens(make.decision(make.account("camille"), diary), diary).access_token


def test_both_ways_answer_alike(app: Flask, record: Guard, token: str, ways: list[str]) -> None:
    """Byte for byte, a yes and every kind of no."""
    wrong = {"Authorization": "Basic " + "cmVjb3JkOndyb25n"}
    asked: list[dict[str, Any]] = [
        {"path": "/introspect", "data": {"token": token}, "headers": basic(record)},
        {"path": "/introspect", "data": {"token": "never-issued"}, "headers": basic(record)},
        {"path": "/introspect", "data": {"token": token}, "headers": wrong},
        {"path": "/introspect", "data": {"token": token}},
        {"path": "/introspect", "data": {"x": "y"}, "headers": basic(record)},
        {"path": "/introspect", "data": b"token=%FF", "headers": basic(record)},
        {"path": "/introspect", "data": b"token=a&token=b", "headers": basic(record)},
        {"path": "/token", "data": {"grant_type": "password"}, "headers": basic(record)},
        {"path": "/token", "data": b""},
        {"path": "/par", "data": {"client_id": "nobody"}},
        {"path": "/jwks"},
        {"path": "/userinfo"},
        {"path": "/userinfo", "headers": {"Authorization": f"Bearer {token}"}},
        {"path": "/userinfo", "headers": {"Authorization": f"DPoP {token}"}},
        {"path": "/userinfo", "data": {"access_token": token}},
        {"path": "/.well-known/openid-configuration"},
        {"path": "/.well-known/oauth-authorization-server"},
        {"path": "/introspect"},
    ]
    for how in asked:
        short = told(app.wsgi_app, environ(**how))
        assert short == told(long_way(app), environ(**how)), how

    assert ways == ["short", "long"] * len(asked)


UNUSUAL: dict[str, dict[str, Any]] = {
    "a query": {"query_string": "a=b"},
    "another type": {"content_type": "application/json"},
    "a charset": {"content_type": FORM + "; charset=utf-8"},
    "a large body": {"data": b"a=" + b"x" * 8191},
    "many parameters": {"data": b"&".join([b"a"] * 101)},
    "another method": {"method": "PUT"},
    "another host": {"base_url": "https://elsewhere.example"},
    "a long header": {"headers": {"X-Long": "x" * 8190}},
    "a long name": {"headers": {"X" * 200: "x"}},
    "a wish for a document with a body": {"method": "GET", "content_type": FORM},
}


@pytest.mark.parametrize("how", UNUSUAL.values(), ids=UNUSUAL.keys())
def test_what_is_unusual_takes_the_long_way(
    app: Flask, ways: list[str], how: dict[str, Any]
) -> None:
    """And is answered there as ever: body and headers are untouched."""
    request = {"path": "/introspect", "data": {"token": "never-issued"}} | how

    answer = told(app.wsgi_app, environ(**request))

    assert answer == told(long_way(app), environ(**request))
    assert "short" not in ways


ODD_HEADERS = {
    "a port that is no number": {"HTTP_HOST": "authz.test:evil"},
    "a body in chunks": {"HTTP_TRANSFER_ENCODING": "chunked"},
    "a length that is no number": {"CONTENT_LENGTH": "\xb2"},
    "a length of thousands of digits": {"CONTENT_LENGTH": "0" * 5000 + "5"},
}


@pytest.mark.parametrize("odd", ODD_HEADERS.values(), ids=ODD_HEADERS.keys())
def test_an_odd_header_takes_the_long_way(app: Flask, ways: list[str], odd: dict[str, str]) -> None:
    status, _, _ = told(app.wsgi_app, environ("/introspect", {"token": "never-issued"}) | odd)

    assert status.startswith("4")
    assert "short" not in ways


def test_a_body_that_ends_early_takes_the_long_way(app: Flask, ways: list[str]) -> None:
    cut = environ("/introspect", {"token": "never-issued"}) | {"CONTENT_LENGTH": "400"}
    cut["wsgi.input"] = BytesIO(b"token=never")

    told(app.wsgi_app, cut)

    assert "short" not in ways


def test_a_fault_of_ours_is_told_alike(
    app: Flask, record: Guard, token: str, ways: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a text that nobody is told")

    monkeypatch.setattr("authz.protocol.introspect._caller", broken)
    asked = {"path": "/introspect", "data": {"token": token}, "headers": basic(record)}

    short = told(app.wsgi_app, environ(**asked))

    assert short == told(long_way(app), environ(**asked))
    assert short[0].startswith("500")
    assert b"nobody is told" not in short[2]
    assert ways == ["short", "long"]


def test_a_signed_answer_goes_out_alike(
    app: Flask, record: Guard, token: str, ways: list[str]
) -> None:
    headers = basic(record) | {"Accept": "application/token-introspection+jwt"}
    asked = {"path": "/introspect", "data": {"token": token}, "headers": headers}

    short, long = (told(way, environ(**asked)) for way in (app.wsgi_app, long_way(app)))

    assert short[:2] == long[:2]
    assert ("Content-Type", headers["Accept"]) in short[1]
    assert ways == ["short", "long"]


def test_the_headers_go_out_in_the_same_order(
    app: Flask, record: Guard, token: str, ways: list[str]
) -> None:
    asked = {"path": "/introspect", "data": {"token": token}, "headers": basic(record)}

    def order(way: Any) -> Any:
        return list(run_wsgi_app(way, environ(**asked))[2])

    assert order(app.wsgi_app) == order(long_way(app))
    assert ways == ["short", "long"]


def test_every_short_way_leads_to_an_endpoint(app: Flask, http: FlaskClient) -> None:
    assert {way.endpoint for way in app._short.values()} == set(SHORT)
