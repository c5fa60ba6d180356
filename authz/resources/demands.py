"""What this server demands of the sign-in behind a token, for an area or one of its categories.

RFC 9470. ``RESOURCES_DEMANDS`` holds one demand after the other, with a semicolon between:
``record max_age=3600; record:results acr=eidas2,eidas3 max_age=900``. What is said of a category
takes the place of what is said of its area.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from authz.resources.kinds import Kind
from authz.settings import SettingsInvalid
from authz.web.bearer import Caller
from authz.web.step_up import Demand

_SHORTEST = 60  # seconds: less has passed before the token is used


@dataclass(frozen=True)
class Demands:
    """By ``area`` or ``area:category``."""

    by_place: Mapping[str, Demand] = field(default_factory=dict)

    def check(self, caller: Caller, kind: Kind, *, at: datetime) -> None:
        """Raises ``SignInInsufficient``."""
        by_area = self.by_place.get(kind.area, Demand())
        self.by_place.get(_place(kind), by_area).check(caller.claims, at=at)

    def check_places(self, kinds: tuple[Kind, ...]) -> None:
        """A demand for what is not served here protects nothing. Raises ``SettingsInvalid``."""
        known = {kind.area for kind in kinds} | {_place(kind) for kind in kinds}
        _refuse([f"{place}: not served here" for place in self.by_place.keys() - known])


def read_demands(written: str) -> Demands:
    """Raises ``SettingsInvalid``: a demand that cannot be read must not be left out."""
    lines = [line.split() for line in written.split(";") if line.strip()]
    places = [line[0] for line in lines]
    _refuse([f"{place}: twice" for place in set(places) if places.count(place) > 1])
    return Demands({line[0]: _demand(line[0], line[1:]) for line in lines})


def _demand(place: str, words: list[str]) -> Demand:
    said = dict(word.partition("=")[::2] for word in words)
    levels = tuple(said["acr"].split(",")) if "acr" in said else ()
    seconds = said.get("max_age")
    is_whole = words and len(said) == len(words) and said.keys() <= {"acr", "max_age"}
    if not is_whole or "" in levels or (seconds is not None and not _is_age(seconds)):
        _refuse([f"{place}: acr=LEVEL,... and max_age=SECONDS, {_SHORTEST} at least"])
    return Demand(levels, None if seconds is None else int(seconds))


def _is_age(seconds: str) -> bool:
    plain = seconds.isascii() and seconds.isdigit() and len(seconds) <= 9
    return plain and int(seconds) >= _SHORTEST


def _place(kind: Kind) -> str:
    return f"{kind.area}:{kind.category}"


def _refuse(problems: list[str]) -> None:
    if problems:
        raise SettingsInvalid([f"RESOURCES_DEMANDS: {problem}" for problem in sorted(problems)])
