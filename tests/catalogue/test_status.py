"""Services are stopped, let go on and taken out: for a reason, by whom, in an allowed order."""

from datetime import timedelta

import pytest

from authz.catalogue.admit import admitted_by_token, issue_admission
from authz.catalogue.dereference import dereference
from authz.catalogue.errors import NotAdmitted, SecondPersonNeeded, StatusRefused
from authz.catalogue.queries import client_by_client_id
from authz.catalogue.reference import reference
from authz.catalogue.replay import Replay
from authz.catalogue.ruling import Ruling
from authz.catalogue.suspend import lift, suspend
from authz.db import db
from tests.journal import events, public_events

ALONE = Ruling("security", "op-1")
TWO = Ruling("rules", "op-1", "op-2")


@pytest.fixture
def hospital(make):
    return make.service("hospital")


def test_one_operator_stops_a_service_at_once(hospital, at):
    suspend(hospital.id, ALONE, at=at)

    assert (hospital.status, hospital.reason) == ("suspended", "security")
    assert public_events("service:suspended")[0]["facts"] == {
        "service": "hospital",
        "reason": "security",
        "proposed_by": "op-1",
    }


@pytest.mark.parametrize("ruling", [ALONE, Ruling("rules", "op-1", "op-1")])
@pytest.mark.parametrize("verb", [lift, dereference])
def test_what_cannot_be_undone_takes_two_operators(hospital, at, verb, ruling):
    suspend(hospital.id, ALONE, at=at)

    with pytest.raises(SecondPersonNeeded):
        verb(hospital.id, ruling, at=at)


@pytest.mark.parametrize("name", ["", "Camille Martin", "camille@authz.example", "x" * 50])
def test_operators_go_by_codes_not_by_names(name):
    with pytest.raises(ValueError, match="operators"):
        Ruling("security", name)


def test_lifting_leaves_the_service_as_it_was(hospital, at):
    referenced_at = hospital.referenced_at
    suspend(hospital.id, ALONE, at=at)

    lift(hospital.id, TWO, at=at + timedelta(days=1))

    assert (hospital.status, hospital.reason) == ("referenced", None)
    assert hospital.referenced_at == referenced_at


def test_leaving_the_catalogue_closes_clients_and_the_way_in(make, hospital, at):
    make.client("hospital-web", hospital)
    value = issue_admission(hospital, uses=3, at=at, lifetime=timedelta(days=7))

    dereference(hospital.id, TWO, at=at)

    assert client_by_client_id("hospital-web") is None
    assert public_events("client:removed")[0]["facts"]["client"] == "hospital-web"
    with pytest.raises(NotAdmitted):
        admitted_by_token(value, at=at)


def test_each_status_has_its_ways_out(hospital, at):
    with pytest.raises(StatusRefused):
        lift(hospital.id, TWO, at=at)
    with pytest.raises(StatusRefused):
        reference(hospital, "R-2", at=at)
    suspend(hospital.id, ALONE, at=at)
    with pytest.raises(StatusRefused):
        suspend(hospital.id, ALONE, at=at)
    with pytest.raises(StatusRefused):
        reference(hospital, "R-2", at=at)
    dereference(hospital.id, TWO, at=at)
    for verb in (suspend, lift, dereference):
        with pytest.raises(StatusRefused):
            verb(hospital.id, TWO, at=at)


def test_the_catalogue_agrees_with_its_entries_after_every_step(make, hospital, at):
    make.client("hospital-web", hospital)
    steps = (
        lambda: suspend(hospital.id, ALONE, at=at),
        lambda: lift(hospital.id, TWO, at=at),
        lambda: dereference(hospital.id, TWO, at=at),
        lambda: reference(hospital, "R-2", at=at + timedelta(days=1)),
    )
    for step in steps:
        step()
        db.session.commit()
        assert not list(replayed().findings())


def test_a_reason_that_no_entry_gives_is_found(hospital, at):
    suspend(hospital.id, ALONE, at=at)
    db.session.execute(db.text("UPDATE service SET reason = 'request'"))
    db.session.expire_all()

    (finding,) = replayed().findings()

    assert "is not what its entries say" in str(finding)


def replayed() -> Replay:
    replay = Replay()
    for document in events():
        replay.see(None, document)
    return replay
