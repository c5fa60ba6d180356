"""``prompt=none``: an answer without a page, or the reason why there must be one.

OIDC Core §3.1.2.1, §3.1.2.6. Whatever the answer is, the request is over then.
"""

from datetime import timedelta

from flask import g
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from authz.db import db
from authz.identity.models import Account
from authz.web.session import COOKIE
from tests.builders import READ_MEASUREMENTS, Make, Party
from tests.protocol.wire import Key, push, query_of, redeem

DOCUMENTS = "openid patient/DocumentReference.rs"
MEASUREMENTS = "openid patient/Observation.rs?category=vital-signs"


def sign_in(http: FlaskClient, make: Make, account: Account) -> None:
    _, value = make.session(account)
    http.set_cookie(COOKIE, value, domain="authz.test")
    g.pop("session", None)


def ask(http: FlaskClient, client: Party, **changed: str) -> TestResponse:
    pushed = push(http, client, prompt="none", **changed)
    query = {"client_id": client.id, "request_uri": pushed.json["request_uri"]}
    answer = http.get("/authorize", query_string=query)
    assert answer.status_code == 303
    assert http.get("/authorize", query_string=query).status_code == 400, "it may be asked again"
    return answer


def test_nobody_is_signed_in(http: FlaskClient, diary: Party) -> None:
    assert query_of(ask(http, diary))["error"] == ["login_required"]


def test_the_sign_in_is_too_old(
    http: FlaskClient, make: Make, camille: Account, diary: Party
) -> None:
    make.at -= timedelta(minutes=10)
    sign_in(http, make, camille)

    assert query_of(ask(http, diary, max_age="60"))["error"] == ["login_required"]


def test_nothing_was_ever_answered(
    http: FlaskClient, make: Make, camille: Account, diary: Party
) -> None:
    sign_in(http, make, camille)

    assert query_of(ask(http, diary))["error"] == ["consent_required"]


def test_what_was_answered_is_not_asked_again(
    http: FlaskClient, make: Make, camille: Account, diary: Party, key: Key
) -> None:
    make.decision(camille, diary, READ_MEASUREMENTS, scope=MEASUREMENTS)
    sign_in(http, make, camille)

    answer = query_of(ask(http, diary, scope=MEASUREMENTS))

    assert answer.keys() == {"code", "state", "iss"}
    assert redeem(http, diary, key, answer["code"][0]).json["scope"] == MEASUREMENTS


def test_more_than_was_answered_needs_a_page(
    http: FlaskClient, make: Make, camille: Account, diary: Party
) -> None:
    """Doorkeeper CVE-2023-34246: never a silent upgrade."""
    make.decision(camille, diary, READ_MEASUREMENTS, scope=MEASUREMENTS)
    sign_in(http, make, camille)

    assert query_of(ask(http, diary, scope=DOCUMENTS))["error"] == ["consent_required"]


def test_new_terms_need_a_page(
    http: FlaskClient, make: Make, camille: Account, diary: Party
) -> None:
    make.decision(camille, diary)
    make.new_sheet(diary.row.service_id, recipients={"fr": "Tous.", "en": "Everybody."})
    sign_in(http, make, camille)

    assert query_of(ask(http, diary))["error"] == ["consent_required"]


def test_another_service_has_its_own_question(
    http: FlaskClient, make: Make, camille: Account, diary: Party
) -> None:
    make.decision(camille, diary)
    other = make.client("other")
    sign_in(http, make, camille)

    assert query_of(ask(http, other))["error"] == ["consent_required"]


def test_a_withdrawn_consent_answers_nothing(
    http: FlaskClient, make: Make, camille: Account, diary: Party
) -> None:
    consent = make.decision(camille, diary).consent
    consent.end("withdrawn", make.at)
    db.session.commit()
    sign_in(http, make, camille)

    assert query_of(ask(http, diary))["error"] == ["consent_required"]
