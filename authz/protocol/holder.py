"""Who may use a token: the holder of a key (RFC 9449) or of a certificate (RFC 8705 §3)."""

import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from authz.catalogue.models import Client
from authz.keys.certificate import Certificate
from authz.keys.errors import ProofRefused
from authz.protocol.dpop import key_shown
from authz.protocol.request import ProtocolRequest


@dataclass(frozen=True)
class Holder:
    """At most one of the two. Neither: whoever has the token."""

    jkt: str | None = None
    x5t: str | None = None

    @property
    def token_type(self) -> str:
        """RFC 8705 §3 leaves it at Bearer: it is the connection that proves the holder."""
        return "Bearer" if self.jkt is None else "DPoP"


def binding(jkt: str | None, x5t: str | None) -> dict[str, Any]:
    """What introspection says of the holder (RFC 9449 §6.2, RFC 8705 §3.2)."""
    if jkt is not None:
        return {"token_type": "DPoP", "cnf": {"jkt": jkt}}
    if x5t is not None:
        return {"token_type": "Bearer", "cnf": {"x5t#S256": x5t}}
    return {"token_type": "Bearer"}


def is_made_with(certificate: Certificate | None, x5t: str) -> bool:
    """RFC 8705 §3: whether the connection is the holder's."""
    return certificate is not None and hmac.compare_digest(certificate.thumbprint, x5t)


def holder_shown(asked: ProtocolRequest, client: Client, *, at: datetime) -> Holder:
    """Whom the tokens of this request are for. A proof counts before the connection.

    Raises ``ProofRefused``: only signing in elsewhere needs neither, for such a token opens nothing
    but the person's name.
    """
    jkt = key_shown(asked, at=at)
    if jkt is not None or client.profile == "oidc":
        return Holder(jkt=jkt)
    if asked.certificate is None or not asked.certificate.is_valid_at(at):
        raise ProofRefused("no proof")
    return Holder(x5t=asked.certificate.thumbprint)
