"""Sites may know a person by one number in common, where the operator wants that (OIDC Core §8)."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from authz.catalogue.queries import client_by_client_id
from authz.identity.models import Account
from authz.settings import Registration
from tests.builders import Make, Site
from tests.pages import Visitor, words
from tests.protocol.registering import GIVEN, Register, address, held, refused
from tests.protocol.signing_in import claims_of, redeem

METADATA = "/.well-known/openid-configuration"
PUBLIC = {"subject_type": "public"}


@pytest.fixture
def allowed(configured: Callable[..., None]) -> None:
    configured(Registration(public_subjects=True))


def site_of(body: dict[str, Any]) -> Site:
    row = client_by_client_id(body["client_id"])
    assert row is not None
    return Site(row, body["client_secret"], key=None)  # type: ignore[arg-type]  # it signs nothing


def subject_at(http: FlaskClient, make: Make, account: Account, site: Site) -> str:
    code = make.sign_in_decision(account, site, scope="openid").code
    sub: str = claims_of(http, redeem(http, site, code).json, audience=site.id)["sub"]
    return sub


def test_nobody_gets_them_unless_the_operator_says_so(
    http: FlaskClient, register: Register
) -> None:
    assert http.get(METADATA).json["subject_types_supported"] == ["pairwise"]
    assert refused(register(GIVEN | PUBLIC), 400, "invalid_client_metadata")


@pytest.mark.usefixtures("allowed")
@pytest.mark.compliance("OIDC Core", "8", "public subjects, only where that is configured")
def test_two_public_sites_know_one_person_by_one_number(
    http: FlaskClient, make: Make, camille: Account, register: Register
) -> None:
    def site(name: str, **more: str) -> Site:
        given = {"redirect_uris": [f"https://{name}.example/cb"], "client_name": name}
        answer = register(given | more)
        assert answer.status_code == 201, answer.json
        return site_of(answer.json)

    one, two, apart = site("one", **PUBLIC), site("two", **PUBLIC), site("apart")
    known = [subject_at(http, make, camille, each) for each in (one, two, apart)]
    other = subject_at(http, make, make.account("nadia"), one)

    assert http.get(METADATA).json["subject_types_supported"] == ["pairwise", "public"]
    assert known[0] == known[1]
    assert len({*known, other}) == 3
    assert str(camille.patient_id) not in known[0]


@pytest.mark.usefixtures("allowed")
@pytest.mark.parametrize(
    ("asked", "said"), [(PUBLIC, "other sites can know you by"), ({}, "only it knows you by")]
)
def test_the_page_says_so(
    app: Flask,
    make: Make,
    register: Register,
    asked: dict[str, str],
    said: str,
) -> None:
    request = make.visit(site_of(register(GIVEN | asked).json))
    browser = Visitor(app, app.response_class)
    browser.sign_in(make.account(language="en"), query=f"?request={request.id}")

    assert said in words(browser.get(f"/consent/{request.id}"))


@pytest.mark.usefixtures("allowed")
def test_a_client_of_a_service_never_gets_them(register: Register, make: Make) -> None:
    given = GIVEN | PUBLIC | {"jwks_uri": "https://diary.example/keys"}

    assert refused(register(given, service=make.service("diary")), 400, "invalid_client_metadata")


@pytest.mark.usefixtures("allowed")
def test_nobody_becomes_public_later(http: FlaskClient, register: Register) -> None:
    """People agreed to a number that only this site knows them by."""
    known = register().json
    given = GIVEN | PUBLIC | {"client_id": known["client_id"]}

    assert refused(
        http.put(address(known), json=given, headers=held(known)), 400, "invalid_client_metadata"
    )
