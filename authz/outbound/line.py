"""A network line for one exchange: checked addresses only, and one deadline over all of it.

Usual time limits count each read anew, so that a server could dribble for ever.
"""

import ssl
import time
from collections.abc import Iterable
from typing import Any

from httpcore2 import (
    ConnectError,
    ConnectTimeout,
    NetworkBackend,
    NetworkStream,
    ReadTimeout,
    SyncBackend,
)

from authz.outbound.addresses import Network, Resolve, checked


class Deadline:
    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds; never none. Raises ``ReadTimeout`` after the end."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise ReadTimeout("out of time")
        return left


class GuardedLine(NetworkBackend):
    """Connects to what a name resolves to now, if all of that may be reached."""

    def __init__(self, deadline: Deadline, resolve: Resolve, allowed: tuple[Network, ...]) -> None:
        self._deadline, self._resolve, self._allowed = deadline, resolve, allowed

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - one deadline counts
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> NetworkStream:
        addresses = checked(self._resolve(host, self._deadline.left), self._allowed)
        failure: Exception | None = None
        for address in addresses:
            try:
                stream = SyncBackend().connect_tcp(
                    address, port, self._deadline.left, local_address, socket_options
                )
            except (ConnectError, ConnectTimeout) as error:
                failure = error
            else:
                return _Timed(stream, self._deadline)
        raise ConnectError("no address answers") from failure


class _Timed(NetworkStream):
    """A stream whose every step gets the time that is left."""

    def __init__(self, stream: NetworkStream, deadline: Deadline) -> None:
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        return self._stream.read(max_bytes, self._deadline.left)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        self._stream.write(buffer, self._deadline.left)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, self._deadline.left)
        return _Timed(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
