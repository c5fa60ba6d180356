"""A session ends, and everybody who signed the person in through it is told.

OpenID Connect Back-Channel Logout 1.0 §2. The messages are written in the transaction that ends the
session, so none is lost and none is sent for a session that lives.
"""

from datetime import datetime, timedelta
from uuid import UUID

from authz.catalogue import queries as catalogue
from authz.catalogue.models import Client
from authz.identity import queries as identity
from authz.identity.models import Session
from authz.identity.sessions import end_session
from authz.identity.subject import pairwise_session, pairwise_subject
from authz.outbox.enqueue import enqueue
from authz.outbox.logout import LOGOUT
from authz.tokens.queries import clients_of_session
from authz.web.current import settings

_BATCH = 100


def sign_out(session: Session, *, at: datetime) -> None:
    """End a session. Ending twice is ending once."""
    if session.ended_at is not None:
        return
    end_session(session, at=at)
    for client_id in clients_of_session(session.id):
        client = catalogue.client(client_id)
        if client.registration.get("backchannel_logout_uri") and client.disabled_at is None:
            _tell(client, session, at)


def sign_out_elsewhere(present: Session, *, at: datetime, only: UUID | None = None) -> None:
    """End the other sessions of the account, or one of them.

    One that is somebody else's is like one that has ended: nothing happens, and nothing is said.
    """
    for session in identity.open_sessions(present.account_id, lock=True):
        if session.id != present.id and only in {None, session.id}:
            sign_out(session, at=at)


def sign_out_the_lapsed(*, at: datetime) -> int:
    """End what has run out without anybody signing out. Returns how many sessions that were."""
    idle = timedelta(seconds=settings().lifetimes.session_idle)
    lapsed = identity.lapsed_sessions(at, idle=idle, limit=_BATCH)
    for session in lapsed:
        sign_out(session, at=at)
    return len(lapsed)


def _tell(client: Client, session: Session, at: datetime) -> None:
    salt = settings().pairwise_salt.get_secret_value()
    facts = {
        "aud": client.client_id,
        "sub": pairwise_subject(session.account.patient_id, client.sector, salt),
        "sid": pairwise_session(session.id, client.client_id, salt),
        "algorithm": client.id_token_algorithm,
    }
    address = client.registration["backchannel_logout_uri"]
    enqueue(LOGOUT, recipient=address, language="", parameters=facts, at=at)
