"""HTTP to an address that somebody else named: a client's keys, its sector, where it wants to hear
of things, a resource server.

Over TLS only, to public addresses only, without redirects, cookies, proxies or credentials; 2.5
seconds and 64 KiB for everything together. One exchange, one connection: nothing is kept that a
later exchange could be led through.
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import httpcore2

from authz.outbound.addresses import Network, Resolve, resolve
from authz.outbound.errors import NotFetched
from authz.outbound.line import Deadline, GuardedLine

LARGEST = 64 * 1024
LONGEST_ADDRESS = 2048


@dataclass(frozen=True)
class Fetched:
    status: int
    media_type: str
    body: bytes = field(repr=False)
    dpop_nonce: str = ""  # that the next proof must hold (RFC 9449 §8), if one was told


@dataclass(frozen=True)
class Outbound:
    """``allowed`` networks may be reached although they are not public; ``authorities`` (PEM) sign
    certificates that we believe beside the system's.

    ``loopback_in_clear`` is for the demonstration, whose servers all run on one machine.
    """

    allowed: tuple[Network, ...] = ()
    authorities: Path | None = None
    patience: float = 2.5  # seconds, for all of it
    resolve: Resolve = resolve
    largest: int = LARGEST
    loopback_in_clear: bool = False

    def get(self, url: str) -> Fetched:
        """A document. Raises ``NotFetched`` for anything but an answer with status 200."""
        fetched = self._exchange("GET", url, {"Accept": "application/json"})
        if fetched.status != 200:
            raise NotFetched(f"status {fetched.status}")
        return fetched

    def post(self, url: str, form: Mapping[str, str]) -> Fetched:
        """An answer with any status. Raises ``NotFetched`` when there is none."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._exchange("POST", url, headers, urlencode(form).encode())

    def push(self, url: str, content: bytes, media_type: str) -> Fetched:
        """The same for a body of another type than a form (RFC 8935 §2.1)."""
        headers = {"Content-Type": media_type, "Accept": "application/json"}
        return self._exchange("POST", url, headers, content)

    def ask(self, method: str, url: str, headers: Mapping[str, str]) -> Fetched:
        """An answer with any status, to a request that carries a token of its own.

        Raises ``NotFetched`` when there is none.
        """
        return self._exchange(method, url, dict(headers))

    def _exchange(
        self, method: str, url: str, headers: dict[str, str], content: bytes | None = None
    ) -> Fetched:
        _check(url, loopback_in_clear=self.loopback_in_clear)
        line = GuardedLine(Deadline(self.patience), self.resolve, self.allowed)
        sent = {"User-Agent": "authz", "Connection": "close"} | headers
        try:
            with (
                httpcore2.ConnectionPool(self._trust, network_backend=line) as pool,
                pool.stream(method, url, headers=[*sent.items()], content=content) as response,
            ):
                return _fetched(response, self.largest)
        except (
            httpcore2.NetworkError,
            httpcore2.TimeoutException,
            httpcore2.ProtocolError,
        ) as error:
            raise NotFetched(type(error).__name__) from error

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self.authorities is not None:
            context.load_verify_locations(self.authorities)
        return context


def _check(url: str, *, loopback_in_clear: bool) -> None:
    """Raises ``NotFetched`` for what is not an https address in plain letters."""
    if len(url) > LONGEST_ADDRESS or not url.isascii() or not url.isprintable() or " " in url:
        raise NotFetched("not an address")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise NotFetched("not an address") from error
    near = loopback_in_clear and parts.hostname in {"localhost", "127.0.0.1"}
    if parts.scheme != "https" and not (near and parts.scheme == "http"):
        raise NotFetched("not an https address")
    if not parts.hostname or port == 0 or "\\" in url:
        raise NotFetched("not an https address")
    if "@" in parts.netloc or parts.fragment:
        raise NotFetched("an address with credentials or a fragment")


def _fetched(response: httpcore2.Response, largest: int) -> Fetched:
    headers = {name.lower(): value.decode("latin-1") for name, value in response.headers}
    media_type = headers.get(b"content-type", "").partition(";")[0].strip().lower()
    nonce = headers.get(b"dpop-nonce", "")
    return Fetched(response.status, media_type, _body(response, largest), nonce)


def _body(response: httpcore2.Response, largest: int) -> bytes:
    body = b""
    for chunk in response.iter_stream():
        body += chunk
        if len(body) > largest:
            raise NotFetched(f"more than {largest // 1024} KiB")
    return body
