"""What the edge knows about the request being answered. Rooms below receive it as values."""

import ipaddress
import secrets

from flask import Request, current_app, request
from flask.ctx import _AppCtxGlobals
from flask.globals import app_ctx, request_ctx

from authz.outbound.outbound import Outbound
from authz.settings import Settings


def asked() -> Request:
    """What ``request`` stands for, to be read more than once: the name looks it up each time."""
    return request_ctx.request


def noted() -> _AppCtxGlobals:
    """The same for ``g``."""
    return app_ctx.g


def settings() -> Settings:
    """The settings that this application was started with."""
    loaded: Settings = current_app.extensions["authz"]
    return loaded


def outbound() -> Outbound:
    """The one way out to addresses that others name."""
    line: Outbound = current_app.extensions["authz.outbound"]
    return line


def resource_servers() -> Outbound:
    """The one way out to the servers that hold people's data."""
    line: Outbound = current_app.extensions["authz.resource_servers"]
    return line


def request_id() -> str:
    """The reference of this request: in the log, and on the page if something goes wrong.

    It is ours alone. One sent by the caller would let strangers write into our log.
    """
    notes = noted()
    if "request_id" not in notes:
        notes.request_id = secrets.token_hex(6)
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
