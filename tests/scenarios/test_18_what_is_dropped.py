"""18. What was confidential and is not asked any more is told to nobody who acts for the child."""

import pytest

from authz.consent.by import By
from authz.consent.confirm import confirm
from authz.consent.end_mandate import end_mandate
from authz.consent.expire import expire
from authz.consent.models import OFFLINE
from authz.consent.queries import changes_of
from authz.db import db, transaction
from authz.identity.models import Mandate
from authz.ledger.queries import entries_of_subject
from authz.outbox.models import Message
from authz.tokens.models import AuthorizationRequest
from tests.pages import words
from tests.protocol.wire import push
from tests.scenarios.confidential import (
    DOCUMENTS,
    DOCUMENTS_SCOPE,
    SECRET,
    SECRET_SCOPE,
    act,
    again,
    findings,
    lea_of,
    purpose,
)
from tests.scenarios.walk import submit

BOTH = f"openid {DOCUMENTS_SCOPE} {SECRET_SCOPE}"


@pytest.fixture
def both(make, clinic, mandate):
    """Of documents and confidential care."""
    return make.decision(lea_of(mandate), clinic, DOCUMENTS, SECRET, scope=BOTH).consent


def letters_to(account):
    return db.session.query(Message).filter_by(recipient=account.email).count()


def replace(http, clinic, who, consent, *, scope, allow):
    """``who`` is an account, or the mandate by which somebody acts."""
    asked = {"grant_management_action": "replace", "grant_id": str(consent.id)}
    uri = push(http, clinic, scope=scope, **asked).json["request_uri"]
    path = http.get(f"/authorize?client_id={clinic.id}&request_uri={uri}").location
    request = db.session.get_one(AuthorizationRequest, path.rsplit("/", 1)[1])
    if isinstance(who, Mandate):
        page = act(http, who, request)
    else:
        http.sign_in(who, query=f"?request={request.id}")
        page = http.get(path)
    answer = submit(http, path, page, answer="allow", allow=allow, days="30")
    assert answer.status_code == 303, words(answer)


@pytest.fixture(params=["her daughter asks for less", "she asks for less", "the sheet drops it"])
def dropped(request, http, make, clinic, mandate, both, at):
    """Confidential care was allowed to the clinic, and is not asked any more."""
    if request.param == "the sheet drops it":
        make.new_sheet(both.service_id, purposes=[purpose("documents")])
        with transaction():
            confirm(both.id, number=2, by=By(lea_of(mandate)), at=at)
    else:
        who = mandate if request.param == "she asks for less" else lea_of(mandate)
        scope = f"openid {DOCUMENTS_SCOPE}"
        replace(http, clinic, who, both, scope=scope, allow=[DOCUMENTS])
    return again(both)


@pytest.mark.compliance(
    "Mission (e)", "18", "what was confidential stays so when it is not asked any more"
)
def test_no_proof_of_it_opens(http, mandate, dropped):
    changes = changes_of([dropped.id])[dropped.id]
    entries = [e.uuid for e in entries_of_subject(mandate.patient_id) if e.stream == dropped.id]
    act(http, mandate)

    listed = http.get("/receipts").text
    for change in changes:
        assert http.get(f"/receipts/{change.id}").status_code == 404
        assert http.get(f"/receipts/{change.id}.json").status_code == 404
        assert str(change.id) not in listed
    assert {http.get(f"/proofs/{each}.tlog-proof").status_code for each in entries} == {404}


def test_no_copy_of_it_opens(http, mandate, dropped):
    act(http, mandate)

    for path in ("/space/fhir/Consent", "/space/fhir/AuditEvent"):
        copy = http.get(path)
        assert copy.status_code == 200
        assert "confidential-care" not in copy.text
        assert str(dropped.id) not in copy.text


def test_no_page_names_it(http, mandate, dropped):
    act(http, mandate)

    for path in ("/services", f"/services/{dropped.id}", "/history"):
        page = http.get(path)
        assert page.status_code == 200
        assert "onfidential care" not in words(page)
        assert "allowed less" not in words(page).lower()


def test_the_child_still_has_the_proofs(http, mandate, dropped):
    first = changes_of([dropped.id])[dropped.id][0]
    http.sign_in(lea_of(mandate))

    assert "onfidential care" in http.get(f"/receipts/{first.id}").text
    assert findings() == []


def test_a_parents_own_answer_tells_nothing_of_what_it_closes(http, clinic, mandate, both):
    replace(http, clinic, mandate, both, scope=f"openid {DOCUMENTS_SCOPE}", allow=[DOCUMENTS])

    changes = changes_of([both.id])[both.id]
    assert [each.event for each in changes] == ["consent:given", "consent:renewed"]
    assert SECRET not in changes[1].answers
    assert "less" not in words(http.get("/history"))


def test_what_a_parents_answer_closes_the_child_opens_again(http, clinic, mandate, both):
    """0018: whoever says yes again takes over. What the child may switch stays theirs to switch."""
    replace(http, clinic, mandate, both, scope=f"openid {DOCUMENTS_SCOPE}", allow=[DOCUMENTS])
    assert again(both).boxes_on == {DOCUMENTS}
    http.sign_in(lea_of(mandate))
    path = f"/services/{both.id}/change"

    submit(http, path, http.get(path), allow=[DOCUMENTS, SECRET], days="")

    assert again(both).boxes_on == {DOCUMENTS, SECRET}
    assert findings() == []


def test_a_child_who_asks_for_less_has_said_what_went(http, clinic, mandate, both):
    lea = lea_of(mandate)

    replace(http, clinic, lea, both, scope=f"openid {DOCUMENTS_SCOPE}", allow=[DOCUMENTS])

    narrowed = changes_of([both.id])[both.id][1]
    assert narrowed.event == "consent:narrowed"
    assert narrowed.answers == {DOCUMENTS: True, SECRET: False}


@pytest.mark.parametrize(
    ("chosen", "days"),
    [([SECRET, OFFLINE], "30"), ([SECRET], ""), ([SECRET], "30")],
    ids=["longer", "not in her absence", "both"],
)
def test_nothing_about_a_consent_to_it_alone_is_told(http, make, clinic, mandate, chosen, days):
    lea, scope = lea_of(mandate), f"openid {OFFLINE} {SECRET_SCOPE}"
    secret = make.decision(lea, clinic, SECRET, OFFLINE, scope=scope).consent
    own = letters_to(lea)
    http.sign_in(lea)
    path = f"/services/{secret.id}/change"

    submit(http, path, http.get(path), allow=chosen, days=days)

    assert (letters_to(mandate.account), letters_to(lea)) == (0, own + 1)


def test_one_that_takes_the_place_of_another_is_not_told(http, make, mandate):
    asked = [
        purpose("documents", "confidential-care"),
        {**purpose("confidential-care"), "code": "other"},
    ]
    clinic = make.client("clinic", make.service("clinic", name="Clinique", purposes=asked))
    lea, both_of_them = lea_of(mandate), [SECRET, SECRET.replace("counsel", "other")]
    scope = f"openid {OFFLINE} {SECRET_SCOPE}"
    secret = make.decision(lea, clinic, *both_of_them, OFFLINE, scope=scope).consent

    replace(http, clinic, lea, secret, scope=f"{scope} {DOCUMENTS_SCOPE}", allow=both_of_them[:1])

    assert again(secret).boxes_on == {SECRET}
    assert letters_to(mandate.account) == 0


def test_what_a_parent_restates_rests_on_the_parent(http, clinic, mandate, both, at):
    replace(http, clinic, mandate, both, scope=f"openid {DOCUMENTS_SCOPE}", allow=[DOCUMENTS])
    theirs = again(both)
    decided = theirs.account_id, theirs.quality, theirs.mandate_id
    assert decided == (mandate.account_id, "representative", mandate.id)
    assert findings() == []

    with transaction():
        end_mandate(mandate.id, reason="judge", by="operator", at=at)

    assert (again(both).state, again(both).reason) == ("suspended", "mandate_ended")


def test_what_the_child_restates_rests_on_the_child(http, make, clinic, mandate, at):
    given = {"mandate": mandate, "scope": f"openid {DOCUMENTS_SCOPE}"}
    consent = make.decision(mandate.account, clinic, DOCUMENTS, **given).consent
    lea = lea_of(mandate)

    replace(http, clinic, lea, consent, scope=f"openid {SECRET_SCOPE}", allow=[SECRET])

    own = again(consent)
    assert (own.account_id, own.quality, own.mandate_id) == (lea.id, "self", None)
    assert findings() == []
    told = letters_to(mandate.account)
    with transaction():
        expire(own, at=own.ends_at)
    assert letters_to(mandate.account) == told
