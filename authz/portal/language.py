"""The person chooses a language, and comes back to the page they were on."""

from uuid import UUID

from flask import Blueprint, current_app, redirect, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter
from werkzeug.wrappers import Response

from authz.db import transaction
from authz.web.current import settings
from authz.web.languages import remember
from authz.web.session import current_session

bp = Blueprint("language", __name__)


@bp.post("/language")
def choose() -> Response:
    wanted = request.form.get("language", "")
    with transaction():
        session = current_session()
        if session is not None and wanted in settings().languages:
            session.account.language = wanted
        remember(wanted, request_id=_request_id())
        return redirect(_same_page(), code=303)


def _request_id() -> UUID | None:
    try:
        return UUID(request.form.get("request", ""))
    except ValueError:
        return None


def _same_page() -> str:
    """The page that the path names, found in our own routes and rebuilt; else the home page."""
    routes: MapAdapter = current_app.create_url_adapter(request)  # type: ignore[assignment]  # there is one during a request
    try:
        endpoint, arguments = routes.match(request.form.get("path", ""), method="GET")
    except HTTPException:
        return url_for("home.home")
    if endpoint == "sign_in.sign_in":
        arguments = {"request": _request_id()}
    return url_for(endpoint, **arguments)
