"""The resource server's own WSGI application: ``create_resource_app(settings)``."""

from datetime import datetime

import httpx2
from flask import Flask, Response, current_app, g, jsonify, request
from werkzeug.exceptions import HTTPException

from authz.clock import now
from authz.db import connect_options, db
from authz.errors import Refusal, Unavailable
from authz.keys.dpop import Proof
from authz.keys.errors import ProofRefused
from authz.resources import about, agenda, queries, record, settings, space
from authz.resources.authority import Authority
from authz.resources.bundle import outcome
from authz.resources.errors import Fault, NoConsent, NotThere
from authz.resources.server import ResourceServer
from authz.resources.settings import ResourceSettings
from authz.web.bearer import Guard, challenge
from authz.web.limits import init_limits
from authz.web.logs import init_logs
from authz.web.step_up import SignInInsufficient

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def create_resource_app(
    settings: ResourceSettings, *, transport: httpx2.BaseTransport | None = None
) -> Flask:
    """``transport`` replaces the network towards the authorization server (tests)."""
    app = Flask("authz.resources", static_folder=None)
    app.config.update(connect_options(settings.database_url))
    app.json.mimetype = "application/fhir+json"  # type: ignore[attr-defined]  # DefaultJSONProvider has it
    db.init_app(app)
    settings.demands.check_places((*record.KINDS, *agenda.KINDS))
    authority = Authority(settings, transport=transport)
    guard = Guard(
        settings.origin, authority.introspect, _remember, settings.mtls, settings.nonce_key
    )
    app.extensions["resources"] = ResourceServer(settings, authority, guard)
    init_logs(app)
    init_limits(app)
    app.register_blueprint(record.bp)
    app.register_blueprint(agenda.bp)
    app.register_blueprint(about.bp)
    app.register_blueprint(space.bp)
    app.register_error_handler(Refusal, _refuse)
    app.register_error_handler(HTTPException, _refuse_http)
    app.after_request(_harden)
    app.after_request(_tell_nonce)
    return app


def from_environment() -> Flask:
    """What granian serves."""
    return create_resource_app(settings.load())


def _remember(proof: Proof, at: datetime) -> bool:
    return queries.remember_proof(proof.once, expires_at=proof.expires_at, at=at)


def _refuse(refusal: Refusal) -> Response:
    g.reason, g.detail = refusal.code, refusal.detail
    answer = jsonify(outcome(refusal))
    # A bad proof is 400 at the token endpoint and 401 at a resource (RFC 9449 §7.1).
    answer.status_code = 401 if isinstance(refusal, ProofRefused) else refusal.status
    if answer.status_code in {401, 403}:
        scope = refusal.scope if isinstance(refusal, NoConsent) else None
        server: ResourceServer = current_app.extensions["resources"]
        metadata = about.metadata_address(server.settings.origin)
        answer.headers["WWW-Authenticate"] = challenge(
            refusal, scheme=_scheme(refusal), scope=scope, metadata=metadata
        )
    if isinstance(refusal, Unavailable):
        answer.headers["Retry-After"] = "5"
    return answer


def _scheme(refusal: Refusal) -> str:
    """The one that the client should come back with: its own, if its token was taken that way."""
    taken = isinstance(refusal, (NoConsent, SignInInsufficient))
    is_bearer = request.headers.get("Authorization", "")[:7].lower() == "bearer "
    return "Bearer" if taken and is_bearer else "DPoP"


def _refuse_http(error: HTTPException) -> Response:
    """Unknown paths and methods, and faults of ours, in the same language as everything else."""
    answer = _refuse(NotThere() if error.code == 404 else Fault())
    answer.status_code = error.code or 500
    if allowed := getattr(error, "valid_methods", None):
        answer.headers["Allow"] = ", ".join(allowed)
    return answer


def _harden(response: Response) -> Response:
    response.headers.update(_HEADERS)
    return response


def _tell_nonce(response: Response) -> Response:
    """Anew with each answer to whoever shows a key: nobody is a step late (RFC 9449 §8.2)."""
    server: ResourceServer = current_app.extensions["resources"]
    if "DPoP" in request.headers and (nonce := server.guard.nonce(at=now())):
        response.headers["DPoP-Nonce"] = nonce
    return response
