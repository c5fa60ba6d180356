"""Who decided, and when: the answer that a consent rests on, among all that happened to it.

Whoever restates a consent is from then on who decided it (``restate.py``); what was done on it
before rests on the answer from before. Somebody who changes or widens it does not become that.
"""

from collections.abc import Iterable

from authz.consent.models import ConsentChange
from authz.consent.seen import Line
from authz.ledger.events import Event

_QUESTION = "consent/"  # a service's question: only who restates gives a new end there


def lines_of(changes: Iterable[ConsentChange]) -> list[Line]:
    """What happened, to the person themselves."""
    return [Line(each, each.event) for each in changes]


def answer_of(lines: Iterable[Line]) -> ConsentChange | None:
    """The last answer to all of it, as far as these lines tell, which come oldest first."""
    answers = [line.change for line in lines if _is_whole(line)]
    return answers[-1] if answers else None


def _is_whole(line: Line) -> bool:
    if line.event == Event.CONSENT_GIVEN:
        return True
    on_a_question = (line.change.template_version or "").startswith(_QUESTION)
    return line.event == Event.CONSENT_RENEWED and on_a_question
