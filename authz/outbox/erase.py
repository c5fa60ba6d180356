"""Erase what was written to somebody, and what was written to others about them."""

from dataclasses import dataclass

from authz.outbox import queries


@dataclass(frozen=True)
class Traces:
    """What says that a message is to the person, or about them.

    ``helpers`` are the addresses of those who acted for them: to them the first name says who.
    ``subjects`` are the names by which services know the person.
    """

    address: str | None
    name: str
    given_name: str
    helpers: frozenset[str]
    consents: frozenset[str]
    subjects: frozenset[str]


def erase_messages(traces: Traces) -> None:
    """Messages, sent or not, and the letters of the demonstration."""
    queries.delete_messages(
        address=traces.address,
        name=traces.name,
        given_name=traces.given_name,
        helpers=traces.helpers,
        consents=traces.consents,
        subjects=traces.subjects,
    )
    queries.delete_letters(
        address=traces.address,
        name=traces.name,
        given_name=traces.given_name,
        helpers=traces.helpers,
        consents=traces.consents,
    )
