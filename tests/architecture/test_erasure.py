"""Whoever adds a table says what becomes of it when a person is erased: ``closing/belongings``."""

from collections.abc import Iterator

from sqlalchemy import Column, PrimaryKeyConstraint, Table, UniqueConstraint

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


def is_first_of_an_index(column: Column) -> bool:
    """Of one that holds every row in which the column is filled."""
    keys = [column.table.primary_key, *column.table.constraints]
    whole = [key for key in keys if isinstance(key, PrimaryKeyConstraint | UniqueConstraint)]
    for index in column.table.indexes:
        only = index.dialect_options["postgresql"]["where"]
        if only is None or str(only) == f"{column.name} IS NOT NULL":
            whole.append(index)
    return any(next(iter(each.columns)) is column for each in whole)


def test_every_column_that_leads_to_a_person_is_found_by_an_index():
    """Or each erasure reads the whole table, also where the database looks who names a row."""
    assert [str(column) for column, _ in leading() if not is_first_of_an_index(column)] == []


def test_every_reason_is_given():
    assert all(len(reason) > 3 for reason in (*NAMES.values(), *EMPTIED.values(), *APART.values()))
