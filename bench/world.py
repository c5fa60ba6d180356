"""What the requests need to exist: services, patients, consents, codes and tokens.

Consents come by the verbs that decisions come by. What is needed by the thousand (pushed requests,
codes, signed-in people) is written as the rows those verbs would leave.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import psycopg
from flask import Flask
from sqlalchemy import select

from authz.app import create_app
from authz.catalogue.models import Client
from authz.catalogue.queries import current_sheet
from authz.catalogue.sheet import Offer, parse_sheet
from authz.clock import now
from authz.consent.models import Consent
from authz.db import db, uuid7
from authz.identity.models import Account, NoticePlan, Patient, Session
from authz.settings import Lifetimes, Settings
from authz.tokens.issued import Issued
from authz.tokens.models import AccessToken, AuthorizationCode, AuthorizationRequest
from authz.tokens.push import PREFIX
from authz.tokens.redeem import redeem_code, s256
from authz.tokens.values import mint
from tests.builders import VERIFIER, Guard, Make, Party, Site
from tests.protocol.wire import Key, jkt, new_key

PATIENTS = 100
SITE_SCOPE = "openid profile email offline_access"
LONG = timedelta(hours=6)  # nothing may run out during a run


@dataclass(frozen=True)
class Person:
    """Somebody signed in; ``cookie`` is what the browser holds."""

    account_id: UUID
    session_id: UUID
    cookie: str


@dataclass(frozen=True)
class Pending:
    """A request that was pushed."""

    id: UUID
    uri: str


@dataclass
class World:
    """The parties, and a way to make more of what is used up."""

    app: Flask
    diary: Party
    record: Guard
    forum: Site
    key: Key
    consents: list[UUID] = field(default_factory=list)
    tokens: list[Issued] = field(default_factory=list)
    sign_ins: list[Issued] = field(default_factory=list)  # at a site, and what it got for them
    site_consents: list[UUID] = field(default_factory=list)
    person: Person | None = None

    def codes(self, count: int) -> list[str]:
        """Codes that wait to be redeemed, dealt out among the consents."""
        exchanges: list[str] = self.app.config["BENCH_EXCHANGES"]
        return self._codes(
            count, self.diary.row, self.consents, parameters(self)["scope"], exchanges
        )

    def site_codes(self, count: int) -> list[str]:
        """The same of people who sign in at a site."""
        return self._codes(count, self.forum.row, self.site_consents, SITE_SCOPE, [])

    def _codes(
        self, count: int, client: Client, consents: list[UUID], scope: str, exchanges: list[str]
    ) -> list[str]:
        with self.app.app_context():
            requests = [self._request() for _ in range(count)]
            db.session.flush()
            values = [
                self._code(request.id, client, consents[number % len(consents)], scope, exchanges)
                for number, request in enumerate(requests)
            ]
            db.session.commit()
        return values

    def access_tokens(self, count: int) -> list[str]:
        """More tokens of the same consents, as a refresh leaves them."""
        with self.app.app_context():
            of_client = select(AccessToken).where(AccessToken.client_id == self.diary.row.id)
            kept = db.session.scalars(of_client.limit(PATIENTS)).all()
            values = [self._like(kept[number % len(kept)]) for number in range(count)]
            db.session.commit()
        return values

    def _like(self, token: AccessToken) -> str:
        minted = mint("at")
        facts = {column.key: getattr(token, column.key) for column in AccessToken.__table__.columns}
        db.session.add(AccessToken(**facts | {"id": minted.id, "digest": minted.digest}))
        return minted.value

    def pushed(self, count: int) -> list[Pending]:
        """Requests that no browser has brought yet."""
        with self.app.app_context():
            requests = [self._request() for _ in range(count)]
            db.session.commit()
        return requests

    def people(self, count: int) -> list[Person]:
        """People who have signed in and never decided anything."""
        with self.app.app_context():
            people = [_person() for _ in range(count)]
            db.session.commit()
        return people

    def _request(self) -> Pending:
        minted, at = mint("ru"), now()
        db.session.add(
            AuthorizationRequest(
                id=minted.id,
                client_id=self.diary.row.id,
                digest=minted.digest,
                parameters=parameters(self),
                created_at=at,
                expires_at=at + LONG,
            )
        )
        return Pending(minted.id, PREFIX + minted.value)

    def _code(
        self, request_id: UUID, client: Client, consent_id: UUID, scope: str, exchanges: list[str]
    ) -> str:
        assert self.person is not None
        minted, at = mint("ac"), now()
        db.session.add(
            AuthorizationCode(
                id=minted.id,
                digest=minted.digest,
                request_id=request_id,
                client_id=client.id,
                consent_id=consent_id,
                session_id=self.person.session_id,
                scope=scope,
                exchanges=exchanges,
                redirect_uri=client.redirect_uris[0],
                code_challenge=s256(VERIFIER),
                nonce="a-nonce",
                authenticated_at=at,
                acr="eidas1",
                amr=["pwd"],
                issued_at=at,
                expires_at=at + LONG,
            )
        )
        return minted.value


def parameters(world: World) -> dict[str, Any]:
    """What an honest client pushes, its own authentication aside."""
    return {
        "client_id": world.diary.id,
        "response_type": "code",
        "redirect_uri": world.diary.row.redirect_uris[0],
        "scope": world.app.config["BENCH_SCOPE"],
        "state": "a-state",
        "nonce": "a-nonce",
        "code_challenge": s256(VERIFIER),
        "code_challenge_method": "S256",
    }


@contextmanager
def seeded(settings: Settings) -> Iterator[World]:
    """An empty, migrated database, filled."""
    app = create_app(settings)
    with app.app_context():
        make = Make(now())
        diary, record = make.client("diary"), make.resource_server("record", "record")
        offers = _offers(diary)
        scopes = dict.fromkeys(offer.scope for offer in offers)
        app.config["BENCH_SCOPE"] = " ".join(["openid", "offline_access", *scopes])
        app.config["BENCH_EXCHANGES"] = [offer.id for offer in offers]
        forum = make.site("forum")
        said = {
            **forum.row.registration,
            "id_token_signed_response_alg": "ES256",
        }  # as the peer signs
        forum.row.registration = said
        world = World(app, diary, record, forum, new_key())
        for _ in range(PATIENTS):
            _decide(world, make)
            _sign_in(world, make)
        world.person = _person()
        db.session.commit()
        for row in (diary.row, record.row, world.forum.row):
            db.session.refresh(row)
            db.session.expunge(row)
    _look_again(settings)
    yield world
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


def _look_again(settings: Settings) -> None:
    """What autovacuum would have done by now: the planner learns how large the tables are."""
    url = settings.database_url.get_secret_value().replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def _offers(client: Party) -> tuple[Offer, ...]:
    assert client.row.service_id is not None
    return parse_sheet(current_sheet(client.row.service_id).content).offers


def _decide(world: World, make: Make) -> None:
    """One more patient says yes, and the client redeems the code."""
    account = make.account(f"patient-{secrets.token_hex(6)}")
    decision = make.decision(account, world.diary)
    consent: Consent = decision.consent
    world.consents.append(consent.id)
    issued = redeem_code(
        decision.code,
        client_id=world.diary.row.id,
        redirect_uri=world.diary.row.redirect_uris[0],
        code_verifier=VERIFIER,
        jkt=jkt(world.key),
        at=make.at,
        lifetimes=Lifetimes(access_token=int(LONG.total_seconds())),
    )
    db.session.commit()
    world.tokens.append(issued)


def _sign_in(world: World, make: Make) -> None:
    """One more person signs in at a site, which may come back when they are away."""
    account = make.account(f"visitor-{secrets.token_hex(6)}")
    decision = make.sign_in_decision(account, world.forum, "email", "offline_access")
    world.site_consents.append(decision.consent.id)
    world.sign_ins.append(make.redeem(decision.code, world.forum, jkt=None))


def _person() -> Person:
    at, value = now(), secrets.token_urlsafe(32)
    patient = Patient(
        id=uuid7(),
        given_name="Camille",
        family_name="Martin",
        birth_date=date(1956, 5, 17),
        created_at=at,
    )
    account = Account(
        id=uuid7(),
        identifier=f"person-{secrets.token_hex(8)}",
        password_hash="",
        patient=patient,
        email="camille@mail.example",
        language="fr",
        created_at=at,
        plan=NoticePlan(look_at=at, looked_at=at, told_until=at),
    )
    session = Session(
        id=uuid7(),
        digest=sha256(value.encode()).digest(),
        account=account,
        authenticated_at=at,
        acr="eidas1",
        amr=["pwd"],
        last_seen_at=at,
        expires_at=at + LONG,
    )
    db.session.add_all([patient, account, session])
    return Person(account.id, session.id, value)
