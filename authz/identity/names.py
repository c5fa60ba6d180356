"""Identifiers that look the same are the same."""

import unicodedata


def canonical(identifier: str) -> str:
    """NFKC and case-folded, without surrounding space: the form in which identifiers are unique.

    A NUL, which no database keeps, becomes the mark of what is no character: nobody's name has it.
    """
    return unicodedata.normalize("NFKC", identifier).casefold().strip().replace("\0", "\ufffd")
