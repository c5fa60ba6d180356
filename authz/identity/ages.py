"""Ages of the law, as the operator configures them (``settings.Majority``)."""

from calendar import isleap
from dataclasses import dataclass
from datetime import date, datetime

from authz.clock import day_of


@dataclass(frozen=True)
class Ages:
    """``decides``: from then on a child with an account allows services too (in France 15: Data
    Protection Act, art. 45). ``adult``: from then on parents decide nothing for them.
    """

    decides: int
    adult: int


def is_aged(born: date, age: int, at: datetime) -> bool:
    """From the birthday on, in Paris."""
    return born <= born_by(day_of(at), age)


def born_by(today: date, age: int) -> date:
    """The last birth date of whoever is of that age today (born on 29 February: on 1 March)."""
    year = today.year - age
    if (today.month, today.day) == (2, 29) and not isleap(year):
        return date(year, 2, 28)
    return today.replace(year=year)
