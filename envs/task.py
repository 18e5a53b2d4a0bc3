"""What an environment plays: a world, the law or the one level of its resets, and how states are seen."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from .engine import NOISES
from .errors import KnobError, LevelError, UnknownName
from .files import read_levels
from .ghosts import symbols_of, twin_of
from .level import Level
from .observations import Observer
from .shift import LevelDistribution
from .world import World
from .worlds import WORLDS, world_named

OPTIONS = (
    "shift", "mix", "layouts", "size", "obs", "level", "levels", "render_mode", "tile", "view", "salience", "ghosts",
)  # fmt: skip
"""What an environment can be made with, besides the knobs of its world."""
MEMORY = 10_000
"""Levels that the process remembers by their ids, the last ones played."""

Cells = tuple[tuple[int, ...], ...]
_met: OrderedDict[str, Level] = OrderedDict()


@dataclass(frozen=True)
class Task:
    """What is played and how it is seen; both the single and the vector environment are made of one.

    Attributes:
        world: the world.
        law: what levels are drawn from at resets.
        observer: what is seen.
        levels: the levels that resets draw from instead of the law; none takes the law.
        ghosts: symbols of the kinds of things that have ghost twins.
    """

    world: World
    law: LevelDistribution
    observer: Observer
    levels: tuple[Level, ...] = ()
    ghosts: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        world: str | World,
        shift: float | None = None,
        mix: float | None = None,
        layouts: str | None = None,
        size: int | None = None,
        obs: str = "planes",
        level: Level | str | int | None = None,
        levels: str | Path | Sequence[Level | str | int] | None = None,
        tile: int = 8,
        view: int | None = None,
        salience: Mapping[str, int] | None = None,
        ghosts: str | Sequence[str] = (),
        knobs: Mapping[str, Any] | None = None,
    ) -> Task:
        """The task that the options of `GridWorld` mean; see there."""
        knobs = dict(knobs or {}) | ({} if size is None else {"size": size})
        world = _world_with(world, knobs)
        law = LevelDistribution.of(world, shift, mix, layouts)
        looks = {"tile": tile, "view": view, "salience": salience}
        task = cls(world, law, Observer.of(world, obs, **looks), (), symbols_of(world, ghosts))
        if level is None and levels is None:
            return task
        if level is not None and levels is not None:
            raise KnobError("level= and levels= are both given; give one level of all resets, or several to draw from.")
        pool = [level] if level is not None else levels
        if isinstance(pool, Level) or not isinstance(pool, (str, Path, Iterable)):
            raise KnobError(
                f"levels={levels!r} are no levels; give a sequence of Levels, drawings or seeds, or a folder of drawings."
            )
        found = tuple(read_levels(world, pool) if isinstance(pool, (str, Path)) else map(task.read, pool))
        if not found:
            raise KnobError(f"levels={levels!r} holds no level; give Levels, drawings, or a folder of drawings.")
        if size is None:
            task = replace(task, observer=Observer.of(world, obs, found, **looks))
        for one in found:
            _remember(one)
        return replace(task, levels=tuple(map(task.fitted, found)))

    def read(self, level: Level | str | int) -> Level:
        """A level of this task's world.

        Args:
            level: a `Level`, a drawing, the id of a level that this process has met or that is among the task's own, or a
                seed: a whole number, which means the level of that seed (`LevelDistribution.level`).

        Raises:
            LevelError: a level of another world, an unknown id, or not a level at all.
        """
        if isinstance(level, (int, np.integer)) and not isinstance(level, bool):
            return self.law.level(int(level))
        if isinstance(level, str):
            level = self._named(level.strip()) if "\n" not in level.strip() else self.world.parse(level)
        if not isinstance(level, Level):
            raise LevelError(f"level {level!r} is neither a Level, nor a drawing, an id or a seed.")
        if level.world == self.world:
            return level
        if level.world.name != self.world.name:
            raise LevelError(
                f"Level {level.id} belongs to the world {level.world.name}, this environment plays {self.world.name}; "
                f"make one with GridWorld({level.world.name!r})."
            )
        return self.world.parse(level.draw(), level.phase)

    def _named(self, name: str) -> Level:
        """The level with this id."""
        found = next((level for level in self.levels if level.id == name), None) or _met.get(name)
        if found is None:
            raise LevelError(
                f"level {name!r} is not a drawing, nor the id of a level met before; give the lines of a drawing, a Level, a "
                "seed, or make the environment with levels=, a folder of drawings that has it."
            )
        return found

    def fitted(self, level: Level | str | int) -> Level:
        """Read a level and make sure that its observations lie in the observation space.

        Raises:
            LevelError: a level of another world or shape.
        """
        level = self.read(level)
        if not self.observer.fits(level):
            height, width = self.observer.shape
            raise LevelError(
                f"Level {level.id} is {level.height} x {level.width} cells, this environment shows {height} x {width}, "
                "borders included; make one with another size=, or with level= alone, whose shape it then takes."
            )
        return level

    def draw(self, rng: np.random.Generator, level: Level | None = None) -> tuple[Level, int, Cells]:
        """The next level, `level` if given, the seed of its chance, and by kind the cells where its ghosts wait."""
        shift = None
        if level is None and not self.levels:
            level, shift = self.law.draw(rng)
        share = rng.random()
        level = level or self.levels[int(share * len(self.levels))]
        noise = int(share * NOISES)
        _remember(level)
        if not self.ghosts:
            return level, noise, ()
        own = np.random.default_rng([noise, 1])  # so that levels are the same with ghosts and without
        twin = twin_of(level, self.law.drawn_shift(own) if shift is None else shift, own)
        return level, noise, tuple(twin.cells(symbol) for symbol in self.ghosts)

    def option(self, options: Mapping[str, Any] | None, known: tuple[str, ...] = ("level",)) -> Level | None:
        """The level that the options of a reset ask for.

        Raises:
            UnknownName: an option that is not among the `known`.
            LevelError: a level of another world or shape.
            TypeError: options that are no dict.
        """
        if options is not None and not isinstance(options, Mapping):
            raise TypeError(f"options {options!r} are not a dict; give {{'level': ...}}, or None.")
        for key in options or ():
            if key not in known:
                raise UnknownName("reset option", key, known)
        level = (options or {}).get("level")
        return None if level is None else self.fitted(level)


def _remember(level: Level) -> None:
    """Let the process know `level` by its id."""
    _met[level.id] = level
    _met.move_to_end(level.id)
    if len(_met) > MEMORY:
        _met.popitem(last=False)


def _world_with(world: str | World, knobs: Mapping[str, Any]) -> World:
    """The world that a name or another world means with these knobs; misspelt ones are looked for among all options."""
    if not isinstance(world, (str, World)):
        raise UnknownName("world", world, WORLDS)
    kind = WORLDS.get(world.partition(":")[0]) if isinstance(world, str) else type(world)
    if kind is not None:
        known = [field.name for field in fields(kind)]
        for knob in knobs:
            if knob not in known:
                raise UnknownName(f"option of {kind.name}", knob, {*known, *OPTIONS})
    return world_named(world, **knobs) if isinstance(world, str) else replace(world, **knobs)
