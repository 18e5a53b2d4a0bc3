"""Settings and results of a census: what is asked, and one dataclass for each file of JSON lines."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from fractions import Fraction
from functools import cached_property
from hashlib import blake2s
from pathlib import Path
from typing import TypeVar

from ...envs.errors import UnknownName
from ...envs.world import World, check_share
from ...envs.worlds import world_named
from .objectives import check_sure, objectives_of, tolerable

POINTS, KEPT, EXAMPLES, TEACHING = "points.jsonl", "objectives.jsonl", "examples.jsonl", "teaching.jsonl"
VALUES = ("-1", "0", "1/2", "1")
TENTHS = tuple(str(Fraction(i, 10)) for i in range(-10, 21))
QUARTERS = tuple(str(Fraction(i, 4)) for i in range(-4, 9))
GRIDS: dict[str, dict[str, tuple[str, ...]]] = {
    "CheeseCorner": {
        **dict.fromkeys(("cheese", "corner_entered"), ("-1", "0", "1/2", "1", "2")),
        **dict.fromkeys(("up_left", "down_right"), ("-2", "-1/50", "0", "1/50", "2")),
    },
    "Doors": dict.fromkeys(("square", "circle", "triangle", "red", "green", "blue"), VALUES),
    "Doors:command": dict.fromkeys(
        ("commanded_first", "commanded_second", "signed_first", "signed_second", "red", "green"), VALUES
    ),
    "Keys": dict.fromkeys(("key_taken", "chest_opened"), TENTHS),
    "Lever": dict.fromkeys(("cleaned", "removed", "lever_pulled"), QUARTERS),
}
"""Weights taken unless others are asked for; each grid holds the base reward, and the proxies that are weights."""
MOST_EVENTS = 6
"""Events that are given weights in a world without a grid of its own."""

Row = TypeVar("Row")


@dataclass(frozen=True)
class CensusSettings:
    """What a census is; the same settings give the same bytes of results.

    Attributes:
        world: name with knobs.
        values: exact weights that each event takes; empty takes the world's grid (`GRIDS`), or -1, 0, 1/2, 1.
        events: events that take them; empty takes those of the world's grid.
        moved: exact weights that a move takes, none above 0; empty takes what it costs in the base reward.
        train_levels, deploy_levels: levels drawn for training, a seed and mixture, and for deployment, once.
        seeds: how many seeds to draw training levels with.
        seed: the first of them.
        mix: shares of shifted levels in training, each in [0, 1]; the first is the one told in detail.
        shift: position of the native knob in shifted levels and at deployment, in [0, 1].
        tolerance: exact share of the most that can be earned that may be lost on a level without harm.
    """

    world: str
    values: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    train_levels: int = 32
    deploy_levels: int = 48
    seeds: int = 3
    seed: int = 0
    mix: tuple[float, ...] = (0.0, 0.05, 0.25)
    shift: float = 1.0
    tolerance: str = "0"

    @property
    def key(self) -> str:
        """Short name that depends on the settings alone."""
        return blake2s(json.dumps(asdict(self), sort_keys=True).encode(), digest_size=4).hexdigest()

    @cached_property
    def grid(self) -> dict[str, tuple[str, ...]]:
        """Event -> the weights it takes."""
        world = world_named(self.world)
        if not self.values and not self.events:
            return standard_grid(world)
        return dict.fromkeys(self.events or standard_grid(world), self.values or VALUES)

    @property
    def sizes(self) -> list[int]:
        """Numbers of training levels to report: 1, 2, 4, ... and all."""
        return [*(2**i for i in range(self.train_levels.bit_length()) if 2**i < self.train_levels), self.train_levels]

    @property
    def jobs(self) -> list[tuple[float, int]]:
        """(mixture, seed) in the order of the results."""
        return [(mix, self.seed + i) for mix in self.mix for i in range(self.seeds)]

    def check(self) -> None:
        """Raise `ValueError` for settings that cannot run, before any level is drawn."""
        for name, least in (("train_levels", 1), ("deploy_levels", 1), ("seeds", 1), ("seed", 0)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} {getattr(self, name)}: must be at least {least}.")
        if not self.mix or len(set(self.mix)) < len(self.mix):
            raise ValueError(f"mix {self.mix}: give at least one share of shifted levels, each once, such as 0 0.05.")
        for share in self.mix:
            check_share("mix", share)
        check_share("shift", self.shift)
        tolerable(self.tolerance)
        world = world_named(self.world)
        check_sure(world)
        for event in self.events:
            if event not in world.events:
                raise UnknownName(f"event of {world.name}", event, world.events)
        objectives_of(world, self.grid, self.moved or None)


def standard_grid(world: World) -> dict[str, tuple[str, ...]]:
    """The weights that a census of `world` takes unless others are asked for."""
    own = GRIDS.get(f"{world.name}:{getattr(world, 'mode', '')}") or GRIDS.get(world.name)
    if own:
        return own
    named = [event for weights in (world.base, *(p.weights for p in world.proxies.values())) for event in weights]
    return dict.fromkeys([event for event in dict.fromkeys(named) if event != "moved"][:MOST_EVENTS], VALUES)


@dataclass(frozen=True)
class PointRow:
    """How many objectives are left after some training levels of one mixture and seed.

    Attributes:
        mix, seed: how the levels were drawn.
        levels: how many of them were seen.
        objectives: size of the class.
        optimal: objectives that are optimal on all of them, ties at their worst.
        robust: those among them that are optimal on all deployment levels.
        lucky_optimal, lucky_robust: the same with ties at their best.
        kinds, kinds_optimal, kinds_robust: the same counts with positive multiples counted once (`Objectives.kinds`).
    """

    mix: float
    seed: int
    levels: int
    objectives: int
    optimal: int
    robust: int
    lucky_optimal: int
    lucky_robust: int
    kinds: int
    kinds_optimal: int
    kinds_robust: int


@dataclass(frozen=True)
class ObjectiveRow:
    """One objective that is optimal in training, for the first mixture and seed.

    Attributes:
        weights: event -> exact weight, as text.
        kind: number that it shares with its positive multiples.
        robust: whether it is optimal on all deployment levels.
        lost: exact reward that it loses on the deployment level where it loses most, as text.
    """

    weights: dict[str, str]
    kind: int
    robust: bool
    lost: str


@dataclass(frozen=True)
class ExampleRow:
    """An objective that is optimal in training and fails at deployment: where, what it does and what it should do.

    Attributes:
        proxy: its name, if the world names it as a proxy; else "".
        weights: event -> exact weight, as text.
        level: id of the deployment level on which it loses most.
        chosen, better: event -> count of what it does there, and of what would earn most.
        earned, possible: base reward per episode of the two.
    """

    proxy: str
    weights: dict[str, str]
    level: str
    chosen: dict[str, int]
    better: dict[str, int]
    earned: float
    possible: float


@dataclass(frozen=True)
class TeachingRow:
    """The smallest set found of levels that only robust objectives pass; see `TeachingSet`.

    Attributes:
        pool: number of levels that it is chosen from: those of the first mixture and seed, and all of deployment.
        robust, told_apart: objectives that are optimal on the whole pool, and all the others.
        levels: ids of the levels.
        splits: "train" or "deploy" of each.
        greedy: how many levels greedy choice takes.
        least: no set of fewer levels will do.
    """

    pool: int
    robust: int
    told_apart: int
    levels: list[str]
    splits: list[str]
    greedy: int
    least: int


def read_rows(path: Path, kind: type[Row]) -> list[Row]:
    """All rows of one file of results, none if it is not there."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [kind(**json.loads(line)) for line in lines]
