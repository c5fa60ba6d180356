"""What a verification found, in plain lines."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it must be; ``seq`` is the number of the entry, if one is known."""

    text: str
    seq: int | None = None

    def __str__(self) -> str:
        return self.text if self.seq is None else f"entry {self.seq}: {self.text}"


def entries(number: int) -> str:
    return "1 entry" if number == 1 else f"{number} entries"


@dataclass
class Report:
    """The outcome. It is ``ok`` when nothing at all was found."""

    origin: str
    size: int = 0
    notes: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.findings

    @property
    def first_bad(self) -> int | None:
        """The number of the first bad entry, if any finding concerns an entry."""
        return min((f.seq for f in self.findings if f.seq is not None), default=None)

    @property
    def lines(self) -> list[str]:
        """For people: what was checked, what was found in the order of the log, the verdict."""
        return [
            f"log {self.origin}, {entries(self.size)}",
            *self.notes,
            *self._found(),
            self._end(),
        ]

    def _found(self) -> list[str]:
        last = float("inf")
        in_order = sorted(self.findings, key=lambda f: last if f.seq is None else f.seq)
        return [f"BAD {finding}" for finding in in_order]

    def _end(self) -> str:
        if self.ok:
            return "verified: nothing was changed, removed, reordered or cut off"
        if self.first_bad is None:
            return "NOT VERIFIED"
        return f"NOT VERIFIED: the first bad entry is number {self.first_bad}"
