"""Signing in at a client that has nothing to do with health: the page, and My services."""

import html5lib
import pytest

from authz.consent.queries import consents_of_patient
from authz.db import db
from tests.pages import answer_of, words
from tests.portal.test_markup import JARGON, PUSHING


@pytest.fixture
def forum(make):
    return make.site(
        name="Le Forum",
        policy_uri="https://forum.example/privacy",
        tos_uri="https://forum.example/terms",
        logo_uri="https://forum.example/logo.png",
    )


@pytest.fixture
def asked(http, make, camille, forum):
    """The path of the page, with Camille signed in before it."""
    request = make.visit(forum)
    http.sign_in(camille, query=f"?request={request.id}")
    return f"/consent/{request.id}"


def test_the_page_says_who_asks_and_what_would_be_shared(http, asked):
    page = http.get(asked)

    said = words(page)
    assert "Le Forum asks who you are" in said
    assert "It sees nothing of your health data." in said
    assert "Your name, your date of birth and your language" in said
    assert "It would receive: Camille Martin, 17 May 1956, English" in said
    assert "After your answer you go back to forum.example." in said


@pytest.mark.compliance("OIDC Registration", "2", "logo, policy and terms show before sign-in")
def test_what_the_client_says_of_itself_is_linked_and_not_loaded(http, make, forum):
    page = http.get(f"/sign-in?request={make.visit(forum).id}").text

    for uri in ("privacy", "terms", "logo.png"):
        assert f'href="https://forum.example/{uri}"' in page
    assert "src=" not in page


def test_nothing_is_ticked_and_both_answers_weigh_the_same(http, asked):
    page = http.get(asked).text

    assert page.count("checked") == 1  # the shortest duration
    assert 'id="days-30" name="days" value="30" checked' in page
    assert 'class="button" id="refuse"' in page
    assert 'class="button" id="allow"' in page


@pytest.mark.parametrize("language", ["fr", "en"])
def test_plain_words_and_valid_html(http, asked, language):
    http.submit("/language", language=language)
    page = http.get(asked)

    html5lib.HTMLParser(strict=True).parse(page.text)
    said = words(page).lower().replace("forum", "")
    assert [word for word in PUSHING[language] + JARGON if word in said] == []


def test_allowing_shares_what_was_ticked(http, camille, asked):
    answer = answer_of(http.submit(asked, answer="allow", days=90, allow=["profile"]))

    (consent,) = consents_of_patient(camille.patient_id)
    assert answer.keys() == {"code", "state", "iss"}
    assert (consent.shared, consent.withheld) == (["profile"], ["email"])


@pytest.mark.parametrize(("answer", "states"), [("refuse", ["refused"]), ("later", [])])
def test_saying_no(http, camille, asked, answer, states):
    sent = answer_of(http.submit(asked, answer=answer))

    assert (sent["error"], sent["state"]) == ("access_denied", "a-state")
    assert [each.state for each in consents_of_patient(camille.patient_id)] == states


@pytest.mark.parametrize("chosen", ["address", "pre-admission:record:read:identity"])
def test_nobody_adds_a_box(http, camille, asked, chosen):
    """MITREid CVE-2021-27582: the form carries a decision only."""
    page = http.submit(asked, answer="allow", days=30, allow=[chosen])

    assert page.status_code == 400
    assert consents_of_patient(camille.patient_id) == []


def test_switching_the_language_keeps_what_was_ticked(http, asked):
    page = http.submit(asked, answer="show", language="fr", days=365, allow=["email"])

    assert "Le Forum demande qui vous êtes" in words(page)
    assert page.text.count("checked") == 2


def test_it_stands_among_my_services_and_can_be_stopped(http, make, camille, forum):
    consent = make.sign_in_decision(camille, forum, "email").consent
    http.sign_in(camille)

    pages = [http.get(path) for path in ("/services", f"/services/{consent.id}", "/history")]
    stop = http.get(f"/services/{consent.id}/stop")
    after = http.get(http.submit(f"/services/{consent.id}/stop").location)

    for page in (*pages, stop, after):
        html5lib.HTMLParser(strict=True).parse(page.text)
        assert "Le Forum" in words(page)
    assert "It may know: your e-mail address" in words(pages[0])
    assert "Stopped on" in words(after)


def test_a_disabled_client_asks_nobody(http, make, at, camille, forum):
    request = make.visit(forum)
    forum.row.disabled_at = at
    db.session.commit()

    assert http.get(f"/consent/{request.id}").status_code == 403
