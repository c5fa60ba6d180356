"""A client sends the person to sign out: at once where an ID token proves it, else on asking.

OpenID Connect RP-Initiated Logout 1.0; ``docs/specs.md`` lists what certification asks of it.
"""

import re
from datetime import timedelta

import jwt
import pytest

from authz.db import db
from authz.identity.models import Session
from authz.identity.subject import pairwise_session
from authz.keys.signing import ID_TOKEN, signer
from tests.pages import Visitor, answer_of, words
from tests.protocol.signing_in import ask, redeem
from tests.protocol.wire import ISSUER, new_key, signed

BACK = "https://diary.example/bye?from=space"


@pytest.fixture
def http(app):
    return Visitor(app, app.response_class)


@pytest.fixture
def diary(make):
    client = make.client("diary")
    client.row.registration = {"post_logout_redirect_uris": [BACK, "https://diary.example/plain"]}
    db.session.commit()
    return client


@pytest.fixture
def session(http, camille):
    """Camille is signed in, in English."""
    http.sign_in(camille)
    http.submit("/language", language="en")
    return db.session.query(Session).one()


@pytest.fixture
def hint(app, at, diary):
    """An ID token for a session, which ran out an hour ago."""

    def write(session, client=diary, **changed):
        salt = app.extensions["authz"].pairwise_salt.get_secret_value()
        claims = {
            "iss": ISSUER,
            "aud": client.id,
            "sid": pairwise_session(session.id, client.id, salt),
            "exp": int((at - timedelta(hours=1)).timestamp()),
        }
        token = signer(ID_TOKEN, at=at).sign(claims | changed)
        db.session.commit()
        return token

    return write


def logout(http, **parameters):
    return http.get("/logout", query_string=parameters)


def is_live(session):
    db.session.expire_all()
    return db.session.get(Session, session.id).ended_at is None


def asks(answer):
    """Whether the person is asked, on a page that leads nowhere by itself."""
    assert answer.status_code == 200, answer.text
    assert "Location" not in answer.headers
    return "Sign out of your health space?" in words(answer)


@pytest.mark.compliance(
    "OIDC RP-Initiated Logout",
    "3",
    "good hint and registered URI: back there, with exactly the state",
)
def test_back_to_the_client_at_once(http, session, hint):
    answer = logout(
        http, id_token_hint=hint(session), post_logout_redirect_uri=BACK, state="a b&c=é"
    )

    assert answer.status_code == 303
    assert answer.location == BACK + "&state=a+b%26c%3D%C3%A9"
    assert not is_live(session)
    assert "__Host-authz=;" in answer.headers["Set-Cookie"]


@pytest.mark.compliance("OIDC RP-Initiated Logout", "3", "no state in, none out")
def test_no_state_in_none_out(http, session, hint):
    answer = logout(http, id_token_hint=hint(session), post_logout_redirect_uri=BACK)

    assert answer.location == BACK


@pytest.mark.compliance("OIDC RP-Initiated Logout", "2", "the same by POST")
def test_by_post(http, session, hint):
    """From another site, so without our cookie: the browser comes back with it."""
    form = {"id_token_hint": hint(session), "post_logout_redirect_uri": BACK, "state": "s"}
    visit = http.post("/logout", data=form, headers={"Sec-Fetch-Site": "cross-site"})
    assert visit.status_code == 303
    assert is_live(session)

    assert http.get(visit.location).location == BACK + "&state=s"
    assert not is_live(session)


def test_afterwards_nobody_is_signed_in(http, session, hint):
    logout(http, id_token_hint=hint(session))

    assert http.get("/services").location == "/sign-in"


@pytest.mark.compliance(
    "OIDC RP-Initiated Logout", "3", "then prompt=none is login_required, where it was a code"
)
def test_afterwards_nobody_signs_in_silently(http, make, camille, session):
    forum = make.site("forum")
    make.sign_in_decision(camille, forum, scope="openid")
    code = answer_of(ask(http, scope="openid", prompt="none"))["code"]
    token = redeem(http, forum, code, code_verifier=None).json["id_token"]

    logout(http, id_token_hint=token)

    assert not is_live(session)
    assert answer_of(ask(http, scope="openid", prompt="none"))["error"] == "login_required"


@pytest.mark.compliance(
    "OIDC RP-Initiated Logout", "2", "no URI: a page says that the person is signed out"
)
def test_without_an_address(http, session, hint):
    answer = logout(http, id_token_hint=hint(session), state="s")

    assert answer.location == "/signed-out"
    assert "You are signed out" in words(http.get(answer.location))
    assert not is_live(session)


@pytest.mark.compliance(
    "OIDC RP-Initiated Logout", "2", "no parameters, or only a state: the person is asked, then out"
)
@pytest.mark.parametrize("parameters", [{}, {"state": "s"}])
def test_without_a_hint_the_person_is_asked(http, session, parameters):
    page = logout(http, **parameters)
    assert asks(page)
    assert is_live(session)

    hidden = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', page.text))
    answer = http.post("/logout/confirm", data=hidden, headers={"Sec-Fetch-Site": "same-origin"})

    assert answer.location == "/signed-out"
    assert not is_live(session)


@pytest.mark.compliance(
    "OIDC RP-Initiated Logout",
    "3",
    "URI unregistered or with a query added, hint missing, alg none or forged: no redirect",
)
@pytest.mark.parametrize(
    "spoil",
    [
        {"post_logout_redirect_uri": BACK + "&more=1"},
        {"post_logout_redirect_uri": "https://diary.example/plain?"},
        {"post_logout_redirect_uri": "https://diary.example/Plain"},
        {"post_logout_redirect_uri": "https://evil.example/"},
        {"post_logout_redirect_uri": "https://diary.example/callback"},
        {"client_id": "another"},
        {"id_token_hint": None},
        {"id_token_hint": "e30.e30.e30"},
        {"id_token_hint": "not a token"},
    ],
    ids=lambda spoil: "-".join(spoil),
)
def test_no_redirect_without_proof(http, session, hint, spoil):
    parameters = {"id_token_hint": hint(session), "post_logout_redirect_uri": BACK} | spoil

    answer = logout(http, **{name: value for name, value in parameters.items() if value})

    assert asks(answer)
    assert is_live(session)
    assert "form-action 'self';" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("key", [None, new_key()])
def test_no_redirect_for_a_forged_hint(http, session, hint, key):
    """In everything but its signature it is the very hint that ends this session at once."""
    honest = hint(session)
    header = {"kid": jwt.get_unverified_header(honest)["kid"], "typ": "JWT"}
    claims = jwt.decode(honest, options={"verify_signature": False, "verify_exp": False})
    forged = signed(claims, key, "ES256" if key else "none", **header)

    page = logout(http, id_token_hint=forged, post_logout_redirect_uri=BACK)

    assert asks(page)
    assert is_live(session)
    assert "form-action 'self';" in page.headers["Content-Security-Policy"]


def test_a_hint_of_another_session_ends_none(http, session, hint, make):
    """The person is asked; a yes ends the session of this browser, and leads to the client."""
    other, _ = make.session(session.account)
    page = logout(http, id_token_hint=hint(other), post_logout_redirect_uri=BACK, state="s")
    assert asks(page)
    assert "https://diary.example" in page.headers["Content-Security-Policy"]

    hidden = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', page.text))
    answer = http.post("/logout/confirm", data=hidden, headers={"Sec-Fetch-Site": "same-origin"})

    assert answer.location == BACK + "&state=s"
    assert not is_live(session)
    assert is_live(other)


def test_a_hint_of_another_client_does_not_open_this_ones_address(http, session, hint, make):
    stranger = make.client("stranger")

    answer = logout(http, id_token_hint=hint(session, stranger), post_logout_redirect_uri=BACK)

    assert asks(answer)


def test_a_client_that_is_gone_leads_nowhere(http, session, hint, diary, at):
    token = hint(session)
    diary.row.disabled_at = at
    db.session.commit()

    assert asks(logout(http, id_token_hint=token, post_logout_redirect_uri=BACK))


def test_nobody_signs_the_person_out_behind_their_back(http, session):
    """Logout CSRF: neither a visit, nor a form of another site."""
    logout(http, post_logout_redirect_uri="https://evil.example/")
    http.post("/logout", data={}, headers={"Sec-Fetch-Site": "cross-site"})
    refused = http.post("/logout/confirm", headers={"Sec-Fetch-Site": "cross-site"})

    assert refused.status_code == 400
    assert is_live(session)


def test_what_was_sent_is_shown_as_text(http, session):
    page = logout(http, state='"><script>alert(1)</script>{{7*7}}')

    assert "<script" not in page.text
    assert "49" not in re.findall(r'name="state" value="([^"]*)"', page.text)[0]


def test_somebody_who_is_not_signed_in_is_told_so(http):
    assert logout(http).location == "/signed-out"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_page_has_stable_names(http, session, language):
    http.submit("/language", language=language)

    page = logout(http)

    assert 'id="logout"' in page.text
    assert 'id="stay"' in page.text
    assert f'<html lang="{language}">' in page.text


def test_the_metadata_say_where(http):
    metadata = http.get("/.well-known/openid-configuration").json

    assert metadata["end_session_endpoint"] == f"{ISSUER}/logout"
