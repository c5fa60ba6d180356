"""How well somebody has proven who they are (acr), lowest first.

The levels of the French reference for electronic identification in health, by the names that eIDAS
gives them. ``REACHABLE`` are those that our own sign-in can reach today.
"""

from collections.abc import Iterable

LEVELS = ("eidas1", "eidas2", "eidas3")
REACHABLE = ("eidas1",)


def lowest_wanted(values: Iterable[str]) -> str | None:
    """The least that satisfies a request; names that we do not know wish for nothing of ours."""
    return min((value for value in values if value in LEVELS), key=LEVELS.index, default=None)


def satisfies(acr: str, wanted: str | None) -> bool:
    """Whether a sign-in at ``acr`` is good enough. A level that we do not know is below all."""
    if wanted is None:
        return True
    return acr in LEVELS and LEVELS.index(acr) >= LEVELS.index(wanted)
