"""The folder of a demonstration: its database, its secrets, its settings. Forgotten as a whole."""

import fcntl
import json
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from authz.demo.errors import CannotStart
from authz.keys.new_jwk import new_jwk
from authz.settings import SECRETS, data_dir

DEFAULT = ".demo"
SERVICES = ("parcours-hopital", "glyco-carnet", "rappel-vaccins")
_MARK = "made-by-authz-demo"
_ENVIRONMENT = "environment.json"


@dataclass(frozen=True)
class Ports:
    """Three in a row: the portal, the sample service, the resource server."""

    first: int

    @property
    def all(self) -> tuple[int, int, int]:
        return self.first, self.first + 1, self.first + 2

    @property
    def origins(self) -> tuple[str, str, str]:
        portal, service, resources = (f"http://localhost:{port}" for port in self.all)
        return portal, service, resources


@dataclass(frozen=True)
class Home:
    directory: Path
    ports: Ports

    @contextmanager
    def held(self, *, reset: bool) -> Iterator[None]:
        """Make the folder, or find it, and hold it: one demonstration in one folder.

        With ``reset`` everything in it is forgotten first. Raises ``CannotStart`` for a folder that
        is in use, or that no demonstration made.
        """
        with self._marked() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise CannotStart(f"a demonstration is running in {self.directory}") from error
            if reset:
                self._forget()
            (self.directory / "log").mkdir(exist_ok=True)
            yield

    def _marked(self) -> IO[str]:
        """The open mark of a folder that is ours to use."""
        mark = self.directory / _MARK
        try:
            if self.directory.exists() and any(self.directory.iterdir()) and not mark.exists():
                raise CannotStart(f"{self.directory} was not made by a demonstration")
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            return mark.open("w")
        except OSError as error:
            raise CannotStart(f"{self.directory}: {error.strerror}") from error

    def _forget(self) -> None:
        for kept in self.directory.iterdir():
            if kept.is_dir():
                shutil.rmtree(kept)
            elif kept.name != _MARK:
                kept.unlink()

    @property
    def is_default(self) -> bool:
        return self.directory == Path(DEFAULT).resolve()

    @cached_property
    def secrets(self) -> dict[str, Any]:
        """Made on the first start and kept."""
        path = self.directory / "secrets.json"
        if not path.exists():
            _write_private(path, _fresh_secrets())
        known: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return known

    def environment(self, database_url: str) -> dict[str, str]:
        """What the processes of a demonstration are told."""
        portal, _, resources = self.ports.origins
        values = {name: self.secrets[name] for name in SECRETS if name != "database_url"}
        return {
            "AUTHZ_CONFIG": str(self.directory / "authz.toml"),
            "AUTHZ_DATABASE_URL": database_url,
            **{f"AUTHZ_{name.upper()}": value for name, value in values.items()},
            "RESOURCES_ORIGIN": resources,
            "RESOURCES_ISSUER": portal,
            "RESOURCES_DATABASE_URL": database_url,
            "RESOURCES_CLIENT_ID": "espace-sante",
            "RESOURCES_CLIENT_SECRET": self.secrets["resource_server"],
            "PARCOURS_CONFIG": str(self.directory / "parcours.json"),
        }

    def remember(self, environment: dict[str, str]) -> None:
        """Keep what the processes were told, so that another terminal can look at the same data."""
        _write_private(self.directory / _ENVIRONMENT, environment)

    def write_settings(self) -> None:
        """The settings of the three servers, for the ports of this start."""
        text = (data_dir("config") / "demo.toml").read_text(encoding="utf-8")
        ledger = self.directory / "ledger"
        paths = {
            "directory": ledger / "public",
            "key_file": ledger / "key.pem",
            "guard_file": ledger / "guard",
        }
        lines = "\n".join(f"{name} = {json.dumps(str(path))}" for name, path in paths.items())
        text = text.replace("[ledger]", f"[ledger]\n{lines}", 1)
        text = text.replace("http://localhost:8000", self.ports.origins[0], 1)
        text = text.replace("port = 8000", f"port = {self.ports.first}", 1)
        (self.directory / "authz.toml").write_text(text, encoding="utf-8")
        _write_private(self.directory / "parcours.json", self._sample_service())

    def _sample_service(self) -> dict[str, Any]:
        portal, service, resources = self.ports.origins
        return {
            "issuer": portal,
            "origin": service,
            "resources": resources,
            "client_id": SERVICES[0],
            "key": self.secrets["clients"][SERVICES[0]]["private"],
            "secret_key": self.secrets["sample_service"],
            "store": str(self.directory / "parcours.sqlite"),
        }


def environment_of(directory: Path) -> dict[str, str]:
    """What the processes of the running demonstration were told. Raises ``CannotStart``."""
    try:
        told: dict[str, str] = json.loads((directory / _ENVIRONMENT).read_text(encoding="utf-8"))
        running = _is_held(directory / _MARK)
    except (OSError, ValueError):
        running = False
    if not running:
        where = "" if directory == Path(DEFAULT) else f" --directory {directory}"
        raise CannotStart(f"the demonstration is not running: authz demo{where}")
    return {name: value for name, value in told.items() if name.startswith("AUTHZ_")}


def _is_held(mark: Path) -> bool:
    with mark.open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _fresh_secrets() -> dict[str, Any]:
    names = ("secret_key", "key_encryption_key", "pairwise_salt")
    values = {
        name: secrets.token_urlsafe(32) for name in (*names, "resource_server", "sample_service")
    }
    clients = {}
    for service in SERVICES:
        private, public = new_jwk()
        clients[service] = {"private": private, "public": public}
    return {**values, "clients": clients}


def _write_private(path: Path, content: dict[str, Any]) -> None:
    path.touch(mode=0o600)
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")
