"""What a client says about itself to people: a name and links, in any language (RFC 7591 §2.2).

A name must not pretend: no characters that are unseen or turn the line around. Links are shown
with their host and never fetched.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from authz.catalogue.errors import MetadataRefused
from authz.catalogue.redirects import is_https

LINKS = ("client_uri", "logo_uri", "policy_uri", "tos_uri")
NAMED = ("client_name", *LINKS)

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
_LONGEST_NAME = 100
_MOST_LANGUAGES = 40


def displayed(given: Mapping[str, Any]) -> dict[str, str]:
    """The members for people, checked, with their ``#language``. Raises ``MetadataRefused``."""
    texts: dict[str, str] = {}
    for member, value in given.items():
        name, mark, language = member.partition("#")
        if name not in NAMED or value is None:
            continue
        if mark and not _LANGUAGE.fullmatch(language):
            raise MetadataRefused(name)
        texts[member] = _text(name, value)
    if len(texts) > _MOST_LANGUAGES or len({member.lower() for member in texts}) != len(texts):
        raise MetadataRefused("client_name")
    return texts


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise MetadataRefused(name)
    if name == "client_name":
        return _honest(value)
    if not is_https(value):
        raise MetadataRefused(name)
    return value


def _honest(name: str) -> str:
    """One line of visible characters, in the form that is compared (NFC).

    ``isprintable`` refuses controls, characters of no width, and those that turn the line around.
    """
    composed = unicodedata.normalize("NFC", name).strip()
    if not 0 < len(composed) <= _LONGEST_NAME or not composed.isprintable():
        raise MetadataRefused("client_name")
    return composed
