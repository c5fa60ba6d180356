"""Who signed in for somebody else is named in every token, and the subject stays the subject.

RFC 8693 §4.1. Without it the ID token would say that a child, or an adult in care, signed in.
"""

import json
from datetime import date, timedelta

import jwt
import pytest

from authz.consent.give import reuse
from authz.db import db
from authz.identity.subject import pairwise_subject
from tests.builders import READ_DOCUMENTS, READ_MEASUREMENTS
from tests.conftest import SECRET
from tests.protocol.test_exchange import ACCESS, GRANT
from tests.protocol.wire import (
    authentication,
    basic,
    introspect,
    new_key,
    proof,
    redeem,
    refresh,
)

ASKED = (READ_DOCUMENTS, READ_MEASUREMENTS, "offline_access")


@pytest.fixture
def mandate(make, camille):
    """Camille acts for Léo, who has no account."""
    return make.mandate(camille, make.patient())


@pytest.fixture
def tokens(http, make, camille, diary, key, mandate):
    decision = make.decision(camille, diary, *ASKED, mandate=mandate)
    return redeem(http, diary, key, decision.code).json


def claims(tokens):
    return jwt.decode(tokens["id_token"], options={"verify_signature": False})


def known_as(patient_id, sector):
    return pairwise_subject(patient_id, sector, SECRET.format("pairwise-salt"))


@pytest.mark.compliance("RFC 8693", "4.1", "the ID token names who acts, where a mandate was used")
def test_the_id_token_names_both(tokens, camille, diary, mandate):
    said = claims(tokens)

    assert said["sub"] == known_as(mandate.patient_id, diary.row.sector)
    assert said["act"] == {"sub": known_as(camille.patient_id, diary.row.sector)}


def test_who_acts_is_the_person_that_the_client_knows_by_this_name(
    http, make, camille, diary, key, tokens
):
    own = redeem(http, diary, key, make.decision(camille, diary, *ASKED).code).json

    assert claims(own)["sub"] == claims(tokens)["act"]["sub"]
    assert "act" not in claims(own)
    assert "act" not in introspect(http, make.resource_server(), own["access_token"])


def test_in_which_quality_is_told_to_nobody(http, make, diary, tokens):
    """The service cannot tell whether what is hidden from parents is hidden from it (0018)."""
    asked = authentication(diary) | {"token": tokens["access_token"]}
    told = [
        claims(tokens),
        http.post("/introspect", data=asked).json,
        introspect(http, make.resource_server(), tokens["access_token"]),
    ]

    assert all(set(each["act"]) == {"sub"} for each in told)
    assert "representative" not in json.dumps([told, tokens])
    assert "camille" not in json.dumps([told, tokens]).lower()


def test_two_resource_servers_know_who_acts_by_two_names(http, make, tokens):
    names = {
        introspect(http, guard, tokens["access_token"])["act"]["sub"]
        for guard in (make.resource_server("record"), make.resource_server("archive"))
    }

    assert len(names) == 2


def test_a_refreshed_token_says_it_too(http, make, diary, key, tokens):
    renewed = refresh(http, diary, key, tokens["refresh_token"]).json["access_token"]

    assert introspect(http, make.resource_server(), renewed)["act"]["sub"]


def test_on_a_consent_that_another_gave_it_is_who_signed_in(http, make, camille, diary, key, at):
    """The child allowed it; her mother sits before it now."""
    lea = make.account("lea", birth_date=date(at.year - 16, 1, 1))
    given = make.decision(lea, diary, *ASKED)
    mandate = make.mandate(camille, lea.patient)
    asking = make.asking(camille, diary, mandate=mandate)
    code = reuse(asking, given.consent, at=at, code_lifetime=timedelta(minutes=1))
    db.session.commit()

    said = claims(redeem(http, diary, key, code).json)

    assert said["sub"] == known_as(lea.patient_id, diary.row.sector)
    assert said["act"] == {"sub": known_as(camille.patient_id, diary.row.sector)}


@pytest.mark.compliance("RFC 8693", "4.1", "an actor before the present one stands inside of it")
def test_a_token_that_was_exchanged_names_both_who_acted(http, make, camille, tokens):
    """The resource server outside, and inside of it who had signed in."""
    record = make.resource_server("record", "record", exchanges=True)
    archive = make.resource_server("archive", "record")
    form = {
        "grant_type": GRANT,
        "subject_token": tokens["access_token"],
        "subject_token_type": ACCESS,
        "audience": "archive",
    }
    lent = http.post("/token", data=form, headers=basic(record) | {"DPoP": proof(new_key())}).json

    told = introspect(http, archive, lent["access_token"])

    person = {"sub": known_as(camille.patient_id, archive.row.sector)}
    assert told["act"] == {"sub": "client:record", "act": person}
