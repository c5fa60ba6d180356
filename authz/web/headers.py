"""Security headers of every answer.

Pages may load our own style sheet and nothing else, run no script, be framed by nobody, and tell
no other site where the person comes from.

``form-action`` and the way back to a service: Chromium applies ``form-action`` to every redirect
that follows a form, so ``'self'`` alone would stop a person on our page after deciding. The pages
whose form may end at a service (sign-in and the consent question) add that one service's origin,
taken from the registered redirect URI. A page with a link instead would cost a click and let the
60-second code run out under the person's eyes (``docs/decisions``, 0009).
"""

from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import urlsplit

from flask import Flask, Response, g

from authz.web.current import settings

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "form-action {forms}; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = (
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),  # for browsers that do not know frame-ancestors
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ("Cache-Control", "no-store"),
)
_TLS_ONLY = ("Strict-Transport-Security", "max-age=63072000; includeSubDomains")


def init_headers(app: Flask) -> None:
    app.after_request(harden)


def allow_form_to_end_at(redirect_uri: str) -> None:
    """Let the form of this page lead, after our redirect, to the origin of a registered URI."""
    parts = urlsplit(redirect_uri)
    # An application on a phone has a scheme of its own and no host (RFC 8252 §7.1).
    g.form_origin = f"{parts.scheme}://{parts.netloc}" if parts.netloc else f"{parts.scheme}:"


def harden(response: Response) -> Response:
    """Add what the answer does not say itself."""
    response.headers.extend(unsaid(response.headers, g.get("form_origin")))
    return response


def unsaid(
    headers: Iterable[tuple[str, str]], form_origin: str | None = None
) -> tuple[tuple[str, str], ...]:
    """Those of our headers that an answer with these does not say itself."""
    said = tuple([name for name, _ in headers])
    return _ours(form_origin, said, tls=settings().issuer.startswith("https:"))


@lru_cache
def _ours(
    form_origin: str | None, said: tuple[str, ...], *, tls: bool
) -> tuple[tuple[str, str], ...]:
    forms = f"'self' {form_origin}" if form_origin else "'self'"
    policy = ("Content-Security-Policy", _POLICY.format(forms=forms))
    ours = (policy, *_HEADERS, *((_TLS_ONLY,) if tls else ()))
    return tuple(header for header in ours if header[0] not in said)
