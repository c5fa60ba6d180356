"""A person with something of everything to take away."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask

from authz.consent.answer import Answer
from authz.consent.by import By
from authz.consent.give import give, refuse
from authz.consent.note_access import note_access
from authz.consent.note_change import Shown
from authz.consent.withdraw import withdraw
from authz.db import db
from authz.export.expire import expire
from authz.identity.models import Account
from authz.settings import Settings
from authz.tokens.values import read
from authz.worker import Job, attempt, copies
from tests.builders import Make, Party
from tests.export.asking import asked, ready  # noqa: F401 - fixtures
from tests.pages import Visitor
from tests.portal.conftest import log  # noqa: F401 - a fixture

IDENTITY = "pre-admission:record:read:identity"
MEASUREMENTS = "pre-admission:record:read:measurements"
SHOWN = Shown("What was on the screen, in full…\n", "consent/ask.html@0123456789abcdef")


@pytest.fixture
def http(app: Flask) -> Visitor:
    return Visitor(app, app.response_class)


@pytest.fixture
def camille(make: Make) -> Account:
    return make.account(language="en")


@pytest.fixture
def hospital(make: Make) -> Party:
    return make.client("hospital")


@pytest.fixture
def life(make: Make, camille: Account, hospital: Party) -> Account:
    """Camille has allowed, refused, stopped, signed in elsewhere, and been read."""
    decision = give(
        make.asking(camille, hospital, linked_account="camille@hospital"),
        Answer(frozenset({IDENTITY, MEASUREMENTS}), 90, "fr"),
        longest=365,
        at=make.at,
        code_lifetime=timedelta(seconds=60),
        shown=SHOWN,
    )
    use(make, make.tokens(decision, hospital).access_token, "allowed", "allowed", "denied")
    refuse(make.asking(camille, make.client("clinic")), language="fr", at=make.at)
    stopped = make.decision(camille, make.client("pharmacy"))
    withdraw(stopped.consent.id, by=By(camille, acr="eidas1", language="en"), at=make.at)
    make.sign_in_decision(camille, make.site(), "email")
    db.session.commit()
    return camille


def use(make: Make, value: str, *outcomes: str) -> None:
    """The token is used at a resource server that reports it, once for each outcome."""
    handle = read("at", value)
    assert handle
    server = make.resource_server()
    for seconds, outcome in enumerate(outcomes):
        note_access(
            handle[0],
            resource_server=server.row.id,
            area="record",
            direction="read",
            category="identity" if outcome == "allowed" else "documents",
            outcome=outcome,
            items=1,
            at=make.at + timedelta(seconds=seconds),
        )
    db.session.commit()


@pytest.fixture
def work(app: Flask, settings: Settings) -> Callable[..., int]:
    """One turn of the worker at the copies."""

    def turn(at: datetime | None = None, **changed: int) -> int:
        export = settings.export.model_copy(update=changed)
        run = copies(settings.model_copy(update={"export": export}))
        return attempt(app, Job("exports:make", lambda present: run(at or present)))

    return turn


@pytest.fixture
def sweep(app: Flask) -> Callable[[], int]:
    """One turn of the worker at what is over."""
    return lambda: attempt(app, Job("exports:expire", lambda at: expire(at=at)))
