"""The whole way, as a client walks it with a browser: ask, answer, redeem, use, refresh, stop."""

import json
from urllib.parse import urlsplit

from flask.testing import FlaskClient

from authz.identity.models import Account
from authz.web.session import COOKIE
from tests.builders import Guard, Make, Party
from tests.protocol.wire import ISSUER, Key, introspect, jkt, push, query_of, redeem, refresh


def test_from_the_pushed_request_to_the_token(
    http: FlaskClient, make: Make, camille: Account, diary: Party, key: Key, record: Guard
) -> None:
    details = [
        {
            "type": "health_exchange",
            "purpose": "pre-admission",
            "area": "record",
            "actions": ["read"],
            "category": category,
        }
        for category in ("measurements", "documents")
    ]
    answer = push(
        http,
        diary,
        scope="openid offline_access",
        authorization_details=json.dumps(details),
        dpop_jkt=jkt(key),
        linked_account="c.martin",
        ui_locales="en",
    )
    query = {"client_id": diary.id, "request_uri": answer.json["request_uri"]}
    question = urlsplit(http.get("/authorize", query_string=query).headers["Location"]).path

    http.set_cookie(COOKIE, make.session(camille)[1], domain="authz.test")
    page = http.get(question)

    assert page.status_code == 200
    assert "c.martin" in page.text
    decision = make.decision(
        camille, diary, "pre-admission:record:read:measurements", "offline_access",
        scope="openid offline_access", authorization_details=details, dpop_jkt=jkt(key),
    )  # fmt: skip
    tokens = redeem(http, diary, key, decision.code).json
    assert [detail["category"] for detail in tokens["authorization_details"]] == ["measurements"]
    assert introspect(http, record, tokens["access_token"])["active"] is True
    assert refresh(http, diary, key, tokens["refresh_token"]).status_code == 200

    refusal = push(http, diary, prompt="none", scope="openid patient/DocumentReference.rs")
    query = {"client_id": diary.id, "request_uri": refusal.json["request_uri"]}
    assert query_of(http.get("/authorize", query_string=query))["iss"] == [ISSUER]
