"""18. Hidden from representatives: neither listed nor counted for a service that they allow."""

import json
from datetime import timedelta

import pytest

from authz.consent.by import By
from authz.consent.come_of_age import keep as keep_on
from authz.consent.confirm import confirm
from authz.consent.end_mandate import end_mandate
from authz.consent.give import reuse
from authz.consent.history import history
from authz.consent.note_access import note_access
from authz.consent.queries import changes_of
from authz.db import db, transaction
from authz.export.ask import ask
from authz.export.contents import contents
from authz.export.tables import tables
from authz.identity.mandates import Acting
from authz.outbox.models import Message
from authz.resources.models import FhirResource
from authz.tokens.introspect import introspect
from tests.builders import READ_MEASUREMENTS
from tests.pages import words
from tests.protocol.wire import authentication, jkt
from tests.resources.conftest import WEIGHT
from tests.scenarios.confidential import act, again, by, findings, lea_of
from tests.scenarios.walk import DOCUMENTS, WEIGHTS, submit

LABEL = "INVISIBLE_REPRESENTANTS_LEGAUX"
PATH = "/fhir/DocumentReference"


@pytest.fixture
def by_parent(connect, mandate):
    """A service that her mother connected."""
    return connect(DOCUMENTS, account=mandate.account, mandate=mandate)


@pytest.fixture
def by_lea(connect, mandate):
    return connect(DOCUMENTS, account=lea_of(mandate))


@pytest.fixture
def documents(keep):
    """Two that everybody sees and one that is hidden, in the space of the service's patient."""

    def kept(service):
        two = [keep(service, "documents", "DocumentReference", days_ago=n) for n in (1, 3)]
        hidden = keep(service, "documents", "DocumentReference", days_ago=2, hidden=True)
        return two, hidden

    return kept


def ids(answer):
    return [entry["resource"]["id"] for entry in answer.json["entry"]]


def same(one, other):
    """Whether two answers cannot be told apart."""
    return (one.status_code, one.json, one.headers.get("WWW-Authenticate")) == (
        other.status_code,
        other.json,
        other.headers.get("WWW-Authenticate"),
    )


@pytest.mark.compliance(
    "Mission (e)", "18", "neither listed nor countable in totals, pages, reads and errors"
)
def test_what_a_parent_allowed_lists_and_counts_the_others_only(by_parent, documents):
    two, hidden = documents(by_parent)

    for count, query in ((2, ""), (2, "?_count=100"), (1, "?_count=1")):
        answer = by_parent.get(f"{PATH}{query}")
        assert answer.json["total"] == 2
        assert ids(answer) == [str(row.id) for row in two][:count]
    assert str(hidden.id) not in by_parent.get(PATH).text


def test_a_hidden_one_is_like_one_that_never_was(by_parent, documents):
    _, hidden = documents(by_parent)
    never = "01890000-0000-7000-8000-000000000000"

    by_id, unknown = by_parent.get(f"{PATH}/{hidden.id}"), by_parent.get(f"{PATH}/{never}")

    assert by_id.status_code == 404
    assert same(by_id, unknown)


def test_a_space_with_nothing_but_hidden_data_is_like_an_empty_one(by_parent, keep):
    before = by_parent.get(PATH)
    keep(by_parent, "documents", "DocumentReference", hidden=True)

    assert same(before, by_parent.get(PATH))


@pytest.mark.parametrize(
    "query", ["_include=*", "_summary=count", "_total=accurate", "_security=N"]
)
def test_no_other_question_is_answered(by_parent, documents, query):
    documents(by_parent)

    assert by_parent.get(f"{PATH}?{query}").status_code == 400


def test_what_the_person_allowed_holds_it_with_its_label(by_lea, documents):
    _, hidden = documents(by_lea)

    answer = by_lea.get(PATH)
    one = by_lea.get(f"{PATH}/{hidden.id}")

    assert answer.json["total"] == 3
    assert [label["code"] for label in one.json["meta"]["security"]] == [LABEL]


def test_the_service_cannot_tell_which_it_has(http, hospital, by_parent):
    """Its own introspection, its token response and its grant say nothing of labels."""
    form = {"token": by_parent.token, **authentication(hospital)}
    own = http.post("/introspect", data=form).json

    assert own["active"]
    assert "label" not in json.dumps(own)
    assert "representative" not in json.dumps(own)


def test_the_resource_server_learns_which_labels_are_opened_and_not_by_whom(
    connect, sees, by_parent
):
    told = sees(by_parent)
    (closed,), (opened,) = (
        each["authorization_details"] for each in (told, sees(connect(DOCUMENTS)))
    )

    assert "labels" not in closed
    assert opened["labels"] == [LABEL]
    assert "representative" not in json.dumps(told)


def test_a_label_that_comes_with_new_data_is_kept(connect, mandate):
    service = connect(WEIGHTS, account=mandate.account, mandate=mandate)
    label = {"system": "https://example.org/any", "code": LABEL}

    added = service.post("/fhir/Observation", WEIGHT | {"meta": {"security": [label]}})

    assert added.status_code == 201
    assert added.json["meta"]["security"][0]["code"] == LABEL
    assert db.session.query(FhirResource).one().hidden


@pytest.mark.parametrize("meta", ["x", [], {"security": "x"}, {"security": ["x", {}, None]}])
def test_a_meta_of_any_shape_labels_nothing(connect, mandate, meta):
    service = connect(WEIGHTS, account=lea_of(mandate))

    assert service.post("/fhir/Observation", WEIGHT | {"meta": meta}).status_code == 201
    assert not db.session.query(FhirResource).one().hidden


def test_a_confidential_resource_is_not_there_for_a_token_without_it(by_parent, keep):
    row = keep(by_parent, "confidential-care", "DocumentReference")
    never = "01890000-0000-7000-8000-000000000000"

    assert same(by_parent.get(f"{PATH}/{row.id}"), by_parent.get(f"{PATH}/{never}"))
    assert by_parent.get(PATH).json["total"] == 0
    assert by_parent.get(f"{PATH}?category=confidential-care").status_code == 403


def test_a_parent_who_sits_before_what_the_child_allowed_sees_no_more(
    make, hospital, by_lea, documents, mandate, at
):
    """The consent is hers; the code went to her mother."""
    documents(by_lea)
    asking = make.asking(mandate.account, hospital, mandate=mandate)
    a_minute = timedelta(minutes=1)
    code = reuse(asking, by_lea.decision.consent, at=at, code_lifetime=a_minute)

    by_lea.token = make.redeem(code, hospital, jkt=jkt(by_lea.key)).access_token

    assert by_lea.get(PATH).json["total"] == 2


def test_what_a_parent_sees_of_an_access_counts_no_hidden_data(http, by_lea, documents, mandate):
    _, hidden = documents(by_lea)
    by_lea.get(PATH)
    by_lea.get(f"{PATH}/{hidden.id}")

    to_lea = history(mandate.patient_id).happenings[0].uses
    to_her_mother = history(mandate.patient_id, for_another=True).happenings[0].uses

    assert (to_lea.times, to_lea.items, to_lea.sizes) == (2, 4, [1, 3])
    assert (to_her_mother.times, to_her_mother.items, to_her_mother.sizes) == (2, 2, [0, 2])


def test_a_copy_for_a_parent_counts_no_hidden_data_either(http, make, at):
    """As long as the child has never signed in, whoever acts for them takes all copies."""
    sophie, record = make.account("sophie"), make.resource_server()
    mandate, clinic = make.mandate(sophie, make.patient()), make.client()
    token = make.tokens(make.decision(sophie, clinic, mandate=mandate), clinic).access_token
    use = {"area": "record", "direction": "read", "category": "measurements", "items": 3}
    with transaction():
        id = introspect(token, at=at).token_id
        note_access(
            id, resource_server=record.row.id, outcome="allowed", hidden=1, at=make.at, **use
        )
    asked = ask(Acting(sophie, mandate.patient, mandate), language="en", a_day=9, at=at)
    copy = contents(asked, issuer="https://authz.test", origin="authz.test/log", most=9, at=at)
    act(http, mandate)

    [told] = [each for each in tables(copy) if each.name == "accesses"]
    events = http.get("/space/fhir/AuditEvent").text

    assert [row["items"] for row in told.rows()] == [2]
    assert '"valueString": "2"' in events
    assert '"valueString": "3"' not in events


@pytest.fixture
def adds(connect, mandate):
    """What a service adds to the space of Lea, who allowed it."""
    service = connect(WEIGHTS, account=lea_of(mandate))

    def adds(*, hidden):
        meta = {"security": [{"code": LABEL}]} if hidden else {}
        assert service.post("/fhir/Observation", WEIGHT | {"meta": meta}).status_code == 201

    return adds


def first_uses_told_to(account):
    kind = {"kind": "first_access", "recipient": account.email}
    return db.session.query(Message).filter_by(**kind).count()


def test_a_parent_does_not_see_that_something_hidden_was_added(http, adds, mandate):
    """Nobody adds nothing: a line without anything on it would tell."""
    adds(hidden=True)
    act(http, mandate)
    for path in ("/history", "/history?kind=additions"):
        assert "Added" not in words(http.get(path))

    adds(hidden=False)

    [to_her_mother] = history(mandate.patient_id, for_another=True).happenings[:1]
    assert (to_her_mother.uses.times, to_her_mother.uses.sizes) == (1, [1])
    assert history(mandate.patient_id).happenings[0].uses.times == 2


def test_nor_does_a_mail_say_that_something_hidden_was_added(adds, mandate):
    told = []
    for hidden in (True, False, False):
        adds(hidden=hidden)
        told.append(first_uses_told_to(mandate.account))

    assert told == [0, 1, 1]
    assert first_uses_told_to(lea_of(mandate)) == 1


def test_the_copy_of_a_parent_tells_nothing_of_what_the_child_allowed(
    http, by_lea, documents, mandate
):
    documents(by_lea)
    by_lea.get(PATH)

    act(http, mandate)

    assert http.get("/space/fhir/AuditEvent").json["total"] == 0


def change(http, consent, *chosen, **fields):
    path = f"/services/{consent.id}/change"
    page = http.get(path)
    submit(http, path, page, **{"allow": list(chosen), "days": "", **fields})
    return page


def test_the_person_opens_it_by_a_box_of_its_own(http, by_parent, documents, mandate):
    documents(by_parent)
    consent = by_parent.decision.consent
    http.sign_in(lea_of(mandate))

    page = change(http, consent, DOCUMENTS, days=30)  # for longer, and nothing more
    assert 'value="hidden_data"' in page.text
    assert by_parent.get(PATH).json["total"] == 2
    change(http, consent, DOCUMENTS, "hidden_data")

    assert by_parent.get(PATH).json["total"] == 2  # the code had gone to her mother
    assert not again(consent).allowed[0].by_another
    assert changes_of([consent.id])[consent.id][-1].event == "consent:widened"
    assert 'value="hidden_data"' not in http.get(f"/services/{consent.id}/change").text


def test_a_parent_does_not_open_it_by_hand(http, by_parent, mandate):
    act(http, mandate)
    consent = by_parent.decision.consent

    page = change(http, consent, DOCUMENTS, "hidden_data")

    assert "hidden_data" not in page.text
    assert again(consent).allowed[0].by_another


def test_a_parent_who_lets_it_last_longer_closes_what_the_child_had_opened(
    http, by_lea, documents, mandate
):
    documents(by_lea)
    assert by_lea.get(PATH).json["total"] == 3
    act(http, mandate)

    change(http, by_lea.decision.consent, DOCUMENTS, days=365)

    assert by_lea.get(PATH).json["total"] == 2


def test_what_the_child_ticks_anew_is_open_and_the_rest_is_not(connect, http, sees, mandate):
    service = connect(DOCUMENTS, READ_MEASUREMENTS, account=mandate.account, mandate=mandate)
    consent = service.decision.consent
    http.sign_in(lea_of(mandate))

    change(http, consent, DOCUMENTS)
    change(http, consent, DOCUMENTS, READ_MEASUREMENTS)

    allowed = {row.category: row.by_another for row in again(consent).allowed}
    assert allowed == {"documents": True, "measurements": False}


@pytest.mark.parametrize("who", ["the person", "another parent"])
def test_what_is_kept_after_a_mandate_stays_as_far_as_it_went(
    make, marc, by_parent, documents, mandate, at, who
):
    documents(by_parent)
    other = make.mandate(marc, mandate.patient)
    end_mandate(mandate.id, reason="judge", by="op-1", at=at)
    consent = by_parent.decision.consent

    decider = by(other) if who == "another parent" else By(lea_of(mandate))
    keep_on(consent.id, by=decider, at=at)

    assert again(consent).stands(at)
    assert again(consent).allowed[0].by_another


def test_new_terms_that_the_person_confirms_open_nothing(make, by_parent, mandate, at):
    consent = by_parent.decision.consent
    make.new_sheet(consent.service_id, durations=[30])

    confirm(consent.id, number=2, by=By(lea_of(mandate)), at=at)

    assert again(consent).allowed[0].by_another


def test_a_category_that_becomes_confidential_closes_what_others_had_allowed(
    by_parent, connect, make, at
):
    """The catalogue is data: what was open yesterday may be confidential from today on."""
    closed = frozenset({("record", "documents")})

    theirs = introspect(by_parent.token, at=at, confidential=closed)
    own = introspect(connect(DOCUMENTS).token, at=at, confidential=closed)

    assert theirs.details == []
    assert "DocumentReference" not in theirs.scope
    assert [detail["category"] for detail in own.details] == ["documents"]


def test_the_ledger_tells_it_and_a_row_changed_by_hand_is_found(by_parent):
    consent = by_parent.decision.consent
    assert findings() == []

    consent.allowed[0].by_another = False
    db.session.commit()

    (finding,) = findings()
    assert f"consent {consent.id}" in str(finding)


def test_the_page_of_a_service_says_whose_answer_it_is_and_what_stays_hidden(
    http, by_parent, mandate
):
    path = f"/services/{by_parent.decision.consent.id}"

    http.sign_in(lea_of(mandate))
    hers = words(http.get(path))
    act(http, mandate)
    parents = words(http.get(path))

    assert "by Sophie Martin, as legal representative" in hers
    assert "What was answered" in hers
    assert "stays hidden from this service" in hers
    assert "by you, as legal representative" in parents
    assert "hidden" not in parents
