"""Identifiers that look the same are the same."""

import unicodedata


def canonical(identifier: str) -> str:
    """NFKC and case-folded, without surrounding space: the form in which identifiers are unique."""
    return unicodedata.normalize("NFKC", identifier).casefold().strip()
