"""A request as the short way reads it: what an endpoint of machines looks at, and no more.

It answers to the names of Flask's request, so that one reading of requests serves both ways.
"""

import re
from io import BytesIO
from typing import Any

from werkzeug.datastructures import EnvironHeaders

from authz.web.limits import HEADER_LINE, PARAMETER, PARAMETERS

FORM = "application/x-www-form-urlencoded"
_LONGEST_NAME = 128  # of a header
_LENGTH = re.compile(r"[0-9]{1,4}")  # of a body; what else is a digit is no number


class Heard:
    """A form of moderate size to our own name, or the wish for a document, and nothing unusual."""

    __slots__ = (
        "_body",
        "content_type",
        "environ",
        "headers",
        "host",
        "method",
        "mimetype",
        "path",
    )
    query_string = b""

    def __init__(self, environ: dict[str, Any], body: bytes) -> None:
        self.environ, self._body = environ, body
        self.method: str = environ["REQUEST_METHOD"]
        self.path: str = environ["PATH_INFO"]
        self.host: str = environ["HTTP_HOST"]
        self.headers = EnvironHeaders(environ)
        self.content_type = self.mimetype = "" if self.method == "GET" else FORM

    def get_data(self) -> bytes:
        return self._body


def heard(environ: dict[str, Any], hosts: frozenset[str]) -> Heard | None:
    """The request, if it is plainly in order. Else its body is still to be read by others."""
    if not _is_plain(environ, hosts):
        return None
    body = _nothing(environ) if environ["REQUEST_METHOD"] == "GET" else _form(environ)
    return None if body is None else Heard(environ, body)


def _nothing(environ: dict[str, Any]) -> bytes | None:
    sent = environ.get("CONTENT_TYPE") or environ.get("CONTENT_LENGTH") not in {None, "", "0"}
    return None if sent else b""


def _is_plain(environ: dict[str, Any], hosts: frozenset[str]) -> bool:
    return (
        not environ.get("QUERY_STRING")
        and "HTTP_TRANSFER_ENCODING" not in environ
        and _is_ours(environ.get("HTTP_HOST", ""), hosts)
        and _are_short(environ)
    )


def _is_ours(host: str, hosts: frozenset[str]) -> bool:
    name, colon, port = host.partition(":")
    return name in hosts and (not colon or port.isdecimal())


def _are_short(environ: dict[str, Any]) -> bool:
    """Whether no header can be too long."""
    values = [value for value in environ.values() if type(value) is str]
    longest = max(map(len, values))
    return max(map(len, environ)) <= _LONGEST_NAME and longest <= HEADER_LINE - _LONGEST_NAME


def _form(environ: dict[str, Any]) -> bytes | None:
    """A body that cannot hold a parameter too many or too long. What was read is put back."""
    length = environ.get("CONTENT_LENGTH") or ""
    if environ.get("CONTENT_TYPE") != FORM or not _LENGTH.fullmatch(length):
        return None
    if int(length) > PARAMETER:
        return None
    body: bytes = environ["wsgi.input"].read(int(length))
    if len(body) == int(length) and body.count(b"&") < PARAMETERS:
        return body
    environ["wsgi.input"] = BytesIO(body)
    return None
