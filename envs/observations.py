"""What an agent sees of a state: binary planes, a small picture, or the bare fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium import Space, spaces

from .engine import Batch
from .errors import KnobError, UnknownName
from .level import Level
from .world import World

KINDS = ("planes", "rgb", "state")
TILES = (4, 8)
"""Sides of a cell in the pictures that networks see, in pixels."""


@dataclass(frozen=True)
class Observer:
    """One way to look at the states of a world.

    Attributes:
        world: the world looked at.
        kind: "planes" `[H, W, C]` 0 or 1, "rgb" `[H * tile, W * tile, 3]` 0 to 255, or "state" `[F]` the fields.
        shape: height and width of its levels, borders included.
        sizes: how many values each field can have.
        tile: side of a cell in "rgb", in pixels.
    """

    world: World
    kind: str
    shape: tuple[int, int]
    sizes: tuple[int, ...]
    tile: int = 8

    def __post_init__(self) -> None:
        """Check kind and tile."""
        if self.kind not in KINDS:
            raise UnknownName("observation kind", self.kind, KINDS)
        if self.tile not in TILES:
            raise KnobError(f"tile {self.tile!r} is not {' or '.join(map(str, TILES))} pixels a cell.")

    @classmethod
    def of(cls, world: World, kind: str, level: Level | None = None, tile: int = 8) -> Observer:
        """The view of all levels that `world` draws, or of `level` and those that fit where it fits."""
        sizes = [field.size for field in world.fields()]
        if level is None:
            return cls(world, kind, world.shape, tuple(sizes), tile)
        own = [field.size for field in world.fields(level)]
        return cls(world, kind, (level.height, level.width), tuple(map(max, sizes, own)), tile)

    def fits(self, level: Level) -> bool:
        """Whether the states of `level` lie in the observation space."""
        own = [field.size for field in self.world.fields(level)]
        return (level.height, level.width) == self.shape and all(a <= b for a, b in zip(own, self.sizes, strict=True))

    @property
    def space(self) -> Space[Any]:
        """The Gymnasium space of one observation."""
        height, width = self.shape
        if self.kind == "planes":
            return spaces.Box(0, 1, (height, width, len(self.world.channels)), np.uint8)
        if self.kind == "rgb":
            return spaces.Box(0, 255, (height * self.tile, width * self.tile, 3), np.uint8)
        return spaces.MultiDiscrete(list(self.sizes), dtype=np.int64)

    def see(self, batch: Batch, rows: int | slice | npt.NDArray[np.bool_] = slice(None)) -> npt.NDArray[Any]:
        """New arrays of what is seen in these rows of a batch: `[...]` for one row, `[rows, ...]` for several."""
        if self.kind == "planes":
            return batch.planes[rows].copy()
        if self.kind == "state":
            return batch.fields[rows].astype(np.int64)
        from .render import tiles

        return tiles(self.world, batch.planes[rows], self.tile)
