"""The tables of a copy, column by column: what is copied is named here, and nothing else is.

``LEFT_OUT`` names the columns that stay, and why: a column that is in neither list fails a test, so
that nobody adds one to the schema without deciding whether its person gets it.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from authz.catalogue.queries import services_by_id
from authz.export import queries
from authz.export.contents import Contents
from authz.export.csv_table import Value
from authz.export.dossier import Kept
from authz.identity.queries import mandates_of_patient
from authz.ledger.queries import SubjectEntry

Row = dict[str, Value]

COPIED: dict[str, tuple[str, ...]] = {
    "patient": ("id", "given_name", "family_name", "birth_date", "created_at"),
    "account": ("identifier", "email", "language", "created_at"),
    "notice_plan": (
        "first_access",
        "accesses",
        "every_90_days",
        "before_end",
        "unused",
        "told_until",
        "listed_at",
    ),
    "session": ("authenticated_at", "acr", "amr", "last_seen_at", "expires_at", "ended_at"),
    "mandate": (
        "id",
        "quality",
        "may_grant",
        "starts_at",
        "ends_at",
        "ended_at",
        "end_reason",
        "recorded_at",
    ),
    "consent": (
        "id",
        "state",
        "reason",
        "revision",
        "decided_at",
        "ends_at",
        "confirm_by",
        "ended_at",
        "first_used_at",
        "quality",
        "mandate_id",
        "acr",
        "language",
        "linked_account",
        "offline",
        "shared",
        "withheld",
    ),
    "consent_exchange": (
        "consent_id",
        "exchange_id",
        "purpose",
        "area",
        "direction",
        "category",
        "period",
        "scope",
        "allowed",
        "by_another",
    ),
    "consent_change": (
        "id",
        "consent_id",
        "revision",
        "event",
        "at",
        "quality",
        "mandate_id",
        "acr",
        "language",
        "template_version",
        "text_digest",
        "reason",
        "previous",
    ),
    "access": (
        "id",
        "consent_id",
        "area",
        "direction",
        "category",
        "purposes",
        "outcome",
        "items",
        "at",
    ),
    "case_file": (
        "id",
        "kind",
        "quality",
        "consent_id",
        "text",
        "language",
        "state",
        "opened_at",
        "answer",
        "answered_at",
        "closed_at",
    ),
    "outbox_message": ("id", "kind", "language", "created_at", "sent_at"),
    "export": (
        "id",
        "mandate_id",
        "language",
        "state",
        "asked_at",
        "made_at",
        "ends_at",
        "size",
        "digest",
    ),
}
_SOMEBODY = "the number of an account, which may be somebody else's: the quality is copied"
_THE_PERSON = "the person, who is named once"
_OPENS = "a digest of what opens something"
_OURS = "how we go about our work, nothing about the person"
_NAMED = "copied by name instead of by number"
LEFT_OUT: dict[str, dict[str, str]] = {
    "patient": {"closed_at": "empty for whoever can ask"},
    "account": {
        "id": "no page shows it",
        "password_hash": _OPENS,
        "patient_id": _THE_PERSON,
        "disabled_at": "empty for whoever can ask",
    },
    "notice_plan": {"account_id": _THE_PERSON, "look_at": _OURS, "looked_at": _OURS},
    "session": {
        "id": "no page shows it",
        "digest": _OPENS,
        "account_id": _THE_PERSON,
        "mandate_id": "somebody else, for whom the person acts at the moment",
    },
    "mandate": {
        "account_id": _SOMEBODY,
        "patient_id": "the person, or somebody for whom they act",
        "recorded_by": "somebody else: an operator",
        "notices": _OURS,
    },
    "consent": {
        "patient_id": _THE_PERSON,
        "service_id": _NAMED,
        "client_id": _NAMED,
        "sheet_id": _NAMED,
        "account_id": _SOMEBODY,
    },
    "consent_exchange": {"position": "the order of the rows"},
    "consent_change": {
        "account_id": _SOMEBODY,
        "sheet_id": _NAMED,
        "answers": "a column of its own, of words",
    },
    "access": {
        "patient_id": _THE_PERSON,
        "token_id": _OURS,
        "resource_server_id": _NAMED,
        "actor_id": _NAMED,
        "hidden": "counted in the items, for the person alone",
    },
    "case_file": {
        "patient_id": _THE_PERSON,
        "account_id": _SOMEBODY,
        "service_id": _NAMED,
        "about": "columns of its own: the day and the words of the line",
        "answered_by": "somebody else: an operator",
        "closed_by": "somebody else: an operator",
    },
    "outbox_message": {
        "recipient": "the address of the account",
        "parameters": "may name somebody else; the consent that it is about is copied",
        "due_at": _OURS,
        "attempts": _OURS,
    },
    "export": {
        "account_id": _SOMEBODY,
        "patient_id": _THE_PERSON,
        "due_at": _OURS,
        "attempts": _OURS,
        "sealed": "a copy in a copy",
    },
}


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
                    "items": contents.items_of(access),
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
