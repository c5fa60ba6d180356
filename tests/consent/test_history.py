"""The patient's history joins decisions and accesses."""

from datetime import timedelta

import pytest

from authz.consent.errors import TokenUnknown
from authz.consent.history import history
from authz.consent.note_access import note_access
from authz.consent.queries import uses
from authz.consent.withdraw import withdraw
from authz.db import db, uuid7
from authz.tokens.introspect import introspect
from tests.builders import READ_MEASUREMENTS

USE = {"area": "record", "direction": "read", "category": "measurements", "items": 3}


def test_decisions_and_accesses_stand_in_one_list(make, at):
    camille, diary, record = make.account(), make.client(), make.resource_server()
    decision = make.decision(camille, diary)
    token = introspect(make.tokens(decision, diary).access_token, at=at)
    later = at + timedelta(minutes=4)
    note_access(token.token_id, resource_server=record.row.id, outcome="allowed", at=later, **USE)
    withdraw(decision.consent.id, account=camille, at=at + timedelta(minutes=10))
    db.session.commit()

    kinds = [happening.kind for happening in history(camille.patient_id, limit=10)]

    assert kinds == ["withdrawn", "access", "given"]


def test_denied_accesses_are_shown_and_not_counted_as_uses(make, at):
    camille, diary, record = make.account(), make.client(), make.resource_server()
    decision = make.decision(camille, diary)
    token = introspect(make.tokens(decision, diary).access_token, at=at)
    note_access(token.token_id, resource_server=record.row.id, outcome="denied", at=at, **USE)

    assert history(camille.patient_id, limit=10)[0].kind == "access"
    assert uses([decision.consent.id], since=at) == {}


def test_a_token_that_never_was_cannot_be_reported(make, at):
    record = make.resource_server()

    with pytest.raises(TokenUnknown):
        note_access(uuid7(), resource_server=record.row.id, outcome="allowed", at=at, **USE)


@pytest.mark.parametrize(
    "forged",
    [
        {"area": "agenda", "direction": "write", "category": "appointments"},
        {"category": "documents"},
        {"at": timedelta(minutes=-2)},
        {"at": timedelta(minutes=7)},
    ],
)
def test_a_use_that_the_token_cannot_have_had_is_refused(make, at, forged):
    """Threat: access reports forged for other areas and times."""
    camille, diary, record = make.account(), make.client(), make.resource_server()
    decision = make.decision(camille, diary, READ_MEASUREMENTS)
    token = introspect(make.tokens(decision, diary).access_token, at=at)
    use = USE | forged | {"at": at + forged.get("at", timedelta())}

    with pytest.raises(TokenUnknown):
        note_access(token.token_id, resource_server=record.row.id, outcome="allowed", **use)
