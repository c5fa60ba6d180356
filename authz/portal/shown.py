"""The text of a page as it is shown, word for word: what is kept as evidence of a decision.

Nobody in particular: what the page says of the person is left out before it gets here, so that one
text stands for everybody who was shown it and holds no personal data. Boxes are shown empty;
what was ticked is kept beside the text.
"""

import hashlib
import re
from functools import cache
from html.parser import HTMLParser

from flask import render_template

from authz.consent.note_change import Shown
from authz.settings import data_dir

SOMEBODY = "…"
_BLOCKS = frozenset(
    "article button dd details div dl dt fieldset form h1 h2 h3 h4 label legend li main ol p "  # noqa: SIM905
    "section summary tr ul".split()
)
_BOXES = {"checkbox": "[ ] ", "radio": "( ) "}


class _Text(HTMLParser):
    """The words of ``main``, one line for each block."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = self.inside or tag == "main"
        if tag == "input":
            self.parts.append("\n" + _BOXES.get(dict(attrs).get("type") or "", ""))
        elif tag == "br" or tag in _BLOCKS - {"label"}:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "main"
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.parts.append(re.sub(r"\s+", " ", data))


def shown(template: str, **values: object) -> Shown:
    """What the template says, filled in for nobody in particular."""
    return shown_by(template, render_template(template, shown="", **values))


def shown_by(template: str, page: str) -> Shown:
    """What a page says that was rendered from the template, for nobody in particular."""
    parser = _Text()
    parser.feed(page)
    lines = (" ".join(line.split()) for line in "".join(parser.parts).split("\n"))
    return Shown("\n".join(line for line in lines if line) + "\n", _version(template))


@cache
def _version(template: str) -> str:
    """The name of a template and the beginning of its SHA-256."""
    source = (data_dir("templates") / template).read_bytes()
    return f"{template}@{hashlib.sha256(source).hexdigest()[:16]}"
