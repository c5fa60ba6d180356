"""A device without a browser signs somebody in, where that is configured (RFC 8628)."""

from datetime import timedelta

import pytest

from authz.db import db
from authz.identity.models import Throttle
from authz.settings import Device
from authz.tokens.models import AuthorizationRequest, DeviceAuthorization
from authz.tokens.purge import purge
from tests.pages import Visitor, words
from tests.protocol.wire import authentication, new_key, proof, refused, secret_of

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
METADATA = "/.well-known/oauth-authorization-server"


@pytest.fixture
def devices(app, monkeypatch):
    on = app.extensions["authz"].model_copy(update={"device": Device()})
    monkeypatch.setitem(app.extensions, "authz", on)


@pytest.fixture
def tv(make):
    site = make.site("tv")
    site.row.grant_types = [GRANT, "refresh_token"]
    db.session.commit()
    return site


@pytest.fixture
def begun(devices, http, tv):
    answer = begin(http, tv)
    assert answer.status_code == 200, answer.data
    return answer.json


@pytest.fixture
def browser(browser, camille):
    browser.sign_in(camille)
    return browser


def begin(http, site, *, scope="openid profile", headers=None):
    headers = secret_of(site) if headers is None else headers
    return http.post("/device_authorization", data={"scope": scope}, headers=headers)


def poll(http, site, device_code, *, headers=None, later=True):
    if later:  # the device has waited as it was told
        db.session.execute(db.text("UPDATE device_authorization SET polled_at = NULL"))
        db.session.commit()
    data = {"grant_type": GRANT, "device_code": device_code}
    return http.post("/token", data=data, headers=secret_of(site) | (headers or {}))


def answer(browser, user_code, *boxes, choice="allow"):
    """The person enters the code, goes on, and answers the question."""
    question = browser.submit("/device", user_code=user_code, answer="continue").location
    assert browser.get(question).status_code == 200
    return browser.submit(question, answer=choice, allow=list(boxes), days="90")


@pytest.mark.compliance("RFC 8628", "3.2", "device_code, user_code, verification_uri, expires_in")
def test_what_the_device_gets(begun):
    assert begun.keys() == {
        "device_code", "user_code", "verification_uri", "expires_in", "interval",
    }  # fmt: skip
    assert begun["verification_uri"] == "https://authz.test/device"
    letters = begun["user_code"].replace("-", "")
    assert len(letters) == 8
    assert not set(letters) - set("BCDFGHJKLMNPQRSTVWXZ")


@pytest.mark.compliance("RFC 8628", "3.5", "pending until somebody answers, then tokens, once")
def test_from_the_code_on_the_screen_to_the_tokens(http, tv, begun, browser):
    assert refused(poll(http, tv, begun["device_code"]), 400, "authorization_pending")

    back = answer(browser, begun["user_code"].lower().replace("-", " "), "profile")

    assert (back.status_code, back.location) == (303, "/device/done")
    assert browser.get("/device/done").status_code == 200
    tokens = poll(http, tv, begun["device_code"])
    assert tokens.status_code == 200, tokens.data
    assert {"access_token", "id_token"} <= tokens.json.keys()
    assert refused(poll(http, tv, begun["device_code"]), 400, "invalid_grant")


def test_a_replay_ends_the_tokens(http, tv, begun, browser):
    answer(browser, begun["user_code"], "profile")
    access = poll(http, tv, begun["device_code"]).json["access_token"]

    poll(http, tv, begun["device_code"])

    headers = {"Authorization": f"Bearer {access}"}
    assert http.get("/userinfo", headers=headers).status_code == 401


@pytest.mark.compliance("RFC 8628", "3.5", "access_denied once the person has refused")
def test_a_refusal(http, tv, begun, browser):
    assert answer(browser, begun["user_code"], choice="refuse").location == "/device/done"

    assert refused(poll(http, tv, begun["device_code"]), 400, "access_denied")


def test_a_device_that_is_not_the_persons(http, tv, begun, browser):
    browser.submit("/device", user_code=begun["user_code"], answer="stop")

    assert refused(poll(http, tv, begun["device_code"]), 400, "access_denied")
    again = browser.submit("/device", user_code=begun["user_code"], answer="continue")
    assert again.status_code == 404


@pytest.mark.compliance("RFC 8628", "3.5", "slow_down, and five seconds more each time")
def test_a_device_that_asks_too_often(http, tv, begun):
    poll(http, tv, begun["device_code"])

    for pause in (10, 15):
        answered = poll(http, tv, begun["device_code"], later=False)
        assert refused(answered, 400, "slow_down")
        assert db.session.query(DeviceAuthorization.pause).scalar() == pause


@pytest.mark.compliance("RFC 8628", "3.5", "expired_token")
def test_a_code_that_is_too_old(http, tv, begun, browser, at):
    row = db.session.query(DeviceAuthorization).one()
    row.expires_at = at - timedelta(seconds=1)
    db.session.commit()

    assert refused(poll(http, tv, begun["device_code"]), 400, "expired_token")
    assert browser.submit("/device", user_code=begun["user_code"]).status_code == 404


@pytest.mark.compliance("RFC 8628", "3.4", "a device code of another client is refused")
def test_the_code_of_another_client(http, make, tv, begun, browser):
    """Before the answer and after it; nor does it slow the device down, or use its code up."""
    other = make.site("other")
    other.row.grant_types = [GRANT]
    db.session.commit()

    assert refused(poll(http, other, begun["device_code"]), 400, "invalid_grant")
    waits = poll(http, tv, begun["device_code"], later=False)
    assert refused(waits, 400, "authorization_pending")
    answer(browser, begun["user_code"], "profile")
    assert refused(poll(http, other, begun["device_code"]), 400, "invalid_grant")
    assert poll(http, tv, begun["device_code"]).status_code == 200


@pytest.mark.parametrize("value", ["x", "authz_dc_" + "A" * 64, "authz_ac_" + "A" * 64])
def test_values_that_are_no_device_codes(http, devices, tv, value):
    assert refused(poll(http, tv, value), 400, "invalid_grant")


@pytest.mark.parametrize("proven", [True, False])
def test_a_key_that_was_shown_must_be_shown_again(http, devices, tv, browser, proven):
    """Another key is no better than none."""
    key = new_key()
    headers = secret_of(tv) | {"DPoP": proof(key, "/device_authorization")}
    begun = begin(http, tv, headers=headers).json
    answer(browser, begun["user_code"], "profile")

    shown = {"DPoP": proof(new_key())} if proven else {}

    assert refused(poll(http, tv, begun["device_code"], headers=shown), 400, "invalid_grant")


@pytest.mark.compliance("RFC 8628", "5.4", "never for clients that touch health data")
def test_never_for_health_data(http, devices, tv, diary):
    diary.row.grant_types = [*diary.row.grant_types, GRANT]
    db.session.commit()
    data = authentication(diary) | {"scope": "openid"}

    assert refused(http.post("/device_authorization", data=data), 400, "unauthorized_client")
    for scope in ("patient/Observation.rs", "openid patient/Observation.rs", "profile", ""):
        assert refused(begin(http, tv, scope=scope), 400, "invalid_scope")
    assert db.session.query(DeviceAuthorization).count() == 0


def test_only_for_clients_that_registered_for_it(http, devices, make):
    assert refused(begin(http, make.site("forum")), 400, "unauthorized_client")
    assert refused(begin(http, make.site("blog"), headers={}), 401, "invalid_client")


def test_it_is_off_unless_it_is_configured(app, http, tv):
    said = http.get(METADATA).json

    assert "device_authorization_endpoint" not in said
    assert GRANT not in said["grant_types_supported"]
    assert refused(begin(http, tv), 404, "invalid_request")
    assert refused(poll(http, tv, "x"), 400, "unsupported_grant_type")
    assert Visitor(app).get("/device").status_code == 404


@pytest.mark.compliance("RFC 8628", "4", "device_authorization_endpoint in the metadata")
def test_the_metadata_say_so_where_it_is_on(http, devices):
    said = http.get(METADATA).json

    assert said["device_authorization_endpoint"] == "https://authz.test/device_authorization"
    assert GRANT in said["grant_types_supported"]


@pytest.mark.compliance("RFC 8628", "5.1", "guessing at user codes is slowed down")
def test_guessing_at_codes(begun, browser):
    for _ in range(5):
        assert browser.submit("/device", user_code="BBBB-BBBB").status_code == 404

    assert browser.submit("/device", user_code="BBBB-BBBB").status_code in {404, 429}
    assert browser.submit("/device", user_code=begun["user_code"]).status_code == 429
    db.session.query(Throttle).delete()
    db.session.commit()
    assert browser.submit("/device", user_code=begun["user_code"]).status_code == 200


@pytest.mark.compliance("RFC 8628", "5.4", "the person sees which client, and compares the code")
def test_the_person_sees_who_asks_before_anything_happens(begun, browser):
    page = browser.submit("/device", user_code=begun["user_code"])

    assert begun["user_code"] in words(page)
    assert "Tv" in words(page)
    assert "tv" in words(page).split()
    assert db.session.query(AuthorizationRequest).count() == 0


def test_a_link_cannot_bring_the_code(devices, browser, begun):
    """A thief would send it: the person must have read it on the device."""
    page = browser.get(f"/device?user_code={begun['user_code']}")

    assert begun["user_code"] not in page.text


def test_the_question_belongs_to_who_opened_it_first(app, begun, browser, make):
    question = browser.submit("/device", user_code=begun["user_code"], answer="continue").location
    browser.get(question)
    thief = Visitor(app)
    thief.sign_in(make.account("dominique"))

    again = thief.submit("/device", user_code=begun["user_code"], answer="continue").location

    assert again == question
    assert thief.get(question).status_code == 410


def test_what_is_swept_goes_in_the_order_in_which_it_rests_on_each_other(begun, browser, at):
    """The request runs out before the device, or after it: neither holds up the sweeping."""
    answer(browser, begun["user_code"], choice="refuse")
    for request_ends, device_ends in ((0, 60), (60, 0)):
        for table, ends in (
            ("authorization_request", request_ends),
            ("device_authorization", device_ends),
        ):
            soon = {"soon": at + timedelta(minutes=ends)}
            db.session.execute(db.text(f"UPDATE {table} SET expires_at = :soon"), soon)
        purge(at=at + timedelta(days=1, minutes=30))
        db.session.commit()

    purge(at=at + timedelta(days=2))
    assert db.session.query(AuthorizationRequest).all() == []
