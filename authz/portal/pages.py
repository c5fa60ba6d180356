"""Every blueprint of the portal, for ``create_app``."""

from flask import Blueprint

from authz.portal import (
    account,
    acting,
    catalogue,
    change,
    consent,
    demo,
    device,
    export,
    fhir,
    home,
    language,
    ledger,
    ledger_files,
    of_age,
    password,
    sign_in,
    sign_out,
    space,
    terms,
    words,
)

PAGES: tuple[Blueprint, ...] = (
    words.bp,
    home.bp,
    language.bp,
    sign_in.bp,
    sign_out.bp,
    acting.bp,
    account.bp,
    password.bp,
    export.bp,
    fhir.bp,
    of_age.bp,
    consent.bp,
    device.bp,
    space.bp,
    terms.bp,
    change.bp,
    catalogue.bp,
    ledger.bp,
    ledger_files.bp,
    demo.bp,
)
