"""One scenario: alternating runs of both servers, and what each request cost."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from time import perf_counter
from typing import Any

from bench import floor
from bench.load import Walk, load
from bench.scenarios import Scenario
from bench.servers import Database, Server
from bench.world import World

_WARM_UP = 0.4  # of the count
_AT_ITS_BEST = 5.0  # seconds of load, preparations included, until the peer's compiler is done


@dataclass(frozen=True)
class Sides:
    """What is there to be measured."""

    database: Database
    ours: Server
    world: World
    floor: Server
    peer: Any = None


@dataclass(frozen=True)
class Figure:
    """One run. CPU in microseconds a request."""

    app: float
    db: float
    per_second: float
    p99: float

    @property
    def cpu(self) -> float:
        return self.app + self.db


@dataclass
class Result:
    """A scenario's figures, of us and of the peer's variants by their names."""

    scenario: Scenario
    ours: list[Figure] = field(default_factory=list)
    floor: list[Figure] = field(default_factory=list)
    peers: dict[str, list[Figure]] = field(default_factory=dict)

    def ratio(self, figures: list[Figure], variant: str) -> float:
        """CPU as a part of the peer's, round by round."""
        pairs = zip(figures, self.peers[variant], strict=True)
        return median(mine.cpu / other.cpu for mine, other in pairs)


def measure(scenario: Scenario, sides: Sides, *, count: int, rounds: int) -> Result:
    """Rounds in alternating order, so that a busier minute of the machine meets both."""
    result = Result(scenario)
    count = max(50, int(count * scenario.weight))
    for number in range(rounds):
        turns = list(_turns(result, sides, count, is_first=number == 0))
        for turn in turns if number % 2 == 0 else reversed(turns):
            turn()
    return result


def _turns(result: Result, sides: Sides, count: int, *, is_first: bool) -> list[Callable[[], None]]:
    scenario = result.scenario

    def of_ours(server: Server, figures: list[Figure]) -> None:
        load(server.port, scenario.prepare(sides.world, int(count * _WARM_UP), server.port))
        walks = scenario.prepare(sides.world, count, server.port)
        figures.append(figure(sides, server, walks))

    turns: list[Callable[[], None]] = [partial(of_ours, sides.ours, result.ours)]
    if scenario.name in floor.SCENARIOS:
        turns.append(partial(of_ours, sides.floor, result.floor))
    for variant in sides.peer.variants(scenario.name) if sides.peer else []:
        figures = result.peers.setdefault(variant, [])
        turns.append(partial(_of_peer, figures, sides, variant, scenario.name, count, is_first))
    return turns


def _of_peer(
    figures: list[Figure], sides: Sides, variant: str, name: str, count: int, is_first: bool
) -> None:
    peer, until = sides.peer, perf_counter() + (_AT_ITS_BEST if is_first else 0)
    load(peer.server.port, peer.prepare(name, variant, count))
    while perf_counter() < until:
        load(peer.server.port, peer.prepare(name, variant, count))
    figures.append(figure(sides, peer.server, peer.prepare(name, variant, count)))


def figure(sides: Sides, server: Server, walks: list[Walk]) -> Figure:
    """Send the walks and read the kernel's clocks before and after."""
    app, db = server.tree.seconds(), sides.database.tree.seconds()
    run = load(server.port, walks)
    app, db = server.tree.seconds() - app, sides.database.tree.seconds() - db
    waits = sorted(run.waits)
    return Figure(
        app=app / run.walks * 1e6,
        db=db / run.walks * 1e6,
        per_second=run.walks / run.seconds,
        p99=waits[int(len(waits) * 0.99)] * 1000,
    )
