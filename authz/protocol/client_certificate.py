"""A client's TLS connection says who it is (RFC 8705 §2).

``tls_client_auth``: a certificate that an authority has signed, with the name that was registered.
``self_signed_tls_client_auth``: one of the very certificates that were registered. What the
connection was made with comes from the front, or not at all (``authz.web.certificate``).
"""

from datetime import datetime

from authz.catalogue.models import Client
from authz.keys.certificate import Certificate
from authz.protocol.client_keys import keys_of
from authz.protocol.errors import InvalidClient
from authz.protocol.request import ProtocolRequest
from authz.web.current import outbound

# RFC 8705 §2.1.2: a client registers exactly one of them.
_NAMES = ("subject_dn", "san_dns", "san_uri", "san_ip", "san_email")
_PREFIX = "tls_client_auth_"


def by_signed_certificate(client: Client, asked: ProtocolRequest, at: datetime) -> None:
    certificate = _shown(asked, at)
    if not certificate.is_signed:
        raise InvalidClient("no authority that we know has signed the certificate")
    names = [kind for kind in _NAMES if client.registration.get(_PREFIX + kind)]
    if len(names) != 1:
        raise InvalidClient("not exactly one name is registered")
    if not certificate.is_named(names[0], client.registration[_PREFIX + names[0]]):
        raise InvalidClient("the certificate bears another name")


def by_own_certificate(client: Client, asked: ProtocolRequest, at: datetime) -> None:
    keys = keys_of(client, None, outbound=outbound(), at=at)
    if not _shown(asked, at).is_among(keys):
        raise InvalidClient("the certificate is not registered")


def _shown(asked: ProtocolRequest, at: datetime) -> Certificate:
    if asked.certificate is None:
        raise InvalidClient("the connection was made without a certificate")
    if not asked.certificate.is_valid_at(at):
        raise InvalidClient("the certificate is not valid now")
    return asked.certificate
