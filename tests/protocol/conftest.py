"""The parties of the protocol's tests: a service's client, its DPoP key, a patient, the record."""

import pytest

from authz.identity.models import Account
from tests.builders import Guard, Make, Party
from tests.ledger.conftest import log  # noqa: F401 - a fixture
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
