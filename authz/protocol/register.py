"""Dynamic client registration, and what a client does with its registration afterwards.

RFC 7591, RFC 7592, OIDC Registration. Outside of the sandbox nobody registers unadmitted: a token
of ours (``authz client admit``) or a software statement of the authority opens the door, and says
for which service. Of everything that a client names only its sector document is fetched here.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

from flask import Response, request, url_for

from authz.catalogue import enrol as verbs
from authz.catalogue.admit import (
    Admitted,
    Authority,
    admitted_by_statement,
    admitted_by_token,
    read_statement,
    with_statement,
)
from authz.catalogue.enrol import Enrolled, check_secret, enrolled
from authz.catalogue.errors import MetadataRefused, NotAdmitted, StatementUnfit
from authz.catalogue.metadata import Checked, Metadata, Terms, check_metadata, check_sector
from authz.catalogue.models import Client, Enrolment
from authz.clock import now
from authz.db import transaction
from authz.keys import strict_json
from authz.keys.errors import JwtRefused
from authz.keys.private_key import Algorithm
from authz.keys.public_key import ALGORITHMS, check_registered
from authz.keys.signing import (
    AUTHORIZATION_RESPONSE,
    ID_TOKEN,
    INTROSPECTION,
    SECURITY_EVENT,
    USERINFO,
    signer,
)
from authz.outbound.errors import NotFetched
from authz.protocol import client_auth
from authz.protocol.device import GRANT as DEVICE_GRANT
from authz.protocol.edge import answer, blueprint, by_method
from authz.protocol.jwks import MADE_FIRST
from authz.protocol.often import REGISTRATION, not_too_often
from authz.web.current import outbound, settings

bp = blueprint("register")

METADATA = {"registration_endpoint": "register.register"}

_WHERE_REGISTERED = {
    USERINFO: "userinfo_signed_response_alg",
    INTROSPECTION: "introspection_signed_response_alg",
}
_CODES = frozenset({"authorization_code", "refresh_token"})
_FOR_PEOPLE = ("client_secret_basic", "client_secret_post", "private_key_jwt", "none")
_OF_SERVICES = Terms(
    methods=tuple(client_auth.METHODS_OF_SERVICES),
    algorithms=ALGORITHMS,
    grant_types=_CODES | {"client_credentials"},
    scopes=None,
    native=False,
)
_OF_RELYING_PARTIES = Terms(
    methods=tuple(method for method in _FOR_PEOPLE if method in client_auth.METHODS),
    algorithms=(*ALGORITHMS, "RS256"),
    grant_types=_CODES,
    scopes=frozenset({"openid", "profile", "email", "offline_access"}),
    native=True,
)
# RFC 7592 §2.2: what only the server says.
_NOT_THEIRS = frozenset(
    {
        "registration_access_token",
        "registration_client_uri",
        "client_secret_expires_at",
        "client_id_issued_at",
    }
)


def register() -> Response:
    """RFC 7591 §3.1."""
    at, given = now(), _body()
    with transaction():
        admitted, given = _admitted(given, at)
    checked = _checked(given, admitted.service_id is not None)
    with transaction():
        environment = settings().environment
        new = verbs.enrol(checked, admitted, environment=environment, at=at)
        _publish_keys(new.client, at)
        return answer(_information(new), 201)


def read(client_id: str) -> Response:
    """RFC 7592 §2.1. The secret is not repeated: nobody here knows it any more."""
    token = _bearer() or ""
    with transaction():
        client, _ = enrolled(client_id, token)
        return answer(_information(Enrolled(client, token, None)))


def change(client_id: str) -> Response:
    """RFC 7592 §2.2."""
    at, given = now(), _body()
    if _NOT_THEIRS & given.keys() or given.get("client_id") != client_id:
        raise MetadataRefused("client_id")
    with transaction():
        client, enrolment = enrolled(client_id, _bearer() or "")
        given = _still_stated(given, enrolment, at)
        _check_secret(client, given)
        of_service = client.service_id is not None
    checked = _checked(given, of_service)
    with transaction():
        held = enrolled(client_id, _bearer() or "")
        changed = verbs.change(*held, checked, at=at)
        _publish_keys(changed.client, at)
        return answer(_information(changed))


def leave(client_id: str) -> Response:
    """RFC 7592 §2.3."""
    with transaction():
        client, _ = enrolled(client_id, _bearer() or "")
        verbs.leave(client, at=now())
    response = answer({}, 204)
    response.set_data(b"")
    return response


by_method(bp, "/register", "register", {"POST": register})
by_method(bp, "/register/<client_id>", "client", {"GET": read, "PUT": change, "DELETE": leave})


def _body() -> dict[str, Any]:
    """RFC 7591 §3.2.2: whatever is wrong with the body, it is said in JSON (D9)."""
    if request.mimetype != "application/json":
        raise MetadataRefused
    try:
        return strict_json.parse_object(request.get_data())
    except ValueError as error:
        raise MetadataRefused from error


def _bearer() -> str | None:
    """RFC 6750 §2.1, in the header and nowhere else."""
    given = request.headers.getlist("Authorization")
    if not given:
        return None
    scheme, _, token = given[0].partition(" ")
    if len(given) > 1 or scheme.lower() != "bearer":
        raise NotAdmitted("not one bearer token")
    return token


def _admitted(given: dict[str, Any], at: datetime) -> tuple[Admitted, dict[str, Any]]:
    """Who is at the door, and the metadata with the authority's word put over theirs."""
    token = _bearer()
    if token is not None:
        return admitted_by_token(token, at=at), _without_statement(given)
    if given.get("software_statement") is not None:
        return _by_statement(given, at)
    configured = settings()
    if not (configured.registration.open and configured.environment == "sandbox"):
        raise NotAdmitted
    not_too_often(REGISTRATION, at=at)
    return Admitted(service_id=None), given


def _by_statement(given: dict[str, Any], at: datetime) -> tuple[Admitted, dict[str, Any]]:
    authority, statement = _authority(), given["software_statement"]
    if authority is None or not isinstance(statement, str):
        raise StatementUnfit("no authority is configured, or not a string")
    claims = read_statement(statement, authority, audience=settings().issuer, at=at)
    members = (*Metadata.model_fields, "client_name", "software_statement")
    return admitted_by_statement(claims), with_statement(given, claims, members=members)


def _without_statement(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name != "software_statement"}


def _still_stated(given: dict[str, Any], enrolment: Enrolment, at: datetime) -> dict[str, Any]:
    """Who came with a statement changes with one, about the same software."""
    if enrolment.software_id is None:
        return _without_statement(given)
    if given.get("software_statement") is None:
        raise StatementUnfit("a change without the statement")
    admitted, stated = _by_statement(given, at)
    if admitted.software_id != enrolment.software_id:
        raise StatementUnfit("about other software")
    return stated


def _authority() -> Authority | None:
    configured = settings().registration
    if configured.authority is None or configured.authority_keys is None:
        return None
    jwks = strict_json.parse_object(configured.authority_keys.read_bytes())
    try:
        check_registered(jwks)
    except JwtRefused as error:
        raise ValueError("registration.authority_keys is not a JWK Set") from error
    return Authority(configured.authority, tuple(jwks["keys"]))


def _check_secret(client: Client, given: dict[str, Any]) -> None:
    secret = given.get("client_secret")
    if secret is not None:
        check_secret(client, secret if isinstance(secret, str) else "")


def _checked(given: dict[str, Any], of_service: bool) -> Checked:
    """Outside of any transaction: a document may have to be fetched."""
    checked = check_metadata(given, _terms(of_service))
    address = checked.rest.get("sector_identifier_uri")
    if address is not None:
        try:
            document = strict_json.parse(outbound().get(address).body)
        except (NotFetched, ValueError) as error:
            raise MetadataRefused("sector_identifier_uri") from error
        check_sector(document, checked.redirect_uris)
    if given.get("software_statement") is not None:
        checked.rest["software_statement"] = given["software_statement"]
    return checked


def _terms(of_service: bool) -> Terms:
    """Where no front passes certificates on, who registered to show one could never come in."""
    terms = _OF_SERVICES if of_service else _OF_RELYING_PARTIES
    if not of_service:
        terms = replace(terms, public_subjects=settings().registration.public_subjects)
    if settings().device is not None and not of_service:
        terms = replace(terms, grant_types=terms.grant_types | {DEVICE_GRANT})
    if settings().mtls.header is not None:
        return terms
    possible = tuple(method for method in terms.methods if method not in client_auth.METHODS_OF_TLS)
    return replace(terms, methods=possible)


def _publish_keys(client: Client, at: datetime) -> None:
    """The keys that will sign for the client are to be found before they have signed anything:
    whoever has just fetched the set does not fetch it again for a name that it does not know."""
    for purpose, algorithm in _signing_for(client):
        if (purpose, algorithm) not in MADE_FIRST:
            signer(purpose, at=at, algorithm=algorithm)


def _signing_for(client: Client) -> Iterator[tuple[str, Algorithm]]:
    yield ID_TOKEN, client.id_token_algorithm
    yield AUTHORIZATION_RESPONSE, client.authorization_algorithm
    if "consent_events_uri" in client.registration:
        yield SECURITY_EVENT, client.id_token_algorithm
    for purpose, member in _WHERE_REGISTERED.items():
        if member in client.registration:
            yield purpose, cast(Algorithm, client.registration[member])


def _information(enrolled: Enrolled) -> dict[str, Any]:
    """RFC 7591 §3.2.1: everything as it was registered, defaults included."""
    client = enrolled.client
    body: dict[str, Any] = {
        **client.registration,
        "client_id": client.client_id,
        "client_id_issued_at": int(client.created_at.astimezone(UTC).timestamp()),
        "client_name": client.name,
        "redirect_uris": client.redirect_uris,
        "grant_types": client.grant_types,
        "token_endpoint_auth_method": client.auth_method,
        "id_token_signed_response_alg": client.id_token_algorithm,
        "registration_access_token": enrolled.token,
        "registration_client_uri": settings().issuer
        + url_for("register.client", client_id=client.client_id),
    }
    if client.jwks is not None:
        body["jwks"] = client.jwks
    if enrolled.secret is not None:
        body |= {"client_secret": enrolled.secret, "client_secret_expires_at": 0}
    return body
