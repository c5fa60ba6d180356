"""How tokens end before their time."""

from datetime import datetime
from uuid import UUID

from authz.db import db
from authz.tokens import queries
from authz.tokens.errors import TokenOfAnother
from authz.tokens.values import read


def end_token(value: str, *, client_id: UUID, at: datetime) -> None:
    """A client says that it no longer needs a token (RFC 7009).

    An unknown token is fine (§2.2). A refresh token takes the access tokens of its code with it
    (§2.1), an access token those that it was exchanged for. Raises
    ``TokenOfAnother``; nothing has ended then.
    """
    if (handle := read("at", value)) is not None:
        access = queries.access_token(*handle)
        if access is not None:
            _own(access.actor_id or access.client_id, client_id)
            access.ended_at = access.ended_at or at
            db.session.flush()  # whoever is exchanging it has been waited for
            queries.end_exchanged(access.id, at)
    elif (handle := read("mt", value)) is not None:
        machine = queries.machine_token(*handle)
        if machine is not None:
            _own(machine.client_id, client_id)
            machine.ended_at = machine.ended_at or at
    elif (handle := read("rt", value)) is not None:
        refresh = queries.refresh_token(*handle)
        if refresh is not None:
            _own(refresh.client_id, client_id)
            queries.end_tokens_of_code(refresh.code_id, at)


def end_tokens_of_consent(consent_id: UUID, *, at: datetime) -> int:
    """How many tokens of the consent were ended. The caller has locked the consent's row."""
    return queries.end_tokens_of_consent(consent_id, at)


def end_tokens_of_mandate(mandate_id: UUID, *, at: datetime) -> int:
    """What somebody connected who acted for another, on whoever's consent. How many tokens ended.

    A code that is being redeemed is waited for, and its tokens end with the others.
    """
    return queries.end_tokens_of_mandate(mandate_id, at)


def end_refresh_tokens_of_consent(consent_id: UUID, *, at: datetime) -> int:
    """The service may not act while the person is away any more."""
    return queries.end_refresh_tokens_of_consent(consent_id, at)


def hold_codes_of_consent(consent_id: UUID) -> None:
    """Wait for codes that are being redeemed, and keep the others from it until the end."""
    queries.hold_codes_of_consent(consent_id)


def spend_codes_of_consent(consent_id: UUID, *, at: datetime) -> int:
    """Codes that nobody has redeemed yet. How many there were."""
    return queries.spend_codes_of_consent(consent_id, at)


def _own(holder: UUID, caller: UUID) -> None:
    if holder != caller:
        raise TokenOfAnother
