"""A message becomes a letter: subject, plain text and HTML, from templates.

The templates stand in ``templates/mail/<language>/``. The first line of the plain one is the
subject, so a mail is two files and nothing in the code.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from authz.settings import data_dir


@dataclass(frozen=True)
class Written:
    subject: str
    text: str
    html: str


def write(
    kind: str,
    *,
    language: str,
    parameters: Mapping[str, object],
    address: str,
    help_desk: str | None = None,
) -> Written:
    """Fill the templates of a kind. ``address`` is where links lead: the portal.

    ``patient`` names the person to somebody who acts for them; without it, the letter says "your".
    """
    values = {
        "patient": "",
        "help_desk": help_desk,
        **parameters,
        "address": address,
        "language": language,
    }
    plain = _templates().get_template(f"{language}/{kind}.txt")
    rich = _templates().get_template(f"{language}/{kind}.html")
    subject, _, text = plain.render(values).strip().partition("\n")
    # A name may hold what other programs take for the end of a line (U+2028); a header may not.
    return Written(" ".join(subject.split()), text.strip() + "\n", rich.render(values))


def long_day(day: date, language: str) -> str:
    """As a letter says a day: in words, and as Europeans do."""
    return format_date(day, "long", locale={"en": "en_GB"}.get(language, language))


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(data_dir("templates") / "mail"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
