"""The way to a person's health space: OAuth 2.0 as any service would write it, on Authlib's client.

FAPI 2.0: the request is pushed (RFC 9126), the client signs (private_key_jwt), PKCE S256 ties the
code to this browser, and every token is bound to a key of ours (DPoP, RFC 9449). A server that
wants a nonce in our proofs tells it, and is asked once more.
"""

import hashlib
import secrets
import time
from base64 import urlsafe_b64encode
from functools import cache

import httpx2
from authlib.common.urls import add_params_to_qs, url_decode
from authlib.integrations.httpx_client import OAuth2Auth, OAuth2Client, OAuthError
from joserfc import jwk, jwt

SCOPE = (
    "openid offline_access patient/Patient.rs patient/DocumentReference.rs "
    "patient/Observation.rs?category=vital-signs patient/Appointment.c "
    "patient/Observation.c?category=vital-signs"
)
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
NONCES = {}  # by server: the last that it has told us


class Stopped(Exception):
    """The space no longer knows this connection: the person ended it, or its time has run out."""


def use_dpop_token(token, uri, headers, body, _placement):
    headers["Authorization"] = f"DPoP {token}"
    return uri, headers, body


OAuth2Auth.SIGN_METHODS = {"dpop": use_dpop_token}


class Space(OAuth2Client):
    """One person's space: discovery, pushed request, tokens that refresh themselves."""

    def __init__(self, config, *, token=None, save=None, journal=None):
        self.config, self.key = config, jwk.import_key(config["key"])
        self.journal = [] if journal is None else journal
        super().__init__(
            config["client_id"],
            token_endpoint_auth_method="private_key_jwt",  # noqa: S106 - a method, not a password
            code_challenge_method="S256",
            redirect_uri=f"{config['origin']}/callback",
            token=token,
            update_token=save,
            timeout=10,
            event_hooks={"request": [self.prove], "response": [self.note]},
            **discover(config["issuer"]),
        )
        self.register_client_auth_method(("private_key_jwt", self.sign_in))

    def sign_in(self, _auth, _method, uri, headers, body):
        """Say who we are: a signature that lasts a minute and is good for this server only."""
        now = int(time.time())
        claims = {"iss": self.client_id, "sub": self.client_id, "aud": self.config["issuer"]}
        claims |= {"jti": secrets.token_urlsafe(16), "iat": now, "exp": now + 60}
        assertion = jwt.encode({"alg": "ES256", "kid": self.key.kid}, claims, self.key)
        shown = [("client_assertion_type", ASSERTION), ("client_assertion", assertion)]
        return uri, headers, add_params_to_qs(body or "", shown)

    def prove(self, request):
        """Sign every request with our key, so that a stolen token is worth nothing."""
        claims = {"jti": secrets.token_urlsafe(16), "iat": int(time.time())}
        claims |= {"htm": request.method, "htu": str(request.url.copy_with(query=None))}
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme == "DPoP":
            claims["ath"] = base64url(hashlib.sha256(token.encode()).digest())
        if nonce := NONCES.get(request.url.netloc):
            claims["nonce"] = nonce
        header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": self.key.as_dict(private=False)}
        request.headers["DPoP"] = jwt.encode(header, claims, self.key)

    def send(self, request, **options):
        """RFC 9449 §8, §9: refused without the nonce, or with an old one, we come back with it."""
        answer = super().send(request, **options)
        return super().send(request, **options) if wants_nonce(answer) else answer

    def note(self, response):
        """Keep what went over the wire, without secrets, for the curious; and the nonce."""
        if nonce := response.headers.get("DPoP-Nonce"):
            NONCES[response.url.netloc] = nonce
        response.read()
        said = response.json() if "json" in response.headers.get("Content-Type", "") else {}
        issue = (said.get("issue") or [{}])[0]
        error = said.get("error") or issue.get("details", {}).get("coding", [{}])[0].get("code")
        asked = f"{response.request.method} {response.request.url.copy_with(query=None)}"
        self.journal.append(f"{asked} → {response.status_code} {error or ''}".strip())

    def ask(self, language, account):
        """Push the request. Returns where to send the browser, and what to remember until then."""
        verifier, nonce = secrets.token_urlsafe(48), secrets.token_urlsafe(16)
        address, state = self.create_authorization_url(
            self.metadata["authorization_endpoint"],
            code_verifier=verifier,
            scope=SCOPE,
            nonce=nonce,
            ui_locales=language,
            linked_account=account,  # the space shows it: nobody links somebody else's file
        )
        pushed = self.post(
            self.metadata["pushed_authorization_request_endpoint"],
            data=dict(url_decode(address.partition("?")[2])),
            auth=self.client_auth("private_key_jwt"),
        ).raise_for_status()
        query = {"client_id": self.client_id, "request_uri": pushed.json()["request_uri"]}
        browser = httpx2.URL(self.metadata["authorization_endpoint"], params=query)
        return str(browser), {"state": state, "verifier": verifier, "nonce": nonce}

    def receive(self, answer, remembered):
        """Change the code for tokens. Raises ``OAuthError`` for every answer that is not a yes."""
        if answer.get("state") != remembered["state"] or answer.get("iss") != self.config["issuer"]:
            raise OAuthError("mix-up", "not the answer to our question")
        if "error" in answer:
            raise OAuthError(answer["error"], answer.get("error_description"))
        endpoint = self.metadata["token_endpoint"]
        token = self.fetch_token(
            endpoint, code=answer.get("code"), code_verifier=remembered["verifier"]
        )
        self.check_id_token(token["id_token"], remembered["nonce"])
        return token

    def check_id_token(self, id_token, nonce):
        keys = jwk.KeySet.import_key_set(self.get(self.metadata["jwks_uri"], auth=None).json())
        claims = jwt.decode(id_token, keys, algorithms=["ES256"]).claims
        jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": self.config["issuer"]},
            aud={"essential": True, "value": self.client_id},
            nonce={"essential": True, "value": nonce},
            exp={"essential": True},
        ).validate(claims)

    def call(self, method, path, **body):
        """Use the record or the agenda. Raises ``Stopped`` when the connection has ended."""
        try:
            answer = self.request(method, f"{self.config['resources']}{path}", **body)
            if answer.status_code == 401:
                # Perhaps only the access token has ended: the refresh token knows, if there is one.
                if "refresh_token" not in self.token:
                    raise Stopped("invalid_token")
                self.refresh_token(self.metadata["token_endpoint"])
                answer = self.request(method, f"{self.config['resources']}{path}", **body)
        except OAuthError as error:
            raise Stopped(error.error) from error
        return answer


def wants_nonce(answer):
    """Who gives out tokens says so in the body, who takes them in a challenge."""
    if answer.status_code == 401:
        return 'error="use_dpop_nonce"' in answer.headers.get("WWW-Authenticate", "")
    return answer.status_code == 400 and '"use_dpop_nonce"' in answer.text


@cache
def discover(issuer):
    """The server's own description (RFC 8414)."""
    address = f"{issuer}/.well-known/oauth-authorization-server"
    return httpx2.get(address, timeout=10).raise_for_status().json()


def base64url(data):
    return urlsafe_b64encode(data).rstrip(b"=").decode()
