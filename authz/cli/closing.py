"""What operators decide about a health space: closed, opened again, erased early."""

from typing import TYPE_CHECKING
from uuid import UUID

import click

from authz.cli.common import at_work, give_up, with_settings
from authz.cli.ruling import ruling_of
from authz.settings import Settings

if TYPE_CHECKING:
    from datetime import datetime

    from authz.closing.end import SignOut

_identifier = click.option("--account", "identifier", help="What the person signs in with.")
_patient = click.option("--patient", "patient_id", type=click.UUID, help="Instead: whose space.")
_proposed = click.option("--proposed-by", "first", required=True, help="An operator's code.")
_confirmed = click.option("--confirmed-by", "second", required=True, help="Another operator's.")


@click.command("close")
@_identifier
@_patient
@click.option("--reason", required=True, type=click.Choice(["closure", "death"]))
@click.option("--evidence", default="", help="What was seen: the number of a certificate.")
@_proposed
@_confirmed
@with_settings
def close_space(
    settings: Settings,
    identifier: str | None,
    patient_id: UUID | None,
    reason: str,
    evidence: str,
    first: str,
    second: str,
) -> None:
    """Close a health space at once. Every consent, token, session and mandate of it ends."""
    from authz.clock import now
    from authz.closing.decide import decide

    ruling, at = ruling_of(reason, first, second), now()
    with at_work(settings):
        closed = decide(
            _whose(identifier, patient_id),
            ruling,
            evidence=evidence,
            sign_out=_sign_out(at),
            archive=settings.closing.archive,
            at=at,
        )
        said = f"space of patient {closed.patient_id}: closed ({reason})"
    click.echo(said)


@click.command("reopen")
@_identifier
@_patient
@click.option("--reason", required=True, type=click.Choice(["mistake", "request"]))
@_proposed
@_confirmed
@with_settings
def reopen_space(
    settings: Settings,
    identifier: str | None,
    patient_id: UUID | None,
    reason: str,
    first: str,
    second: str,
) -> None:
    """Open a closed health space again. No consent, mandate or session comes back."""
    from authz.clock import now
    from authz.closing.decide import reopen

    ruling = ruling_of(reason, first, second)
    with at_work(settings):
        opened = reopen(_whose(identifier, patient_id), ruling, at=now())
        said = f"space of patient {opened.patient_id}: open again ({reason})"
    click.echo(said)


@click.command("erase")
@_identifier
@_patient
@_proposed
@_confirmed
@with_settings
def erase_person(
    settings: Settings,
    identifier: str | None,
    patient_id: UUID | None,
    first: str,
    second: str,
) -> None:
    """Do not wait for the end of the archive period: the person has asked. The worker erases."""
    from authz.clock import now
    from authz.closing.decide import erase_soon

    ruling = ruling_of("request", first, second)
    with at_work(settings):
        closing = erase_soon(_whose(identifier, patient_id), ruling, at=now())
        said = f"space of patient {closing.patient_id}: erased from {closing.erase_at:%Y-%m-%d} on"
    click.echo(said)


def _sign_out(at: "datetime") -> "SignOut":
    from authz.web.sign_out import sign_out

    return lambda session: sign_out(session, at=at)


def _whose(identifier: str | None, patient_id: UUID | None) -> UUID:
    from authz.identity.names import canonical
    from authz.identity.queries import account_by_identifier, patient

    if (identifier is None) == (patient_id is None):
        give_up("name the account or the patient, one of them")
    if patient_id is not None:
        return patient_id if patient(patient_id) else give_up(f"there is no patient {patient_id}")
    found = account_by_identifier(canonical(identifier or ""))
    return found.patient_id if found else give_up(f"there is no account {identifier}")
