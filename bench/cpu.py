"""CPU time of processes, as the kernel counts it.

Per thread in nanoseconds (``schedstat``), because the clock ticks of ``/proc/<pid>/stat`` are as
long as thirty requests. What ended in between is taken from its parent, in ticks.
"""

import os
from dataclasses import dataclass
from pathlib import Path

_TICK = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Tree:
    """A process and all that came of it."""

    root: int

    def seconds(self) -> float:
        """CPU time used until now."""
        children = _children()
        return sum(_seconds(pid) for pid in _below(self.root, children)) + _reaped(self.root)

    def resident(self) -> float:
        """Memory in MiB, shared pages divided among those who share them."""
        return sum(_proportional(pid) for pid in _below(self.root, _children())) / 1024


def _children() -> dict[int, list[int]]:
    known: dict[int, list[int]] = {}
    for path in Path("/proc").iterdir():
        if path.name.isdigit() and (fields := _stat(path)):
            known.setdefault(int(fields[1]), []).append(int(path.name))
    return known


def _below(root: int, children: dict[int, list[int]]) -> list[int]:
    found = [root]
    for pid in found:  # grows while it is walked
        found += children.get(pid, [])
    return found


def _stat(path: Path) -> list[str]:
    """The fields after the name, or nothing when the process has gone."""
    try:
        return (path / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _seconds(pid: int) -> float:
    total = 0
    try:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            total += int((thread / "schedstat").read_text().split()[0])
    except OSError:
        pass  # gone: its parent has reaped it
    return total / 1e9


def _reaped(pid: int) -> float:
    fields = _stat(Path(f"/proc/{pid}"))
    return sum(int(field) for field in fields[13:15]) * _TICK


def _proportional(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
