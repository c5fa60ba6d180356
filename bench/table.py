"""The table that goes into bench/README.md."""

import os
import platform
from pathlib import Path
from statistics import median
from typing import Any

from bench.measure import Figure, Result
from bench.servers import Database

_HEADINGS = (
    "",
    "CPU app+db",
    "= µs",
    "budget",
    "req/s",
    "p99 ms",
    "peer CPU µs",
    "ratio",
    "gate",
    "floor",
)


_README = Path(__file__).parent / "README.md"
_BEGIN, _END = "<!-- figures of python -m bench --write -->", "<!-- end of figures -->"


def table(results: list[Result], about: str) -> str:
    lines = ([*_HEADINGS], ["---"] * len(_HEADINGS), *_rows(results))
    return "\n".join([about, "", *("| " + " | ".join(line) + " |" for line in lines)])


def write(figures: str) -> None:
    """Put the figures into bench/README.md, in place of the last ones."""
    before, _, rest = _README.read_text().partition(_BEGIN)
    _, _, after = rest.partition(_END)
    _README.write_text(f"{before}{_BEGIN}\n\n{figures}\n\n{_END}{after}")


def _rows(results: list[Result]) -> list[list[str]]:
    rows = []
    for result in results:
        scenario = result.scenario
        app, db = _median(result.ours, "app"), _median(result.ours, "db")
        own = [
            scenario.name,
            f"{app:.0f}+{db:.0f}",
            f"{_median(result.ours, 'cpu'):.0f}",
            str(scenario.budget),
            f"{_median(result.ours, 'per_second'):.0f}",
            f"{_median(result.ours, 'p99'):.1f}",
        ]
        gate = f"{scenario.gate:.2f}" if scenario.gate else ""
        least = f"{_median(result.floor, 'cpu'):.0f}" if result.floor else ""
        if not result.peers:
            rows.append([*own, "", "", gate, least])
        for variant, figures in result.peers.items():
            theirs = (
                f"{_median(figures, 'cpu'):.0f} ({variant}, {_median(figures, 'per_second'):.0f}/s)"
            )
            beside = f"{result.ratio(result.ours, variant):.2f}"
            part = f" ({result.ratio(result.floor, variant):.2f})" if result.floor else ""
            rows.append([*own, theirs, beside, gate, least + part])
            own = [""] * len(own)
    return rows


def _median(figures: list[Figure], name: str) -> float:
    return median(float(getattr(figure, name)) for figure in figures)


def machine(database: Database, peer: Any) -> str:
    """Where the figures come from."""
    processor = next(
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    )
    others = f", {peer.about}" if peer else ""
    return (
        f"{os.cpu_count()} cores ({processor}), Python {platform.python_version()}, "
        f"PostgreSQL {database.version} with fsync{others}; load when it ended: "
        f"{os.getloadavg()[0]:.1f}"
    )
