"""Scenario 22: a person is erased; the register verifies as before, and leads to nobody."""

from datetime import date, timedelta
from functools import partial

import pytest
from sqlalchemy import func, select

from authz.cases.open_case import Matter, open_case
from authz.catalogue.replay import Replay as CatalogueReplay
from authz.clock import now
from authz.closing.belongings import BELONGS
from authz.consent.by import By
from authz.consent.models import OFFLINE
from authz.consent.replay import Replay as ConsentReplay
from authz.db import Base, db, transaction
from authz.identity.models import Account, Mandate, Patient, Session
from authz.identity.subject import pairwise_subject
from authz.identity.throttle import name_key
from authz.ledger.entry_proof import read_entry_proof
from authz.ledger.issue_proof import issue_entry_proof
from authz.ledger.queries import entries_of_subject
from authz.ledger.verify import verify_database
from authz.outbox.deliver import deliver
from authz.outbox.logout import LOGOUT
from authz.outbox.transport import mailbox
from authz.tokens.models import AuthorizationRequest, DeviceAuthorization
from authz.tokens.purge import purge
from authz.tokens.space_token import issue_space_token
from authz.worker import copies
from tests.builders import READ_MEASUREMENTS
from tests.dump import traces
from tests.scenarios.walk import IDENTITY, arrive, submit

WHO = {
    "given_name": "Camillette",
    "family_name": "Quincampoix",
    "birth_date": date(1931, 2, 28),
    "email": "c.q@courrier.example",
    "language": "en",
}
NAMED = ("Camillette", "Quincampoix", "1931-02-28", "c.q@courrier.example", "nir-camillette")
LINKED = "dossier-4711"


@pytest.fixture
def camille(make):
    return make.account("nir-camillette", **WHO)


@pytest.fixture
def salt(settings):
    return settings.pairwise_salt.get_secret_value()


@pytest.fixture
def life(patient, make, hospital, guard, connect, keep, camille, sophie, settings, at):
    """Something of theirs in every table: see the first test."""
    hospital.row.registration = {"backchannel_logout_uri": "https://hospital.example/logout"}
    patient.submit("/sign-in", username=camille.identifier, password="not the password")
    path, page = arrive(patient, make, camille, hospital, linked_account=LINKED)
    submit(patient, path, page, answer="anyway", days=30, allow=[IDENTITY])
    service = connect(READ_MEASUREMENTS, OFFLINE, account=camille)
    keep(service, subject={"display": "Camillette Quincampoix"})
    assert service.get("/fhir/Observation?category=vital-signs").status_code == 200
    path, page = arrive(patient, make, camille, make.client("other"), linked_account=LINKED)
    submit(patient, path, page, answer="refuse")
    site = make.site("forum")
    make.sign_in_decision(camille, site, "profile", "email")
    by = make.mandate(sophie, camille.patient, "carer", may_grant=True)
    make.decision(sophie, make.client("third"), mandate=by, linked_account=LINKED)
    make.session(sophie)[0].mandate_id = by.id
    patient.sign_in(camille)
    patient.submit("/account/export")
    db.session.commit()
    with transaction():
        assert copies(settings)(now())
    report = Matter("report", hospital.row.service_id)
    open_case(report, "Camillette Quincampoix cannot read this.", by=By(camille), at=at)
    make.closing(camille, erase=True)
    own(service.decision.consent, guard, at)
    devices(site, at)
    return service


def own(consent, guard, at):
    """The token with which their own space has just looked at what the service added."""
    issue_space_token(
        consent.id,
        account_id=consent.account_id,
        for_another=False,
        audience_id=guard.row.id,
        jkt="a-thumbprint",
        at=at,
    )


def devices(site, at):
    """One at each request, as if it waited for an answer which somebody has given elsewhere."""
    decided = select(AuthorizationRequest).where(AuthorizationRequest.decided_at.is_not(None))
    for number, request in enumerate(db.session.scalars(decided)):
        db.session.add(
            DeviceAuthorization(
                digest=b"a digest",
                user_code=f"BCDF-GHJ{number}",
                client_id=site.row.id,
                parameters={"linked_account": LINKED},
                request_id=request.id,
                created_at=at,
                expires_at=at + timedelta(days=400),
                pause=5,
            )
        )
    db.session.commit()


def letters_leave(at):
    """Every message, to a mail page; whoever is told of sign-outs hears it."""
    with transaction():
        while deliver(mailbox, address="", at=at, carriers={LOGOUT: lambda *_: None}):
            pass


def numbers_of(account, salt):
    """By what the person could be found, without a name."""
    sectors = ("hospital.example", "forum.example", "third.example", "record.example")
    yield from (pairwise_subject(account.patient_id, sector, salt) for sector in sectors)
    yield from (account.id, account.patient_id, name_key(account.identifier).hex())
    asked = AuthorizationRequest.account_id == account.id
    yield from db.session.scalars(select(AuthorizationRequest.id).where(asked))
    for table in Base.metadata.tables.values():
        ways = {name.split(".")[1] for name in BELONGS if name.startswith(f"{table.name}.")}
        for way in ways & {"patient_id"} if "id" in table.c else ():
            mine = select(table.c.id).where(table.c[way] == account.patient_id)
            yield from db.session.scalars(mine)
    yield from db.session.scalars(select(Session.id).where(Session.account_id == account.id))


def verified(ledger):
    """Every row against everything that was signed, and consents and catalogue against it."""
    db.session.rollback()
    with transaction():
        watches = CatalogueReplay(), ConsentReplay()
        files = {"directory": ledger.directory, "guard": ledger.guard}
        report = verify_database(ledger.signer.verifier, **files, watches=watches)
        return [*report.findings, *(each for watch in watches for each in watch.findings())]


@pytest.mark.compliance("GDPR", "17", "nothing in the database leads to an erased person")
@pytest.mark.compliance("GDPR", "17(3)", "what proves stays, and proves")
def test_nothing_leads_to_an_erased_person_and_every_proof_holds(
    http, life, make, ledger, database, camille, sophie, salt, at
):
    filled = {name.split(".")[0] for name in BELONGS}
    tables = [Base.metadata.tables[name] for name in filled]
    counts = {t.name: db.session.scalar(select(func.count()).select_from(t)) for t in tables}
    assert [name for name, count in counts.items() if not count] == []
    ledger.integrate()
    ledger.publish()
    subject = camille.patient_id
    proofs = [
        issue_entry_proof(ledger.signer.name, entry.uuid, subject=subject)
        for entry in entries_of_subject(subject)
    ]
    needles = [*NAMED, LINKED, *numbers_of(camille, salt)]
    found = {trace.partition(": ")[2] for trace in traces(database, *needles)}
    assert found >= {*NAMED, LINKED}
    assert len(found) > 15

    end = at + timedelta(days=15)
    assert make.end_spaces(end) == 1
    letters_leave(end)
    assert traces(database, *NAMED)  # in the letters too
    purge(at=end + timedelta(days=2))
    db.session.commit()
    assert make.erase_people(end + timedelta(hours=23), salt) == 0
    assert make.erase_people(end + timedelta(days=1), salt) == 1
    ledger.integrate()
    ledger.publish()

    assert traces(database, *needles) == []
    assert verified(ledger) == []
    assert len(proofs) > 5
    for proof in proofs:
        told = read_entry_proof(proof, ledger.signer.verifier).opening.document
        assert told["subject"] == str(subject)
    public = b"".join(path.read_bytes() for path in ledger.directory.rglob("*") if path.is_file())
    for needle in needles:
        assert str(needle).encode() not in public
    assert b'"ground":"request of the person"' in public
    assert db.session.get(Account, sophie.id).email == sophie.email


def test_whoever_decided_for_another_stays_as_a_number(
    make, hospital, ledger, database, camille, sophie, leo, salt, at
):
    """What is kept is Léo's: which consent, in which quality, under which mandate, by nobody."""
    mandate = make.mandate(camille, leo)
    make.mandate(sophie, leo)
    decision = make.decision(camille, hospital, mandate=mandate)
    issued = make.tokens(decision, hospital)
    consent, account_id = decision.consent, camille.id
    needles = [
        *NAMED,
        camille.patient_id,
        *map(partial(pairwise_subject, camille.patient_id, salt=salt), ["hospital.example"]),
    ]
    make.closing(camille, erase=True)

    make.end_spaces(at + timedelta(days=15))
    letters_leave(at + timedelta(days=15))
    make.erase_people(at + timedelta(days=16), salt)
    ledger.integrate()
    ledger.publish()

    assert issued.access_token
    assert traces(database, *needles) == []
    assert verified(ledger) == []
    left = db.session.get_one(Account, account_id)
    assert (left.identifier, left.email, left.patient.name.strip()) == (str(account_id), "", "")
    db.session.refresh(consent)
    assert (consent.patient_id, consent.account_id, consent.quality) == (
        leo.id,
        account_id,
        "representative",
    )
    assert db.session.get_one(Mandate, mandate.id).end_reason == "space_closed"


def test_a_child_is_erased_and_the_parents_stay(make, hospital, ledger, database, sophie, salt, at):
    zephyrin = make.patient("Zéphyrin", date(2017, 3, 29))
    mandate = make.mandate(sophie, zephyrin)
    decision = make.decision(sophie, hospital, mandate=mandate, linked_account=LINKED)
    needles = ["Zéphyrin", "2017-03-29", zephyrin.id, decision.consent.id, mandate.id, LINKED]
    make.session(sophie)[0].mandate_id = mandate.id
    make.close(zephyrin, "closure", erase=True)
    letters_leave(at)

    make.erase_people(at + timedelta(days=1), salt)
    ledger.integrate()
    ledger.publish()

    assert traces(database, *needles) == []
    assert verified(ledger) == []
    assert db.session.scalars(select(Patient)).all() == [sophie.patient]
    assert make.session(sophie)


def test_what_must_still_be_told_leaves_first(make, camille, salt, at):
    make.closing(camille, erase=True)
    end = at + timedelta(days=15)
    make.end_spaces(end)

    assert make.erase_people(end + timedelta(days=6), salt) == 0
    assert make.erase_people(end + timedelta(days=7), salt) == 1


def test_the_archive_is_kept_for_its_period_and_no_longer(make, camille, salt, at):
    make.closing(camille)
    end = at + timedelta(days=15)
    make.end_spaces(end)
    letters_leave(end)

    assert make.erase_people(end + timedelta(days=3651), salt) == 0
    assert make.erase_people(end + timedelta(days=3652), salt) == 1


def test_a_space_that_is_open_is_never_erased(make, camille, hospital, salt, at):
    make.decision(camille, hospital)
    make.closing(camille, erase=True)

    assert make.erase_people(at + timedelta(days=36500), salt) == 0


def test_after_an_erasure_the_identifier_is_like_any_other(patient, make, camille, salt, at):
    make.closing(camille, erase=True)
    make.end_spaces(at + timedelta(days=15))
    assert patient.sign_in(camille).status_code == 403  # who knows the password is told
    identifier = camille.identifier
    make.erase_people(at + timedelta(days=30), salt)

    refused = patient.submit("/sign-in", username=identifier, password="une phrase assez longue")
    again = make.account(identifier)

    assert refused.status_code == 401
    assert patient.sign_in(again).status_code == 303
