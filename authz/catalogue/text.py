"""A text that patients read, in every language that we serve."""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

# Controls, ends of lines and paragraphs, and what is unseen or turns the line around. Every space
# that typography knows stays.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


# An e-mail address in the middle of a text.
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


def _visible(words: str) -> str:
    if words.isprintable():  # as nearly all are, and looked at a hundred times faster
        return words
    if any(unicodedata.category(character) in _UNSEEN for character in words):
        raise ValueError("one line, of characters that can be seen")
    return words


Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(_visible)
]


class Text(BaseModel):
    """The same words in French and in English. Both are compulsory."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fr: Line
    en: Line

    def in_(self, language: str) -> str:
        """The words in ``language``, in French where we do not speak it."""
        return self.en if language == "en" else self.fr
