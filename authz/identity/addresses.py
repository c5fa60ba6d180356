"""E-mail addresses, as plain as people's are: quoted and commented forms belong to nobody."""

import re

from authz.identity.errors import AddressUnusable

_LONGEST = 254  # RFC 5321 §4.5.3.1.3, without the angle brackets
_LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"  # RFC 5322 §3.2.3
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"  # RFC 1035 §2.3.1
_ADDRESS = re.compile(rf"{_LOCAL}@{_LABEL}(\.{_LABEL})*")


def check_address(email: str) -> None:
    """Raises ``AddressUnusable``. Nothing that passes can add a header or a second recipient."""
    local, _, _ = email.partition("@")
    if len(email) > _LONGEST or len(local) > 64 or not _ADDRESS.fullmatch(email):
        raise AddressUnusable
