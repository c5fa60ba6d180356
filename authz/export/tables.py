"""The tables of a copy: the rows of ``columns.py``, with the names that people know them by."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from authz.catalogue.queries import services_by_id
from authz.export import queries
from authz.export.columns import COPIED
from authz.export.contents import Contents
from authz.export.csv_table import Value
from authz.export.dossier import Kept
from authz.identity.queries import mandates_of_patient
from authz.ledger.queries import SubjectEntry

Row = dict[str, Value]


@dataclass(frozen=True)
class Table:
    name: str
    columns: tuple[str, ...]
    rows: Callable[[], Iterator[Row]]


def tables(contents: Contents) -> list[Table]:
    """In the order in which people ask. Without an account of the person's own: fewer."""
    sections = (_account, _choices, _sessions, _messages)
    own = [section(contents) for section in sections] if contents.account else []
    return [
        _of("person", "patient", lambda: [contents.patient]),
        *own,
        _mandates(contents),
        _consents(contents),
        _of_each("exchanges", "consent_exchange", contents, lambda kept: kept.consent.exchanges),
        _changes(contents),
        _accesses(contents),
        _cases(contents),
        _entries(contents),
        _of("copies", "export", lambda: queries.exports_of_person(contents.export)),
    ]


def _account(contents: Contents) -> Table:
    return _of("account", "account", lambda: [contents.account])


def _choices(contents: Contents) -> Table:
    """What they want to be told unasked."""
    return _of("message-choices", "notice_plan", lambda: [contents.export.account.plan])


def _sessions(contents: Contents) -> Table:
    account_id = contents.export.account_id
    return _of("sign-ins", "session", lambda: queries.sessions_of(account_id))


def _messages(contents: Contents) -> Table:
    def rows() -> Iterator[Row]:
        for message in queries.messages_to(contents.export.account):
            yield _copied("outbox_message", message) | {
                "consent_id": message.parameters.get("consent")
            }

    return Table("messages", (*COPIED["outbox_message"], "consent_id"), rows)


def _mandates(contents: Contents) -> Table:
    """Who acts for the person, and for how many others the person acts; nobody by name."""

    def rows() -> Iterator[Row]:
        for mandate in mandates_of_patient(contents.patient.id):
            yield {"about": "somebody acts for this person", **_copied("mandate", mandate)}
        for mandate in queries.mandates_held(contents.account.id if contents.account else None):
            yield {"about": "this person acts for somebody", **_copied("mandate", mandate)}

    return Table("mandates", ("about", *COPIED["mandate"]), rows)


_PARTY = ("service", "service_reference", "client", "sheet", "sheet_sha256")


def _consents(contents: Contents) -> Table:
    def rows() -> Iterator[Row]:
        for kept in contents.kept:
            yield _copied("consent", kept.consent) | _party(kept)

    return Table("consents", (*COPIED["consent"], *_PARTY), rows)


def _party(kept: Kept) -> Row:
    """By the names under which people know them."""
    party = kept.party
    return {
        "service": party.name,
        "service_reference": party.service.reference if party.service else None,
        "client": party.client.name,
        "sheet": party.row.number if party.row else None,
        "sheet_sha256": party.row.digest if party.row else None,
    }


def _changes(contents: Contents) -> Table:
    def rows() -> Iterator[Row]:
        for change, _ in contents.changes():
            boxes = change.answers.items()
            answers: Row = {
                "answers": [f"{name}={'yes' if ticked else 'no'}" for name, ticked in boxes]
            }
            yield _copied("consent_change", change) | answers

    return Table("changes", (*COPIED["consent_change"], "answers"), rows)


def _accesses(contents: Contents) -> Table:
    def rows() -> Iterator[Row]:
        for page in contents.accesses():
            for access in page:
                yield _copied("access", access) | {
                    "items": access.moved(contents.view.for_another),
                    "service": contents.by_consent[access.consent_id].party.name,
                    "resource_server": contents.servers[access.resource_server_id].name,
                    "through": contents.servers[access.actor_id].name if access.actor_id else None,
                }

    added = ("service", "resource_server", "through")
    return Table("accesses", (*COPIED["access"], *added), rows)


def _cases(contents: Contents) -> Table:
    def rows() -> Iterator[Row]:
        names = services_by_id({case.service_id for case in contents.cases() if case.service_id})
        for case in contents.cases():
            yield _copied("case_file", case) | {
                "service": names[case.service_id].slug if case.service_id else None,
                "day": case.about.get("day"),
                "line": case.about.get("words"),
            }

    return Table("cases", (*COPIED["case_file"], "service", "day", "line"), rows)


def _entries(contents: Contents) -> Table:
    columns = ("uuid", "type", "at", "stream", "version", "seq", "leaf")

    def row(entry: SubjectEntry) -> Row:
        return {name: _plain(getattr(entry, name)) for name in columns}

    return Table("register", columns, lambda: map(row, contents.entries))


def _of_each(
    name: str, table: str, contents: Contents, rows: Callable[[Kept], Iterable[Any]]
) -> Table:
    return _of(name, table, lambda: (row for kept in contents.kept for row in rows(kept)))


def _of(name: str, table: str, rows: Callable[[], Iterable[Any]]) -> Table:
    return Table(name, COPIED[table], lambda: (_copied(table, row) for row in rows()))


def _copied(table: str, row: Any) -> Row:
    return {name: _plain(getattr(row, name)) for name in COPIED[table]}


def _plain(value: Any) -> Value:
    """As JSON and a spreadsheet can hold it."""
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [str(each) for each in value]
    if value is None or isinstance(value, str | int):
        return value
    raise TypeError(f"no form for {type(value).__name__}")
