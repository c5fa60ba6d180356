"""French and English: which one a page speaks, and how it is typeset.

In order: what the person has just chosen on the pages of this authorization request, the
``ui_locales`` of that request (OIDC Core §3.1.2.1), the saved preference, the browser's
``Accept-Language``, French.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from flask import Flask, g, request
from flask import session as browser
from flask_babel import Babel, force_locale, format_date, format_time, get_locale, refresh

from authz.clock import TIME_ZONE
from authz.web.current import settings

_LOCALES = {"en": "en_GB"}  # day before month, and 24 hours, as everywhere around us
_BEFORE_MARK = re.compile(r" (?=[:;?!»%])")
_AFTER_QUOTE = re.compile(r"(?<=«) ")


class Bilingual(Protocol):
    def in_(self, language: str) -> str: ...


def init_languages(app: Flask) -> None:
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "translations"
    Babel(
        app,
        default_locale=app.extensions["authz"].languages[0],
        default_timezone=TIME_ZONE,
        locale_selector=choose,
    )
    app.jinja_env.globals.update(language=language, say=say)
    app.jinja_env.filters.update(day=day, moment=moment, clock_time=clock_time)


def choose() -> str:
    known = settings().languages
    chosen = next((language for language in _wishes() if language in known), known[0])
    return _LOCALES.get(chosen, chosen)


@contextmanager
def speaking(wanted: str) -> Iterator[None]:
    """This language, whoever asks: for what is written outside of a request, too."""
    with force_locale(_LOCALES.get(wanted, wanted)):
        yield


def _wishes() -> Iterator[str]:
    here = browser.get("language_here")
    if here and here[0] == str(g.get("authorization_request")):
        yield here[1]
    yield from map(_primary, g.get("ui_locales", "").split())
    if "language" in browser:
        yield browser["language"]
    session = g.get("session")  # only if a page has looked it up already
    if session is not None:
        yield session.account.language
    yield from map(_primary, request.accept_languages.values())


def _primary(tag: str) -> str:
    """``en`` of ``en-GB``: we do not speak dialects."""
    return tag.lower().partition("-")[0]


def speak_as_asked(request_id: UUID, ui_locales: str) -> None:
    """From here on, honour what this authorization request says about languages."""
    g.authorization_request, g.ui_locales = request_id, ui_locales
    refresh()


def remember(wanted: str, *, request_id: UUID | None = None) -> None:
    """Somebody has chosen a language. One that we do not speak is not remembered."""
    if wanted not in settings().languages:
        return
    browser["language"] = wanted
    if request_id:
        browser["language_here"] = [str(request_id), wanted]
    refresh()


def language() -> str:
    """The language of this page."""
    return str(get_locale().language)


def language_name(code: str) -> str:
    """What this page calls a language."""
    return str(get_locale().languages.get(code, code))


def say(text: Bilingual) -> str:
    """A text of the catalogue in the language of this page."""
    return typeset(text.in_(language()))


def typeset(words: str) -> str:
    """French puts an unbreakable space before : ; ? ! and inside « »."""
    if language() != "fr":
        return words
    return _AFTER_QUOTE.sub("\u00a0", _BEFORE_MARK.sub("\u00a0", words))


def day(at: date) -> str:
    """In one piece: a date does not go over the end of a line."""
    return str(format_date(at, "long")).replace(" ", "\u00a0")


def clock_time(at: datetime) -> str:
    return str(format_time(at, "short"))


def moment(at: datetime) -> str:
    return f"{day(at)}, {clock_time(at)}"
