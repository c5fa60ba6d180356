"""An answer in plain values, which goes out either way: through Flask, or without it."""

from typing import NamedTuple

from flask import Response

Headers = tuple[tuple[str, str], ...]


class Answer(NamedTuple):
    """A body in one piece, its status, and the headers that the answer itself needs."""

    body: bytes
    status: int
    headers: Headers

    def saying(self, *more: tuple[str, str]) -> "Answer":
        """The same with more headers."""
        return self._replace(headers=self.headers + more)

    def as_response(self) -> Response:
        return Response(self.body, self.status, list(self.headers))
