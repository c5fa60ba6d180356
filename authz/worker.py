"""``authz worker``: everything that happens after an answer.

Events get their numbers and the log is published, messages leave, copies are made for people, what
has run out is swept, and signing keys are rotated.
Each job has a transaction of its own and fails alone: mail that is down must not stop the ledger.
Any number of workers may run.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event

from flask import Flask

from authz.catalogue.queries import every_service
from authz.clock import now
from authz.closing.end import end_next
from authz.closing.erase import erase_next
from authz.consent import push_change
from authz.consent.come_of_age import (
    Majority,
    come_of_age,
    give_notice,
    tell_that_they_may_decide,
)
from authz.consent.end_mandate import end_what_is_over
from authz.consent.expire import write_what_time_did
from authz.consent.forget_accesses import forget_accesses
from authz.consent.invalidate import invalidate_some
from authz.consent.push_change import Pusher
from authz.consent.receipt import Home
from authz.consent.tell_client import CHANGE
from authz.consent.terms import ask_some, narrow_some
from authz.db import transaction
from authz.export.expire import expire as expire_copies
from authz.export.make import Terms, make_next
from authz.identity import purge as identity
from authz.keys.rotate import Life, rotate
from authz.ledger.backlog import ALARMING, UNUSUAL, waited
from authz.ledger.publish import first_signer_of, publish
from authz.ledger.rotate import KeyFiles, retire, signers_of
from authz.ledger.sequence import integrate
from authz.ledger.witness import council_of
from authz.notices.tell import tell_some
from authz.outbound.outbound import Outbound
from authz.outbox import logout
from authz.outbox.deliver import deliver
from authz.outbox.forget import forget_sent
from authz.outbox.logout import LOGOUT
from authz.outbox.transport import Send, mailbox, smtp
from authz.portal import copy_page
from authz.resources.erase import erase as erase_health_data
from authz.settings import Keys, Mail, Settings
from authz.settings import Majority as MajoritySettings
from authz.tokens import purge as tokens
from authz.web.logs import log_line
from authz.web.sign_out import sign_out, sign_out_the_lapsed

_PAUSE = 1.0  # seconds between rounds in which nothing was to be done
_SWEEP_EVERY = timedelta(minutes=10)


@dataclass(frozen=True)
class Job:
    """Something to do again and again. It says how much it did."""

    name: str
    run: Callable[[datetime], int]


def work(app: Flask, settings: Settings, stop: Event) -> None:
    """Do every job in turn until told to stop; what was begun is finished.

    Raises ``KeyUnreadable`` before anything is done when the ledger's key is not there any more.
    """
    _make_key(app, settings)  # before the log has a row: a log that has begun gets no key
    number, mail = Job("ledger:integrate", _integrate(settings)), Job("outbox", _mail(settings))
    publication, sweep = Job("ledger:publish", _publish(settings)), Job("sweep", _sweep)
    news = Job("notices", lambda at: tell_some(at=at))
    backlog = Job("ledger:watch", watch())
    ends = Job("consents:time", lambda at: write_what_time_did(at=at))
    ages = Job("mandates:time", _ages(settings.majority))
    closings = Job("spaces:close", _close(settings.closing.archive))
    erasures = Job("people:erase", _erase(settings))
    rotation = Job("keys:rotate", _rotate(settings.keys))
    making = Job("exports:make", copies(settings))
    retention = [
        Job("accesses:forget", _within(settings.history_kept, forget_accesses)),
        Job("messages:forget", _within(settings.history_kept, forget_sent)),
    ]
    unpublished, sweep_at = True, now()
    while not stop.is_set():
        numbered, sent, told = attempt(app, number), attempt(app, mail), attempt(app, news)
        unpublished = unpublished or numbered > 0
        if unpublished:
            unpublished = not attempt(app, publication)
        attempt(app, backlog)
        copied = attempt(app, making)
        if now() >= sweep_at:
            while attempt(app, closings) or attempt(app, erasures):
                pass
            attempt(app, ages)
            attempt(app, ends)
            attempt(app, sweep)
            attempt(app, rotation)
            follow_catalogue(app)
            for job in retention:
                exhaust(app, job)
            sweep_at = now() + _SWEEP_EVERY
        if not (numbered or sent or told or copied):
            stop.wait(_PAUSE)


def follow_catalogue(app: Flask) -> int:
    """Do to the consents what was decided about services and sheets, a batch to a transaction."""
    jobs = [
        Job("consents:ask", lambda at: ask_some(at=at)),
        Job("consents:narrow", _narrow),
        Job("consents:invalidate", lambda at: invalidate_some(at=at)),
    ]
    return sum(exhaust(app, job) for job in jobs)


def exhaust(app: Flask, job: Job) -> int:
    """Run one job until there is nothing left to do, each time in a transaction of its own."""
    done = 0
    while some := attempt(app, job):
        done += some
    return done


def _narrow(at: datetime) -> int:
    return sum(narrow_some(service, at=at) for service in every_service() if service.reference)


def attempt(app: Flask, job: Job) -> int:
    """Run one job in a transaction. A failure is logged, and tried again in the next round."""
    try:
        with app.app_context(), transaction():
            return job.run(now())
    except Exception as error:
        log_line("worker:failed", outcome="fault", level=logging.ERROR, job=job.name, error=error)
        return 0


def _integrate(settings: Settings) -> Callable[[datetime], int]:
    return lambda at: integrate(settings.ledger.origin, at=at)


def watch() -> Callable[[datetime], int]:
    """Say so, every ten seconds, while an event waits unusually long for its number."""
    quiet_until = datetime.min.replace(tzinfo=UTC)

    def run(at: datetime) -> int:
        nonlocal quiet_until
        late = waited(at=at)
        if late < UNUSUAL or at < quiet_until:
            return 0
        quiet_until = at + UNUSUAL
        level = logging.ERROR if late >= ALARMING else logging.WARNING
        log_line("ledger:behind", outcome="fault", level=level, seconds=int(late.total_seconds()))
        return 1

    return run


def _make_key(app: Flask, settings: Settings) -> None:
    where = settings.ledger
    with app.app_context(), transaction():
        first_signer_of(
            where.origin, where.key_file, directory=where.directory, guard=where.guard_file
        )


def _publish(settings: Settings) -> Callable[[datetime], int]:
    """Done once as many witnesses as it takes have signed; until then it is tried again."""
    ledger, keys = settings.ledger, KeyFiles(settings.ledger.origin, settings.ledger.key_file)
    council = council_of(
        [(one.key, one.url) for one in ledger.witnesses],
        ledger.quorum,
        Outbound(settings.outbound.allowed, settings.outbound.authorities),
    )

    def run(at: datetime) -> int:
        signers = retire(keys, signers_of(keys), at=at)
        checkpoint = publish(
            ledger.directory, guard=ledger.guard_file, signers=signers, council=council, at=at
        )
        return int(checkpoint is None or council.is_met(checkpoint.note))

    return run


def _mail(settings: Settings) -> Callable[[datetime], int]:
    send = transport(settings.mail)
    way_out = Outbound(settings.outbound.allowed, settings.outbound.authorities)
    home = Home(settings.issuer, settings.ledger.origin)
    pusher = Pusher(home, settings.pairwise_salt.get_secret_value(), way_out)
    carriers = {
        LOGOUT: logout.carrier(settings.issuer, way_out),
        CHANGE: push_change.carrier(pusher),
    }
    origin, desk = settings.issuer, settings.help_desk
    return lambda at: deliver(send, address=origin, help_desk=desk, at=at, carriers=carriers)


def _ages(given: MajoritySettings) -> Callable[[datetime], int]:
    """Children come of age before mandates run out, so that each end has its own reason."""
    majority = Majority(given.age, given.notices, given.answer_days, given.decides_from)

    def run(at: datetime) -> int:
        came = come_of_age(majority, at=at) + tell_that_they_may_decide(majority, at=at)
        return came + give_notice(majority, at=at) + end_what_is_over(at=at)

    return run


def _close(archive: timedelta) -> Callable[[datetime], int]:
    """One space to a transaction."""
    return lambda at: end_next(
        sign_out=lambda session: sign_out(session, at=at), archive=archive, at=at
    )


def _erase(settings: Settings) -> Callable[[datetime], int]:
    """One person to a transaction."""
    salt = settings.pairwise_salt.get_secret_value()
    return lambda at: erase_next(salt=salt, forget=erase_health_data, at=at)


def _rotate(keys: Keys) -> Callable[[datetime], int]:
    announced, signing, retired = (
        timedelta(seconds=seconds) for seconds in (keys.announced, keys.signing, keys.retired)
    )
    life = Life(announced=announced, signing=signing, retired=retired)
    return lambda at: rotate(life, at=at)


def copies(settings: Settings) -> Callable[[datetime], int]:
    terms = Terms(
        settings.issuer,
        settings.ledger.origin,
        settings.export.most_accesses,
        timedelta(days=settings.export.valid_days),
    )
    return lambda at: make_next(terms, copy_page.write, at=at)


def _within(days: int, forget: Callable[..., int]) -> Callable[[datetime], int]:
    return lambda at: forget(timedelta(days=days), at=at)


def _sweep(at: datetime) -> int:
    gone = tokens.purge(at=at) + identity.purge(at=at) + expire_copies(at=at)
    return gone + sign_out_the_lapsed(at=at)


def transport(mail: Mail) -> Send:
    if mail.transport == "mailbox":
        return mailbox
    return smtp(host=mail.host, port=mail.port, sender=mail.sender)
