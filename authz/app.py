"""``create_app``: the only place where rooms are joined."""

import os
from ipaddress import ip_network
from pathlib import Path

from flask import Flask

from authz.db import connect_options, db
from authz.keys.seal import key_encryption
from authz.outbound.outbound import Outbound
from authz.portal.pages import PAGES
from authz.protocol.endpoints import ENDPOINTS, SHORT
from authz.settings import Settings, data_dir, load
from authz.web.setup import init_web
from authz.web.shortcut import Server


def create_app(settings: Settings) -> Flask:
    """The whole server as one WSGI application."""
    app = Server("authz", template_folder=str(data_dir("templates")), static_folder=None)
    app.config.update(connect_options(settings.database_url.get_secret_value()))
    app.config["SECRET_KEY"] = settings.secret_key.get_secret_value()
    app.extensions["authz"] = settings
    app.extensions["authz.outbound"] = Outbound(
        settings.outbound.allowed, settings.outbound.authorities
    )
    app.extensions["authz.resource_servers"] = _to_resource_servers(settings)
    key_encryption.load(settings.key_encryption_key.get_secret_value())
    db.init_app(app)
    init_web(app, settings)
    for blueprint in (*ENDPOINTS, *PAGES):
        app.register_blueprint(blueprint)
    app.take_short_way(SHORT)
    return app


def _to_resource_servers(settings: Settings) -> Outbound:
    """They answer with more than a document, and in the demonstration from this machine."""
    near = (ip_network("127.0.0.0/8"), ip_network("::1")) if settings.demonstration else ()
    return Outbound(
        (*settings.outbound.allowed, *near),
        settings.outbound.authorities,
        largest=4 * 1024 * 1024,
        loopback_in_clear=settings.demonstration,
    )


def from_environment() -> Flask:
    """The factory that the WSGI server calls: settings file from ``AUTHZ_CONFIG``."""
    return create_app(load(Path(os.environ.get("AUTHZ_CONFIG", "authz.toml"))))
