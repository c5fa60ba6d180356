"""Any bytes sent to the resource server: an OperationOutcome, and never a fault of ours."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from authz.resources import agenda, record
from tests.resources.conftest import ORIGIN

PATHS = [f"/fhir/{kind.resource}" for kind in (*record.KINDS, *agenda.KINDS)]
PATHS += [f"{path}/0199a0c0-0000-7000-8000-000000000000" for path in PATHS]
PATHS += ["/fhir", "/fhir/metadata", "/fhir/x", "/.well-known/oauth-protected-resource/fhir"]
thorough = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
header = some.binary(max_size=40).map(
    lambda raw: raw.translate(None, b"\r\n\x00").decode("latin-1").strip()
)
headers = some.fixed_dictionaries(
    {},
    optional={
        "Authorization": some.one_of(header, header.map(lambda text: f"DPoP {text}")),
        "DPoP": some.one_of(header, some.just("e30.e30.e30")),
        "Accept": header,
        "Content-Type": some.one_of(header, some.just("application/fhir+json")),
    },
)
text = some.text(some.characters(exclude_categories=["Cs"]), max_size=20)
query = some.dictionaries(some.sampled_from(["category", "_count", "date", "x"]), text, max_size=3)
json = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=10),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(text, inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture
def connected(connect):
    """A service that was allowed everything."""
    return connect()


def sound(answer: Any) -> bool:
    assert answer.status_code < 500, answer.text
    assert answer.status_code < 400 or answer.json["resourceType"] == "OperationOutcome"
    return True


@thorough
@given(
    path=some.sampled_from(PATHS),
    method=some.sampled_from(["GET", "GET", "POST", "POST", "PUT", "DELETE", "PATCH"]),
    query=query,
    data=some.binary(max_size=100),
    headers=headers,
)
def test_strangers_get_an_outcome(resource_app, path, method, query, data, headers):
    http = resource_app.test_client()

    answer = http.open(
        path, method=method, query_string=query, data=data, headers=headers, base_url=ORIGIN
    )

    assert sound(answer)


@thorough
@given(path=some.sampled_from(PATHS), query=query)
def test_a_service_that_searches_for_anything(connected, path, query):
    answer = connected.http.get(
        path, query_string=query, headers=connected.headers("GET", path), base_url=ORIGIN
    )

    assert sound(answer)


@thorough
@given(path=some.sampled_from(PATHS), body=some.one_of(json, some.binary(max_size=100)))
def test_a_service_that_sends_anything(connected, path, body):
    assert sound(connected.post(path, body))
