"""Limits before anything is parsed: no request may cost more than an honest one.

They are refusals, so each blueprint answers them in its own format. They hold for every request,
also for paths that do not exist.
"""

from flask import Flask, request
from werkzeug.exceptions import NotFound, RequestEntityTooLarge

from authz.errors import Refusal

BODY = 64 * 1024  # bytes
PARAMETER = 8 * 1024  # characters, name and value each
PARAMETERS = 100
HEADER_LINE = 8 * 1024  # characters
_WHOLE_FILES = frozenset({"ledger.verify_proof"})  # where people paste what is a file elsewhere


class BodyTooLarge(Refusal):
    status = 413
    public = "The request is too large."


class TooManyParameters(Refusal):
    public = "The request has too many parameters, or one that is too long."


class HeaderTooLarge(Refusal):
    status = 431
    public = "A header of the request is too long."


def init_limits(app: Flask) -> None:
    app.config["MAX_CONTENT_LENGTH"] = BODY
    app.config["MAX_FORM_MEMORY_SIZE"] = BODY
    app.config["MAX_FORM_PARTS"] = PARAMETERS
    app.before_request(refuse_excess)


def refuse_excess() -> None:
    # Headers first: they are already in memory, a body is not.
    for name, value in request.headers.items():
        if len(name) + len(value) > HEADER_LINE:
            raise HeaderTooLarge
    if "\0" in request.path:
        raise NotFound  # no name of ours holds one, and no database keeps it
    if request.query_string:
        _refuse_parameters(list(request.args.items(multi=True)))
    if request.method not in {"GET", "HEAD", "OPTIONS"}:
        _read_body()
        _refuse_parameters(list(request.form.items(multi=True)))


def _read_body() -> None:
    # Read and kept, so that a body without Content-Length meets the limit here, not in a view.
    try:
        body = request.get_data()
        if request.content_length is None and len(body) >= BODY:
            raise BodyTooLarge  # Werkzeug 3.1 cuts such a body off at the limit without a word
        request.form  # noqa: B018  # multipart parts are counted when the form is parsed
    except RequestEntityTooLarge as error:
        raise BodyTooLarge from error


def _refuse_parameters(pairs: list[tuple[str, str]]) -> None:
    if len(pairs) > PARAMETERS:
        raise TooManyParameters
    most = BODY if request.endpoint in _WHOLE_FILES else PARAMETER
    if any(len(name) > PARAMETER or len(value) > most for name, value in pairs):
        raise TooManyParameters
