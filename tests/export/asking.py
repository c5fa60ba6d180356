"""A copy that was asked for, and one that is ready."""

import pytest
from sqlalchemy import update

from authz.db import db
from authz.export.models import Export

PAGE = "/account/export"


@pytest.fixture
def asked(http, life):
    """Camille has asked for a copy."""
    http.sign_in(life)
    assert http.submit(PAGE).location == PAGE
    return the_copy(life)


@pytest.fixture
def ready(asked, life, work):
    """... and the worker has made it."""
    assert work() == 1
    return the_copy(life)


def the_copy(account):
    db.session.expire_all()
    return db.session.query(Export).filter_by(account_id=account.id).one()


def path(export):
    return f"{PAGE}/{export.id}"


def set_back(model, **times):
    """As if it had been a while ago."""
    db.session.execute(update(model).values(times))
    db.session.commit()
