"""A token counts in the hands of its key's holder, for this request, once (RFC 9449 §7.1)."""

import time

import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.builders import READ_MEASUREMENTS
from tests.protocol.wire import FromNow, new_key, private, public, signed

FHIR = "/fhir/Observation"
PATH = f"{FHIR}?category=vital-signs"


@pytest.fixture
def service(connect):
    return connect(READ_MEASUREMENTS)


def refused(answer, error):
    assert answer.status_code == 401, answer.data
    assert answer.json["resourceType"] == "OperationOutcome"
    assert f'error="{error}"' in answer.headers["WWW-Authenticate"]
    return True


def test_without_a_token_one_is_told_how_to_come_back(resource_app):
    """RFC 6750 §3.1: no error code for a request without credentials."""
    answer = resource_app.test_client().get(PATH)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith('DPoP algs="ES256 PS256 EdDSA", res')


@pytest.mark.compliance("RFC 9449", "7.2", "a bound token presented as Bearer is refused")
def test_a_bound_token_is_not_taken_as_a_bearer_token(service):
    """RFC 9449 §7.2: the downgrade that DPoP is there to prevent."""
    headers = {"Authorization": f"Bearer {service.token}"}

    assert refused(service.http.get(PATH, headers=headers), "invalid_token")


@pytest.mark.parametrize("token", ["at_unknown", "x" * 200, "DPoP", "é"])
def test_an_unknown_token_is_refused(service, token):
    service.token = token

    assert refused(service.get(PATH), "invalid_token")


def test_an_altered_token_is_refused(service):
    service.token = service.token[:-1] + ("A" if service.token[-1] != "A" else "B")

    assert refused(service.get(PATH), "invalid_token")


def test_a_stolen_token_is_worth_nothing_with_another_key(service):
    service.key = new_key()

    assert refused(service.get(PATH), "invalid_token")


@pytest.mark.parametrize(
    "changed",
    [
        {"htm": "POST"},
        {"htu": "https://record.test/fhir/Patient"},
        {"htu": "https://elsewhere.test/fhir/Observation"},
        {"ath": "AAAA"},
        {"ath": None},
        {"iat": int(time.time()) - 3600},
        {"jti": None},
    ],
)
@pytest.mark.compliance("RFC 9449", "4.3", "at the resource: wrong htm, htu, iat, ath are refused")
def test_a_proof_for_something_else_is_refused(service, changed):
    """RFC 9449 §4.3."""
    assert refused(service.get(PATH, **changed), "invalid_dpop_proof")


@pytest.mark.parametrize(
    "made",
    [
        lambda service: "x",
        lambda service: "a.b.c",
        lambda service: service.proof("GET", FHIR)[:-4] + "AAAA",
        lambda service: service.proof("GET", FHIR, headers={"typ": "JWT"}),
        lambda service: service.proof("GET", FHIR, headers={"typ": None}),
        lambda service: service.proof("GET", FHIR, headers={"jwk": None}),
        lambda service: service.proof("GET", FHIR, headers={"jwk": private(service.key)}),
        lambda service: service.proof("GET", FHIR, headers={"jwk": public(new_key())}),
        lambda service: signed({"htm": "GET"}, None, "none", typ="dpop+jwt"),
        lambda service: service.proof("GET", FHIR, htm=None),
        lambda service: service.proof("GET", FHIR, htu=None),
        lambda service: service.proof("GET", FHIR, iat=None),
        lambda service: service.proof("GET", FHIR, jti=""),
        lambda service: service.proof("GET", FHIR) + ", " + service.proof("GET", FHIR),
    ],
)
@pytest.mark.compliance(
    "RFC 9449", "4.3", "at the resource: malformed, incomplete, forged: refused"
)
def test_a_proof_that_is_not_whole_is_refused(service, made):
    headers = {"Authorization": f"DPoP {service.token}", "DPoP": made(service)}

    assert refused(service.http.get(PATH, headers=headers), "invalid_dpop_proof")


def test_a_proof_with_rs256_is_refused(service):
    """FAPI 2.0 §5.4.1, with an RSA key that would be good for PS256."""
    key = rsa.generate_private_key(65537, 2048)
    jwk = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    claims = jwt.decode(service.proof("GET", FHIR), options={"verify_signature": False})
    made = signed(claims, key, "RS256", typ="dpop+jwt", jwk=jwk)
    headers = {"Authorization": f"DPoP {service.token}", "DPoP": made}

    assert refused(service.http.get(PATH, headers=headers), "invalid_dpop_proof")


@pytest.mark.parametrize(
    "changed",
    [
        {"htu": "https://record.test/fhir/Observation?category=vital-signs"},
        {"htu": "https://record.test/fhir/Observation#x"},
        {"htu": "HTTPS://RECORD.test:443/fhir/Observation"},
        {"iat": FromNow(10)},
        {"iat": FromNow(-10)},
        {"made_up": {"a": [1]}},
        {"nbf": 1, "exp": 1},
    ],
    ids=str,
)
@pytest.mark.compliance(
    "RFC 9449", "4.3", "at the resource: iat 10 s either way, extra claims, odd forms of htu"
)
def test_proofs_that_hold(service, changed):
    assert service.get(PATH, **changed).status_code == 200


@pytest.mark.compliance("RFC 9110", "11.1", "at the resource: the scheme in any case, any Accept")
@pytest.mark.parametrize("scheme", ["dpop", "DPOP", "dPoP"])
@pytest.mark.parametrize("accept", ["text/html", "application/*;q=0.2", "nonsense", ""])
def test_the_scheme_and_what_is_accepted_may_be_written_in_any_way(service, scheme, accept):
    headers = service.headers("GET", PATH)
    headers |= {"Authorization": f"{scheme} {service.token}", "Accept": accept}

    assert service.http.get(PATH, headers=headers).status_code == 200


@pytest.mark.compliance("FAPI 2.0", "5.3.4", "no token from the query of an address")
def test_a_token_in_the_address_is_none(service):
    headers = {"DPoP": service.proof("GET", FHIR)}

    answer = service.http.get(f"{PATH}&access_token={service.token}", headers=headers)

    assert answer.status_code == 401


@pytest.mark.compliance("RFC 9449", "7.1", "at the resource: no proof, no data")
def test_a_token_without_a_proof_is_refused(service):
    headers = {"Authorization": f"DPoP {service.token}"}

    assert refused(service.http.get(PATH, headers=headers), "invalid_dpop_proof")


@pytest.mark.compliance("RFC 9449", "11.1", "at the resource: a proof counts once")
def test_a_proof_counts_once(service):
    """RFC 9449 §11.1."""
    headers = service.headers("GET", PATH)
    assert service.http.get(PATH, headers=headers).status_code == 200

    assert refused(service.http.get(PATH, headers=headers), "invalid_dpop_proof")


def test_a_nonce_that_was_not_demanded_is_not_looked_at(service):
    """Nor told (``test_nonce.py``: where it is)."""
    answer = service.get(PATH, nonce="made-up")

    assert answer.status_code == 200
    assert "DPoP-Nonce" not in answer.headers


def test_a_proof_that_was_used_for_a_refusal_is_used_up_too(service):
    headers = service.headers("GET", "/fhir/DocumentReference")
    assert service.http.get("/fhir/DocumentReference", headers=headers).status_code == 403

    answer = service.http.get("/fhir/DocumentReference", headers=headers)

    assert refused(answer, "invalid_dpop_proof")


def test_the_host_header_cannot_say_what_a_proof_is_for(service):
    headers = service.headers("GET", PATH, htu="https://evil.test/fhir/Observation")

    answer = service.http.get(PATH, headers=headers | {"Host": "evil.test"})

    assert refused(answer, "invalid_dpop_proof")


class Network(httpx2.BaseTransport):
    """A network that fails on some paths, and works on others."""

    def __init__(self, app, **faults):
        self.works, self.faults = httpx2.WSGITransport(app=app), faults

    def handle_request(self, request):
        fault = self.faults.get(request.url.path.strip("/"))
        if fault is None:
            return self.works.handle_request(request)
        if isinstance(fault, Exception):
            raise fault
        return fault


FAULTS = [
    httpx2.ConnectError("refused"),
    httpx2.ReadTimeout("slow"),
    httpx2.Response(500),
    httpx2.Response(302, headers={"Location": "https://evil.test/"}),
    httpx2.Response(200, content=b"<html>"),
    httpx2.Response(200, json=["active"]),
    httpx2.Response(200, json={"active": "yes"}),
    httpx2.Response(200, json={"active": True, "padding": "x" * 70_000}),
]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_no_answer_about_the_token_means_no_data(service, keep, app, serve, fault):
    """It fails closed: unavailable, never allowed."""
    keep(service, secret="71.5")
    service.http = serve(Network(app, introspect=fault)).test_client()

    answer = service.get(PATH)

    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert answer.json["issue"][0]["code"] == "transient"
    assert b"71.5" not in answer.data


@pytest.mark.parametrize("fault", FAULTS[:4], ids=str)
def test_an_access_that_cannot_be_noted_does_not_happen(service, keep, app, serve, fault):
    keep(service, secret="71.5")
    service.http = serve(Network(app, accesses=fault)).test_client()

    answer = service.get(PATH)

    assert answer.status_code == 503
    assert b"71.5" not in answer.data


def test_a_token_that_is_alive_but_bound_to_nothing_is_refused(service, app, serve):
    unbound = httpx2.Response(200, json={"active": True, "sub": "s", "jti": "j"})
    service.http = serve(Network(app, introspect=unbound)).test_client()

    assert refused(service.get(PATH), "invalid_token")
