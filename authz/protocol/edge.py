"""The shape that every machine-facing endpoint shares: one way in, one way to say no.

An answer commits, and a refusal is an answer too: it is rendered inside the transaction, so a
spent assertion stays spent. Whatever else happens is JSON as well, never a page and never the
text of an exception.
"""

import logging
from collections.abc import Callable, Collection, Mapping
from contextlib import nullcontext
from functools import wraps
from json import JSONEncoder
from typing import Any

from flask import Blueprint, Response, g, json, jsonify, request
from flask.json.provider import DefaultJSONProvider
from werkzeug.exceptions import HTTPException

from authz.db import transaction
from authz.errors import Refusal, Unavailable
from authz.protocol.errors import InvalidClient, InvalidRequest, MethodRefused
from authz.protocol.request import ProtocolRequest, read_form
from authz.protocol.standing import collect, conditions
from authz.settings import Settings
from authz.tokens.conditions import CallerChanged
from authz.web.current import request_id, settings
from authz.web.logs import log_line, scrub

_PRIVATE = (("Content-Type", "application/json"), ("Cache-Control", "no-store"))
# Flask's way to write JSON, prepared once: ``jsonify`` and ``json.dumps`` make it up each time.
_written = JSONEncoder(
    sort_keys=True, separators=(",", ":"), default=DefaultJSONProvider.default
).encode
View = Callable[[ProtocolRequest], Response]
MethodView = Callable[..., Response]

# Every method is routed, so that a wrong one is refused in JSON too.
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def blueprint(name: str) -> Blueprint:
    """A blueprint that answers in JSON whatever happens."""
    bp = Blueprint(name, __name__)
    bp.register_error_handler(Refusal, refused)
    bp.register_error_handler(HTTPException, _http_refused)
    bp.register_error_handler(Exception, _failed)
    return bp


def post(
    bp: Blueprint,
    path: str,
    *,
    takes: Collection[str] = (),
    read: Callable[[Collection[str]], ProtocolRequest] = read_form,
    transactional: bool = True,
) -> Callable[[View], View]:
    """Register an endpoint that takes POST: method, parameters, transaction, refusals.

    ``transactional=False`` leaves it to the view when its transactions begin and end.
    """

    def register(view: View) -> View:
        @wraps(view)
        def answered() -> Response:
            _only("POST")
            asked = read(takes)
            with transaction() if transactional else nullcontext():
                return _rendered(view, asked)

        bp.add_url_rule(path, view_func=answered, methods=_METHODS, provide_automatic_options=False)
        return view

    return register


def at_once(bp: Blueprint, path: str, *, takes: Collection[str]) -> Callable[[View], View]:
    """Register an endpoint whose work is one statement that checks ``standing.conditions()``.

    What is refused on a remembered client is looked at once more with the client's row, and its
    service's. A refusal that comes before the statement spends what the caller has shown, as if it
    were spent at once.
    """

    def register(view: View) -> View:
        @wraps(view)
        def answered() -> Response:
            _only("POST")
            asked = read_form(takes)
            try:
                return _judged(view, asked, from_memory=True)
            except (CallerChanged, InvalidClient):
                return _judged_by_row(view, asked)

        bp.add_url_rule(path, view_func=answered, methods=_METHODS, provide_automatic_options=False)
        return view

    return register


def _judged_by_row(view: View, asked: ProtocolRequest) -> Response:
    try:
        return _judged(view, asked, from_memory=False)
    except CallerChanged as error:
        raise Unavailable("the client changes faster than we read it") from error


def _judged(view: View, asked: ProtocolRequest, *, from_memory: bool) -> Response:
    collect(from_memory=from_memory)
    with transaction():
        try:
            return _vouched(view, asked)
        except Unavailable:
            raise
        except Refusal as refusal:
            if from_memory and isinstance(refusal, InvalidClient):
                raise
            return refused(weightiest(refusal))


def _vouched(view: View, asked: ProtocolRequest) -> Response:
    response = view(asked)
    conditions().settle()  # no answer without a statement that vouches for the caller
    return response


def weightiest(refusal: Refusal) -> Refusal:
    """The refusal, unless what the caller has shown turns out to have been used before."""
    try:
        conditions().settle()
    except Unavailable:
        raise
    except Refusal as replay:
        return replay
    return refusal


def get(bp: Blueprint, path: str, endpoint: str | None = None) -> Callable[[Any], Any]:
    """Register a public document that is fetched by GET and may be kept for five minutes."""

    def register(view: Callable[[], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
        @wraps(view)
        def answered() -> Response:
            _only("GET", "HEAD")
            with transaction():
                document = jsonify(view())
            document.headers["Cache-Control"] = "public, max-age=300"
            return document

        bp.add_url_rule(path, endpoint, answered, methods=_METHODS, provide_automatic_options=False)
        return view

    return register


def constant(bp: Blueprint, path: str, endpoint: str | None = None) -> Callable[[Any], Any]:
    """Register a document that only the settings change: it is written once for each process."""

    def register(view: Callable[[], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
        written: list[tuple[Settings, bytes]] = []

        @wraps(view)
        def answered() -> Response:
            _only("GET", "HEAD")
            if not written or written[-1][0] is not settings():
                written[:] = [(settings(), json.dumps(view()).encode())]
            document = Response(written[-1][1], mimetype="application/json")
            document.headers["Cache-Control"] = "public, max-age=300"
            return document

        bp.add_url_rule(path, endpoint, answered, methods=_METHODS, provide_automatic_options=False)
        return view

    return register


def by_method(bp: Blueprint, path: str, name: str, views: Mapping[str, MethodView]) -> None:
    """Register an address with a view for each method; the view says where transactions begin."""

    def answered(**values: str) -> Response:
        _only(*views)
        return views[request.method](**values)

    bp.add_url_rule(path, name, answered, methods=_METHODS, provide_automatic_options=False)


def answer(body: dict[str, Any], status: int = 200) -> Response:
    """A JSON answer that nobody keeps (RFC 6749 §5.1)."""
    response = Response(_written(body), status, _PRIVATE)
    if "dpop_nonce" in g:
        response.headers["DPoP-Nonce"] = g.dpop_nonce  # RFC 9449 §8.2
    return response


def refused(refusal: Refusal) -> Response:
    """RFC 6749 §5.2."""
    g.reason, g.detail = refusal.code, scrub(refusal.detail)
    response = answer({"error": refusal.code, "error_description": refusal.said}, refusal.status)
    if refusal.status == 401:
        response.headers["WWW-Authenticate"] = getattr(refusal, "challenge", 'Basic realm="authz"')
    if isinstance(refusal, MethodRefused):
        response.headers["Allow"] = refusal.detail
    if isinstance(refusal, Unavailable):
        response.headers["Retry-After"] = "10"
    if refusal.status == 429:
        response.headers["Retry-After"] = "60"
    return response


def _rendered(view: View, asked: ProtocolRequest) -> Response:
    try:
        return view(asked)
    except Unavailable:
        raise  # nothing was stored, so nothing may be committed
    except Refusal as refusal:
        return refused(refusal)


def _only(*methods: str) -> None:
    if request.method not in methods:
        raise MethodRefused(", ".join(methods))


def _http_refused(error: HTTPException) -> Response:
    g.reason = "invalid_request"
    body = {"error": InvalidRequest.code, "error_description": InvalidRequest.public}
    return answer(body, error.code if error.code and error.code >= 400 else 400)


def _failed(error: Exception) -> Response:
    g.reason = "server_error"
    log_line(
        "request:failed",
        outcome="fault",
        level=logging.ERROR,
        error=error,
        request_id=request_id(),
    )
    description = "Something went wrong on our side."
    return answer({"error": "server_error", "error_description": description}, 500)
