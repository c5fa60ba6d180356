"""The acceptance scenarios borrow the fixtures of the rooms.

A patient with a browser, a service with a token, and the resource server between them.
"""

from datetime import datetime
from typing import Any

import pytest
from flask import Flask

from authz.db import db
from authz.identity.models import Account, Mandate, Patient
from authz.identity.queries import account as account_by_id
from tests.builders import Guard, Make, Party
from tests.ledger.conftest import ledger  # noqa: F401 - a fixture
from tests.pages import Visitor
from tests.protocol.hearing import listener, pusher, worker  # noqa: F401 - fixtures
from tests.protocol.wire import Key, basic, new_key
from tests.resources.conftest import (  # noqa: F401 - fixtures
    Service,
    connect,
    guard,
    hospital,
    keep,
    resource_app,
    resource_settings,
    serve,
)
from tests.scenarios.confidential import clinic_of, mother_of_lea


@pytest.fixture
def patient(app: Flask) -> Visitor:
    return Visitor(app, app.response_class)


@pytest.fixture
def http(patient: Visitor) -> Visitor:
    """The browser, and everything else that comes over the wire."""
    return patient


@pytest.fixture
def camille(make: Make) -> Account:
    return make.account(language="en")


@pytest.fixture
def mandate(make: Make, at: datetime) -> Mandate:
    """Sophie acts for Léa, her daughter of sixteen."""
    return mother_of_lea(make, at)


@pytest.fixture
def clinic(make: Make) -> Party:
    """It asks for documents and for confidential care."""
    return clinic_of(make)


@pytest.fixture
def key() -> Key:
    """The key that the service binds its tokens to."""
    return new_key()


@pytest.fixture
def sees(app: Flask, guard: Guard):  # noqa: F811 - the fixture above
    """What the resource server is told about a service's token."""
    http = Visitor(app, app.response_class)

    def seen(service: Service) -> dict[str, Any]:
        headers = basic(guard)
        answer = http.post("/introspect", data={"token": service.token}, headers=headers)
        body: dict[str, Any] = answer.json
        return body

    return seen


def account_of(service: Service) -> Account:
    """Whose pages are in English from here on."""
    account = account_by_id(service.decision.consent.account_id)
    account.language = "en"
    db.session.commit()
    return account


@pytest.fixture
def sophie(make: Make) -> Account:
    return make.account("sophie", language="en")


@pytest.fixture
def marc(make: Make) -> Account:
    return make.account("marc", language="en")


@pytest.fixture
def leo(make: Make) -> Patient:
    """A child, without an account."""
    return make.patient()
