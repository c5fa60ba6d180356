"""Consents and what happened on them, as FHIR R4 that software which is not ours accepts."""

import base64
import hashlib
import json
from datetime import timedelta

import pytest
from fhirclient.models.auditevent import AuditEvent
from fhirclient.models.bundle import Bundle
from fhirclient.models.consent import Consent as R4Consent

from authz.consent.models import Access
from authz.consent.queries import consents_of_patient
from authz.db import db
from authz.portal import fhir as pages
from tests.export.conftest import IDENTITY, MEASUREMENTS, SHOWN
from tests.export.fhir_schema import faults
from tests.pages import words

CONSENTS, EVENTS = "/space/fhir/Consent", "/space/fhir/AuditEvent"


@pytest.fixture
def signed_in(http, life):
    http.sign_in(life)
    return http


def resources(bundle, kind):
    found = [entry["resource"] for entry in bundle["entry"]]
    return [each for each in found if each["resourceType"] == kind]


def of(bundle, state):
    """The consents in a state of ours."""
    return [
        each
        for each in resources(bundle, "Consent")
        if extension(each, "consent-state")["valueCode"] == state
    ]


def to_hospital(http):
    """The consent that was given on a page whose text was kept."""
    found = resources(http.get(CONSENTS).json, "Consent")
    (consent,) = [each for each in found if "sourceAttachment" in each]
    return consent


def extension(element, name):
    (found,) = [each for each in element["extension"] if each["url"].endswith(f"/{name}")]
    return found


def rules(consent):
    """Exchange by exchange, what FHIR says of it."""
    return {each["id"]: each for each in consent["provision"]["provision"]}


@pytest.mark.compliance("FHIR R4", "Consent, AuditEvent", "HL7's own JSON schema finds nothing")
def test_hl7s_schema_finds_nothing(signed_in):
    bundles = []
    for language in ("fr", "en"):
        signed_in.submit("/language", language=language)
        bundles += [signed_in.get(path) for path in (CONSENTS, EVENTS)]

    assert {each.content_type for each in bundles} == {"application/fhir+json; charset=utf-8"}
    assert faults([each.json for each in bundles]) == []


def test_the_schema_would_find_something(signed_in):
    """The check above can fail: each of these is one fault in a resource that is otherwise ours."""
    consent = resources(signed_in.get(CONSENTS).json, "Consent")[0]
    broken = [
        consent | {"status": "withdrawn"},
        consent | {"provision": {"type": "maybe"}},
        {name: value for name, value in consent.items() if name != "scope"} | {"scop": {}},
        consent | {"dateTime": "yesterday"},
    ]

    assert {fault.split()[0] for fault in faults(broken)} == {"0", "1", "2", "3"}


@pytest.mark.parametrize("path", [CONSENTS, EVENTS])
def test_the_models_of_smarts_client_take_it(signed_in, path):
    """``fhirclient`` refuses a wrong type, a missing element and an unknown one."""
    bundle = signed_in.get(path).json

    read = Bundle(bundle)

    assert len(read.entry) == len(bundle["entry"])
    assert read.as_json()["total"] == bundle["total"]


def test_one_consent_is_read_by_its_number(signed_in, life):
    consent = consents_of_patient(life.patient_id)[0]

    answer = signed_in.get(f"{CONSENTS}/{consent.id}")

    assert R4Consent(answer.json).id == str(consent.id)
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["Cache-Control"] == "no-store"


def test_what_is_allowed_is_a_permit_and_what_is_refused_a_deny(signed_in):
    """Purpose, action, class, category, period and actor of each exchange."""
    consent = to_hospital(signed_in)
    found = rules(consent)
    said = {name.replace(".", ":"): rule["type"] for name, rule in found.items()}

    assert said.pop(IDENTITY) == said.pop(MEASUREMENTS) == "permit"
    assert said
    assert set(said.values()) == {"deny"}
    rule = found[MEASUREMENTS.replace(":", ".")]
    assert rule["class"][0]["code"] == "Observation"
    assert rule["code"][0]["coding"][0]["code"] == "record:measurements"
    assert {each["code"] for each in rule["action"][0]["coding"]} == {"access", "read"}
    assert {"TREAT", "pre-admission"} <= {each["code"] for each in rule["purpose"]}
    assert rule["actor"][0]["reference"]["reference"] == "#service"
    assert consent["contained"][0]["identifier"][0]["value"].startswith("urn:oid:2.999.250")


def test_a_period_counts_back_and_says_from_which_day(signed_in, make):
    consent = to_hospital(signed_in)
    periods = {
        name: rule["dataPeriod"] for name, rule in rules(consent).items() if "dataPeriod" in rule
    }

    assert periods
    for period in periods.values():
        rolling = extension(period, "rolling-period")["valueString"]
        assert rolling.startswith("P")
        assert period["start"] < make.at.date().isoformat()


def test_every_answer_has_its_status(signed_in):
    bundle = signed_in.get(CONSENTS).json

    assert {each["status"] for each in of(bundle, "active")} == {"active"}
    assert {each["status"] for each in of(bundle, "refused")} == {"rejected"}
    assert {each["status"] for each in of(bundle, "withdrawn")} == {"inactive"}
    assert bundle["total"] == 4


def test_a_refusal_denies_everything(signed_in):
    (consent,) = of(signed_in.get(CONSENTS).json, "refused")

    assert {rule["type"] for rule in rules(consent).values()} == {"deny"}


def test_the_text_that_was_shown_is_in_it_word_for_word(signed_in):
    consent = to_hospital(signed_in)
    attachment = consent["sourceAttachment"]
    text = base64.b64decode(attachment["data"])

    assert text.decode() == SHOWN.text
    assert attachment["size"] == len(text)
    assert base64.b64decode(attachment["hash"]) == hashlib.sha1(text).digest()  # noqa: S324 - FHIR's
    assert extension(attachment, "sha-256")["valueString"] == SHOWN.digest


def test_the_version_of_the_sheet_is_named_and_can_be_read(signed_in):
    consent = to_hospital(signed_in)
    (policy,) = consent["policy"]

    assert signed_in.get(policy["uri"].removeprefix("https://authz.test")).status_code == 200
    assert len(extension(policy, "sha-256")["valueString"]) == 64


def test_a_site_that_one_signs_in_at_is_in_it_too(signed_in):
    consent = next(
        each
        for each in of(signed_in.get(CONSENTS).json, "active")
        if each["contained"][0]["name"] == "Forum"
    )

    answers = {
        rule["code"][0]["coding"][0]["code"]: rule["type"]
        for rule in consent["provision"]["provision"]
    }
    assert answers == {"email": "permit", "profile": "deny"}


def test_uses_and_decisions_are_events(signed_in):
    events = resources(signed_in.get(EVENTS).json, "AuditEvent")
    uses = [each for each in events if each["type"]["code"] == "rest"]
    changes = [each["subtype"][0]["code"] for each in events if each["type"]["code"] != "rest"]

    assert [each["outcome"] for each in uses].count("0") == 2
    assert [each["outcome"] for each in uses].count("4") == 1
    assert sorted(changes) == [
        "consent:given",
        "consent:given",
        "consent:given",
        "consent:refused",
        "consent:withdrawn",
    ]
    allowed = next(each for each in uses if each["outcome"] == "0")
    assert allowed["agent"][0]["purposeOfUse"][0]["coding"][0]["code"] == "pre-admission"
    assert allowed["entity"][2]["name"] == "Identity"


def test_what_the_person_removed_is_their_own_deed(signed_in, life):
    access = db.session.query(Access).filter_by(outcome="allowed").first()
    access.direction, access.account_id = "remove", life.id
    db.session.commit()

    events = resources(signed_in.get(EVENTS).json, "AuditEvent")
    (removal,) = [each for each in events if each["action"] == "D"]

    assert removal["agent"][0]["who"]["reference"] == f"urn:uuid:{life.patient_id}"
    assert AuditEvent(removal).action == "D"


def test_newest_first_and_every_page_leads_to_the_next(signed_in, monkeypatch):
    whole = [each["id"] for each in resources(signed_in.get(EVENTS).json, "AuditEvent")]
    monkeypatch.setattr(pages, "_PAGE", 3)
    address, found = EVENTS, []

    while address:
        bundle = signed_in.get(address).json
        found += [each["id"] for each in resources(bundle, "AuditEvent")]
        assert bundle["total"] == len(whole)
        links = {link["relation"]: link["url"] for link in bundle["link"]}
        address = links.get("next", "").removeprefix("https://authz.test")

    assert found == whole
    assert len(found) == len(set(found)) == 8


@pytest.mark.parametrize("after", ["", "x", "2026-11-26~x", "~", "2026-11-26T00:00:00~" + "0" * 32])
def test_a_place_that_we_did_not_write_is_refused(signed_in, after):
    assert signed_in.get(EVENTS, query_string={"after": after}).status_code == 400


def test_nobody_reads_somebody_elses(http, make, life):
    theirs = consents_of_patient(life.patient_id)[0]
    http.sign_in(make.account("dominique", language="en"))

    assert http.get(f"{CONSENTS}/{theirs.id}").status_code == 404
    assert resources(http.get(CONSENTS).json, "Consent") == []
    assert resources(http.get(EVENTS).json, "AuditEvent") == []
    assert "Camille" not in http.get(CONSENTS).text


@pytest.mark.parametrize(
    "path", [CONSENTS, EVENTS, f"{CONSENTS}/{'0' * 8}-0000-7000-8000-{'0' * 12}"]
)
def test_it_needs_sign_in(http, path):
    assert http.get(path).location == "/sign-in"


@pytest.fixture
def leo(make):
    return make.patient()


@pytest.fixture
def sophie(make):
    return make.account("sophie", language="en")


def act(http, mandate):
    http.sign_in(mandate.account)
    http.submit("/acting", mandate=str(mandate.id))


def test_who_decided_for_a_child_is_a_quality_and_a_mandate(http, make, hospital, sophie, leo):
    """The other parent reads it, and learns neither name nor number of the first."""
    mandate = make.mandate(sophie, leo)
    make.decision(sophie, hospital, mandate=mandate)
    act(http, make.mandate(make.account("marc", language="en"), leo))

    bundle, events = http.get(CONSENTS), http.get(EVENTS)

    (consent,) = resources(bundle.json, "Consent")
    person = consent["contained"][1]
    assert consent["performer"] == [{"reference": "#representative", "type": "RelatedPerson"}]
    assert person["relationship"][0]["coding"][0]["code"] == "representative"
    assert person["identifier"][0]["value"] == f"urn:uuid:{mandate.id}"
    assert faults([bundle.json, events.json]) == []
    for secret in ("Sophie", "sophie", str(sophie.id), str(sophie.patient_id)):
        assert secret not in bundle.text + events.text


@pytest.mark.parametrize("quality", ["carer", "guardian"])
@pytest.mark.parametrize("path", [CONSENTS, EVENTS, "/account/export"])
def test_who_helps_takes_nothing_away_and_it_is_seen(http, make, life, sophie, quality, path):
    act(http, make.mandate(sophie, life.patient, quality))

    answer = http.get(path)

    assert answer.status_code == 403
    assert "Only Camille can take a copy" in words(answer)
    http.submit("/sign-out")
    http.sign_in(life)
    assert "tried what they may not do" in words(http.get("/history"))


def test_a_use_long_ago_is_there_too(signed_in, make, life):
    access = db.session.query(Access).filter_by(outcome="denied").one()
    access.at = make.at - timedelta(days=900)
    db.session.commit()

    events = resources(signed_in.get(EVENTS).json, "AuditEvent")

    assert events[-1]["id"] == str(access.id)
    assert json.dumps(events[-1]).count(str(life.patient_id)) == 1
