"""What clients may ask for themselves, without a person (``config/machine_scopes.toml``)."""

import tomllib
from functools import cache
from typing import Literal

from pydantic import BaseModel, ConfigDict

from authz.catalogue.categories import Area
from authz.catalogue.text import Line, Text
from authz.settings import data_dir


class MachineScope(BaseModel):
    """A scope, the kinds of client that may ask for it, and the areas whose servers learn of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Line
    kinds: frozenset[Literal["service", "relying_party", "resource_server"]]
    areas: frozenset[Area]
    description: Text


@cache
def machine_scopes() -> tuple[MachineScope, ...]:
    text = (data_dir("config") / "machine_scopes.toml").read_text(encoding="utf-8")
    return tuple(MachineScope.model_validate(item) for item in tomllib.loads(text)["scope"])


def asked_for_itself(scope: str, kind: str) -> bool:
    """Whether a client of this kind asks something, and nothing that it may not have."""
    known = {known.name for known in machine_scopes() if kind in known.kinds}
    asked = scope.split()
    return bool(asked) and set(asked) <= known
