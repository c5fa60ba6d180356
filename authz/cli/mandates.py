"""Who may act for whom: recorded by an operator who has seen the evidence."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

import click

from authz.cli.common import at_work, give_up, with_settings
from authz.settings import Settings

if TYPE_CHECKING:
    from authz.identity.models import Account, Mandate

_DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def mandate() -> None:
    """Parents, carers and guardians who act for others."""


@mandate.command("add")
@click.option("--account", "identifier", required=True, help="What the person signs in with.")
@click.option("--patient", "patient_id", required=True, type=click.UUID, help="For whom.")
@click.option(
    "--quality", required=True, type=click.Choice(["representative", "carer", "guardian"])
)
@click.option("--until", type=_DAY, help="The day on which it ends; a carer's needs one.")
@click.option("--may-grant", is_flag=True, help="A carer may also allow services.")
@click.option("--by", required=True, help="Who records it, for the ledger.")
@with_settings
def add_mandate(
    settings: Settings,
    identifier: str,
    patient_id: UUID,
    quality: str,
    until: datetime | None,
    may_grant: bool,
    by: str,
) -> None:
    """Let one person act for another from now on."""
    from authz.clock import now
    from authz.identity.mandates import Terms, record_mandate
    from authz.identity.queries import patient

    ends_at = until.replace(tzinfo=UTC) if until else None
    with at_work(settings):
        at = now()
        about = patient(patient_id)
        if about is None:
            give_up(f"there is no patient {patient_id}")
        terms = Terms(quality, at, ends_at, may_grant=may_grant or None)
        who, adult = _account(identifier), settings.majority.age
        said = record_mandate(who, about, terms, by=by, at=at, adult=adult).id
    click.echo(f"mandate {said}: recorded")


@mandate.command("end")
@click.argument("mandate_id", type=click.UUID)
@click.option(
    "--reason", required=True, type=click.Choice(["judge", "request", "error", "deceased"])
)
@click.option("--by", required=True, help="Who ends it, for the ledger.")
@with_settings
def end_mandate(settings: Settings, mandate_id: UUID, reason: str, by: str) -> None:
    """End a mandate at once. Consents given under it pause until somebody who may answers."""
    from authz.clock import now
    from authz.consent.end_mandate import end_mandate as end

    with at_work(settings):
        end(mandate_id, reason=reason, by=by, at=now())
    click.echo(f"mandate {mandate_id}: ended")


@mandate.command("list")
@with_settings
def list_mandates(settings: Settings) -> None:
    """Every mandate, one on a line."""
    from authz.clock import now
    from authz.identity.queries import every_mandate

    with at_work(settings):
        lines = [_line(row, now()) for row in every_mandate()]
    for line in lines:
        click.echo(line)


def _account(identifier: str) -> "Account":
    from authz.identity.names import canonical
    from authz.identity.queries import account_by_identifier

    found = account_by_identifier(canonical(identifier))
    if found is None:
        give_up(f"there is no account {identifier}")
    return found


def _line(row: "Mandate", at: datetime) -> str:
    until = row.ended_at or row.ends_at
    dates = f"{row.starts_at:%Y-%m-%d} - {f'{until:%Y-%m-%d}' if until else ''}".rstrip()
    state = row.end_reason or ("live" if row.is_live(at) else "not live")
    who = f"{row.account.identifier} for {row.patient_id}"
    return f"{row.id}  {row.quality:<14}  {who}  {dates}  {state}"
