"""Somebody who is signed in takes another password, and is written to about it."""

from datetime import datetime

from authz.identity import queries
from authz.identity.models import Account
from authz.identity.passwords import hash_password
from authz.identity.sign_in import Policy, prove
from authz.outbox.enqueue import enqueue


def change_password(
    account: Account, current: str, new: str, *, network: str, at: datetime, policy: Policy
) -> None:
    """The account is locked first: nobody who is let in by the old password comes after this.

    Raises ``TooManyFailures``, ``SignInRefused`` or ``PasswordUnusable``; the other sessions are
    the caller's to end, in the same transaction.
    """
    queries.account_for_update(account.id)
    prove(account, current, network=network, at=at, policy=policy)
    account.password_hash = hash_password(new, cost=policy.cost)
    enqueue(
        "password_changed",
        recipient=account.email,
        language=account.language,
        parameters={},
        at=at,
    )
