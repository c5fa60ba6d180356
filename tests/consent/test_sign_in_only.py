"""Signing in at a client that has nothing to do with health: a consent without a sheet."""

from datetime import date, timedelta

import pytest

from authz.consent.answer import Answer
from authz.consent.by import By
from authz.consent.errors import NotOffered
from authz.consent.give import give, refuse
from authz.consent.models import Consent
from authz.consent.replay import Replay
from authz.consent.standing import standing_consent
from authz.consent.withdraw import withdraw
from authz.db import db
from authz.keys.ed25519 import Ed25519Key
from authz.ledger.note import Verifier
from authz.ledger.sequence import integrate
from authz.ledger.verify import verify_database
from authz.outbox.models import Message
from authz.tokens.introspect import introspect
from tests.journal import events_of

LOG = Verifier("log.test/consent", Ed25519Key.from_seed(bytes(32)).public)

MONTH = timedelta(days=30)


@pytest.fixture
def camille(make):
    return make.account()


@pytest.fixture
def forum(make):
    return make.site()


def kept():
    return db.session.query(Consent).order_by(Consent.id).all()


def test_what_was_ticked_is_shared_and_the_rest_withheld(make, camille, forum):
    consent = make.sign_in_decision(camille, forum, "email").consent

    assert (consent.service_id, consent.sheet_id, consent.client_id) == (None, None, forum.row.id)
    assert (consent.shared, consent.withheld, consent.offline) == (["email"], ["profile"], False)


def test_signing_in_without_sharing_anything_is_a_choice(make, camille, forum):
    decision = make.sign_in_decision(camille, forum)

    assert decision.consent.shared == []
    assert decision.code


@pytest.mark.parametrize("chosen", ["address", "pre-admission:record:read:identity", "openid"])
def test_what_was_not_asked_cannot_be_ticked(make, at, camille, forum, chosen):
    asking = make.sign_in_asking(camille, forum)
    answer = Answer(frozenset({chosen}), 90, "fr")

    with pytest.raises(NotOffered):
        give(asking, answer, longest=365, at=at, code_lifetime=timedelta(seconds=60))


def test_it_is_remembered_like_any_consent(make, at, camille, forum):
    consent = make.sign_in_decision(camille, forum, "email").consent

    assert (
        standing_consent(make.sign_in_asking(camille, forum, scope="openid"), at=at, remember=MONTH)
        is consent
    )
    assert (
        standing_consent(make.sign_in_asking(camille, make.site("blog")), at=at, remember=MONTH)
        is None
    )


def test_what_was_never_asked_before_is_asked(make, at, camille, forum):
    make.sign_in_decision(camille, forum, scope="openid profile")

    assert standing_consent(
        make.sign_in_asking(camille, forum, scope="openid"), at=at, remember=MONTH
    )
    assert not standing_consent(
        make.sign_in_asking(camille, forum, scope="openid email"),
        at=at,
        remember=MONTH,
    )


def test_a_single_claim_is_part_of_an_attribute(make, camille, forum):
    """OIDC Core §5.5: asked by name, it is a box all the same."""
    asking = make.sign_in_asking(
        camille,
        forum,
        scope="openid",
        claims={"userinfo": {"name": None, "x": None}},
    )

    assert asking.question.attributes == ("profile",)


def test_a_newer_answer_replaces_the_older_one_of_that_client_alone(make, camille, forum):
    make.sign_in_decision(camille, make.site("blog"))
    make.sign_in_decision(camille, forum, "email")
    make.sign_in_decision(camille, forum)

    assert sorted(consent.state for consent in kept()) == ["active", "active", "replaced"]


def test_a_service_and_a_relying_party_do_not_replace_each_other(make, camille, forum):
    make.decision(camille, make.client("diary"))
    make.sign_in_decision(camille, forum)

    assert [consent.state for consent in kept()] == ["active", "active"]


def test_every_decision_is_in_the_ledger_and_replays(make, at, camille, forum, tmp_path):
    make.sign_in_decision(camille, forum, "email")
    refuse(make.sign_in_asking(camille, make.site("blog")), language="fr", at=at)
    integrate(LOG.name, at=at)
    db.session.commit()
    replay = Replay()

    verify_database(LOG, directory=tmp_path, guard=tmp_path / "guard", watches=[replay])

    assert list(replay.findings()) == []
    db.session.rollback()  # verifying made the transaction read-only
    kept()[0].shared = ["email", "profile"]
    db.session.flush()
    assert [finding.text for finding in replay.findings()] == [
        f"consent {kept()[0].id} is not the one that was decided"
    ]


def test_stopping_ends_its_tokens_and_says_so(make, at, camille, forum):
    decision = make.sign_in_decision(camille, forum, "email")
    token = make.redeem(decision.code, forum, jkt=None).access_token

    withdraw(decision.consent.id, by=By(camille), at=at)
    db.session.commit()

    assert introspect(token, at=at) is None
    kinds = [message.kind for message in db.session.query(Message).order_by(Message.created_at)]
    assert sorted(kinds) == ["sign_in_allowed", "sign_in_stopped"]


def test_what_a_mother_has_stopped_is_contradicted_at_that_client_alone(make, at, forum):
    mother, leo = make.account("sophie"), make.account("leo", birth_date=date(2011, 4, 2))
    mandate = make.mandate(mother, leo.patient)
    by = By(mother, quality="representative", mandate_id=mandate.id, patient=leo.patient_id)
    stopped = make.sign_in_decision(leo, forum).consent
    withdraw(stopped.id, by=by, at=at)
    db.session.commit()

    elsewhere = make.sign_in_decision(leo, make.site("blog")).consent
    again = make.sign_in_decision(leo, forum).consent

    assert "against" not in events_of(elsewhere.id)[0]["facts"]
    assert events_of(again.id)[0]["facts"]["against"] == str(stopped.id)
