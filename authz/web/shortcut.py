"""The short way: some endpoints of machines are answered without Flask's request and response.

Only a request that is plainly in order goes it (``heard.py``): whatever is unusual in any respect
takes the long way, so this needs no refusals of its own. Reading, checks, refusals, headers and log
are those of the long way; what is left out is routing, session, and the hooks that have nothing to
say to such a request (``docs/decisions``, 0012).
"""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any, NamedTuple

from flask import Flask

from authz.web.answer import Answer
from authz.web.headers import unsaid
from authz.web.heard import heard
from authz.web.logs import note_answered, note_start

_STATUS = {status.value: f"{status.value} {status.phrase.upper()}" for status in HTTPStatus}


class Way(NamedTuple):
    """An endpoint, and what answers for it on the short way: a view's ``plain`` form."""

    endpoint: str
    plain: Callable[[], Answer]


class Server(Flask):
    """Flask, with a short way beside the long one."""

    def take_short_way(self, endpoints: Iterable[str]) -> None:
        """To be called when every endpoint is registered."""
        chosen = set(endpoints)
        self._short: dict[tuple[str, str], Way] = {
            (method, rule.rule): Way(
                rule.endpoint, vars(self.view_functions[rule.endpoint])["plain"]
            )
            for rule in self.url_map.iter_rules()
            for method in ("GET", "POST")
            if rule.endpoint in chosen and method in (rule.methods or ())
        }
        self._hosts = frozenset(self.config["TRUSTED_HOSTS"] or ())

    def wsgi_app(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        way = self._short.get((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
        plainly = heard(environ, self._hosts) if way else None
        if way is None or plainly is None:
            return super().wsgi_app(environ, start_response)
        with self.app_context() as context:
            context.g.heard = plainly
            return self._answered(way, plainly.method, start_response)

    def _answered(self, way: Way, method: str, start_response: Any) -> Iterable[bytes]:
        note_start()
        answer = way.plain()
        note_answered(answer.status, way.endpoint, method)
        length = ("Content-Length", str(len(answer.body)))
        headers = [*answer.headers, length, *unsaid(answer.headers)]
        start_response(_STATUS[answer.status], headers)
        return [answer.body]

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func  # no view and no hook of ours is asynchronous, so none is asked whether it is
