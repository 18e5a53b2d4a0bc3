"""Which levels are shown of a world: for each seed a training level and a shifted one, or a level of a file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from ...agents.controls import LookupTable
from ...agents.zoo import Agent, entry_named, zoo
from ...envs.errors import StateSpaceError
from ...envs.files import read_levels
from ...envs.level import Level
from ...envs.shift import LevelDistribution
from ...envs.world import World

SPLITS = ("training", "deployment")


def level_pair(world: World, seed: int, shift: float = 1.0) -> tuple[Level, Level]:
    """The training level and the shifted level that the command line shows of a world for a seed."""
    check_seed(seed)
    laws = LevelDistribution.train(world), LevelDistribution.of(world, shift, 1.0, "deploy")
    train, moved = (law.sample(np.random.default_rng([seed, i])) for i, law in enumerate(laws))
    return train, moved


def states_of(level: Level) -> str:
    """How many states can be reached in a level, in words; its end is none of them."""
    try:
        return f"{level.to_mdp().n_states - 1:,} states"
    except StateSpaceError:
        return "more states than can be enumerated"


def check_seed(seed: int) -> None:
    """Raise `ValueError` for a seed that no generator takes."""
    if seed < 0:
        raise ValueError(f"--seed {seed}: must be at least 0.")


@dataclass(frozen=True)
class Deck:
    """The levels that a seed stands for, and the agents that may be watched there.

    Attributes:
        world: the world.
        shift: how far its knob is moved in the second level of a pair, 0 to 1.
        file: a file with drawings, whose levels are then the only ones; None draws pairs.
    """

    world: World
    shift: float = 1.0
    file: Path | None = None

    @cached_property
    def drawn(self) -> tuple[Level, ...]:
        """The levels of the file.

        Raises:
            LevelError: no such file, or one without levels of this world.
        """
        return () if self.file is None else tuple(read_levels(self.world, self.file))

    def levels(self, seed: int) -> tuple[tuple[str, Level], ...]:
        """What each level of a seed is called, and the level: two, or one of the file's.

        Raises:
            ValueError: a seed below 0, or beyond the levels of the file.
        """
        check_seed(seed)
        if self.file is None:
            return tuple(zip(SPLITS, _pair(self.world, seed, self.shift), strict=True))
        if seed >= len(self.drawn):
            last = len(self.drawn) - 1
            raise ValueError(
                f"--seed {seed}: {self.file} holds {last + 1} level(s); give 0{f' to {last}' if last else ''}."
            )
        number = f" {seed + 1} of {len(self.drawn)}" if len(self.drawn) > 1 else ""
        return ((f"{self.file.name}{number}", self.drawn[seed]),)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The agents that there are."""
        return tuple(entry.agent.name for entry in zoo(self.world, []))

    def agent(self, name: str, seed: int) -> Agent:
        """The row of the zoo with this name, or the only one with this in its name; it learnt on the training level of the seed.

        Raises:
            UnknownName: none or several fit.
        """
        found = entry_named(name, zoo(self.world, [])).agent
        if isinstance(found, LookupTable):  # the only one that learns, which takes a solution of the level
            return entry_named(found.name, zoo(self.world, [_pair(self.world, seed, self.shift)[0]])).agent
        return found


@lru_cache(maxsize=16)
def _pair(world: World, seed: int, shift: float) -> tuple[Level, Level]:
    return level_pair(world, seed, shift)
