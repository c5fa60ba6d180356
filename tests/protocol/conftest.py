"""The parties of the protocol's tests: clients, a DPoP key, a patient, a browser, the record."""

import pytest
from flask import Flask

from authz.identity.models import Account
from tests.builders import Guard, Make, Party, Site
from tests.ledger.conftest import log  # noqa: F401 - a fixture
from tests.pages import Visitor
from tests.protocol.hearing import listener, pusher, worker  # noqa: F401 - fixtures
from tests.protocol.registering import (  # noqa: F401 - fixtures
    authority,
    configured,
    known,
    register,
)
from tests.protocol.wire import Key, new_key


@pytest.fixture
def diary(make: Make) -> Party:
    """A client of a referenced service."""
    return make.client("diary")


@pytest.fixture
def key() -> Key:
    """The key that the client binds its tokens to."""
    return new_key()


@pytest.fixture
def forum(make: Make) -> Site:
    """A client that only signs people in."""
    return make.site("forum")


@pytest.fixture
def browser(app: Flask) -> Visitor:
    """Of somebody who has not signed in."""
    return Visitor(app, app.response_class)


@pytest.fixture
def answered_before(browser: Visitor, make: Make, camille: Account, forum: Site) -> None:
    """Camille is signed in, and has answered the forum before."""
    make.sign_in_decision(camille, forum, scope="openid profile email")
    browser.sign_in(camille)


@pytest.fixture
def camille(make: Make) -> Account:
    return make.account("camille")


@pytest.fixture
def record(make: Make) -> Guard:
    """A resource server that serves the record and nothing else."""
    return make.resource_server("record", "record")


@pytest.fixture
def code(make: Make, camille: Account, diary: Party) -> str:
    """A code for everything that the sheet offers."""
    return make.decision(camille, diary).code
