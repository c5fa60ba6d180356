"""``create_app``: the only place where rooms are joined."""

import os
from pathlib import Path

from flask import Flask

from authz.db import db
from authz.keys.seal import key_encryption
from authz.portal.pages import PAGES
from authz.protocol.endpoints import ENDPOINTS
from authz.settings import Settings, data_dir, load
from authz.web.setup import init_web


def create_app(settings: Settings) -> Flask:
    """The whole server as one WSGI application."""
    app = Flask("authz", template_folder=str(data_dir("templates")), static_folder=None)
    app.config.update(
        SQLALCHEMY_DATABASE_URI=settings.database_url.get_secret_value(),
        SQLALCHEMY_ENGINE_OPTIONS=_engine_options(),
        SECRET_KEY=settings.secret_key.get_secret_value(),
    )
    app.extensions["authz"] = settings
    key_encryption.load(settings.key_encryption_key.get_secret_value())
    db.init_app(app)
    init_web(app, settings)
    for blueprint in (*ENDPOINTS, *PAGES):
        app.register_blueprint(blueprint)
    return app


def from_environment() -> Flask:
    """The factory that the WSGI server calls: settings file from ``AUTHZ_CONFIG``."""
    return create_app(load(Path(os.environ.get("AUTHZ_CONFIG", "authz.toml"))))


def _engine_options() -> dict[str, object]:
    # Nothing may wait for ever: a statement that hangs becomes a 503, and a dead connection is
    # noticed before it is used.
    limits = "-c statement_timeout=5000 -c lock_timeout=4000 -c timezone=UTC"
    return {
        "pool_pre_ping": True,
        "pool_size": 4,
        "max_overflow": 8,
        "pool_timeout": 3,
        "connect_args": {"options": limits, "connect_timeout": 3},
    }
