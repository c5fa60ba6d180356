"""A client registers: what the tests of dynamic registration have in common."""

import json as jsons
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from authz.catalogue.admit import issue_admission
from authz.catalogue.models import Service
from authz.db import db
from authz.settings import Registration
from tests.protocol.wire import FromNow, Key, new_key, public, signed

AUTHORITY = "https://catalogue.example"
REDIRECT = "https://diary.example/cb"
GIVEN = {"redirect_uris": [REDIRECT], "client_name": "Diary"}
Register = Callable[..., TestResponse]


@pytest.fixture
def register(http: FlaskClient, at: datetime) -> Register:
    """Register with a fresh initial access token, for a relying party unless a service is named."""

    def sent(given: Any = GIVEN, *, service: Service | None = None) -> TestResponse:
        token = issue_admission(service, uses=1, at=at, lifetime=timedelta(days=1))
        db.session.commit()
        return http.post("/register", json=given, headers=bearer(token))

    return sent


@pytest.fixture
def known(register: Register) -> dict[str, Any]:
    body: dict[str, Any] = register().json
    return body


@pytest.fixture
def configured(app: Flask) -> Iterator[Callable[..., None]]:
    before = app.extensions["authz"]

    def configure(registration: Registration, environment: str = "production") -> None:
        app.extensions["authz"] = before.model_copy(
            update={"registration": registration, "environment": environment}
        )

    yield configure
    app.extensions["authz"] = before


@pytest.fixture
def authority(configured: Callable[..., None], tmp_path: Path) -> Key:
    """The public authority's key; its software statements are believed."""
    key = new_key()
    path = tmp_path / "authority.json"
    path.write_text(jsons.dumps({"keys": [public(key) | {"kid": "authority"}]}))
    configured(Registration(authority=AUTHORITY, authority_keys=path))
    return key


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def statement(key: Key, slug: str, **changed: Any) -> str:
    claims = {
        "iss": AUTHORITY,
        "iat": FromNow(0),
        "exp": FromNow(600),
        "software_id": slug,
        "redirect_uris": [REDIRECT],
        "jwks": {"keys": [public(new_key()) | {"kid": "stated"}]},
    }
    return signed(claims | changed, key, kid="authority")


def refused(answer: TestResponse, status: int, error: str) -> bool:
    assert answer.mimetype == "application/json", answer.data
    assert (answer.status_code, answer.json["error"]) == (status, error), answer.json
    return True


def address(known: dict[str, Any]) -> str:
    return f"/register/{known['client_id']}"


def held(known: dict[str, Any]) -> dict[str, str]:
    return bearer(known["registration_access_token"])
