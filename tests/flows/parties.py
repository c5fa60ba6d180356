"""A person with a browser, a service and a resource server, over real sockets."""

import re
import ssl
from collections.abc import Sequence
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2

from tests.builders import PASSWORD, READ_MEASUREMENTS, VERIFIER, Guard, Party
from tests.protocol.wire import JWT_BEARER, assertion, basic, challenge, new_key, proof

SCOPE = (
    "openid offline_access patient/Patient.rs patient/Observation.rs?category=vital-signs "
    "patient/Appointment.c"
)
READ_IDENTITY = "pre-admission:record:read:identity"
ADD_APPOINTMENTS = "booking:agenda:write:appointments"
BOXES = (READ_IDENTITY, READ_MEASUREMENTS, ADD_APPOINTMENTS, "offline_access")


class Person:
    """Somebody at a browser: follows redirects on the portal, and stops where they leave it."""

    def __init__(
        self, issuer: str, identifier: str, *, verify: ssl.SSLContext | bool = True
    ) -> None:
        # As browsers do on loopback, cookies that ask for a secure connection travel without one.
        policy = DefaultCookiePolicy(secure_protocols=("http", "https"))
        self.issuer, self.identifier = issuer, identifier
        self.http = httpx2.Client(cookies=CookieJar(policy), timeout=20, verify=verify)

    def visit(self, address: str) -> httpx2.Response:
        """Open a page of the portal, signing in if it asks."""
        page = self._follow(self.http.get(address))
        if urlsplit(str(page.url)).path == "/sign-in":
            page = self.submit(page, username=self.identifier, password=PASSWORD)
        return page

    def decide(self, page: httpx2.Response, answer: str, *boxes: str, days: int = 90) -> str:
        """Answer the question; the address that the browser is sent back to."""
        sent = self.submit(page, answer=answer, allow=list(boxes), days=str(days))
        assert sent.status_code == 303, sent.text
        return sent.headers["Location"]

    def stop(self, grant_id: str) -> int:
        address = f"{self.issuer}/services/{grant_id}/stop"
        return self.submit(self.visit(address)).status_code

    def submit(self, page: httpx2.Response, **fields: Any) -> httpx2.Response:
        return self._follow(self.http.send(self.form(page, **fields)))

    def form(self, page: httpx2.Response, **fields: Any) -> httpx2.Request:
        """The page's form, filled in and not sent yet."""
        hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.text))
        assert "csrf_token" in hidden, page.text
        headers = {"Sec-Fetch-Site": "same-origin"}
        return self.http.build_request("POST", str(page.url), data=hidden | fields, headers=headers)

    def _follow(self, answer: httpx2.Response) -> httpx2.Response:
        while answer.is_redirect and answer.headers["Location"].startswith(("/", self.issuer)):
            answer = self.http.get(answer.url.join(answer.headers["Location"]))
        return answer


class Service:
    """A relying party: pushes, redeems, refreshes. One instance may serve many threads."""

    def __init__(self, issuer: str, client: Party) -> None:
        self.issuer, self.client, self.key = issuer, client, new_key()
        self.http = httpx2.Client(
            timeout=20, limits=httpx2.Limits(max_connections=40, max_keepalive_connections=40)
        )

    def push(self) -> str:
        """Where to send the browser."""
        answer = self.http.send(self.pushing())
        assert answer.status_code == 201, answer.text
        query = {"client_id": self.client.id, "request_uri": answer.json()["request_uri"]}
        return str(httpx2.URL(f"{self.issuer}/authorize", params=query))

    def pushing(self, **shown: str) -> httpx2.Request:
        """The authorization request, not pushed yet."""
        return self.request(
            "/par",
            client_id=self.client.id,
            response_type="code",
            redirect_uri=self.client.row.redirect_uris[0],
            scope=SCOPE,
            state="a-state",
            nonce="a-nonce",
            prompt="consent",
            code_challenge=challenge(),
            code_challenge_method="S256",
            **shown,
        )

    def code(self, address: str) -> str:
        """The code that the browser brings back; checks that it is the answer to our question."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert (query["state"], query["iss"]) == ("a-state", self.issuer), query
        return query["code"]

    def redeem(self, code: str) -> httpx2.Response:
        return self.http.send(self.redemption(code))

    def redemption(self, code: str) -> httpx2.Request:
        """What redeems the code, not sent yet."""
        return self.request(
            "/token",
            grant_type="authorization_code",
            code=code,
            redirect_uri=self.client.row.redirect_uris[0],
            code_verifier=VERIFIER,
        )

    def refresh(self, token: str) -> httpx2.Response:
        return self.http.send(self.refreshing(token))

    def refreshing(self, token: str, **shown: str) -> httpx2.Request:
        """What refreshes with the token, not sent yet."""
        return self.request("/token", grant_type="refresh_token", refresh_token=token, **shown)

    def connect(self, person: Person, boxes: Sequence[str] = BOXES) -> dict[str, Any]:
        """The whole way, from the first request to tokens."""
        location = person.decide(person.visit(self.push()), "allow", *boxes)
        answer = self.redeem(self.code(location))
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens

    def request(self, path: str, *, dpop: str | None = None, **parameters: str) -> httpx2.Request:
        """With an assertion and a proof of its own, unless one is given."""
        shown = {
            "client_assertion_type": JWT_BEARER,
            "client_assertion": self.assertion(),
        }
        headers = {"DPoP": dpop or self.proof(path)}
        address = self.issuer + path
        return self.http.build_request("POST", address, data=shown | parameters, headers=headers)

    def assertion(self) -> str:
        return assertion(self.client, aud=self.issuer)

    def proof(self, path: str) -> str:
        return proof(self.key, path, htu=self.issuer + path)


class Record:
    """A resource server: asks what a token may do."""

    def __init__(self, issuer: str, guard: Guard) -> None:
        self.issuer = issuer
        self.http = httpx2.Client(headers=basic(guard), timeout=20)

    def question(self, token: str) -> httpx2.Request:
        """What asks about the token, not sent yet."""
        address = f"{self.issuer}/introspect"
        return self.http.build_request("POST", address, data={"token": token})

    def sees(self, token: str) -> dict[str, Any]:
        answer = self.http.send(self.question(token))
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def is_live(self, token: str) -> bool:
        return bool(self.sees(token)["active"])
