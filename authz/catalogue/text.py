"""A text that patients read, in every language that we serve."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Text(BaseModel):
    """The same words in French and in English. Both are compulsory."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fr: Line
    en: Line

    def in_(self, language: str) -> str:
        """The words in ``language``, in French where we do not speak it."""
        return self.en if language == "en" else self.fr
