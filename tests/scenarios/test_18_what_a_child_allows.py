"""18. What a child allows of confidential care is told to nobody who acts for the child."""

import re
from datetime import timedelta
from urllib.parse import unquote

import pytest

from authz.clock import day_of, now
from authz.consent.by import By
from authz.consent.change import Wish, change
from authz.consent.confirm import confirm
from authz.consent.errors import ConsentNotFound
from authz.consent.queries import changes_of, consents_of_patient
from authz.consent.withdraw import withdraw, withdraw_all
from authz.db import db, transaction
from authz.ledger.queries import entries_of_subject
from authz.outbox.models import Message
from authz.tokens.models import AuthorizationRequest
from tests.pages import answer_of, words
from tests.protocol.wire import introspect, push, redeem
from tests.scenarios.confidential import (
    DOCUMENTS,
    DOCUMENTS_SCOPE,
    SECRET,
    SECRET_SCOPE,
    act,
    again,
    by,
    lea_of,
    purpose,
)
from tests.scenarios.walk import arrive, submit


@pytest.fixture
def secret(make, clinic, mandate):
    """Of confidential care alone."""
    return make.decision(lea_of(mandate), clinic, SECRET, scope=f"openid {SECRET_SCOPE}").consent


@pytest.fixture
def both(make, clinic, mandate):
    """Of documents and confidential care."""
    return make.decision(lea_of(mandate), clinic, DOCUMENTS, SECRET).consent


@pytest.fixture
def secret_too(make, mandate):
    """Of confidential care alone, to another service."""
    asked = [purpose("confidential-care")]
    other = make.client("other", make.service("other", name="Centre", purposes=asked))
    return make.decision(lea_of(mandate), other, SECRET).consent


def letters_to(account):
    return db.session.query(Message).filter_by(recipient=account.email).count()


@pytest.mark.compliance(
    "Mission (e)", "18", "no page, mail or address tells a parent what a child keeps confidential"
)
def test_a_parent_hears_nothing_of_it(http, mandate, secret):
    act(http, mandate)

    for path in ("", "/stop", "/change", "/terms"):
        assert http.get(f"/services/{secret.id}{path}").status_code == 404
    for path in ("/services", "/history", "/receipts", "/services/stop", "/account/of-age"):
        assert "Clinique" not in http.get(path).text, path
    assert letters_to(mandate.account) == 0


def test_a_parent_who_reports_the_service_learns_nothing_of_it(http, make, mandate, secret):
    act(http, mandate)
    slug, day = make.service_by_id(secret.service_id).slug, day_of(secret.decided_at)
    [change] = changes_of([secret.id])[secret.id]
    line = {"day": str(day), "what": f"change:{change.id}", "consent": str(secret.id)}

    assert "/stop" not in http.get(f"/catalogue/{slug}/report").text
    assert http.get("/history/unknown", query_string=line).status_code == 404


def test_a_parent_neither_stops_nor_changes_it(http, mandate, secret, at):
    wish, who = Wish(frozenset(), 30, secret.revision), by(mandate)
    act(http, mandate)

    assert http.submit(f"/services/{secret.id}/stop").status_code == 404
    with pytest.raises(ConsentNotFound):
        withdraw(secret.id, by=who, at=at)
    with pytest.raises(ConsentNotFound):
        confirm(secret.id, number=1, by=who, at=at)
    with pytest.raises(ConsentNotFound):
        change(secret.id, wish, by=who, at=at, durations=(30,), longest=365)
    assert withdraw_all(by=who, at=at) == []
    assert again(secret).state == "active"


def test_its_proof_is_the_childs_alone(http, mandate, both):
    """An entry tells all terms, so it is shown whole or not at all."""
    given = next(e for e in entries_of_subject(mandate.patient_id) if e.stream == both.id)
    act(http, mandate)

    assert str(given.uuid) not in http.get("/receipts").text
    assert http.get(f"/proofs/{given.uuid}.tlog-proof").status_code == 404


def test_its_receipts_are_the_childs_alone(http, mandate, both):
    [change] = changes_of([both.id])[both.id]
    path = f"/receipts/{change.id}"
    http.sign_in(lea_of(mandate))
    assert "onfidential care" in http.get(path).text

    act(http, mandate)

    assert http.get(path).status_code == http.get(f"{path}.json").status_code == 404
    for page in ("/receipts", f"/services/{both.id}"):
        assert str(change.id) not in http.get(page).text


def test_a_parent_has_the_receipts_until_the_child_signs_in(http, make, clinic, mandate):
    """Also those of what the parent decided: to take back only some would tell which."""
    given = make.decision(mandate.account, clinic, DOCUMENTS, mandate=mandate).consent
    [change] = changes_of([given.id])[given.id]
    act(http, mandate)
    assert str(change.id) in http.get("/receipts").text
    assert http.get("/space/fhir/Consent").json["total"] == 1

    http.sign_in(lea_of(mandate))
    act(http, mandate)

    for page in ("/receipts", f"/services/{given.id}", "/account/export"):
        assert "Lea signs in here too" in words(http.get(page))
        assert str(change.id) not in http.get(page).text
    assert http.get(f"/receipts/{change.id}").status_code == 404
    assert http.get("/space/fhir/Consent").json["total"] == 0


def test_a_parent_knows_of_no_place_where_only_confidential_care_is_added(http, make, mandate):
    adds = {**purpose("confidential-care")["exchanges"][0], "direction": "write"}
    asked = {**purpose("documents"), "exchanges": [*purpose("documents")["exchanges"], adds]}
    clinic = make.client("clinic", make.service("clinic", name="Clinique", purposes=[asked]))
    make.resource_server()
    written = SECRET.replace(":read:", ":write:")
    consent = make.decision(lea_of(mandate), clinic, DOCUMENTS, written).consent
    path, nowhere = f"/services/{consent.id}/added", "We know of no place"

    http.sign_in(lea_of(mandate))
    assert nowhere not in words(http.get(path))
    act(http, mandate)

    assert nowhere in words(http.get(path))


def test_the_child_sees_all_of_it(http, mandate, secret):
    http.sign_in(lea_of(mandate))

    assert "onfidential care" in http.get(f"/services/{secret.id}").text
    assert "Clinique" in http.get("/receipts").text


def test_a_parent_who_connects_the_service_sees_the_page_of_a_new_one(
    http, make, clinic, mandate, secret
):
    """What they allow is theirs, and holds nothing of what the child had allowed."""
    request = make.request(clinic)
    page = act(http, mandate, request)
    assert "allow already" not in words(page)

    submit(http, f"/consent/{request.id}", page, answer="allow", days=30, allow=[DOCUMENTS])

    newest = consents_of_patient(mandate.patient_id)[0]
    assert [row.exchange_id for row in newest.exchanges] == [DOCUMENTS]
    assert again(secret).state == "replaced"


def test_of_a_consent_to_more_the_parent_sees_the_rest(http, mandate, both):
    act(http, mandate)

    for path in ("", "/change", "/stop"):
        page = http.get(f"/services/{both.id}{path}")
        assert page.status_code == 200
        assert "onfidential" not in page.text, path


def test_a_parent_gets_no_code_for_it(http, clinic, mandate, both, guard, key):
    """The child has answered all that the parent may be asked, so there is no page."""
    act(http, mandate)
    asked = f"openid {DOCUMENTS_SCOPE} {SECRET_SCOPE}"
    uri = push(http, clinic, scope=asked, prompt="none").json["request_uri"]
    answer = answer_of(http.get(f"/authorize?client_id={clinic.id}&request_uri={uri}"))

    tokens = redeem(http, clinic, key, answer["code"]).json

    assert tokens["scope"].split() == ["openid", DOCUMENTS_SCOPE]
    (detail,) = introspect(http, guard, tokens["access_token"])["authorization_details"]
    assert (detail["category"], "labels" in detail) == ("documents", False)


def test_what_a_parent_changes_leaves_it_as_it_was(http, mandate, both):
    act(http, mandate)
    path = f"/services/{both.id}/change"

    submit(http, path, http.get(path), allow=[DOCUMENTS, "offline_access"], days="")

    assert again(both).boxes_on == {DOCUMENTS, SECRET, "offline_access"}


def test_a_parent_does_not_make_it_last_longer(http, mandate, both, at):
    """A yes for longer is the parent's from then on, and opens nothing confidential."""
    act(http, mandate)
    path = f"/services/{both.id}/change"

    submit(http, path, http.get(path), allow=[DOCUMENTS], days=365)

    longer = again(both)
    assert longer.ends_at > at + timedelta(days=300)
    assert {row.exchange_id for row in longer.allowed} == {DOCUMENTS}
    assert longer.allowed[0].by_another


def test_new_terms_that_a_parent_confirms_close_it(make, mandate, both, at):
    asked = [purpose("documents", "confidential-care")]
    make.new_sheet(both.service_id, name="Clinique", purposes=asked, durations=[30])

    confirm(both.id, number=2, by=by(mandate), at=at)

    assert {row.exchange_id for row in both.allowed} == {DOCUMENTS}


def test_a_parents_yes_for_longer_tells_nothing_of_what_it_closes(http, mandate, both):
    act(http, mandate)
    path = f"/services/{both.id}/change"

    submit(http, path, http.get(path), allow=[DOCUMENTS], days=365)

    events = [change.event for change in changes_of([both.id])[both.id]]
    assert events == ["consent:given", "consent:renewed"]


def test_the_history_of_a_parent_leaves_out_what_is_not_theirs(http, make, clinic, mandate):
    lea, wider = lea_of(mandate), f"openid {DOCUMENTS_SCOPE} {SECRET_SCOPE}"
    make.decision(lea, clinic, DOCUMENTS, scope=f"openid {DOCUMENTS_SCOPE}")
    path, page = arrive(http, make, lea, clinic, scope=wider)
    submit(http, path, page, answer="allow", allow=[SECRET])

    http.sign_in(lea)
    assert "allowed it more" in words(http.get("/history"))
    act(http, mandate)
    theirs = words(http.get("/history"))
    assert "Access was allowed" in theirs
    assert "More was allowed" not in theirs


def test_a_copy_for_a_parent_holds_none_of_it(http, mandate, both, secret_too):
    act(http, mandate)

    for path in ("/space/fhir/Consent", "/space/fhir/AuditEvent"):
        copy = http.get(path)
        assert copy.status_code == 200
        assert "confidential-care" not in copy.text
        assert (str(both.id) in copy.text, str(secret_too.id) in copy.text) == (False, False)
    assert http.get(f"/space/fhir/Consent/{both.id}").status_code == 404


def test_a_later_yes_to_it_is_told_to_nobody(http, make, clinic, mandate):
    lea = lea_of(mandate)
    first = make.decision(lea, clinic, DOCUMENTS, scope=f"openid {DOCUMENTS_SCOPE}").consent
    told = letters_to(mandate.account)
    path, page = arrive(http, make, lea, clinic, scope=f"openid {DOCUMENTS_SCOPE} {SECRET_SCOPE}")

    submit(http, path, page, answer="allow", allow=[SECRET])

    assert again(first).boxes_on == {DOCUMENTS, SECRET}
    assert letters_to(mandate.account) == told == 1


@pytest.fixture
def off_and_on(http, mandate, both):
    """The child switches it off and on again, which is two changes."""
    http.sign_in(lea_of(mandate))
    path = f"/services/{both.id}/change"
    for chosen in ([DOCUMENTS], [DOCUMENTS, SECRET]):
        submit(http, path, http.get(path), allow=chosen, days="")
    assert again(both).revision == 3


def test_no_number_on_a_parents_pages_counts_it(http, mandate, both, off_and_on):
    act(http, mandate)
    path = f"/services/{both.id}/change"

    form = http.get(path).text
    submit(http, path, http.get(path), allow=[DOCUMENTS], days="30")

    [basis] = re.findall(r'name="(?:basis|revision)" value="([^"]*)"', form)
    assert len(basis) == 64
    first, *_, last = changes_of([both.id])[both.id]
    lines = re.findall(r"what=change:([^&]*)", unquote(http.get("/history").text))
    assert lines == [str(last.id), str(first.id)]


def test_a_parents_page_is_not_overtaken_by_it(http, mandate, both):
    """To be told to read again would tell that something has happened."""
    act(http, mandate)
    path = f"/services/{both.id}/change"
    page = http.get(path)
    wish = Wish(frozenset({DOCUMENTS}), None, again(both).revision)
    with transaction():
        change(both.id, wish, by=By(lea_of(mandate)), at=now(), durations=(30,), longest=365)

    assert submit(http, path, page, allow=[DOCUMENTS], days="30").status_code == 303


def test_a_parents_page_is_overtaken_by_what_the_parent_sees(http, make, clinic, mandate):
    given = make.decision(lea_of(mandate), clinic, DOCUMENTS, "offline_access").consent
    act(http, mandate)
    path = f"/services/{given.id}/change"
    page = http.get(path)
    wish = Wish(frozenset({DOCUMENTS}), None, given.revision)
    with transaction():
        change(given.id, wish, by=By(lea_of(mandate)), at=now(), durations=(30,), longest=365)

    late = submit(http, path, page, allow=[DOCUMENTS, "offline_access"], days="")

    assert late.status_code == 409
    assert again(given).boxes_on == {DOCUMENTS}


def test_the_question_to_a_parent_counts_nothing_either(http, clinic, mandate, both, off_and_on):
    asked = {"grant_management_action": "replace", "grant_id": str(both.id)}
    pushed = push(http, clinic, scope=f"openid {DOCUMENTS_SCOPE}", **asked).json["request_uri"]
    path = http.get(f"/authorize?client_id={clinic.id}&request_uri={pushed}").location
    request = db.session.get_one(AuthorizationRequest, path.rsplit("/", 1)[1])

    [basis] = re.findall(r'name="basis" value="([^"]*)"', act(http, mandate, request).text)

    assert basis.startswith(f"{both.id}:")
    assert basis != f"{both.id}:3"
