"""What an operator brings, read and checked: each thing that is wrong with it is one line."""

import json
import re
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from authz.cli.common import give_up

if TYPE_CHECKING:
    from authz.catalogue.models import Service

_SLUG = re.compile(r"[a-z][a-z0-9-]{1,39}")


def sheet_in(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(_text(path))
    except tomllib.TOMLDecodeError as error:
        give_up(f"{path}: {error}")


@contextmanager
def sheet_faults_named(path: Path) -> Iterator[None]:
    """Each field that is missing or wrong is a line of its own."""
    from pydantic import ValidationError

    try:
        yield
    except ValidationError as error:
        give_up(
            *(
                f"{path}: {'.'.join(map(str, item['loc'])) or 'sheet'}: {_said(item['msg'])}"
                for item in error.errors(include_input=False, include_url=False)
            )
        )


def _said(message: str) -> str:
    known = {"Field required": "missing", "Extra inputs are not permitted": "unknown field"}
    return known.get(message, message.removeprefix("Value error, "))


def jwks_in(path: Path) -> dict[str, Any]:
    """A set of public keys that may be registered."""
    from authz.keys.errors import JwtRefused
    from authz.keys.public_key import check_registered

    try:
        jwks = json.loads(_text(path))
        if not isinstance(jwks, dict):
            give_up(f"{path}: not a JWK Set")
        check_registered(jwks)
    except (ValueError, JwtRefused) as error:
        give_up(f"{path}: {error}")
    return jwks


def published_keys_in(path: Path) -> list[dict[str, Any]]:
    """The keys that a server has published, however many they have become."""
    try:
        keys = json.loads(_text(path))["keys"]
    except (ValueError, KeyError, TypeError):
        give_up(f"{path}: not a JWK Set")
    return [jwk for jwk in keys if isinstance(jwk, dict)]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        give_up(f"{path}: {error.strerror}")
    except UnicodeDecodeError:
        give_up(f"{path}: not a text in UTF-8")


def one_word(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    """A host or a name; what holds a space is a sector of ours (``catalogue/metadata.py``)."""
    if (value is not None and not value.isprintable()) or " " in (value or ""):
        raise click.BadParameter("one word")
    return value


def sector_of(uris: Sequence[str]) -> str:
    """The one host of the addresses (OIDC Core §8.1)."""
    try:
        hosts = {urlsplit(uri).hostname for uri in uris}
    except ValueError:
        hosts = set()
    (host,) = hosts if len(hosts) == 1 else (None,)
    if host is None:
        give_up("--redirect-uri: not one host; name the --sector")
    return host


def known_service(slug: str) -> "Service":
    from authz.catalogue.errors import ServiceNotFound
    from authz.catalogue.queries import service_by_slug

    try:
        return service_by_slug(slug)
    except ServiceNotFound:
        give_up(f"no service {slug} in the catalogue")


def refuse_slug(slug: str) -> None:
    """One that is not fit for an address, or that a service has."""
    from authz.catalogue.queries import every_service

    if not _SLUG.fullmatch(slug):
        give_up("--slug: 2 to 40 small letters, digits and hyphens, a letter first")
    if slug in {known.slug for known in every_service()}:
        give_up(f"there is a service {slug} already")


def refuse_address(option: str, address: str | None) -> None:
    """One that we would not go to."""
    from authz.catalogue.redirects import is_https

    if address is not None and not is_https(address):
        give_up(f"{option}: not an https address with a plain host")


def refuse_client_id(client_id: str) -> None:
    from authz.catalogue.queries import is_client_id_taken

    if is_client_id_taken(client_id):
        give_up(f"there is a client {client_id} already")
