"""DPoP at a resource: the proof is for this request and for this token (RFC 9449 §7.1)."""

import hashlib
from datetime import datetime

import pytest

from authz.clock import now
from authz.keys.dpop import check_proof
from authz.keys.errors import ProofRefused
from tests.protocol.wire import base64url, jkt, new_key, proof

URL = "https://authz.test/fhir/Observation"
TOKEN = "a-token"
ATH = base64url(hashlib.sha256(TOKEN.encode()).digest())


@pytest.fixture
def at() -> datetime:
    return now()


def test_a_proof_for_the_token(at: datetime) -> None:
    key = new_key()

    value = proof(key, "/fhir/Observation", htm="GET", ath=ATH)

    assert check_proof(value, method="GET", url=URL, at=at, access_token=TOKEN).jkt == jkt(key)


@pytest.mark.parametrize("ath", [None, "", "x", ATH + "=", ATH.swapcase(), 7, [ATH], "é"])
def test_a_proof_for_another_token(at: datetime, ath: object) -> None:
    value = proof(new_key(), "/fhir/Observation", htm="GET", ath=ath)

    with pytest.raises(ProofRefused):
        check_proof(value, method="GET", url=URL, at=at, access_token=TOKEN)


def test_a_proof_is_remembered_for_as_long_as_it_holds(at: datetime) -> None:
    value = proof(new_key(), "/fhir/Observation", htm="GET")

    checked = check_proof(value, method="GET", url=URL, at=at)

    assert 50 < (checked.expires_at - at).total_seconds() <= 60
    assert checked.once.startswith(checked.jkt)


@pytest.mark.parametrize("seconds", [-61, 62])
def test_the_window_is_a_minute_either_way(at: datetime, seconds: int) -> None:
    value = proof(new_key(), "/fhir/Observation", htm="GET", iat=at.timestamp() + seconds)

    with pytest.raises(ProofRefused):
        check_proof(value, method="GET", url=URL, at=at)
