"""Single statements stay right while the schema moves under them."""

import pytest
from sqlalchemy import text

from authz.db import db
from authz.errors import Unavailable
from authz.statements import Statement, ask


@pytest.fixture
def table(app):
    """One that a migration is going to change."""
    db.session.execute(text("CREATE TABLE moved AS SELECT 7 AS value"))
    db.session.commit()
    yield
    db.session.execute(text("DROP TABLE moved"))
    db.session.commit()


def test_a_column_of_another_type_is_read_as_what_it_is_now(table):
    statement = Statement("SELECT value FROM moved WHERE CAST(:all AS boolean)")
    assert ask(statement, {"all": True}).value == 7
    db.session.execute(text("ALTER TABLE moved ALTER value TYPE text"))
    db.session.commit()

    with pytest.raises(Unavailable):  # what was prepared is outdated, and prepared anew
        ask(statement, {"all": True})

    assert ask(statement, {"all": True}).value == "7"
