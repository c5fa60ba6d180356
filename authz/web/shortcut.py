"""The short way: some endpoints of machines are answered without Flask's general machinery.

Only a request that is plainly in order goes it: a form of moderate size to our own name, or a
document without parameters. Whatever is unusual in any respect takes the long way, so this needs no
refusals of its own. Context, view, error handlers, headers and log are those of the long way; what
is left out is routing, session, and the hooks that have nothing to say to such a request
(``docs/decisions``, 0012).
"""

from collections.abc import Callable, Iterable
from functools import lru_cache
from io import BytesIO
from typing import Any, TypeGuard

from flask import Flask, Request, Response
from werkzeug.routing import MapAdapter, Rule

from authz.web.headers import harden, unsaid
from authz.web.limits import HEADER_LINE, PARAMETER, PARAMETERS
from authz.web.logs import note_answer, note_start

_FORM = "application/x-www-form-urlencoded"
_SHORT = "authz.short"
_BODY = "authz.body"
_LONGEST_NAME = 128  # of a header
_WITHOUT_BODY = {204, 304}


class Asked(Request):
    """A request whose body may have been read before Flask looked at it."""

    def get_data(self, *how: Any, **named: Any) -> Any:
        body = None if how or named else self.environ.get(_BODY)
        return super().get_data(*how, **named) if body is None else body


class Server(Flask):
    """Flask, with a short way beside the long one."""

    request_class = Asked

    def take_short_way(self, endpoints: Iterable[str]) -> None:
        """To be called when every endpoint is registered."""
        chosen = set(endpoints)
        self._short: dict[tuple[str, str], Rule] = {
            (method, rule.rule): rule
            for rule in self.url_map.iter_rules()
            for method in ("GET", "POST")
            if rule.endpoint in chosen and method in (rule.methods or ())
        }
        self._hosts = frozenset(self.config["TRUSTED_HOSTS"] or ())

    def wsgi_app(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        rule = self._short.get((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
        if rule is None or not _is_plain(environ, self._hosts):
            return super().wsgi_app(environ, start_response)
        environ[_SHORT] = True
        with self.request_context(environ) as context:
            context.request.url_rule, context.request.view_args = rule, {}
            return _written(self._answer(), environ, start_response)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func  # no view and no hook of ours is asynchronous, so none is asked whether it is

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        if request is not None and _SHORT in request.environ:
            return None  # the rule is known
        return super().create_url_adapter(request)

    def _answer(self) -> Response:
        note_start()
        try:
            answer = self.dispatch_request()
        except Exception as error:
            answer = self.handle_user_exception(error)
        return note_answer(self.make_response(answer))


def _written(response: Response, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """A body that is there in one piece goes out as it is; werkzeug writes all others.

    As a list, for the WSGI server hands that over at once, while it comes back for other bodies.
    """
    body = response.response
    if not _is_whole(body, response):
        return harden(response)(environ, start_response)
    start_response(response.status, [*response.headers, *unsaid(response)])
    response.close()
    return body


def _is_whole(body: Iterable[Any], response: Response) -> TypeGuard[list[bytes]]:
    return (
        isinstance(body, list)
        and all(isinstance(part, bytes) for part in body)
        and response.status_code >= 200
        and response.status_code not in _WITHOUT_BODY
        and _is_complete(tuple([name for name, _ in response.headers]))
    )


@lru_cache
def _is_complete(names: tuple[str, ...]) -> bool:
    """With its length, and with no address that werkzeug would write out."""
    said = {name.lower() for name in names}
    return "content-length" in said and said.isdisjoint({"location", "content-location"})


def _is_plain(environ: dict[str, Any], hosts: frozenset[str]) -> bool:
    return (
        not environ.get("QUERY_STRING")
        and environ.get("HTTP_HOST", "").partition(":")[0] in hosts
        and all(
            len(value) < HEADER_LINE - _LONGEST_NAME and len(name) < _LONGEST_NAME
            for name, value in environ.items()
            if name.startswith("HTTP_")
        )
        and (environ["REQUEST_METHOD"] == "GET" or _is_plain_form(environ))
    )


def _is_plain_form(environ: dict[str, Any]) -> bool:
    """A body that cannot hold a parameter too many or too long. It is read, and put back."""
    length = environ.get("CONTENT_LENGTH") or ""
    if environ.get("CONTENT_TYPE") != _FORM or not length.isdigit() or int(length) > PARAMETER:
        return False
    body = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"], environ[_BODY] = BytesIO(body), body
    return len(body) == int(length) and body.count(b"&") < PARAMETERS
