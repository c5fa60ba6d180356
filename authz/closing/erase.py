"""Erase a person (GDPR art. 17): whatever names them goes, and what stays links to nobody.

After the archive period, or before it where they have asked. One transaction: the rows that are
theirs (``belongings.py``), the messages, and the key of the ledger. The bare proofs stay (art.
17(3)(b) and (e)): the log verifies as before, and says that it happened, but not to whom.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta

from authz.catalogue.queries import every_sector
from authz.closing import queries
from authz.closing.models import Closing
from authz.db import take_all_the_time
from authz.identity.models import Account, Patient
from authz.identity.queries import account_of_patient, forget_failures, patient_for_update
from authz.identity.subject import pairwise_subject
from authz.identity.throttle import name_key
from authz.ledger.erase import erase_subject
from authz.outbox.erase import Traces, erase_messages

ASKED = "request of the person"
OVER = "end of the archive period"

_PATIENCE = timedelta(days=7)  # with a mail server that does not take the last message

Forget = Callable[[Collection[str]], object]


def erase_next(*, salt: str, forget: Forget, at: datetime) -> int:
    """Erase the next person whose time has come. 1, or 0 when there is none.

    ``forget`` is called with the names by which services and resource servers know the person, so
    that a server of ours erases what it keeps under them.
    """
    take_all_the_time()  # messages, of which there are many, are searched for what is about them
    closing = queries.hold_next_to_erase(at, patience=_PATIENCE)
    if closing is None:
        return 0
    _erase(closing, salt=salt, forget=forget, at=at)
    return 1


def _erase(closing: Closing, *, salt: str, forget: Forget, at: datetime) -> None:
    patient = patient_for_update(closing.patient_id)
    patient_id, ground = patient.id, ASKED if closing.erase else OVER
    account = account_of_patient(patient_id)
    subjects = frozenset(pairwise_subject(patient_id, each, salt) for each in every_sector())
    consents = queries.consents_of(patient_id)
    forget(subjects)
    erase_messages(_traces(patient, account, map(str, consents), subjects))
    if account is not None:
        forget_failures(name_key(account.identifier))
    queries.erase_rows(patient_id, requests=queries.requests_behind(consents))
    queries.blank(patient_id, at)
    queries.erase_patient(patient_id)
    erase_subject(patient_id, ground=ground, at=at, forget=True)


def _traces(
    patient: Patient,
    account: Account | None,
    consents: Iterable[str],
    subjects: frozenset[str],
) -> Traces:
    return Traces(
        address=account.email if account else None,
        name=patient.name,
        given_name=patient.given_name,
        helpers=frozenset(helper.email for helper in queries.who_acted_for(patient.id)),
        consents=frozenset(consents),
        subjects=subjects,
    )
