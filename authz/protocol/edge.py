"""The shape that every machine-facing endpoint shares: one way in, one way to say no.

An answer commits, and a refusal is an answer too: it is rendered inside the transaction, so a
spent assertion stays spent. Whatever else happens is JSON as well, never a page and never the
text of an exception.
"""

import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import nullcontext
from functools import partial, wraps
from typing import Any

from flask import Blueprint, Response, request
from orjson import OPT_SORT_KEYS, dumps
from werkzeug.exceptions import HTTPException

from authz.db import transaction
from authz.errors import Refusal, Unavailable
from authz.protocol.errors import InvalidClient, InvalidRequest, MethodRefused
from authz.protocol.request import ProtocolRequest, read_form
from authz.protocol.standing import collect, conditions
from authz.settings import Settings
from authz.tokens.conditions import CallerChanged
from authz.web.answer import Answer
from authz.web.current import asked as heard
from authz.web.current import noted, request_id, settings
from authz.web.logs import log_line, scrub

_PRIVATE = (("Content-Type", "application/json"), ("Cache-Control", "no-store"))
_PUBLIC = (("Content-Type", "application/json"), ("Cache-Control", "public, max-age=300"))
View = Callable[[ProtocolRequest], Response]
PlainView = Callable[[ProtocolRequest], Answer]
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


def at_once(
    bp: Blueprint,
    path: str,
    *,
    takes: Collection[str],
    known: Callable[[], Answer | None] = lambda: None,
) -> Callable[[PlainView], PlainView]:
    """Register an endpoint whose work is one statement that checks ``standing.conditions()``.

    It can be asked on the short way too (``web/shortcut.py``): its answer is made without Flask's
    request and response.

    ``known`` may have the answer before anything is read.

    What is refused on a remembered client is looked at once more with the client's row, and its
    service's. A refusal that comes before the statement spends what the caller has shown, as if it
    were spent at once.
    """

    def register(view: PlainView) -> PlainView:
        def judged() -> Answer:
            _only("POST")
            return known() or _judged_twice(view, read_form(takes))

        both_ways(bp, path, view, judged)
        return view

    return register


def both_ways(
    bp: Blueprint,
    path: str,
    view: Callable[..., Any],
    made: Callable[[], Answer],
    endpoint: str | None = None,
) -> None:
    """An endpoint whose answer is made without Flask's request and response."""

    def plain() -> Answer:
        try:
            return made()
        except Refusal as refusal:
            return no(refusal)
        except HTTPException:
            raise  # Flask's own: its body could not be read
        except Exception as error:
            return _fault(error)

    @wraps(view)
    def answered() -> Response:
        return plain().as_response()

    vars(answered)["plain"] = plain
    bp.add_url_rule(path, endpoint, answered, methods=_METHODS, provide_automatic_options=False)


def _judged_twice(view: PlainView, asked: ProtocolRequest) -> Answer:
    try:
        return _judged(view, asked, from_memory=True)
    except (CallerChanged, InvalidClient):
        pass
    try:
        return _judged(view, asked, from_memory=False)
    except CallerChanged as error:
        raise Unavailable("the client changes faster than we read it") from error


def _judged(view: PlainView, asked: ProtocolRequest, *, from_memory: bool) -> Answer:
    collect(from_memory=from_memory)
    with transaction():
        try:
            return _vouched(view, asked)
        except Unavailable:
            raise
        except Refusal as refusal:
            if from_memory and isinstance(refusal, InvalidClient):
                raise
            return no(weightiest(refusal))


def _vouched(view: PlainView, asked: ProtocolRequest) -> Answer:
    answer = view(asked)
    conditions().settle()  # no answer without a statement that vouches for the caller
    return answer


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
        def written() -> bytes:
            with transaction():
                return _written(view())

        both_ways(bp, path, view, partial(_document, written), endpoint)
        return view

    return register


def constant(bp: Blueprint, path: str, endpoint: str | None = None) -> Callable[[Any], Any]:
    """Register a document that only the settings change: it is written once for each process."""

    def register(view: Callable[[], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
        kept: list[tuple[Settings, bytes]] = []

        def written() -> bytes:
            if not kept or kept[-1][0] is not settings():
                kept[:] = [(settings(), _written(view()))]
            return kept[-1][1]

        both_ways(bp, path, view, partial(_document, written), endpoint)
        return view

    return register


def _document(written: Callable[[], bytes]) -> Answer:
    _only("GET", "HEAD")
    return Answer(written(), 200, _PUBLIC)


def by_method(bp: Blueprint, path: str, name: str, views: Mapping[str, MethodView]) -> None:
    """Register an address with a view for each method; the view says where transactions begin."""

    def answered(**values: str) -> Response:
        _only(*views)
        return views[request.method](**values)

    bp.add_url_rule(path, name, answered, methods=_METHODS, provide_automatic_options=False)


def _written(body: dict[str, Any]) -> bytes:
    return dumps(body, option=OPT_SORT_KEYS)


def yes(body: dict[str, Any], status: int = 200) -> Answer:
    """A JSON answer that nobody keeps (RFC 6749 §5.1)."""
    return told_nonce(Answer(_written(body), status, _PRIVATE))


def told_nonce(answer: Answer) -> Answer:
    """With the nonce for the next proof, where proofs must hold one (RFC 9449 §8.2)."""
    nonce = noted().get("dpop_nonce")
    return answer.saying(("DPoP-Nonce", nonce)) if nonce else answer


def no(refusal: Refusal) -> Answer:
    """RFC 6749 §5.2."""
    notes = noted()
    notes.reason, notes.detail = refusal.code, scrub(refusal.detail)
    answer = yes({"error": refusal.code, "error_description": refusal.said}, refusal.status)
    return answer.saying(*_consequences(refusal))


def _consequences(refusal: Refusal) -> Iterator[tuple[str, str]]:
    """What a status asks to be said with it."""
    if refusal.status == 401:
        yield "WWW-Authenticate", getattr(refusal, "challenge", 'Basic realm="authz"')
    if isinstance(refusal, MethodRefused):
        yield "Allow", refusal.detail
    if isinstance(refusal, Unavailable):
        yield "Retry-After", "10"
    if refusal.status == 429:
        yield "Retry-After", "60"


def answer(body: dict[str, Any], status: int = 200) -> Response:
    """``yes`` where Flask answers."""
    return yes(body, status).as_response()


def refused(refusal: Refusal) -> Response:
    """``no`` where Flask answers."""
    return no(refusal).as_response()


def _rendered(view: View, asked: ProtocolRequest) -> Response:
    try:
        return view(asked)
    except Unavailable:
        raise  # nothing was stored, so nothing may be committed
    except Refusal as refusal:
        return refused(refusal)


def _only(*methods: str) -> None:
    if heard().method not in methods:
        raise MethodRefused(", ".join(methods))


def _http_refused(error: HTTPException) -> Response:
    noted().reason = "invalid_request"
    body = {"error": InvalidRequest.code, "error_description": InvalidRequest.public}
    return answer(body, error.code if error.code and error.code >= 400 else 400)


def _failed(error: Exception) -> Response:
    return _fault(error).as_response()


def _fault(error: Exception) -> Answer:
    noted().reason = "server_error"
    log_line(
        "request:failed",
        outcome="fault",
        level=logging.ERROR,
        error=error,
        request_id=request_id(),
    )
    description = "Something went wrong on our side."
    return yes({"error": "server_error", "error_description": description}, 500)
