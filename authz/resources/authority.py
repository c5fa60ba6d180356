"""The authorization server, as this server sees it: two questions over HTTP.

What may this token do now (RFC 7662), and: note this access in the patient's history. There is no
cache and no second opinion: no answer means no data.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx2

from authz.errors import Unavailable
from authz.resources.settings import ResourceSettings

_PATIENCE = httpx2.Timeout(3.0)
_CONNECTIONS = httpx2.Limits(max_connections=32, max_keepalive_connections=16)
_LONGEST_ANSWER = 64 * 1024
_FRESH = timedelta(minutes=5)


@dataclass(frozen=True)
class Use:
    """One use of a token, as the patient will read it: ``read``, ``write`` or ``remove``."""

    jti: str
    area: str
    direction: str
    category: str
    outcome: str
    items: int
    at: datetime
    hidden: int = 0  # of the items, from whoever represents the patient


class Authority:
    """Our line to the authorization server, under our own client credentials.

    It follows no redirect and reads no proxy settings: the credentials go to the issuer alone.
    """

    def __init__(
        self, settings: ResourceSettings, *, transport: httpx2.BaseTransport | None = None
    ) -> None:
        self._issuer = settings.issuer.rstrip("/")
        self._client = httpx2.Client(
            auth=httpx2.BasicAuth(settings.client_id, settings.client_secret),
            headers={"Accept": "application/json"},
            timeout=_PATIENCE,
            limits=_CONNECTIONS,
            follow_redirects=False,
            trust_env=False,
            transport=transport,
        )
        self._smart: tuple[datetime, dict[str, Any]] | None = None

    def introspect(self, token: str) -> dict[str, Any] | None:
        """What a token may do at this instant; none when it may do nothing.

        Raises ``Unavailable`` when the answer does not come or is not one.
        """
        answer = self._post("/introspect", data={"token": token})
        try:
            said = answer.json()
        except ValueError as error:
            raise Unavailable("introspection: not JSON") from error
        if not isinstance(said, dict) or not isinstance(said.get("active"), bool):
            raise Unavailable("introspection: not an answer")
        return said if said["active"] else None

    def report(self, uses: Sequence[Use]) -> None:
        """Note uses in the patient's history. Raises ``Unavailable`` unless that has been done."""
        noted = [{**asdict(use), "at": use.at.isoformat()} for use in uses]
        self._post("/accesses", json={"accesses": noted})

    def smart_configuration(self, *, at: datetime) -> dict[str, Any]:
        """What it says to health applications, no older than five minutes.

        Raises ``Unavailable``.
        """
        if self._smart is None or at - self._smart[0] >= _FRESH:
            self._smart = at, self._document("/.well-known/smart-configuration")
        return self._smart[1]

    def _document(self, path: str) -> dict[str, Any]:
        try:
            answer = self._client.get(f"{self._issuer}{path}", auth=None)
            said = answer.json()
        except (httpx2.HTTPError, ValueError) as error:
            raise Unavailable(f"{path}: {type(error).__name__}") from error
        if not answer.is_success or not isinstance(said, dict):
            raise Unavailable(f"{path}: status {answer.status_code}")
        return said

    def _post(self, path: str, **body: Any) -> httpx2.Response:
        try:
            answer = self._client.post(f"{self._issuer}{path}", **body)
        except httpx2.HTTPError as error:
            raise Unavailable(f"{path}: {type(error).__name__}") from error
        if not answer.is_success or len(answer.content) > _LONGEST_ANSWER:
            raise Unavailable(f"{path}: status {answer.status_code}")
        return answer
