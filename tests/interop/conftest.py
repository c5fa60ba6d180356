"""A live server, a person, and relying parties that we did not write."""

from collections.abc import Iterator

import pytest

from tests.flows.conftest import app, make, server, settings  # noqa: F401 - fixtures
from tests.flows.parties import Person
from tests.interop.node import RelyingParty, relying_party


@pytest.fixture
def hospital(make):  # noqa: F811 - the fixture of that name
    return make.client("hospital")


@pytest.fixture
def record(make):  # noqa: F811 - the fixture of that name
    return make.resource_server("record", "record", "agenda")


@pytest.fixture
def camille(make, settings) -> Iterator[Person]:  # noqa: F811 - the fixtures of these names
    make.account("camille")
    person = Person(settings.issuer, "camille")
    with person.http:
        yield person


@pytest.fixture
def node() -> Iterator[RelyingParty]:
    with relying_party() as party:
        yield party


@pytest.fixture
def other_node() -> Iterator[RelyingParty]:
    with relying_party() as party:
        yield party
