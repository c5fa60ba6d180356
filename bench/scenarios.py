"""What is measured: each scenario turns a count into that many prepared walks.

Signatures are made here, before the clock starts. The budgets are those of the design (CPU of
server and database in microseconds); the gate is the ratio to the peer.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from authz.tokens.issued import Issued
from bench.load import AnswerUnexpected, Connection, Request, Walk, request
from bench.world import Pending, Person, World, parameters
from tests.builders import VERIFIER
from tests.protocol import wire

HOST = wire.ISSUER.removeprefix("https://")
Prepare = Callable[[World, int, int], list[Walk]]


@dataclass(frozen=True)
class Scenario:
    """``prepare(world, count, port)`` makes the walks. ``peer`` names the peer's scenarios."""

    name: str
    prepare: Prepare
    budget: int
    gate: float | None = None
    weight: float = 1.0  # of the count asked for, where walks are dear


SCENARIOS: dict[str, Scenario] = {}


def scenario(
    name: str, *, budget: int, gate: float | None = None, weight: float = 1.0
) -> Callable[[Prepare], Prepare]:
    def register(prepare: Prepare) -> Prepare:
        SCENARIOS[name] = Scenario(name, prepare, budget, gate, weight)
        return prepare

    return register


def post(path: str, form: dict[str, str], **headers: str) -> bytes:
    return request("POST", path, HOST, form=form, headers=headers)


@scenario("introspection", budget=260, gate=0.35)
def introspection(world: World, count: int, _port: int) -> list[Walk]:
    """A resource server asks about a hundred live tokens in turn; secret_basic."""
    asked = _about(world, [token.access_token for token in world.tokens])
    return [asked[number % len(asked)] for number in range(count)]


@scenario("introspection, first time", budget=260, gate=0.35)
def introspection_first(world: World, count: int, _port: int) -> list[Walk]:
    """About tokens that nobody has asked about."""
    return _about(world, world.access_tokens(count))


def _about(world: World, tokens: list[str]) -> list[Walk]:
    credentials = wire.basic(world.record)
    return [
        (Request(post("/introspect", {"token": token}, **credentials), holds=b'"active":true'),)
        for token in tokens
    ]


@scenario("refresh", budget=620, gate=0.35)
def refresh(world: World, count: int, _port: int) -> list[Walk]:
    """private_key_jwt and DPoP."""

    def one(number: int) -> Walk:
        form = _refresh(world.tokens[number % len(world.tokens)])
        return (Request(_signed(world, form), holds=b"access_token"),)

    return [one(number) for number in range(count)]


def _refresh(issued: Issued) -> dict[str, str]:
    return {"grant_type": "refresh_token", "refresh_token": issued.refresh_token or ""}


@scenario("code", budget=650, gate=0.35)
def code(world: World, count: int, _port: int) -> list[Walk]:
    """PKCE, ID token, refresh token; private_key_jwt and DPoP."""

    uri = world.diary.row.redirect_uris[0]
    return [
        (Request(_signed(world, _redeem(value, uri)), holds=b"id_token"),)
        for value in world.codes(count)
    ]


def _redeem(code: str, redirect_uri: str) -> dict[str, str]:
    return {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": VERIFIER,
    }


@scenario("refresh, with a secret", budget=620, gate=0.35)
def refresh_with_secret(world: World, count: int, _port: int) -> list[Walk]:
    """A site that signs people in (profile oidc): client_secret_basic, bearer tokens."""
    asked = [
        (Request(_by_site(world, _refresh(issued)), holds=b"access_token"),)
        for issued in world.sign_ins
    ]
    return [asked[number % len(asked)] for number in range(count)]


@scenario("code, with a secret", budget=650, gate=0.35)
def code_with_secret(world: World, count: int, _port: int) -> list[Walk]:
    """PKCE, ID token, refresh token; the same site."""
    uri = world.forum.row.redirect_uris[0]
    return [
        (Request(_by_site(world, _redeem(value, uri)), holds=b"id_token"),)
        for value in world.site_codes(count)
    ]


def _by_site(world: World, form: dict[str, str]) -> bytes:
    return post("/token", form, **wire.secret_of(world.forum))


@scenario("client_credentials", budget=650, gate=0.65)
def client_credentials(world: World, count: int, _port: int) -> list[Walk]:
    """A machine scope; private_key_jwt and DPoP."""

    def one() -> Walk:
        form = {"grant_type": "client_credentials", "scope": "grant_management_query"}
        return (Request(_signed(world, form), holds=b"access_token"),)

    return [one() for _ in range(count)]


def _signed(world: World, form: dict[str, str]) -> bytes:
    form |= wire.authentication(world.diary)
    return post("/token", form, DPoP=wire.proof(world.key))


@scenario("par", budget=550)
def par(world: World, count: int, _port: int) -> list[Walk]:
    """private_key_jwt; every check of the authorization request."""

    def one() -> Walk:
        form = parameters(world) | wire.authentication(world.diary)
        return (Request(post("/par", form), status=201),)

    return [one() for _ in range(count)]


@scenario("authorization page", budget=1100, weight=0.25)
def authorization_page(world: World, count: int, _port: int) -> list[Walk]:
    """The browser brings the request, and is shown the question: two requests."""
    people = world.people(count)
    pushed = world.pushed(count)
    return [
        (_arrival(world, pending), Request(_page(pending, person), holds=b'name="allow"'))
        for pending, person in zip(pushed, people, strict=True)
    ]


def _arrival(world: World, pending: Pending) -> Request:
    query = f"client_id={world.diary.id}&request_uri={pending.uri}"
    return Request(request("GET", f"/authorize?{query}", HOST), status=303)


def _page(pending: Pending, person: Person) -> bytes:
    cookie = {"Cookie": f"__Host-authz={person.cookie}"}
    return request("GET", f"/consent/{pending.id}", HOST, headers=cookie)


@scenario("consent decision", budget=1300, weight=0.15)
def consent_decision(world: World, count: int, port: int) -> list[Walk]:
    """Everything allowed: consent, ledger entry, message and code, in one transaction."""
    browser = Connection(port)
    return [
        (Request(_decision(world, browser, pending, person), status=303),)
        for pending, person in zip(world.pushed(count), world.people(count), strict=True)
    ]


def _decision(world: World, browser: Connection, pending: Pending, person: Person) -> bytes:
    browser.ask(_arrival(world, pending).raw)
    shown = browser.ask(_page(pending, person))
    token = re.search(rb'name="csrf_token" value="([^"]+)"', shown.body)
    cookie = re.search(rb"(__Host-authz-browser=[^;]+)", shown.head)
    if token is None or cookie is None:
        raise AnswerUnexpected(f"no form: {shown.head!r}")
    boxes = re.findall(rb'name="allow" value="([^"]+)"', shown.body)
    days = re.search(rb'name="days"[^>]*value="([^"]+)"', shown.body)
    hidden = re.findall(
        rb'type="hidden" name="(sheet|shown|basis|whom)" value="([^"]*)"', shown.body
    )
    form = [("csrf_token", token[1]), ("answer", b"allow")]
    form += [(name.decode(), value) for name, value in hidden]
    form += [("allow", box) for box in boxes]
    form += [("days", days[1] if days else b"90")]
    headers = {"Cookie": f"__Host-authz={person.cookie}; {cookie[1].decode()}"}
    return request("POST", f"/consent/{pending.id}", HOST, form=form, headers=headers)


@scenario("userinfo", budget=260)
def userinfo(world: World, count: int, _port: int) -> list[Walk]:
    """Who the person is, for a token bound to a key; a fresh proof each time."""

    def one(number: int) -> Walk:
        value = world.tokens[number % len(world.tokens)].access_token
        proof = wire.proof(world.key, "/userinfo", htm="GET", ath=wire.challenge(value))
        headers = {"Authorization": f"DPoP {value}", "DPoP": proof}
        return (Request(request("GET", "/userinfo", HOST, headers=headers), holds=b'"sub"'),)

    return [one(number) for number in range(count)]


@scenario("jwks", budget=90, weight=2)
def jwks(_world: World, count: int, _port: int) -> list[Walk]:
    return [(Request(request("GET", "/jwks", HOST), holds=b'"keys"'),)] * count


@scenario("discovery", budget=90, weight=2)
def discovery(_world: World, count: int, _port: int) -> list[Walk]:
    path = "/.well-known/openid-configuration"
    return [(Request(request("GET", path, HOST), holds=b'"issuer"'),)] * count
