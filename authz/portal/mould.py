"""A page that is rendered once for everybody: what it says of a person are holes, filled for each.

The person and the evidence get the same rendering, theirs with their own words in the holes, the
other with ``…``. So what is kept is what was read, and a question that many are asked is kept, too.
"""

import re
import secrets
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from flask import current_app, render_template
from markupsafe import escape

from authz.consent.note_change import Shown
from authz.portal.shown import SOMEBODY, shown_by

_MARK = secrets.token_hex(16)  # so that no text can pretend to be a hole
_HOLE = re.compile(rf"{_MARK}-([a-z_]+)-")
_MOST_KEPT = 256  # of some 30 kB
SOME_REQUEST = UUID(_MARK)  # the hole of an id, in addresses


class Page(Protocol):
    """What a page shows, and the same with a hole for each thing that it says of the person."""

    def of_nobody(self) -> Any: ...


@dataclass(frozen=True)
class Mould:
    """``parts``: what is between the holes, and the names of these, in turn."""

    parts: tuple[str, ...]
    shown: Shown

    def filled(self, words: dict[str, str]) -> str:
        """The page with somebody's words, escaped, in all of its holes."""
        parts: list[str] = list(self.parts)
        parts[1::2] = [escape(words[name]) for name in self.parts[1::2]]
        return "".join(parts)


def hole(name: str) -> str:
    return f"{_MARK}-{name}-"


def mould(template: str, page: Page, *mistakes: tuple[str, str]) -> Mould:
    """Render a page of a question for nobody in particular."""
    rendered = render_template(
        template,
        page=page.of_nobody(),
        mistakes=list(mistakes),
        shown=hole("shown"),
        csrf_token=lambda: hole("csrf_token"),
        closing=hole("closing"),
    ).replace(str(SOME_REQUEST), hole("request_id"))
    return Mould(tuple(_HOLE.split(rendered)), shown_by(template, _HOLE.sub(SOMEBODY, rendered)))


def kept(key: Hashable, make: Callable[[], Mould]) -> Mould:
    """The mould of this application that ``key`` stands for: it names all that is not a hole."""
    moulds: dict[Hashable, Mould] = current_app.extensions.setdefault("authz.moulds", {})
    known = moulds.get(key)
    if known is None:
        if len(moulds) >= _MOST_KEPT:
            moulds.clear()
        known = moulds[key] = make()
    return known
