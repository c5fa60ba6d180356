"""Authlib's framework-free core, with everything that touches the world replaced by ours.

Authlib dispatches to grant classes and defines their shape. Reading requests, authenticating
clients, storing tokens and wording errors are ours, because Authlib's own are unsafe or absent
there (the faults D1 to D15 are tests in ``tests/protocol``). Its token generator, models, hooks
and debug log, which prints tokens (D11), are never used.
"""

import logging
from typing import Any

from authlib.oauth2.base import OAuth2Error
from authlib.oauth2.rfc6749 import AuthorizationServer
from authlib.oauth2.rfc6749.errors import UnsupportedGrantTypeError

from authz.catalogue.models import Client
from authz.protocol.client_auth import authenticate
from authz.protocol.edge import no, yes
from authz.protocol.errors import InvalidRequest, UnsupportedGrantType
from authz.protocol.request import ProtocolRequest
from authz.web.answer import Answer

logging.getLogger("authlib").setLevel(logging.WARNING)


class Engine(AuthorizationServer):  # type: ignore[misc]  # Authlib has no types
    """The registry of grants, and the way in and out of them."""

    def create_oauth2_request(self, request: ProtocolRequest) -> ProtocolRequest:
        return request

    def authenticate_client(self, request: ProtocolRequest, *_: object) -> Client:
        # The client's one registered method counts, not the grant's list of them.
        return authenticate(request)

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens."""

    def handle_response(self, status: int, body: dict[str, Any], _: object) -> Answer:
        return yes(body, status)

    def handle_error_response(self, _: ProtocolRequest, error: OAuth2Error) -> Answer:
        # Authlib's texts quote the request (D8); only the kind of error is taken over.
        if isinstance(error, UnsupportedGrantTypeError):
            return no(UnsupportedGrantType())
        return no(InvalidRequest(type(error).__name__))


_engine = Engine()


def server() -> Engine:
    """The one engine of this process. It holds grant classes and no state."""
    return _engine
