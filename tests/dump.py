"""Search everything that the database holds for traces of somebody."""

from collections.abc import Iterator
from uuid import UUID

import psycopg
from psycopg import sql

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"


def traces(database: str, *secrets: str | UUID) -> list[str]:
    """Where any of these stands, as ``table: value``, whatever the type of the column.

    Tables are dumped as ``pg_dump`` does it (COPY, as text): bytes come in hexadecimal, so each
    value is looked for both as it reads and as its bytes.
    """
    needles = {form: str(secret) for secret in secrets for form in _forms(secret)}
    return [
        f"{table}: {needles[form]}"
        for table, dump in dump_of(database)
        for form in needles
        if form in dump
    ]


def dump_of(database: str) -> Iterator[tuple[str, str]]:
    """Every table with its rows, in lower case."""
    with psycopg.connect(database) as connection:
        for (table,) in connection.execute(TABLES).fetchall():
            with connection.cursor().copy(
                sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))
            ) as copy:
                yield table, b"".join(map(bytes, copy)).decode().lower()


def _forms(secret: str | UUID) -> set[str]:
    plain = str(secret).lower()
    forms = {plain, str(secret).encode().hex(), plain.encode().hex()}
    return forms | {secret.hex} if isinstance(secret, UUID) else forms
