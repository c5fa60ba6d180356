"""What a person can take away is decided for each column (``authz/export/columns.py``)."""

import pytest

from authz.db import Base
from authz.export.columns import COPIED, LEFT_OUT, WHOLE_TABLES_LEFT_OUT

PEOPLE = {"account", "patient", "consent", "mandate", "session"}


@pytest.mark.parametrize("table", sorted(COPIED))
def test_every_column_is_copied_or_left_out_for_a_reason(table):
    columns = {column.key for column in Base.metadata.tables[table].columns}
    decided = [*COPIED[table], *LEFT_OUT[table]]

    undecided = columns - set(decided)
    assert undecided == set(), (
        f"does a person who takes a copy of everything about them get {table}.{undecided}? "
        "Name it in COPIED, or in LEFT_OUT with the reason (authz/export/columns.py)"
    )
    assert len(decided) == len(set(decided))
    assert set(decided) <= columns


def test_every_table_about_people_is_copied_or_left_out_for_a_reason():
    about = {
        table.name
        for table in Base.metadata.tables.values()
        if PEOPLE & {key.column.table.name for key in table.foreign_keys}
    }

    undecided = about - {*COPIED, *WHOLE_TABLES_LEFT_OUT}
    assert undecided == set(), (
        f"does a person who takes a copy of everything about them get {undecided}? Name it in "
        "COPIED, or in WHOLE_TABLES_LEFT_OUT with the reason (authz/export/columns.py)"
    )


def test_what_opens_something_is_never_copied():
    forbidden = ("password", "digest_", "secret", "sealed", "hash")

    assert not [
        (table, column)
        for table, columns in COPIED.items()
        for column in columns
        if any(word in column for word in forbidden)
    ]


def test_no_number_of_an_account_or_a_patient_is_copied():
    """It may be somebody else's. The one exception: whom the copy is about."""
    people = {"account", "patient"}

    assert not [
        (table, column.key)
        for table in COPIED
        for column in Base.metadata.tables[table].columns
        if column.key in COPIED[table]
        and any(key.column.table.name in people for key in column.foreign_keys)
    ]
