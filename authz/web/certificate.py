"""The certificate that the caller's TLS connection was made with, as the front tells it.

A header is anybody's to write. So this one is read only where the operator has named it, only from
the addresses of the front, and only once; the front drops what clients send under its name
(``config/nginx.conf``). In all other cases the request came without a certificate.
"""

from urllib.parse import unquote

from flask import Request

from authz.keys.certificate import Certificate, read_certificate
from authz.keys.errors import CertificateRefused
from authz.settings import Mtls
from authz.web.heard import Heard


def certificate_shown(request: Request | Heard, front: Mtls) -> Certificate | None:
    """Two words: nginx's ``$ssl_client_verify`` and ``$ssl_client_escaped_cert``."""
    if front.header is None or _peer(request) not in front.front:
        return None
    value = request.headers.get(front.header, "")
    verdict, _, escaped = value.rpartition(" ")
    # A header that came twice arrives with a comma between: neither of the two counts then.
    if not escaped or "," in value:
        return None
    try:
        return read_certificate(unquote(escaped), is_signed=verdict == "SUCCESS")
    except CertificateRefused:
        return None


def _peer(request: Request | Heard) -> str:
    """Who is at the other end of the connection: not whom X-Forwarded-For names."""
    before: dict[str, str] = request.environ.get("werkzeug.proxy_fix.orig", request.environ)
    return before.get("REMOTE_ADDR", "")
