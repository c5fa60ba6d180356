"""Questions about consents.

Those of every page and decision are in ``decision_queries.py``, those about accesses in
``access_queries.py``.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    text,
    tuple_,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from authz.catalogue.categories import confidential
from authz.catalogue.models import Service, ServiceSheet
from authz.consent.errors import ConsentNotFound
from authz.consent.models import Consent, ConsentChange, ConsentExchange, ShownText
from authz.db import db
from authz.identity.models import Account, Mandate, Patient
from authz.identity.queries import live_mandate
from authz.outbox.models import Message
from authz.statements import Statement, ask
from authz.tokens.hot_queries import CONDITIONS, STANDS


def consent_of_patient(id: UUID, patient_id: UUID) -> Consent:
    """Raises ``ConsentNotFound``."""
    return _found(select(Consent).where(Consent.id == id, Consent.patient_id == patient_id))


def consent_for_update(id: UUID, patient_id: UUID) -> Consent:
    """The same, locked: tokens that rest on it wait. Raises ``ConsentNotFound``."""
    mine = select(Consent).where(Consent.id == id, Consent.patient_id == patient_id)
    return _found(mine.with_for_update(key_share=True).execution_options(populate_existing=True))


def consent_of_client(id: UUID, client_id: UUID, at: datetime) -> tuple[Consent, Account]:
    """A consent that stands and was given to this client, locked, and the account that gave it.

    Raises ``ConsentNotFound``.
    """
    given = (Consent.id == id, Consent.client_id == client_id)
    both = select(Consent, Account).join(Account, Account.id == Consent.account_id)
    locked = both.where(*given, _stands(at)).with_for_update(of=Consent, key_share=True)
    found = db.session.execute(locked.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise ConsentNotFound
    consent, account = found
    return consent, account


def consents_of_patient(patient_id: UUID) -> list[Consent]:
    """Every decision, newest first."""
    all_of_them = select(Consent).where(Consent.patient_id == patient_id)
    return list(db.session.scalars(all_of_them.order_by(Consent.decided_at.desc())))


def standing_for_update(patient_id: UUID, at: datetime) -> list[Consent]:
    """Every consent of a patient that stands or is suspended, locked in one order."""
    going_on = Consent.state.in_(("active", "suspended")), Consent.ends_at > at
    mine = select(Consent).where(Consent.patient_id == patient_id, *going_on).order_by(Consent.id)
    lock = mine.with_for_update(key_share=True).execution_options(populate_existing=True)
    return list(db.session.scalars(lock))


def active_sign_in(patient_id: UUID, client_id: UUID, at: datetime) -> Consent | None:
    """The same for a client that only signs people in."""
    return db.session.scalar(
        select(Consent).where(
            Consent.patient_id == patient_id,
            Consent.client_id == client_id,
            Consent.service_id.is_(None),
            _stands(at),
        )
    )


def given_for(patient_id: UUID, *, mandate_id: UUID | None = None) -> list[Consent]:
    """Active consents that others gave for a patient, by any mandate or by one, locked in order."""
    which = Consent.mandate_id == mandate_id if mandate_id else Consent.mandate_id.is_not(None)
    theirs = Consent.patient_id == patient_id, Consent.state == "active", which
    found = select(Consent).where(*theirs).order_by(Consent.id).with_for_update(key_share=True)
    return list(db.session.scalars(found.execution_options(populate_existing=True)))


def past_their_end(at: datetime, *, limit: int) -> list[Consent]:
    """Consents that time has ended and nobody has written down, locked."""
    over = Consent.state.in_(("active", "suspended")), Consent.ends_at <= at
    return _locked(select(Consent).where(*over).order_by(Consent.ends_at).limit(limit))


def past_confirmation(at: datetime, *, limit: int) -> list[Consent]:
    """Consents whose new terms nobody has confirmed in time, locked."""
    unconfirmed = Consent.state == "active", Consent.confirm_by <= at
    return _locked(select(Consent).where(*unconfirmed).limit(limit))


def decisions(patient_id: UUID, service_id: UUID) -> list[Consent]:
    """Every consent and refusal, whatever became of it, newest first."""
    mine = Consent.patient_id == patient_id, Consent.service_id == service_id
    newest = select(Consent).where(*mine).order_by(Consent.decided_at.desc(), Consent.id.desc())
    return list(db.session.scalars(newest))


def last_change(consent_id: UUID) -> ConsentChange | None:
    changes = select(ConsentChange).where(ConsentChange.consent_id == consent_id)
    return db.session.scalar(changes.order_by(ConsentChange.revision.desc()).limit(1))


def changes_of(consent_ids: Iterable[UUID] | None) -> dict[UUID, list[ConsentChange]]:
    """Everything that happened to some consents, or to all, by consent, oldest first."""
    found: dict[UUID, list[ConsentChange]] = {}
    wanted = select(ConsentChange)
    if consent_ids is not None:
        wanted = wanted.where(ConsentChange.consent_id.in_(list(consent_ids)))
    for change in db.session.scalars(wanted.order_by(ConsentChange.revision)):
        found.setdefault(change.consent_id, []).append(change)
    return found


def shown_text(digest: str) -> str | None:
    return db.session.scalar(select(ShownText.text).where(ShownText.digest == digest))


_LIVING = Consent.state.in_(("active", "suspended"))


def outlived_for_update(*, limit: int) -> list[tuple[Consent, Account]]:
    """Consents whose service has left the catalogue since, whether or not it came back."""
    left = or_(Service.status == "dereferenced", Service.referenced_at > Consent.decided_at)
    found = _with_account().join(Service, Service.id == Consent.service_id)
    return _some(found.where(_LIVING, left), limit)


def wider_for_update(
    service_id: UUID, listed: Iterable[str], *, limit: int
) -> list[tuple[Consent, Account]]:
    """Consents that allow an exchange of this service which is not listed."""
    gone = exists().where(
        ConsentExchange.consent_id == Consent.id,
        ConsentExchange.allowed,
        ConsentExchange.exchange_id.not_in(list(listed)),
    )
    of_service = (Consent.service_id == service_id, Consent.state == "active")
    return _some(_with_account().where(*of_service, gone), limit)


def to_ask_for_update(*, limit: int) -> list[tuple[Consent, Account, datetime]]:
    """Consents on a sheet older than a material version, without a date yet, and that date."""
    theirs, newer = aliased(ServiceSheet), aliased(ServiceSheet)
    confirm_by = (
        select(func.min(newer.confirm_by))
        .where(newer.service_id == theirs.service_id, newer.number > theirs.number)
        .scalar_subquery()
    )
    waiting = (Consent.state == "active", Consent.confirm_by.is_(None), confirm_by.is_not(None))
    found = _with_account().join(theirs, theirs.id == Consent.sheet_id)
    rows = db.session.execute(_held(found.add_columns(confirm_by).where(*waiting), limit))
    return [(consent, account, date) for consent, account, date in rows]


def tell_everybody(service_id: UUID, mail: str, *, name: str, at: datetime) -> None:
    """A message to everybody with a consent to this service, in one statement."""
    whose = case((Account.patient_id == Consent.patient_id, ""), else_=Patient.given_name)
    told = func.jsonb_build_object("service", name, "consent", Consent.id, "patient", whose)
    people = (
        select(func.gen_random_uuid(), literal(mail), Account.email, Account.language, told)
        .add_columns(literal(at), literal(at), literal(0))
        .select_from(Consent)
        .join(Account, _hears(at))
        .join(Patient, Patient.id == Consent.patient_id)
        .where(Consent.service_id == service_id, _LIVING, Consent.ends_at > at)
        .where(Account.disabled_at.is_(None))
    )
    columns = ["id", "kind", "recipient", "language", "parameters"]
    columns += ["created_at", "due_at", "attempts"]
    db.session.execute(insert(Message).from_select(columns, people))


def _hears(at: datetime) -> ColumnElement[bool]:
    """The rule of ``hear.py``, asked of the database."""
    held = exists().where(
        Mandate.account_id == Account.id,
        Mandate.patient_id == Consent.patient_id,
        or_(Mandate.quality != "carer", Mandate.id == Consent.mandate_id),
        *live_mandate(at),
        exists().where(
            ConsentExchange.consent_id == Consent.id,
            ConsentExchange.allowed,
            tuple_(ConsentExchange.area, ConsentExchange.category).not_in(confidential()),
        ),
    )
    own = and_(Consent.mandate_id.is_(None), Account.id == Consent.account_id)
    theirs = or_(Account.patient_id == Consent.patient_id, held)
    return or_(own, and_(Consent.mandate_id.is_not(None), theirs))


def _with_account() -> Any:
    return select(Consent, Account).join(Account, Account.id == Consent.account_id)


def _some(found: Select[Any], limit: int) -> list[tuple[Consent, Account]]:
    rows = db.session.execute(_held(found, limit))
    return [(consent, account) for consent, account in rows]


def _held(found: Select[Any], limit: int) -> Select[Any]:
    """The first of them, locked; those that somebody else is at are left to them."""
    locked = found.order_by(Consent.id).limit(limit)
    return locked.with_for_update(of=Consent, key_share=True, skip_locked=True).execution_options(
        populate_existing=True
    )


def every_consent() -> Iterator[Consent]:
    """All of them, a page at a time."""
    page = select(Consent).order_by(Consent.id).limit(1000)
    rows = db.session.scalars(page).all()
    while rows:
        yield from rows
        rows = db.session.scalars(page.where(Consent.id > rows[-1].id)).all()


_DISCLOSURE = f"""
    SELECT a.scope, a.jkt, a.x5t, cl.client_id, cl.sector,
        cl.registration ->> 'userinfo_signed_response_alg' AS signed_with,
        c.patient_id, c.shared, r.parameters -> 'claims' -> :place AS wishes,
        p.given_name, p.family_name, p.birth_date, account.email, account.language
    FROM access_token a
    JOIN client cl ON cl.id = a.client_id AND cl.disabled_at IS NULL
    JOIN consent c ON c.id = a.consent_id
    JOIN patient p ON p.id = c.patient_id
    JOIN account ON account.id = c.account_id
    JOIN authorization_code code ON code.id = a.code_id
    JOIN authorization_request r ON r.id = code.request_id
    WHERE a.id = :token_id AND a.digest = :digest AND a.ended_at IS NULL AND a.expires_at > :at
      AND {STANDS}
"""
_DISCLOSURE_ALONE = Statement(f"""
    WITH {CONDITIONS}
    SELECT conditions.*, found.* FROM conditions LEFT JOIN ({_DISCLOSURE}) found ON true
""")


def disclosure(id: UUID, digest: bytes, *, at: datetime, **conditions: Any) -> Any:
    """A live access token, the person behind it, and what its client may know of them.

    ``patient_id`` null: there is none. What the conditions spend is spent either way.
    """
    asked = {"token_id": id, "digest": digest, "at": at, "place": "userinfo"}
    return ask(_DISCLOSURE_ALONE, asked | conditions)


def disclosure_of_new_token(id: UUID, digest: bytes, *, at: datetime) -> Row[Any]:
    """The same for the ID token that goes with a token of this transaction."""
    asked = {"token_id": id, "digest": digest, "at": at, "place": "id_token"}
    return db.session.execute(text(_DISCLOSURE), asked).one()


def change_of_patient(id: UUID, patient_id: UUID) -> tuple[ConsentChange, Consent]:
    """Raises ``ConsentNotFound``."""
    return _changed(ConsentChange.id == id, Consent.patient_id == patient_id)


def change_by_id(id: UUID) -> tuple[ConsentChange, Consent]:
    return _changed(ConsentChange.id == id)


def change_of_client(
    consent_id: UUID, client_id: UUID, id: UUID | None = None
) -> tuple[ConsentChange, Consent]:
    """One change, or the last, of a consent to this client, whatever became of it.

    Raises ``ConsentNotFound``.
    """
    which = ConsentChange.id == id if id else ConsentChange.revision == Consent.revision
    return _changed(which, Consent.id == consent_id, Consent.client_id == client_id)


def _changed(*which: ColumnElement[bool]) -> tuple[ConsentChange, Consent]:
    joined = select(ConsentChange, Consent).join(Consent, Consent.id == ConsentChange.consent_id)
    found = db.session.execute(joined.where(*which)).one_or_none()
    if found is None:
        raise ConsentNotFound
    change, consent = found
    return change, consent


def _found(question: Select[Consent]) -> Consent:
    consent = db.session.scalar(question)
    if consent is None:
        raise ConsentNotFound
    return consent


def _stands(at: datetime) -> ColumnElement[bool]:
    """The rule of ``Consent.stands``, asked of the database."""
    return and_(
        Consent.state == "active",
        Consent.ends_at > at,
        or_(Consent.confirm_by.is_(None), Consent.confirm_by > at),
    )


def _locked(question: Select[Consent]) -> list[Consent]:
    """Those that nobody else holds."""
    lock = question.with_for_update(key_share=True, skip_locked=True)
    return list(db.session.scalars(lock.execution_options(populate_existing=True)))
