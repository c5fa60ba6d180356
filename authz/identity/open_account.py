"""A person gets a health space and an account to sign in with."""

from datetime import date, datetime

from authz.db import db
from authz.identity.addresses import check_address
from authz.identity.errors import IdentifierTaken
from authz.identity.models import Account, NoticePlan, Patient
from authz.identity.names import canonical
from authz.identity.passwords import Cost, hash_password
from authz.identity.queries import account_by_identifier


def open_account(
    *,
    identifier: str,
    password: str,
    given_name: str,
    family_name: str,
    birth_date: date,
    email: str,
    language: str,
    at: datetime,
    cost: Cost,
) -> Account:
    """Raises ``AddressUnusable``, ``PasswordUnusable`` or ``IdentifierTaken``."""
    check_address(email)
    name = canonical(identifier)
    if account_by_identifier(name) is not None:
        raise IdentifierTaken
    patient = Patient(
        given_name=given_name, family_name=family_name, birth_date=birth_date, created_at=at
    )
    account = Account(
        identifier=name,
        password_hash=hash_password(password, cost=cost),
        patient=patient,
        email=email,
        language=language,
        created_at=at,
        plan=NoticePlan(look_at=at, looked_at=at, told_until=at),
    )
    db.session.add_all([patient, account])
    db.session.flush()
    return account
