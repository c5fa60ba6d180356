"""Whoever adds a table says what becomes of it when a person is erased: ``closing/belongings``."""

from collections.abc import Iterator

from sqlalchemy import Column, Table

from authz import models
from authz.closing.belongings import APART, BELONGS, EMPTIED, NAMES
from authz.db import Base

PEOPLE = {"patient", "account"}


def leading() -> Iterator[tuple[Column, Table]]:
    """Every column that leads to a person, however far, and the table that it points to."""
    assert models.ROOMS
    reached, before = set(PEOPLE), 0
    while len(reached) > before:  # until a round finds no other table
        before = len(reached)
        reached |= {
            table.name
            for table in Base.metadata.sorted_tables
            if any(key.column.table.name in reached for key in table.foreign_keys)
        }
    for table in Base.metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.column.table.name in reached:
                yield key.parent, key.column.table


def test_every_column_that_leads_to_a_person_is_answered_for_once():
    found = sorted(f"{column.table.name}.{column.name}" for column, _ in leading())

    assert found == sorted([*BELONGS, *NAMES, *EMPTIED])


def test_every_other_table_is_answered_for():
    reached = {column.table.name for column, _ in leading()} | PEOPLE

    assert set(APART) == set(Base.metadata.tables) - reached


def test_a_column_that_is_emptied_can_be():
    assert all(c.nullable for c, _ in leading() if f"{c.table.name}.{c.name}" in EMPTIED)


def test_what_is_erased_is_found_by_one_column():
    """Erasing follows single columns; a key of several would need another statement."""
    assert all(len(table.primary_key) == 1 for _, table in leading())


def test_every_reason_is_given():
    assert all(len(reason) > 3 for reason in (*NAMES.values(), *EMPTIED.values(), *APART.values()))
