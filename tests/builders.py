"""Rows for tests, built by the verbs of the rooms and committed."""

import secrets
import tomllib
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec

from authz.catalogue.compare import difference
from authz.catalogue.dereference import dereference
from authz.catalogue.models import Service
from authz.catalogue.publish import publish_sheet
from authz.catalogue.queries import current_sheet
from authz.catalogue.queries import service as service_by_id
from authz.catalogue.reference import reference
from authz.catalogue.register import (
    register_client,
    register_relying_party,
    register_resource_server,
    register_service,
)
from authz.catalogue.ruling import Ruling
from authz.catalogue.sheet import parse_sheet, sheet_of
from authz.catalogue.suspend import lift, suspend
from authz.closing.ask import ask
from authz.closing.decide import decide, erase_soon
from authz.closing.end import end_next
from authz.closing.erase import erase_next
from authz.closing.models import Closing
from authz.consent.answer import Answer
from authz.consent.by import By
from authz.consent.give import Asking, Decision, give
from authz.consent.question import question_of
from authz.db import db
from authz.identity.mandates import Terms, record_mandate
from authz.identity.models import Account, Mandate, Patient, Session
from authz.identity.open_account import open_account
from authz.identity.passwords import Cost
from authz.identity.queries import account_of_patient
from authz.identity.sign_in import Policy, sign_in
from authz.resources.erase import erase as erase_health_data
from authz.settings import Lifetimes
from authz.tokens.conditions import Conditions
from authz.tokens.issue_code import SignInFacts
from authz.tokens.issued import Issued
from authz.tokens.models import AuthorizationRequest
from authz.tokens.push import push_request, take_request
from authz.tokens.redeem import redeem_code, s256
from authz.tokens.requests import open_request, visit
from authz.web.sign_out import sign_out
from tests.parties import Guard, Party, Site, public_jwk

PASSWORD = "une phrase assez longue"
VERIFIER = "a-code-verifier-that-is-long-enough-for-rfc-7636"
CHEAP = Cost(memory=64, time=1, parallelism=1)
POLICY = Policy(CHEAP, 5, timedelta(minutes=15), timedelta(hours=12))
SHEETS = Path(__file__).parent.parent / "config" / "services"
ARCHIVE = timedelta(days=3652)
READ_MEASUREMENTS = "pre-admission:record:read:measurements"
READ_DOCUMENTS = "pre-admission:record:read:documents"


class Make:
    """Each method returns what it built, already committed."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.services = 0

    def account(self, identifier: str = "camille", **changed: Any) -> Account:
        facts: dict[str, Any] = {
            "given_name": identifier.title(),
            "family_name": "Martin",
            "birth_date": date(1956, 5, 17),
            "email": f"{identifier}@mail.example",
            "language": "fr",
            "password": PASSWORD,
        }
        account = open_account(identifier=identifier, at=self.at, cost=CHEAP, **facts | changed)
        db.session.commit()
        return account

    def account_of(self, patient: Patient) -> Account:
        found = account_of_patient(patient.id)
        assert found is not None
        return found

    def patient(self, given_name: str = "Léo", born: date = date(2018, 4, 2)) -> Patient:
        """Somebody with a health space and no account: a child."""
        patient = Patient(
            given_name=given_name, family_name="Martin", birth_date=born, created_at=self.at
        )
        db.session.add(patient)
        db.session.commit()
        return patient

    def mandate(
        self, account: Account, patient: Patient, quality: str = "representative", **changed: Any
    ) -> Mandate:
        if quality == "carer":
            changed = {"ends_at": self.at + timedelta(days=30)} | changed
        terms = Terms(quality, **{"starts_at": self.at} | changed)
        mandate = record_mandate(account, patient, terms, by="op-1", at=self.at, adult=18)
        db.session.commit()
        return mandate

    def session(self, account: Account) -> tuple[Session, str]:
        signed_in = sign_in(
            account.identifier, PASSWORD, network="192.0.2.1", at=self.at, policy=POLICY
        )
        db.session.commit()
        return signed_in

    def service(self, slug: str = "parcours-hopital", **changed: Any) -> Service:
        service = register_service(slug, at=self.at)
        self.services += 1
        content = {"oid": f"2.999.250.1.{self.services}"} | changed
        publish_sheet(service, sheet_content(**content), at=self.at)
        # Before anything that a test lets happen in the past: older consents would not stand.
        reference(service, f"R-2026-{slug}", at=self.at - timedelta(hours=1))
        db.session.commit()
        return service

    def suspend(self, service: Service) -> None:
        suspend(service.id, Ruling("security", "op-1"), at=self.at)
        db.session.commit()

    def lift(self, service: Service) -> None:
        lift(service.id, Ruling("resolved", "op-1", "op-2"), at=self.at)
        db.session.commit()

    def dereference(self, service: Service) -> None:
        dereference(service.id, Ruling("rules", "op-1", "op-2"), at=self.at)
        db.session.commit()

    def service_by_id(self, id: UUID | None) -> Service:
        assert id is not None
        return service_by_id(id)

    def service_of(self, client: Party) -> Service:
        assert client.row.service_id is not None
        return service_by_id(client.row.service_id)

    def new_sheet(self, service_id: UUID, **changed: Any) -> None:
        """Another version of the service's sheet, current from now on."""
        before = current_sheet(service_id)
        content = sheet_content(**({"oid": before.content["oid"]} | changed))
        material = difference(sheet_of(before), parse_sheet(content)).material
        confirm_by = self.at + timedelta(days=30) if material else None
        publish_sheet(service_by_id(service_id), content, at=self.at, confirm_by=confirm_by)
        db.session.commit()

    def client(self, client_id: str = "diary", service: Service | None = None) -> Party:
        key = ec.generate_private_key(ec.SECP256R1())
        client = register_client(
            service or self.service(client_id),
            client_id=client_id,
            name=client_id.title(),
            jwks={"keys": [public_jwk(key)]},
            redirect_uris=[f"https://{client_id}.example/callback"],
            sector=f"{client_id}.example",
            at=self.at,
        )
        db.session.commit()
        return Party(client, key)

    def resource_server(
        self, client_id: str = "record", *areas: str, exchanges: bool = False
    ) -> Guard:
        secret = secrets.token_urlsafe(32)
        client = register_resource_server(
            client_id=client_id,
            name=client_id.title(),
            secret=secret,
            sector=f"{client_id}.example",
            areas=list(areas or ("record",)),
            resource=f"https://{client_id}.example",
            exchanges=exchanges,
            at=self.at,
        )
        db.session.commit()
        return Guard(client, secret)

    def site(self, client_id: str = "forum", **changed: Any) -> Site:
        """A relying party, by default one with a secret; ``auth_method="none"`` has none."""
        secret = secrets.token_urlsafe(32)
        key = ec.generate_private_key(ec.SECP256R1())
        facts: dict[str, Any] = {
            "name": client_id.title(),
            "redirect_uris": [f"https://{client_id}.example/callback"],
            "sector": f"{client_id}.example",
            "secret": None if changed.get("auth_method") in {"none", "private_key_jwt"} else secret,
            "jwks": {"keys": [public_jwk(key)]},
        }
        row = register_relying_party(client_id=client_id, at=self.at, **facts | changed)
        db.session.commit()
        return Site(row, secret, key)

    def visit(self, site: Site, **changed: Any) -> AuthorizationRequest:
        """A request of a relying party, whose browser has arrived."""
        parameters = {
            "response_type": "code",
            "redirect_uri": site.row.redirect_uris[0],
            "scope": "openid profile email offline_access",
            "state": "a-state",
            "nonce": "a-nonce",
            "code_challenge": s256(VERIFIER),
            "code_challenge_method": "S256",
        }
        given = {name: value for name, value in (parameters | changed).items() if value is not None}
        request = take_request(site.row.id, given, at=self.at, interaction=timedelta(minutes=30))
        db.session.commit()
        return request

    def sign_in_asking(self, account: Account, site: Site, **changed: Any) -> Asking:
        """A relying party's question that the account has on its screen."""
        request = self.visit(site, **changed)
        open_request(request.id, account_id=account.id, at=self.at)
        session, _ = self.session(account)
        db.session.commit()
        facts = SignInFacts(session.id, self.at, session.acr, session.amr)
        return Asking(request, None, question_of(request, None), account, facts)

    def sign_in_decision(
        self, account: Account, site: Site, *chosen: str, days: int = 90, **changed: Any
    ) -> Decision:
        """The person signs in there, and shares what is chosen."""
        asking = self.sign_in_asking(account, site, **changed)
        decision = give(
            asking,
            Answer(frozenset(chosen), days, "fr"),
            longest=365,
            at=self.at,
            code_lifetime=timedelta(seconds=60),
        )
        db.session.commit()
        return decision

    def request(self, client: Party, **changed: Any) -> AuthorizationRequest:
        """A request that was pushed, and whose browser has arrived."""
        assert client.row.service_id is not None
        sheet = parse_sheet(current_sheet(client.row.service_id).content)
        scopes = dict.fromkeys(offer.scope for offer in sheet.offers)
        parameters = {
            "response_type": "code",
            "redirect_uri": client.row.redirect_uris[0],
            "scope": " ".join(["openid", "offline_access", *scopes]),
            "state": "a-state",
            "nonce": "a-nonce",
            "code_challenge": s256(VERIFIER),
            "code_challenge_method": "S256",
        }
        uri = push_request(
            client.row.id,
            parameters | changed,
            at=self.at,
            lifetime=timedelta(seconds=90),
            conditions=Conditions(),
        )
        request = visit(uri, client_id=client.row.id, at=self.at, interaction=timedelta(minutes=30))
        db.session.commit()
        return request

    def asking(
        self, account: Account, client: Party, *, mandate: Mandate | None = None, **changed: Any
    ) -> Asking:
        """A question that the account has on its screen, for themselves or by a mandate."""
        request = self.request(client, **changed)
        open_request(request.id, account_id=account.id, at=self.at)
        session, _ = self.session(account)
        sheet = current_sheet(service_by_id(client.row.service_id).id)
        db.session.commit()
        return Asking(
            request,
            sheet,
            question_of(request, parse_sheet(sheet.content), by_another=mandate is not None),
            account,
            SignInFacts(session.id, self.at, session.acr, session.amr),
            mandate,
        )

    def closing(self, account: Account, *, erase: bool = False) -> Closing:
        """The account's holder asks for their space to be closed, and waits 14 days."""
        closing = ask(By(account), erase=erase, wait=timedelta(days=14), at=self.at)
        db.session.commit()
        return closing

    def end_spaces(self, at: datetime) -> int:
        """What the worker does: close every space whose wait is over, one to a transaction."""
        closed = 0
        while end_next(sign_out=partial(sign_out, at=at), archive=ARCHIVE, at=at):
            db.session.commit()
            closed += 1
        return closed

    def close(self, patient: Patient, reason: str, *, erase: bool = False) -> Closing:
        """Two operators close a space at once."""
        closing = decide(
            patient.id,
            Ruling(reason, "op-1", "op-2"),
            evidence="certificate 12",
            sign_out=partial(sign_out, at=self.at),
            archive=ARCHIVE,
            at=self.at,
        )
        if erase:
            erase_soon(closing.patient_id, Ruling("request", "op-1", "op-2"), at=self.at)
        db.session.commit()
        return closing

    def erase_people(self, at: datetime, salt: str) -> int:
        """What the worker does: erase everybody whose time has come, one to a transaction."""
        erased = 0
        while erase_next(salt=salt, forget=erase_health_data, at=at):
            db.session.commit()
            erased += 1
        return erased

    def decision(
        self, account: Account, client: Party, *chosen: str, days: int = 90, **changed: Any
    ) -> Decision:
        """A consent to the chosen boxes, or to all of them."""
        asking = self.asking(account, client, **changed)
        boxes = frozenset(chosen) or asking.question.boxes
        decision = give(
            asking,
            Answer(boxes, days, "fr"),
            longest=365,
            at=self.at,
            code_lifetime=timedelta(seconds=60),
        )
        db.session.commit()
        return decision

    def tokens(self, decision: Decision, client: Party, *, jkt: str = "a-thumbprint") -> Issued:
        """The tokens that the decision's code is worth."""
        return self.redeem(decision.code, client, jkt=jkt)

    def redeem(
        self, code: str, client: Party | Site, *, jkt: str | None = "a-thumbprint"
    ) -> Issued:
        issued = redeem_code(
            code,
            client_id=client.row.id,
            redirect_uri=client.row.redirect_uris[0],
            code_verifier=VERIFIER,
            jkt=jkt,
            at=self.at,
            lifetimes=Lifetimes(),
        )
        db.session.commit()
        return issued


def sheet_content(**changed: Any) -> dict[str, Any]:
    """The sample service's sheet, with some fields changed."""
    text = (SHEETS / "parcours-hopital.toml").read_text(encoding="utf-8")
    return tomllib.loads(text) | changed
