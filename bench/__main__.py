"""``python -m bench``: measure, and print the table of bench/README.md."""

import argparse
import tempfile
from contextlib import ExitStack
from pathlib import Path

from bench import servers
from bench.measure import Sides, measure
from bench.oidc_provider import started
from bench.scenarios import SCENARIOS
from bench.table import machine, table, write
from bench.world import seeded


def main() -> None:
    asked = _arguments()
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="authz-bench-")))
        database = stack.enter_context(servers.postgresql(home))
        installation = servers.install(home, database.url)
        world = stack.enter_context(seeded(installation.settings))
        ours = stack.enter_context(servers.ours(installation, Path(asked.log)))
        floor = stack.enter_context(servers.the_floor(installation, home / "floor.log"))
        peer = None if asked.alone else stack.enter_context(started(database, home))
        sides = Sides(database, ours, world, floor, peer)
        results = [
            measure(SCENARIOS[name], sides, count=asked.requests, rounds=asked.rounds)
            for name in asked.scenarios
        ]
        figures = table(results, machine(database, peer))
    print(figures)
    if asked.write:
        write(figures)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("scenarios", nargs="*", default=list(SCENARIOS), metavar="scenario")
    parser.add_argument("--requests", type=int, default=1500, help="in each run (1500)")
    parser.add_argument("--rounds", type=int, default=4, help="runs of each server (4)")
    parser.add_argument("--alone", action="store_true", help="without the peer")
    parser.add_argument("--log", default="/dev/null", help="where our server's log goes")
    parser.add_argument("--write", action="store_true", help="into bench/README.md")
    asked = parser.parse_args()
    if unknown := set(asked.scenarios) - SCENARIOS.keys():
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    return asked


if __name__ == "__main__":
    main()
