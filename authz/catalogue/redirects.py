"""Where answers may be sent: what an address must look like to be registered.

OIDC Registration §2, RFC 9700 §2.1, RFC 8252 §7. After this an address is compared as a string and
never parsed again.
"""

import re
from collections.abc import Sequence
from typing import TypeGuard
from urllib.parse import urlsplit

from authz.catalogue.errors import RedirectUriUnfit

_LONGEST = 2048
_MOST = 20
_LOOPBACK = frozenset({"127.0.0.1", "::1"})
_HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*|\[[0-9a-f:]+\]")
_PRIVATE_SCHEME = re.compile(
    r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+"
)  # RFC 8252 §7.1: a reversed domain


def check_redirect_uris(uris: Sequence[str], *, native: bool) -> None:
    """Raises ``RedirectUriUnfit``."""
    if len(uris) > _MOST or len(set(uris)) != len(uris):
        raise RedirectUriUnfit("too many or repeated")
    for uri in uris:
        if not is_https(uri) and not (native and _is_of_an_app(uri)):
            raise RedirectUriUnfit("an address of a kind that is refused")


def is_https(uri: object) -> TypeGuard[str]:
    """An https address with a plain host, no credentials, no fragment, no way up the path."""
    return _is_plain(uri) and urlsplit(uri).scheme == "https"


def host_of(uri: str) -> str | None:
    """The host that stands for the client, if it has one of its own."""
    parts = urlsplit(uri)
    return parts.hostname if parts.scheme == "https" else None


def _is_of_an_app(uri: str) -> bool:
    """A native application: loopback by number, or a scheme of its own."""
    if not _is_text(uri):
        return False
    scheme, _, rest = uri.partition(":")
    if scheme == "http":
        return _is_plain(uri) and urlsplit(uri).hostname in _LOOPBACK
    return bool(_PRIVATE_SCHEME.fullmatch(scheme)) and rest.startswith("/") and rest[1:2] != "/"


def _is_plain(uri: object) -> TypeGuard[str]:
    if not _is_text(uri):
        return False
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        return False
    host, _, _ = parts.netloc.rpartition(":") if port is not None else (parts.netloc, "", "")
    steps = parts.path.split("/")
    return bool(_HOST.fullmatch(host)) and port != 0 and not {".", ".."} & set(steps)


def _is_text(uri: object) -> TypeGuard[str]:
    """Letters that every parser reads alike: no white space, backslash, wildcard or fragment."""
    return (
        isinstance(uri, str)
        and len(uri) <= _LONGEST
        and uri.isascii()
        and uri.isprintable()
        and not set(' "#*<>\\^`{|}') & set(uri)
    )
