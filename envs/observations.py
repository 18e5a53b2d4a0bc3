"""What an agent sees of a state: binary planes, a small picture, or the bare fields; all of a level or a window of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium import Space, spaces

from .compiling import kept
from .engine import Batch
from .errors import KnobError, UnknownName
from .level import Level
from .world import World

KINDS = ("planes", "rgb", "state")
TILES = (4, 8)
"""Sides of a cell in the pictures that networks see, in pixels."""
SALIENT = 64
"""The most channels that one kind may be shown in."""


@dataclass(frozen=True)
class Observer:
    """One way to look at the states of a world.

    Attributes:
        world: the world looked at.
        kind: "planes" `[H, W, C]` 0 or 1, "rgb" `[H * tile, W * tile, 3]` 0 to 255, or "state" `[F]` the fields.
        shape: height and width of its levels, borders included.
        sizes: how many values each field can have.
        tile: side of a cell in "rgb", in pixels.
        view: side of a window with the agent in the middle, in cells, that is seen in place of the whole level; None sees all.
            What lies beyond the level looks like wall.
        copies: `[C]` in how many channels each of the world's channels is shown, one after the other.
    """

    world: World
    kind: str
    shape: tuple[int, int]
    sizes: tuple[int, ...]
    tile: int = 8
    view: int | None = None
    copies: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Check kind, tile, view and salience."""
        if self.kind not in KINDS:
            raise UnknownName("observation kind", self.kind, KINDS)
        if self.tile not in TILES:
            raise KnobError(f"tile {self.tile!r} is not {' or '.join(map(str, TILES))} pixels a cell.")
        if self.view is None:
            return
        if not isinstance(self.view, (int, np.integer)) or self.view < 3 or self.view % 2 == 0:
            raise KnobError(f"view {self.view!r} is not an odd number of cells of at least 3, such as 5, nor None.")
        if self.kind == "state":
            raise KnobError(f"view {self.view!r}: the fields have no window; take obs='planes' or obs='rgb'.")

    @classmethod
    def of(
        cls,
        world: World,
        kind: str,
        levels: Sequence[Level] = (),
        tile: int = 8,
        view: int | None = None,
        salience: Mapping[str, int] | None = None,
    ) -> Observer:
        """The view of all levels that `world` draws, or of `levels` and those that fit where they fit."""
        sizes = [[field.size for field in world.fields(level)] for level in (None, *levels)]
        shape = (levels[0].height, levels[0].width) if levels else world.shape
        return cls(world, kind, shape, tuple(map(max, *sizes, sizes[0])), tile, view, _copies(world, kind, salience or {}))

    def fits(self, level: Level) -> bool:
        """Whether the states of `level` lie in the observation space."""
        own = [field.size for field in self.world.fields(level)]
        return (level.height, level.width) == self.shape and all(a <= b for a, b in zip(own, self.sizes, strict=True))

    @property
    def bare(self) -> bool:
        """Whether it sees the batch's own planes as they are."""
        return self.kind == "planes" and self.view is None and not self.copies

    @property
    def space(self) -> Space[Any]:
        """The Gymnasium space of one observation."""
        height, width = (self.view, self.view) if self.view else self.shape
        if self.kind == "planes":
            return spaces.Box(0, 1, (height, width, sum(self.copies) or len(self.world.channels)), np.uint8)
        if self.kind == "rgb":
            return spaces.Box(0, 255, (height * self.tile, width * self.tile, 3), np.uint8)
        return spaces.MultiDiscrete(list(self.sizes), dtype=np.int64)

    def see(self, batch: Batch, rows: int | slice | npt.NDArray[np.bool_] = slice(None)) -> npt.NDArray[Any]:
        """New arrays of what is seen in these rows of a batch: `[...]` for one row, `[rows, ...]` for several."""
        if self.kind == "state":
            return batch.fields[rows].astype(np.int64)
        if self.view is not None:
            planes = windows(batch.planes[rows], batch.fields[rows, 0], self.view)
        else:
            planes = batch.planes[rows]
        if self.kind == "rgb":
            from .render import tiles

            return tiles(self.world, planes, self.tile)
        if self.copies:
            return np.repeat(planes, self.copies, axis=-1)
        return planes if self.view is not None else planes.copy()


def _copies(world: World, kind: str, salience: Mapping[str, int]) -> tuple[int, ...]:
    """`[C]` in how many channels each channel is shown; empty if each is shown once."""
    names = [channel.name for channel in world.channels]
    if not isinstance(salience, Mapping):
        raise KnobError(f"salience {salience!r} is no dict of channels and counts; give one such as {{{names[-1]!r}: 2}}.")
    for name, count in salience.items():
        if name not in names:
            raise UnknownName(f"channel of {world.name}", name, names)
        if not isinstance(count, (int, np.integer)) or isinstance(count, bool) or not 1 <= count <= SALIENT:
            raise KnobError(f"salience of {name!r}: {count!r} is not a whole number of channels from 1 to {SALIENT}.")
    if salience and kind != "planes":
        raise KnobError(f"salience repeats channels, and obs={kind!r} has none; take obs='planes'.")
    return tuple(int(salience.get(name, 1)) for name in names) if any(n > 1 for n in salience.values()) else ()


def windows(planes: npt.NDArray[np.uint8], agents: npt.NDArray[np.int32], view: int) -> npt.NDArray[np.uint8]:
    """What lies around the agents; beyond the level there is wall.

    Args:
        planes: `[..., H, W, C]` observation planes; channel 0 is the walls.
        agents: `[...]` cells of the agents.
        view: side of the window in cells, odd.

    Returns:
        `[..., view, view, C]` the planes of the cells around the agents, who stand in the middle.
    """
    *several, height, width, channels = planes.shape
    out = np.empty((planes.size // (height * width * channels), view, view, channels), dtype=np.uint8)
    _look(planes.reshape(-1, height, width, channels), np.asarray(agents, dtype=np.int32).reshape(-1), out)
    return out.reshape(*several, view, view, channels)


@kept
def _look(planes, agents, out):
    n, height, width, _ = planes.shape
    reach = out.shape[1] // 2
    for i in range(n):
        top, left = agents[i] // width - reach, agents[i] % width - reach
        for r in range(out.shape[1]):
            for c in range(out.shape[2]):
                if 0 <= top + r < height and 0 <= left + c < width:
                    out[i, r, c] = planes[i, top + r, left + c]
                else:
                    out[i, r, c] = 0
                    out[i, r, c, 0] = 1
