"""Pages are walked through by a visitor."""

import pytest
from flask import Flask

from authz.identity.models import Account
from authz.tokens.models import AuthorizationRequest
from tests.builders import Make, Party
from tests.ledger.conftest import log  # noqa: F401 - a fixture
from tests.pages import Visitor
from tests.together import roomy_pool, threads, together  # noqa: F401 - fixtures


@pytest.fixture
def http(app: Flask) -> Visitor:
    return Visitor(app, app.response_class)


@pytest.fixture
def camille(make: Make) -> Account:
    return make.account(language="en")


@pytest.fixture
def hospital(make: Make) -> Party:
    return make.client("hospital")


@pytest.fixture
def pending(make: Make, hospital: Party) -> AuthorizationRequest:
    """A request of the hospital that waits for an answer."""
    return make.request(hospital, linked_account="camille@hospital")


@pytest.fixture
def question(http: Visitor, camille: Account, pending: AuthorizationRequest) -> str:
    """The path of the consent page, with Camille signed in before it."""
    http.sign_in(camille, query=f"?request={pending.id}")
    return f"/consent/{pending.id}"
