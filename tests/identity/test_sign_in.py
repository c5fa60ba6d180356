"""Sign-in tells nothing, is braked in the database, and starts a session of its own."""

from datetime import timedelta
from statistics import median
from time import perf_counter

import pytest

from authz.db import db
from authz.identity.errors import IdentifierTaken, PasswordUnusable, SignInRefused, TooManyFailures
from authz.identity.models import Session
from authz.identity.passwords import Cost, hash_password, password_fits
from authz.identity.purge import purge
from authz.identity.sessions import end_session, live_session, touch
from authz.identity.sign_in import sign_in
from authz.identity.subject import pairwise_subject
from tests.builders import PASSWORD, POLICY

IDLE = timedelta(minutes=30)


@pytest.fixture
def camille(make):
    return make.account("camille")


@pytest.fixture
def attempt(camille, at):
    def call(identifier="camille", password=PASSWORD, *, network="192.0.2.7", at=at):
        try:
            return sign_in(identifier, password, network=network, at=at, policy=POLICY)
        finally:
            db.session.commit()

    return call


def test_each_sign_in_has_a_session_of_its_own(attempt):
    (_, first), (_, second) = attempt(), attempt()

    assert first != second


def test_only_the_digest_of_a_session_is_kept(attempt):
    session, value = attempt()

    assert value.encode() not in session.digest


@pytest.mark.parametrize("identifier", ["CAMILLE", " camille ", "ｃａｍｉｌｌｅ"])
def test_identifiers_that_look_the_same_are_the_same(attempt, identifier):
    session, _ = attempt(identifier)

    assert session.account.identifier == "camille"


def test_unknown_and_wrong_are_answered_alike(attempt):
    """Threat: enumeration by text (CVE-2024-41952)."""
    with pytest.raises(SignInRefused) as unknown:
        attempt("nobody")
    with pytest.raises(SignInRefused) as wrong:
        attempt(password="not the password")

    assert str(unknown.value) == str(wrong.value)


def test_unknown_and_wrong_take_as_long():
    """Threat: enumeration by time (CVE-2026-22746). A hash is computed for nobody, too."""
    cost = Cost(memory=16_384, time=2, parallelism=1)
    stored = hash_password(PASSWORD, cost=cost)

    def seconds(kept):
        password_fits("not the password", kept, cost=cost)  # the first makes the decoy
        return median(timeit(lambda: password_fits("not it", kept, cost=cost), 9))

    assert 0.5 < seconds(None) / seconds(stored) < 2


def timeit(call, times):
    for _ in range(times):
        begun = perf_counter()
        call()
        yield perf_counter() - begun


def test_guessing_is_slowed_down_for_known_and_unknown_names(attempt, at):
    for name in ("camille", "nobody"):
        for _ in range(5):
            with pytest.raises(SignInRefused):
                attempt(name, "not the password")
        with pytest.raises(TooManyFailures) as braked:
            attempt(name, PASSWORD)
        assert at < braked.value.retry_at <= at + timedelta(minutes=15)


def test_waiting_lets_the_person_in_again(attempt, at):
    for _ in range(5):
        with pytest.raises(SignInRefused):
            attempt(password="not the password")

    session, _ = attempt(at=at + timedelta(seconds=2))

    assert session.account.identifier == "camille"


def test_one_network_cannot_try_many_names(attempt):
    for number in range(50):
        with pytest.raises(SignInRefused):
            attempt(f"name-{number}", "x")

    with pytest.raises(TooManyFailures):
        attempt("name-51", "x")
    assert attempt(network="198.51.100.4")


def test_guessing_elsewhere_does_not_lock_a_person_out(attempt):
    for _ in range(6):
        with pytest.raises((SignInRefused, TooManyFailures)):
            attempt(password="x", network="203.0.113.9")

    assert attempt(network="192.0.2.7")


def test_failures_are_forgotten_with_time(attempt, at):
    for _ in range(5):
        with pytest.raises(SignInRefused):
            attempt(password="x")
    later = at + timedelta(hours=6)

    for seconds in range(5):
        with pytest.raises(SignInRefused):
            attempt(password="x", at=later + timedelta(seconds=seconds))
    with pytest.raises(TooManyFailures):
        attempt(at=later + timedelta(seconds=4))


def test_a_network_waits_a_minute_at_most(attempt, at):
    for number in range(80):
        with pytest.raises((SignInRefused, TooManyFailures)):
            attempt(f"name-{number}", "x", at=at + timedelta(seconds=number / 1000))

    assert attempt(at=at + timedelta(seconds=62))


def test_counters_that_hold_nobody_are_swept(attempt, at):
    with pytest.raises(SignInRefused):
        attempt(password="x")

    assert purge(at=at + timedelta(days=6)) == 0
    assert purge(at=at + timedelta(days=8)) == 3


@pytest.mark.parametrize("password", ["\x00", "\ud800", "x" * 100_000, ""])
def test_odd_passwords_are_refused_quietly(attempt, password):
    with pytest.raises(SignInRefused):
        attempt(password=password)


@pytest.mark.parametrize("password", ["short", "x" * 129, "long enough\x00but no"])
def test_unusable_passwords_are_not_taken(make, password):
    with pytest.raises(PasswordUnusable):
        make.account("dominique", password=password)


def test_an_identifier_is_taken_once(make, camille):
    with pytest.raises(IdentifierTaken):
        make.account("Camille")


def test_a_session_sleeps_and_ends(attempt, at):
    session, value = attempt()

    assert live_session(value, at=at + IDLE - timedelta(seconds=1), idle=IDLE)
    assert live_session(value, at=at + IDLE, idle=IDLE) is None
    touch(session, at=at + timedelta(minutes=20))
    assert live_session(value, at=at + timedelta(minutes=49), idle=IDLE)
    assert live_session(value, at=at + timedelta(hours=12), idle=timedelta(days=1)) is None


def test_a_session_that_was_signed_out_is_dead(attempt, at):
    session, value = attempt()

    end_session(session, at=at)
    db.session.commit()

    assert live_session(value, at=at, idle=IDLE) is None


@pytest.mark.parametrize("value", ["", "x", "é\ud800", "\x00"])
def test_what_is_not_a_session_is_none(camille, at, value):
    assert live_session(value, at=at, idle=IDLE) is None
    assert db.session.query(Session).count() == 0


def test_two_sectors_know_a_patient_by_different_names(camille):
    """OIDC Core §8.1: and neither can be computed without the salt."""
    names = {
        pairwise_subject(camille.patient_id, sector, salt)
        for sector in ("a.example", "b.example")
        for salt in ("one", "two")
    }

    assert len(names) == 4
    assert all(str(camille.patient_id) not in name for name in names)
