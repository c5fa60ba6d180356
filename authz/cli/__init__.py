"""The command line. Each command says what went wrong in a line, and its exit status says whether.

Commands import what they need when they run, so that ``authz --help`` is immediate.
"""

import click

from authz.cli import (
    accounts,
    cases,
    catalogue,
    closing,
    extract,
    keys,
    ledger,
    mandates,
    ruling,
    server,
    sheet,
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="authz")
def main() -> None:
    """Consent and authorization server for health data."""


for command in (
    server.demo,
    server.migrate,
    server.serve,
    server.worker,
    server.check,
    server.secret,
    catalogue.service,
    sheet.sheet,
    catalogue.client,
    catalogue.resource_server,
    accounts.account,
    mandates.mandate,
    cases.case,
    keys.keys,
    ledger.ledger,
):
    main.add_command(command)

for command in (extract.make_extract, extract.check_one):
    ledger.ledger.add_command(command)

for command in (ruling.suspend_service, ruling.lift_suspension, ruling.dereference_service):
    catalogue.service.add_command(command)

for command in (closing.close_space, closing.reopen_space, closing.erase_person):
    accounts.account.add_command(command)
