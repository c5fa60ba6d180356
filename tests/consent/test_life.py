"""Whatever happens in whatever order, no token is worth more than its person allows right now.

A model of one patient and one service is driven beside the real database; after every step each
token that was ever handed out is introspected and must say what the model says.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from authz.consent.answer import Answer
from authz.consent.by import By
from authz.consent.change import Wish, change
from authz.consent.expire import write_what_time_did
from authz.consent.give import reuse
from authz.consent.give_back import give_back
from authz.consent.invalidate import invalidate
from authz.consent.models import Consent
from authz.consent.replay import Replay
from authz.consent.restate import keep, restate
from authz.consent.standing import past
from authz.consent.suspend import resume, suspend
from authz.consent.widen import widen
from authz.consent.withdraw import withdraw, withdraw_all
from authz.db import db, transaction
from authz.keys.ed25519 import Ed25519Key
from authz.ledger.note import Verifier
from authz.ledger.sequence import integrate
from authz.ledger.verify import verify_database
from authz.tokens.introspect import introspect
from tests.builders import READ_DOCUMENTS, READ_MEASUREMENTS, Make, Party

SCOPES = {
    "pre-admission:record:read:identity": "patient/Patient.rs",
    READ_DOCUMENTS: "patient/DocumentReference.rs",
    READ_MEASUREMENTS: "patient/Observation.rs?category=vital-signs",
}
NAMES = list(SCOPES)
CHOICES = st.sets(st.sampled_from(NAMES), min_size=1).map(frozenset)
MINUTE = timedelta(seconds=60)
LOG = Verifier("log.test/consent", Ed25519Key.from_seed(bytes(32)).public)
NUMBERS = count()


@dataclass(frozen=True)
class Held:
    """A token, the consent it rests on and the exchanges of its code, as the model has them."""

    value: str
    consent: Consent
    exchanges: frozenset[str]
    until: datetime


class Life(RuleBasedStateMachine):
    """One patient, one service, and what the model believes of them."""

    make: ClassVar[Make]
    client: ClassVar[Party]

    def __init__(self):
        super().__init__()
        self.at = self.make.at
        self.camille = self.make.account(f"camille-{next(NUMBERS)}")
        self.by = By(self.camille)
        self.tokens: list[Held] = []
        self.allowed: dict[Consent, frozenset[str]] = {}  # while it has not ended
        self.paused = False
        self.ends_at = self.at

    @property
    def consent(self) -> Consent | None:
        return next(iter(self.allowed), None)

    def asking(self, asked, **named):
        self.make.at = self.at
        scope = " ".join(["openid", *(SCOPES[name] for name in sorted(asked))])
        return self.make.asking(self.camille, self.client, scope=scope, **named)

    def hold(self, code, consent, asked):
        exchanges = asked & self.allowed[consent]
        issued = self.make.redeem(code, self.client)
        until = min(self.at + timedelta(seconds=300), self.ends_at)
        self.tokens.append(Held(issued.access_token, consent, exchanges, until))

    @rule(asked=CHOICES, chosen=CHOICES, days=st.sampled_from([30, 90]))
    def ask(self, asked, chosen, days):
        """The service asks: the whole question, what is new, or nothing."""
        asking = self.asking(asked)
        found = past(asking, at=self.at, remember=timedelta(days=30))
        if found.consent is None:
            self.give(asked, chosen, days)
        elif found.is_answered:
            with transaction():
                code = reuse(asking, found.consent, at=self.at, code_lifetime=MINUTE)
            self.hold(code, found.consent, asked)
        elif found.new.boxes:
            self.widen(asking, found, asked, chosen)

    def give(self, asked, chosen, days):
        self.make.at = self.at
        chosen = asked & chosen
        if not chosen:
            return
        scope = " ".join(["openid", *(SCOPES[name] for name in sorted(asked))])
        decision = self.make.decision(self.camille, self.client, *chosen, days=days, scope=scope)
        self.ends_at, self.paused = self.at + timedelta(days=days), False
        self.allowed = {decision.consent: chosen}
        self.hold(decision.code, decision.consent, asked)

    def widen(self, asking, found, asked, chosen):
        new = frozenset(offer.id for offer in found.new.offers)
        assert not new & self.allowed[found.consent]
        answer = Answer(chosen & new, 0, "fr")
        with transaction():
            done = widen(asking, found, answer, at=self.at, code_lifetime=MINUTE)
        self.allowed[done.consent] |= chosen & new
        if done.code:
            self.hold(done.code, done.consent, asked)

    @precondition(lambda self: self.stands)
    @rule(asked=CHOICES, chosen=CHOICES, days=st.sampled_from([30, 90]))
    def restate(self, asked, chosen, days):
        """The service asks for something else instead, in the grant that it names."""
        named = {"grant_management_action": "replace", "grant_id": str(self.consent.id)}
        asking = self.asking(asked, **named)
        found = past(asking, at=self.at, remember=timedelta(days=30))
        with transaction():
            if not asked & chosen:
                keep(asking, found, language="fr", at=self.at)
                return
            answer = Answer(asked & chosen, days, "fr")
            done = restate(asking, found, answer, longest=365, at=self.at, code_lifetime=MINUTE)
        self.allowed[done.consent] = asked & chosen
        self.ends_at = self.at + timedelta(days=days)
        self.hold(done.code, done.consent, asked)

    @precondition(lambda self: self.stands)
    @rule(chosen=CHOICES, days=st.sampled_from([None, 30, 90]))
    def change(self, chosen, days):
        consent = self.consent
        wish = Wish(chosen & consent.boxes, days, consent.revision)
        if not wish.chosen:
            return
        with transaction():
            change(consent.id, wish, by=self.by, at=self.at, durations=(30, 90), longest=365)
        self.allowed[consent] = wish.chosen
        if days:
            self.ends_at = self.at + timedelta(days=days)

    @precondition(lambda self: self.stands)
    @rule()
    def pause(self):
        with transaction():
            suspend(self.consent, "terms_unconfirmed", at=self.at)
        self.paused = True

    @precondition(lambda self: self.consent and self.paused)
    @rule()
    def go_on(self):
        with transaction():
            resume(self.consent, by=self.by, at=self.at)
        self.paused = False

    @precondition(lambda self: self.consent)
    @rule(way=st.sampled_from(["withdraw", "everything", "invalidate"]))
    def stop(self, way):
        with transaction():
            if way == "withdraw":
                withdraw(self.consent.id, by=self.by, at=self.at)
            elif way == "everything":
                withdraw_all(by=self.by, at=self.at)
            else:
                invalidate(self.consent, "space_closed", at=self.at)
        if way != "everything" or self.at < self.ends_at:
            self.allowed, self.paused = {}, False

    @precondition(lambda self: self.stands)
    @rule()
    def returned(self):
        with transaction():
            give_back(self.consent.id, client_id=self.client.row.id, at=self.at)
        self.allowed = {}

    @rule(step=st.sampled_from([MINUTE, timedelta(days=20), timedelta(days=40)]))
    def time_passes(self, step):
        self.at += step

    @rule()
    def the_worker_runs(self):
        with transaction():
            write_what_time_did(at=self.at)
        if self.consent and self.at >= self.ends_at:
            self.allowed, self.paused = {}, False

    @property
    def stands(self):
        return self.consent is not None and not self.paused and self.at < self.ends_at

    @invariant()
    def tokens_say_what_is_allowed_now(self):
        for held in self.tokens:
            found = introspect(held.value, at=self.at)
            alive = held.consent in self.allowed and self.stands and self.at < held.until
            assert (found is not None) == alive
            if found is not None:
                said = {
                    ":".join([d["purpose"], d["area"], *d["actions"], d["category"]])
                    for d in found.details
                }
                assert said == held.exchanges & self.allowed[held.consent]


def test_a_token_is_worth_what_is_allowed_now(make, tmp_path):
    Life.make, Life.client = make, make.client()

    short = settings(
        max_examples=10,
        stateful_step_count=20,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Life, settings=short)
    _is_what_the_ledger_says(make, tmp_path)


def _is_what_the_ledger_says(make, tmp_path) -> None:
    with transaction():
        integrate(LOG.name, at=make.at)
    replay = Replay()
    report = verify_database(
        LOG, directory=tmp_path / "none", guard=tmp_path / "guard", watches=[replay]
    )
    assert report.ok, report.lines
    assert list(replay.findings()) == []
    db.session.rollback()
