"""What the edge knows about the request being answered. Rooms below receive it as values."""

import ipaddress
import random
from typing import Any

from flask import Request, request
from flask.ctx import _AppCtxGlobals
from flask.globals import _cv_app, request_ctx

from authz.outbound.outbound import Outbound
from authz.settings import Settings
from authz.web.heard import Heard


def asked() -> Request | Heard:
    """The request, whichever way it takes."""
    return noted().get("heard") or request_ctx.request


def noted() -> _AppCtxGlobals:
    """What ``g`` stands for: the name looks it up each time."""
    return _cv_app.get().g


def settings() -> Settings:
    """The settings that this application was started with."""
    loaded: Settings = _of_application("authz")
    return loaded


def outbound() -> Outbound:
    """The one way out to addresses that others name."""
    line: Outbound = _of_application("authz.outbound")
    return line


def resource_servers() -> Outbound:
    """The one way out to the servers that hold people's data."""
    line: Outbound = _of_application("authz.resource_servers")
    return line


def request_id() -> str:
    """The reference of this request: in the log, and on the page if something goes wrong.

    It is ours alone. One sent by the caller would let strangers write into our log.
    """
    notes = noted()
    if "request_id" not in notes:
        # Unlike any other; it need not be hard to guess, and no system call is made for it.
        notes.request_id = f"{random.getrandbits(48):012x}"
    known: str = notes.request_id
    return known


def network() -> str:
    """Where the request comes from, no finer than a street: /24, or /48 in IPv6."""
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return "unknown"
    prefix = 24 if address.version == 4 else 48
    return str(ipaddress.ip_network(f"{address}/{prefix}", strict=False))


def _of_application(name: str) -> Any:
    """What ``current_app`` holds, found at once."""
    return _cv_app.get().app.extensions[name]


def path_of(endpoint: str) -> str:
    """The path of an endpoint of ours, also where Flask has no request."""
    return _cv_app.get().app.url_map.bind("").build(endpoint)
