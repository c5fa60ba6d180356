"""Who may take away everything about a person, and nobody else.

The person; and for a child, who has nobody else to do it, the legal representative. Not a carer,
who was asked to help with what is there, and not the guardian of an adult: how far that mandate
goes is written in a judgment that we do not read (docs/decisions/0016). What is hidden from whoever
acts for the person they do not take away either (``consent/hidden.py``).
"""

from authz.export.errors import ExportNotTheirs
from authz.identity.mandates import Acting

_QUALITIES = frozenset({"self", "representative"})


def must_be_theirs(acting: Acting) -> None:
    """Raises ``ExportNotTheirs``."""
    if acting.quality not in _QUALITIES:
        raise ExportNotTheirs
