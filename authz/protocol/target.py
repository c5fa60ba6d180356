"""``resource``: which resource server an access token is for (RFC 8707).

What a token may do is bound to areas already, and a resource server of another area learns nothing
of it. So naming one narrows nothing silently: it must serve everything that is asked, and a request
that goes beyond it is refused (§2).
"""

from collections.abc import Iterable

from authz.catalogue.queries import resource_servers
from authz.protocol.errors import TargetInvalid


def check_target(resource: str | None, areas: Iterable[str]) -> None:
    """``resource`` holds the addresses, with a space between. Raises ``TargetInvalid``."""
    if resource is None:
        return
    named = set(resource.split())
    servers = resource_servers(named)
    served = {area for server in servers for area in server.areas}
    if {server.registration["resource"] for server in servers} != named or not {*areas} <= served:
        raise TargetInvalid
