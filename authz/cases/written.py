"""A text that somebody has typed into a form or a terminal."""

import unicodedata

from authz.cases.errors import NothingWritten, TooLong
from authz.cases.models import LONGEST

_UNSEEN = frozenset({"Cc", "Cf", "Cs"})


def written(text: str, *, needed: bool) -> str:
    """The text with lines that end in one way, and without what cannot be seen.

    Raises ``TooLong``, and ``NothingWritten`` where something is needed.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    seen = (one for one in lines if one in "\n\t" or unicodedata.category(one) not in _UNSEEN)
    said = "".join(seen).strip()
    if len(said) > LONGEST:
        raise TooLong(len(said))
    if needed and not said:
        raise NothingWritten
    return said
