"""Join the parts of the edge to an application, in the order in which a request meets them."""

import hashlib
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from flask import Blueprint, Flask, url_for
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from authz.settings import Settings
from authz.web.csrf import init_csrf
from authz.web.errors import init_errors
from authz.web.headers import init_headers
from authz.web.languages import init_languages
from authz.web.limits import init_limits
from authz.web.logs import init_logs
from authz.web.session import current_session

assets = Blueprint("assets", __name__, static_folder="static", static_url_path="/assets")


def init_edge(app: Flask, settings: Settings) -> None:
    """What every application of ours has, with or without pages."""
    app.extensions["authz"] = settings
    _trust_proxies(app, settings.server.trusted_proxies)
    init_logs(app)
    init_limits(app)
    init_headers(app)


def init_web(app: Flask, settings: Settings) -> None:
    """The edge of the application that has pages."""
    init_edge(app, settings)
    app.config["TRUSTED_HOSTS"] = [
        urlsplit(origin).hostname or ""
        for origin in (settings.issuer, settings.mtls.origin)
        if origin
    ]
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 31536000  # assets: see asset()
    _init_templates(app, settings)
    init_csrf(app)
    init_languages(app)
    init_errors(app)
    app.register_blueprint(assets)


def _init_templates(app: Flask, settings: Settings) -> None:
    app.jinja_options = {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    app.jinja_env.globals.update(
        demonstration=settings.demonstration,
        help_desk=settings.help_desk,
        languages=settings.languages,
        asset=asset,
        current_session=current_session,
    )


def asset(name: str) -> str:
    """The address of a file of ours, which changes with its content so that it can be kept."""
    return url_for("assets.static", filename=name, v=_version(name))


@cache
def _version(name: str) -> str:
    content = (Path(assets.static_folder or "") / name).read_bytes()
    return hashlib.sha256(content).hexdigest()[:12]


def _trust_proxies(app: Flask, hops: int) -> None:
    # X-Forwarded headers are anybody's to write unless a proxy of ours sets them.
    if hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]  # Flask's documented place for middleware
