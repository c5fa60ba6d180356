"""What people have reported: the operator reads, answers and closes.

The person is a number here, the same in all of their cases and nowhere else.
"""

import sys
from typing import TYPE_CHECKING
from uuid import UUID

import click

from authz.cli.common import at_work, with_settings
from authz.settings import Settings

if TYPE_CHECKING:
    from authz.cases.models import Case

_WAITING = ("open", "answered")


@click.group()
def case() -> None:
    """Reports about services, and lines that people do not recognise."""


@case.command("list")
@click.option("--all", "every", is_flag=True, help="Also those that are closed.")
@with_settings
def list_cases(settings: Settings, every: bool) -> None:
    """Cases, the oldest first, one on a line."""
    from authz.cases.queries import cases_in

    with at_work(settings):
        lines = [
            _line(row, settings) for row in cases_in((*_WAITING, "closed") if every else _WAITING)
        ]
    for line in lines:
        click.echo(line)


@case.command("show")
@click.argument("case_id", type=click.UUID)
@with_settings
def show_case(settings: Settings, case_id: UUID) -> None:
    """One case, with what the person wrote."""
    from authz.cases.queries import case_by_id

    with at_work(settings):
        row = case_by_id(case_id)
        facts = {
            "patient": _reference(row, settings),
            "quality": row.quality,
            "service": _service(row),
            "line": _about(row),
            "language": row.language,
            "opened": f"{row.opened_at:%Y-%m-%d %H:%M}",
            "state": row.state,
        }
        text, answer = row.text, row.answer
    for name, said in facts.items():
        click.echo(f"{name + ':':<10}{said}")
    click.echo(f"\n{text or '(nothing written)'}")
    if answer:
        click.echo(f"\nAnswer:\n{answer}")


@case.command("answer")
@click.argument("case_id", type=click.UUID)
@click.option("--by", required=True, help="Who answers; the person is not told.")
@click.option("--text", help="The answer; without it, it is read from standard input.")
@with_settings
def answer_case(settings: Settings, case_id: UUID, by: str, text: str | None) -> None:
    """Answer a case, in the language of the person. An e-mail tells them to come and read."""
    from authz.cases.answer_case import answer_case as answer
    from authz.clock import now

    said = sys.stdin.read() if text is None else text
    with at_work(settings):
        answer(case_id, said, by=by, at=now())
    click.echo(f"case {case_id}: answered")


@case.command("close")
@click.argument("case_id", type=click.UUID)
@click.option("--by", required=True, help="Who closes it.")
@with_settings
def close_case(settings: Settings, case_id: UUID, by: str) -> None:
    """Close a case that has been answered."""
    from authz.cases.answer_case import close_case as close
    from authz.clock import now

    with at_work(settings):
        close(case_id, by=by, at=now())
    click.echo(f"case {case_id}: closed")


def _line(row: "Case", settings: Settings) -> str:
    opened = f"{row.opened_at:%Y-%m-%d}"
    patient = _reference(row, settings)
    return f"{row.id}  {row.state:<8}  {row.kind:<12}  {opened}  {patient}  {_service(row)}"


def _reference(row: "Case", settings: Settings) -> str:
    from authz.identity.subject import pairwise_subject

    return pairwise_subject(row.patient_id, "cases", settings.pairwise_salt.get_secret_value())[:12]


def _service(row: "Case") -> str:
    from authz.catalogue.queries import service

    return service(row.service_id).slug if row.service_id else "-"


def _about(row: "Case") -> str:
    return f"{row.about['day']} {row.about['what']}" if row.about else "-"
