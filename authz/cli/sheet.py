"""For those who write service sheets: is it complete, does it read well, what has changed?

These commands need no settings and no database.
"""

from pathlib import Path

import click

from authz.cli.intake import sheet_faults_named, sheet_in

_FILE = click.Path(path_type=Path)


@click.group()
def sheet() -> None:
    """Service sheets, before they are published."""


@sheet.command()
@click.argument("file", type=_FILE)
def check(file: Path) -> None:
    """Every field that is missing or wrong; then what could be better, which stops nothing."""
    from authz.catalogue.lint import remarks
    from authz.catalogue.sheet import parse_sheet

    content = sheet_in(file)
    with sheet_faults_named(file):
        found = remarks(parse_sheet(content))
    for remark in found:
        click.echo(remark)
    click.echo(f"{file}: complete; remarks: {len(found) or 'none'}")


@sheet.command()
@click.argument("old", type=_FILE)
@click.argument("new", type=_FILE)
def diff(old: Path, new: Path) -> None:
    """What differs, how much each difference weighs, and how the version may be published."""
    from authz.catalogue.compare import difference
    from authz.catalogue.sheet import parse_sheet

    sheets = []
    for file in (old, new):
        content = sheet_in(file)
        with sheet_faults_named(file):
            sheets.append(parse_sheet(content))
    found = difference(*sheets)
    for change in found.changes:
        click.echo(f"{change.weight:<9}  {change.kind:<7}  {change.place}")
    click.echo(
        "material: consents must be confirmed by a date" if found.material else "may be editorial"
    )
