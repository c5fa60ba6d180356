"""Everything about a person in one file: nothing is missing, and nobody else is in it."""

import csv
import json
import re
from base64 import b64decode
from datetime import timedelta
from hashlib import sha256
from io import BytesIO, StringIO
from zipfile import ZipFile

import html5lib
import jwt
import pytest
from fhirclient.models.bundle import Bundle

from authz.cases.models import Case
from authz.cases.open_case import Matter, open_case
from authz.consent.by import By
from authz.consent.confirm import confirm
from authz.consent.models import Access, Consent, ConsentChange, ConsentExchange
from authz.db import db, transaction
from authz.export import csv_table
from authz.export.models import Export
from authz.identity.models import Account, Mandate, Session
from authz.keys.signing import CONSENT_RECEIPT, jwks
from authz.ledger.entry_proof import read_entry_proof
from authz.ledger.models import LedgerEvent, SubjectKey
from authz.outbox.models import Message
from tests.export.conftest import SHOWN
from tests.export.fhir_schema import faults
from tests.scenarios.confidential import clinic_of, lea_of, mother_of_lea, purpose


def copy_of(http, account, work, *, mandate=None):
    """Asked for, made and fetched, as people do it."""
    http.sign_in(account)
    http.submit("/acting", mandate=str(mandate.id) if mandate else "")
    http.submit("/account/export")
    work()
    (export,) = db.session.query(Export).filter_by(account_id=account.id, state="ready")
    answer = http.submit(f"/account/export/{export.id}")
    assert answer.status_code == 200, answer.text
    return ZipFile(BytesIO(answer.data))


@pytest.fixture
def zipped(http, life, log, work):
    log.integrate()
    log.publish()
    return copy_of(http, life, work)


def rows(zipped, name):
    text = zipped.read(f"csv/{name}.csv").decode("utf-8-sig")
    return list(csv.DictReader(StringIO(text)))


def counted(model, **theirs):
    return db.session.query(model).filter_by(**theirs).count()


@pytest.mark.compliance("GDPR", "15", "a copy of all personal data that are kept")
def test_every_table_has_as_many_rows_as_the_database(zipped, life):
    consents = [row.id for row in db.session.query(Consent).filter_by(patient_id=life.patient_id)]
    mine = {"patient_id": life.patient_id}

    def of_consents(model):
        return db.session.query(model).filter(model.consent_id.in_(consents)).count()

    key = db.session.query(SubjectKey).filter_by(subject=life.patient_id).one()
    made = 1  # the entry and the mail that say that the copy is made come after it
    assert {name: len(rows(zipped, name)) for name in names(zipped)} == {
        "person": 1,
        "account": 1,
        "message-choices": 1,
        "sign-ins": counted(Session, account_id=life.id),
        "messages": counted(Message, recipient=life.email) - made,
        "mandates": 0,
        "consents": len(consents),
        "exchanges": of_consents(ConsentExchange),
        "changes": of_consents(ConsentChange),
        "accesses": counted(Access, **mine),
        "cases": counted(Case, **mine),
        "register": counted(LedgerEvent, key_id=key.id) - 2 * made,  # and the one of fetching it
        "copies": counted(Export, **mine),
    }
    assert len(consents) == 4
    assert counted(Access, **mine) == 3


def names(zipped):
    return [name[4:-4] for name in zipped.namelist() if name.startswith("csv/")]


def test_json_says_what_csv_says(zipped):
    for name in names(zipped):
        told = json.loads(zipped.read(f"json/{name}.json"))

        assert [
            {column: csv_table.cell(value) for column, value in row.items()} for row in told
        ] == rows(zipped, name)


def test_the_manifest_names_every_file_with_its_digest(zipped):
    manifest = json.loads(zipped.read("manifest.json"))

    assert {*manifest["files_sha256"], "manifest.json"} == set(zipped.namelist())
    for name, digest in manifest["files_sha256"].items():
        assert sha256(zipped.read(name)).hexdigest() == digest
    assert manifest["rows"] == {name: len(rows(zipped, name)) for name in names(zipped)}


def test_what_was_shown_is_there_word_for_word(zipped):
    assert zipped.read(f"texts/{SHOWN.digest}.txt").decode() == SHOWN.text
    assert SHOWN.digest in {row["text_digest"] for row in rows(zipped, "changes")}


def test_every_proof_is_verified_by_itself(zipped, log):
    proofs = [name for name in zipped.namelist() if name.startswith("proofs/")]

    told = [read_entry_proof(zipped.read(name).decode(), log.signer.verifier) for name in proofs]

    assert sorted(receipt.opening.document["type"] for receipt in told) == sorted(
        row["type"] for row in rows(zipped, "register")
    )


def test_fhir_is_taken_by_what_is_not_ours(zipped):
    bundles = [json.loads(zipped.read(n)) for n in zipped.namelist() if n.startswith("fhir/")]

    told = {bundle["entry"][-1]["resource"]["resourceType"]: bundle for bundle in bundles}
    assert {kind: len(Bundle(bundle).entry) for kind, bundle in told.items()} == {
        "Consent": 1 + 4,
        "AuditEvent": 1 + 3 + 5,
        "Provenance": 1 + 5,
    }
    assert faults(bundles) == []


def test_every_change_has_a_receipt_that_is_verified_without_us(zipped, life, settings):
    """A JWS under the published key; beside it the proof that its entry is in the log."""
    names = [name for name in zipped.namelist() if name.startswith("receipts/")]
    files = [json.loads(zipped.read(name)) for name in names]

    claims = [verified(file["receipt"]) for file in files]

    assert {each["receipt_id"] for each in claims} == {row["id"] for row in rows(zipped, "changes")}
    assert {each["sub"] for each in claims} == {str(life.patient_id)}
    assert all(file["proof"].startswith("c2sp.org/tlog-proof") for file in files)


def test_a_provenance_is_signed_with_the_receipt(zipped):
    bundle = json.loads(zipped.read("fhir/Provenance-0001.json"))
    provenances = [entry["resource"] for entry in bundle["entry"][1:]]

    for each in provenances:
        claims = verified(b64decode(each["signature"][0]["data"]).decode())
        assert claims["receipt_id"] == each["id"]
        assert each["target"][0]["reference"] == f"urn:uuid:{claims['grant_id']}"
        assert each["activity"]["coding"][0]["code"] == claims["event"]["type"]


def verified(token):
    kid = jwt.get_unverified_header(token)["kid"]
    (key,) = [each for each in jwks(CONSENT_RECEIPT)["keys"] if each["kid"] == kid]
    return jwt.decode(token, jwt.PyJWK(key), algorithms=["ES256"])


class TestThePage:
    """``index.html`` opens from a disk, without us."""

    @pytest.fixture
    def page(self, zipped):
        return zipped.read("index.html").decode()

    def test_it_is_valid_and_loads_and_runs_nothing(self, page):
        html5lib.HTMLParser(strict=True).parse(page)

        assert "<script" not in page
        assert not re.search(r"\s(src|action|on\w+)\s*=", page)
        assert "default-src 'none'" in page

    def test_every_link_leads_to_a_file_in_the_copy(self, page, zipped):
        found = re.findall(r'href="([^"]+)"', page)

        assert found
        assert set(found) <= set(zipped.namelist())

    def test_it_says_what_was_allowed_refused_and_used(self, page):
        for said in ("Camille Martin", "Parcours Trois-Rivières", "Not allowed:", "Blocked"):
            assert said in page
        assert "You allowed it access" in page

    def test_what_somebody_else_named_is_escaped(self, http, make, camille, work):
        site = make.site("evil", name="<script>alert(1)</script>")
        make.sign_in_decision(camille, site, "email")

        page = copy_of(http, camille, work).read("index.html").decode()

        assert "<script" not in page
        assert "&lt;script&gt;alert(1)" in page

    def test_in_french(self, http, make, work):
        account = make.account("jeanne", language="fr")
        http.submit("/language", language="fr")

        page = copy_of(http, account, work).read("index.html").decode()

        assert '<html lang="fr">' in page
        assert "Tout sur Jeanne Martin" in page


def test_what_somebody_reported_and_the_answer_are_in_it(http, make, camille, hospital, work, at):
    service = make.service_of(hospital)
    matter = Matter("report", service_id=service.id)
    case = open_case(matter, "=1+1, and strange letters", by=By(camille, language="en"), at=at)
    case.reply("We have asked them.", by="op-7", at=at)
    db.session.commit()

    zipped = copy_of(http, camille, work)

    (told,) = rows(zipped, "cases")
    assert (told["text"], told["answer"]) == ("'=1+1, and strange letters", "We have asked them.")
    assert told["service"] == "hospital"
    assert "op-7" not in zipped.read("json/cases.json").decode()


def test_a_spreadsheet_computes_nothing(http, make, camille, work):
    """CWE-1236: services and sites choose their own names."""
    for number, name in enumerate(("=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "\tx")):
        make.sign_in_decision(camille, make.site(f"site{number}", name=name), "email")

    found = {row["client"] for row in rows(copy_of(http, camille, work), "consents")}

    assert {name[0] for name in found} == {"'"}
    assert "'=cmd|' /C calc'!A0" in found


class TestNobodyElse:
    """Sophie, her child Léo, and Marc, the other parent; Camille has nothing to do with them."""

    @pytest.fixture
    def leo(self, make):
        return make.patient()

    @pytest.fixture
    def sophie(self, make):
        return make.account("sophie", family_name="Durand", language="en")

    @pytest.fixture
    def marc(self, make):
        return make.account("marc", family_name="Petit", language="en")

    @pytest.fixture
    def mandates(self, make, sophie, marc, leo, hospital):
        both = make.mandate(sophie, leo), make.mandate(marc, leo)
        make.decision(sophie, hospital, mandate=both[0])
        return both

    def secrets_of(self, account):
        return {
            account.patient.given_name,
            account.patient.family_name,
            account.identifier,
            account.email,
            str(account.id),
            str(account.patient_id),
        }

    def everything_in(self, zipped):
        """The text of all files; proofs are told apart, for they are signed as they stand."""
        return "\n".join(
            zipped.read(name).decode()
            for name in zipped.namelist()
            if not name.startswith("proofs/")
        )

    def test_the_other_parent_is_a_quality(
        self, http, work, log, sophie, marc, leo, mandates, life
    ):
        log.integrate()
        log.publish()

        zipped = copy_of(http, marc, work, mandate=mandates[1])

        text = self.everything_in(zipped)
        for secret in self.secrets_of(sophie) | self.secrets_of(life) - {leo.family_name}:
            assert secret not in text, secret
        assert "as legal representative" in text
        assert str(leo.id) in text

    def test_proofs_name_nobody(self, http, work, log, sophie, marc, leo, mandates):
        """They hold the number of the account that decided, as the signed event says it."""
        log.integrate()
        log.publish()

        zipped = copy_of(http, marc, work, mandate=mandates[1])

        proofs = [zipped.read(n).decode() for n in zipped.namelist() if n.startswith("proofs/")]
        opened = [b64decode(proof.splitlines()[1].split()[1]).decode() for proof in proofs]
        assert opened
        for secret in self.secrets_of(sophie) - {str(sophie.id)}:
            assert not any(secret in each for each in opened), secret

    def test_a_parent_does_not_get_what_the_child_signs_in_with(self, http, make, work):
        born = make.at.date().replace(year=make.at.year - 16, day=1)
        lea = make.account("lea", email="lea@secret.example", birth_date=born)
        parent = make.account("paul", language="en")

        zipped = copy_of(http, parent, work, mandate=make.mandate(parent, lea.patient))

        assert not {"account", "message-choices", "sign-ins", "messages"} & set(names(zipped))
        assert "lea@secret.example" not in self.everything_in(zipped)

    def test_a_parents_own_copy_says_nothing_of_the_child(
        self, http, work, sophie, marc, leo, mandates
    ):
        zipped = copy_of(http, sophie, work)

        text = self.everything_in(zipped)
        for secret in {"Léo", str(leo.id)} | self.secrets_of(marc):
            assert secret not in text, secret
        (mandate,) = rows(zipped, "mandates")
        assert mandate["about"] == "this person acts for somebody"
        assert rows(zipped, "consents") == []

    def test_an_address_that_two_share_tells_nothing(self, http, make, camille, hospital, work):
        other = make.account("alex", email=camille.email, language="en")
        theirs = make.decision(other, hospital)
        mine = make.decision(camille, make.client("clinic"))

        found = rows(copy_of(http, camille, work), "messages")

        assert {row["consent_id"] for row in found} == {str(mine.consent.id)}
        assert str(theirs.consent.id) not in {row["consent_id"] for row in found}


def test_there_is_a_limit_and_the_copy_says_so(http, life, work):
    zipped = copy_of(http, life, lambda: work(most_accesses=2))

    assert len(rows(zipped, "accesses")) == 2
    assert {row["outcome"] for row in rows(zipped, "accesses")} == {"allowed", "denied"}
    assert json.loads(zipped.read("manifest.json"))["accesses_in_all"] == 3
    assert "The newest 2 uses are in this copy, of 3." in zipped.read("index.html").decode()


def test_many_uses_are_read_page_by_page(http, make, life, work):
    access = db.session.query(Access).filter_by(outcome="denied").one()
    columns = {
        column.key: getattr(access, column.key)
        for column in Access.__table__.columns
        if column.key not in {"id", "at"}
    }
    db.session.add_all(
        Access(**columns, at=make.at - timedelta(seconds=number)) for number in range(2100)
    )
    db.session.commit()

    zipped = copy_of(http, life, work)

    found = rows(zipped, "accesses")
    assert len({row["id"] for row in found}) == len(found) == 2103
    assert [n for n in zipped.namelist() if "AuditEvent" in n] == [
        f"fhir/AuditEvent-{number:04}.json" for number in (1, 2, 3)
    ]
    assert counted(Account) == 1
    assert counted(Mandate) == 0


@pytest.mark.parametrize("who", ["the child", "the mother"])
def test_what_is_hidden_from_representatives_they_do_not_take_away(http, make, at, work, who):
    """Public Health Code, L. 1111-5: Lea allowed a clinic to read what is confidential."""
    mandate, clinic = mother_of_lea(make, at), clinic_of(make)
    lea = lea_of(mandate)
    secret = make.decision(lea, clinic).consent

    if who == "the mother":
        zipped = copy_of(http, mandate.account, work, mandate=mandate)
    else:
        zipped = copy_of(http, lea, work)

    text = "".join(zipped.read(name).decode() for name in zipped.namelist())
    told = "confidential-care" in text, str(secret.id) in text, "Clinique" in text
    assert told == ((False,) * 3 if who == "the mother" else (True,) * 3)


def test_what_was_confidential_and_has_left_the_sheet_they_do_not_take_away(http, make, at, work):
    mandate, clinic = mother_of_lea(make, at), clinic_of(make)
    consent = make.decision(lea_of(mandate), clinic).consent
    make.new_sheet(consent.service_id, purposes=[purpose("documents")])
    with transaction():
        confirm(consent.id, number=2, by=By(lea_of(mandate)), at=at)

    zipped = copy_of(http, mandate.account, work, mandate=mandate)

    text = "".join(zipped.read(name).decode() for name in zipped.namelist())
    assert ("confidential-care" in text, str(consent.id) in text) == (False, False)
