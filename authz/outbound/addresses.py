"""Which addresses of the network may be reached (RFC 6890, RFC 9728 §7.7).

Names and numbers are turned into addresses once; what was checked is what is connected to, so a
name cannot answer twice. Everything that is not plainly public is refused, unless the operator has
configured its network.
"""

import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from authz.outbound.errors import NotFetched

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, float], list[str]]

# 6to4, Teredo, and the way into 6to4: what stands behind them is not ours to know. NAT64 is
# outside of the global unicast addresses (RFC 4291 §2.4).
_TUNNELS = [ip_network(text) for text in ("2002::/16", "2001::/32", "192.88.99.0/24")]
_GLOBAL_UNICAST = ip_network("2000::/3")
_resolvers = ThreadPoolExecutor(4, "resolver")  # getaddrinfo knows no time limit of its own


def resolve(host: str, patience: float) -> list[str]:
    """Every address of a name, in the order of preference. Raises ``NotFetched``."""
    asked = _resolvers.submit(socket.getaddrinfo, host, None, type=socket.SOCK_STREAM)
    try:
        found = asked.result(patience)
    except TooLate as error:
        asked.cancel()
        raise NotFetched("the name was not resolved in time") from error
    except (OSError, UnicodeError) as error:
        raise NotFetched("the name does not resolve") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def checked(addresses: Sequence[str], allowed: Sequence[Network]) -> list[str]:
    """The addresses, if each of them may be reached. Raises ``NotFetched``."""
    if not addresses:
        raise NotFetched("the name has no address")
    for text in addresses:
        address = _plain(text)
        if not is_public(address) and not any(address in network for network in allowed):
            raise NotFetched("an address that is not public")
    return list(addresses)


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public network and to one machine of it."""
    if address.version == 6 and address not in _GLOBAL_UNICAST:
        return False
    tunnel = any(address in network for network in _TUNNELS)
    return address.is_global and not address.is_multicast and not tunnel


def _plain(text: str) -> Address:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError as error:
        raise NotFetched("not an address") from error
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address
