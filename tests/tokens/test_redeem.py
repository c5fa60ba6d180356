"""A code is worth its tokens once, to its own client, with everything it is bound to."""

from datetime import timedelta

import pytest

from authz.db import db
from authz.settings import Lifetimes
from authz.tokens.errors import CodeRefused
from authz.tokens.introspect import introspect
from authz.tokens.redeem import redeem_code
from tests.builders import READ_MEASUREMENTS, VERIFIER


@pytest.fixture
def camille(make):
    return make.account("camille")


@pytest.fixture
def diary(make):
    return make.client("diary")


@pytest.fixture
def decision(make, camille, diary):
    return make.decision(camille, diary)


@pytest.fixture
def redeem(decision, diary, at):
    def call(**changed):
        facts = {
            "client_id": diary.row.id,
            "redirect_uri": diary.row.redirect_uris[0],
            "code_verifier": VERIFIER,
            "jkt": "a-thumbprint",
            "at": at,
        }
        issued = redeem_code(decision.code, lifetimes=Lifetimes(), **facts | changed)
        db.session.commit()
        return issued

    return call


def test_the_tokens_say_what_was_allowed(make, camille, diary, at):
    """RFC 9396 §7: the token response carries the details as granted."""
    decision = make.decision(camille, diary, READ_MEASUREMENTS)

    issued = make.tokens(decision, diary)

    assert issued.consent_id == decision.consent.id
    assert issued.details == [
        {
            "type": "health_exchange",
            "purpose": "pre-admission",
            "area": "record",
            "actions": ["read"],
            "category": "measurements",
            "period": issued.details[0]["period"],
        }
    ]


def test_without_offline_access_there_is_no_refresh_token(make, camille, diary):
    """OIDC Core §11."""
    issued = make.tokens(make.decision(camille, diary, READ_MEASUREMENTS), diary)

    assert issued.refresh_token is None


def test_offline_access_has_its_own_box(make, camille, diary):
    decision = make.decision(camille, diary, READ_MEASUREMENTS, "offline_access")

    assert make.tokens(decision, diary).refresh_token is not None


def test_a_replay_ends_the_tokens_of_the_code(redeem, at):
    """RFC 6749 §4.1.2: the tokens issued before SHOULD be revoked."""
    issued = redeem()

    with pytest.raises(CodeRefused):
        redeem()
    db.session.commit()

    assert introspect(issued.access_token, at=at) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"redirect_uri": "https://diary.example/callback/"},
        {"code_verifier": "another-code-verifier-that-is-long-enough-too"},
        {"code_verifier": ""},
    ],
)
def test_a_code_presented_wrongly_is_spent(redeem, changed):
    """RFC 6749 §4.1.3, RFC 7636 §4.6."""
    with pytest.raises(CodeRefused):
        redeem(**changed)
    db.session.commit()

    with pytest.raises(CodeRefused):
        redeem()


def test_another_client_cannot_redeem_and_does_not_burn(redeem, make):
    """Threat: codes retargeted to another client."""
    stranger = make.client("stranger")

    with pytest.raises(CodeRefused):
        redeem(client_id=stranger.row.id)
    db.session.commit()

    assert redeem().access_token


def test_a_code_bound_to_a_key_needs_that_key(make, camille, diary):
    """RFC 9449 §10: dpop_jkt binds the code."""
    decision = make.decision(camille, diary, dpop_jkt="the-pushed-thumbprint")

    with pytest.raises(CodeRefused):
        make.tokens(decision, diary, jkt="another-thumbprint")


@pytest.mark.parametrize(("after", "works"), [(59, True), (60, False), (61, False)])
def test_a_code_lives_for_a_minute(redeem, at, after, works):
    """FAPI 2.0 §5.3.2.1."""
    later = at + timedelta(seconds=after)
    if works:
        assert redeem(at=later).access_token
    else:
        with pytest.raises(CodeRefused):
            redeem(at=later)


def test_tokens_never_outlive_the_consent(make, camille, diary, at):
    decision = make.decision(camille, diary, days=30)
    decision.consent.ends_at = at + timedelta(seconds=100)
    db.session.commit()

    assert make.tokens(decision, diary).expires_at == at + timedelta(seconds=100)


@pytest.mark.parametrize("value", ["", "authz_ac_", "x" * 64, "authz_at_" + "A" * 64, "é", "\x00"])
def test_what_is_not_a_code_is_refused(decision, diary, at, value):
    with pytest.raises(CodeRefused):
        redeem_code(
            value,
            client_id=diary.row.id,
            redirect_uri="",
            code_verifier="",
            jkt="",
            at=at,
            lifetimes=Lifetimes(),
        )
