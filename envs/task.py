"""What an environment plays: a world, the law or the one level of its resets, and how states are seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from .errors import LevelError, UnknownName
from .level import Level
from .observations import Observer
from .shift import LevelDistribution
from .world import World
from .worlds import WORLDS, world_named

OPTIONS = ("shift", "mix", "layouts", "size", "obs", "level", "render_mode", "tile")
"""What an environment can be made with, besides the knobs of its world."""


@dataclass(frozen=True)
class Task:
    """What is played and how it is seen; both the single and the vector environment are made of one.

    Attributes:
        world: the world.
        law: what levels are drawn from at resets.
        observer: what is seen.
        level: the one level of all resets, or None.
    """

    world: World
    law: LevelDistribution
    observer: Observer
    level: Level | None = None

    @classmethod
    def of(
        cls,
        world: str | World,
        shift: float | None = None,
        mix: float | None = None,
        layouts: str | None = None,
        size: int | None = None,
        obs: str = "planes",
        level: Level | str | None = None,
        tile: int = 8,
        knobs: Mapping[str, Any] | None = None,
    ) -> Task:
        """The task that the options of `GridWorld` mean; see there."""
        knobs = dict(knobs or {}) | ({} if size is None else {"size": size})
        world = _world_with(world, knobs)
        law = LevelDistribution.of(world, shift, mix, layouts)
        task = cls(world, law, Observer.of(world, obs, tile=tile))
        if level is None:
            return task
        level = task.read(level)
        if size is None:
            task = replace(task, observer=Observer.of(world, obs, level, tile))
        return replace(task, level=task.fitted(level))

    def read(self, level: Level | str) -> Level:
        """A level of this task's world, from a `Level` or a drawing.

        Raises:
            LevelError: a level of another world, or not a level at all.
        """
        if isinstance(level, str):
            if "\n" not in level.strip():
                raise LevelError(f"level {level!r} is not a drawing; give the lines of a drawing, or a Level.")
            return self.world.parse(level)
        if not isinstance(level, Level):
            raise LevelError(f"level {level!r} is neither a Level nor the text of a drawing.")
        if level.world == self.world:
            return level
        if level.world.name != self.world.name:
            raise LevelError(
                f"Level {level.id} belongs to the world {level.world.name}, this environment plays {self.world.name}; "
                f"make one with GridWorld({level.world.name!r})."
            )
        return self.world.parse(level.draw(), level.phase)

    def fitted(self, level: Level | str) -> Level:
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

    def draw(self, rng: np.random.Generator, level: Level | None = None) -> tuple[Level, int]:
        """The next level, `level` if given, and the seed of its chance."""
        level = level or self.level or self.law.sample(rng)
        return level, int(rng.integers(2**63))

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
