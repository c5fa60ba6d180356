"""The resource server before the real authorization server: HTTP between them, in one process."""

import hashlib
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from authz.consent.give import Decision
from authz.db import db
from authz.identity.models import Account
from authz.identity.subject import pairwise_subject
from authz.resources.app import create_resource_app
from authz.resources.models import FhirResource
from authz.resources.settings import ResourceSettings
from authz.settings import Settings
from tests.builders import Guard, Make, Party
from tests.protocol.wire import ISSUER, Key, base64url, jkt, new_key, proof

ORIGIN = "https://record.test"
WEIGHT = {
    "resourceType": "Observation",
    "status": "final",
    "category": [{"coding": [{"code": "vital-signs"}]}],
    "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
    "effectiveDateTime": "2026-03-01T08:00:00+01:00",
    "valueQuantity": {"value": 71.5, "unit": "kg"},
}


@pytest.fixture
def guard(make: Make) -> Guard:
    return make.resource_server("record", "record", "agenda")


@pytest.fixture
def resource_settings(database: str, guard: Guard) -> ResourceSettings:
    return ResourceSettings(ORIGIN, ISSUER, database, guard.row.client_id, guard.secret)


@pytest.fixture
def serve(resource_settings: ResourceSettings) -> Iterator[Callable[..., Flask]]:
    """Starts resource servers behind a network of the test's own making."""
    served = []

    def started(network: httpx2.BaseTransport) -> Flask:
        served.append(create_resource_app(resource_settings, transport=network))
        return served[-1]

    yield started
    for app in served:
        with app.app_context():
            for engine in db.engines.values():
                engine.dispose()


@pytest.fixture
def resource_app(app: Flask, serve: Callable[..., Flask]) -> Flask:
    return serve(httpx2.WSGITransport(app=app))


@dataclass
class Service:
    """A service that holds a token, and the key that it is bound to."""

    http: FlaskClient
    key: Key
    token: str
    decision: Decision

    def get(self, path: str, **changed: Any) -> TestResponse:
        return self.http.get(path, base_url=ORIGIN, headers=self.headers("GET", path, **changed))

    def post(self, path: str, body: Any, **changed: Any) -> TestResponse:
        sent = {"data": body} if isinstance(body, bytes) else {"json": body}
        headers = self.headers("POST", path, **changed)
        return self.http.post(path, base_url=ORIGIN, headers=headers, **sent)

    def headers(self, method: str, path: str, **changed: Any) -> dict[str, str]:
        return {
            "Authorization": f"DPoP {self.token}",
            "DPoP": self.proof(method, path, **changed),
        }

    def proof(self, method: str, path: str, *, key: Key | None = None, **changed: Any) -> str:
        claims = {
            "jti": secrets.token_hex(8),
            "htm": method,
            "htu": ORIGIN + path.partition("?")[0],
            "ath": base64url(hashlib.sha256(self.token.encode()).digest()),
            "iat": int(time.time()),
        }
        return proof(key or self.key, **claims | changed)


@pytest.fixture
def hospital(make: Make) -> Party:
    return make.client("hospital")


@pytest.fixture
def connect(make: Make, hospital: Party, resource_app: Flask):
    """Camille allows the hospital the given exchanges; the service that now holds a token.

    Or somebody else does, perhaps by a mandate.
    """
    camille = make.account()

    def connected(*chosen: str, account: Account | None = None, **changed: Any) -> Service:
        decision = make.decision(account or camille, hospital, *chosen, **changed)
        key = new_key()
        issued = make.tokens(decision, hospital, jkt=jkt(key))
        return Service(resource_app.test_client(), key, issued.access_token, decision)

    return connected


@pytest.fixture
def keep(guard: Guard, settings: Settings, at: datetime):
    """Puts a resource into the space of the patient of a decision."""

    def kept(
        service: Service,
        category: str = "measurements",
        kind: str = "Observation",
        *,
        area: str = "record",
        days_ago: float | None = 10,
        hidden: bool = False,
        **body: Any,
    ) -> FhirResource:
        salt = settings.pairwise_salt.get_secret_value()
        patient = service.decision.consent.patient_id
        row = FhirResource(
            subject=pairwise_subject(patient, guard.row.sector, salt),
            area=area,
            category=category,
            type=kind,
            body=body,
            hidden=hidden,
            producer="urn:oid:2.999.1",
            effective_at=None if days_ago is None else at - timedelta(days=days_ago),
            created_at=at,
        )
        db.session.add(row)
        db.session.commit()
        return row

    return kept
