"""The words of the pages: English in the code, every other language in ``authz/translations``."""

from flask_babel import gettext, lazy_gettext
from flask_babel import ngettext as plural_gettext


def _(message: str, **values: object) -> str:
    """``message`` in the language of the page being answered."""
    return str(gettext(message, **values))


def ngettext(singular: str, plural: str, number: int) -> str:
    """The form that goes with ``number``, which the text calls ``%(num)d``."""
    return str(plural_gettext(singular, plural, number))


__all__ = ["_", "lazy_gettext", "ngettext"]
