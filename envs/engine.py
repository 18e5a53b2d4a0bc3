"""Compiled stepping of one or many levels at once, from a world's rules.

The same `Batch` steps a single environment (one row) and a vector environment (many rows), so the two cannot differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .compiling import specialised
from .ghosts import Ghosts
from .level import Level
from .world import World

SKIP = -1
"""The action that leaves a row alone."""


def rules(*_):  # pragma: no cover - replaced for each world by `specialised`
    """Stand in for a world's rules."""
    raise NotImplementedError


paint = rules


def step_kernel(
    solid, width, params, fields, actions, clock, horizon, noise, weights, planes, events, scores,
    terminated, truncated, nxt, branch_events, chance, ended,
):  # fmt: skip
    """Step every row whose action is not `SKIP`; arrays are those of `Batch`."""
    for i in range(actions.shape[0]):
        events[i, :] = 0
        scores[:, i] = 0.0
        terminated[i] = False
        truncated[i] = False
        if actions[i] < 0:
            continue
        branch_events[:, :] = 0
        n = rules(solid[i], width, params[i], fields[i], actions[i], nxt, branch_events, chance, ended)
        k = 0
        if n > 1:
            noise[i] += np.uint64(0x9E3779B97F4A7C15)
            z = noise[i]
            z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            z = z ^ (z >> np.uint64(31))
            left = float(z >> np.uint64(11)) * 2.0**-53
            while k < n - 1 and left >= chance[k]:
                left -= chance[k]
                k += 1
        paint(params[i], fields[i], np.uint8(0), planes[i])
        for f in range(fields.shape[1]):
            fields[i, f] = nxt[k, f]
        paint(params[i], fields[i], np.uint8(1), planes[i])
        for e in range(events.shape[1]):
            events[i, e] = branch_events[k, e]
            for w in range(weights.shape[0]):
                scores[w, i] += weights[w, e] * branch_events[k, e]
        clock[i] += 1
        terminated[i] = ended[k]
        truncated[i] = clock[i] >= horizon[i] and not ended[k]


class Batch:
    """The state of B levels of one world and their compiled step.

    Attributes:
        levels: the B levels in play.
        fields: `[B, F]` values of the state's fields.
        planes: `[B, height, width, C]` observation planes, kept up to date in place.
        clock: `[B]` steps since the start.
        noise: `[B]` state of the chance of each row; only worlds with several branches draw from it.
        events: `[B, E]` event counts of the last step, 0 where a level was just loaded.
        scores: `[1 + K, B]` what the last step paid, 0 where a level was just loaded: the base reward, then each proxy.
        reward, proxies: `[B]` and `[K, B]` the two parts of `scores`.
        ghosts: ghost twins of things, where they are asked for; see `haunt`.
        terminated, truncated: `[B]` whether the last step ended the episode, and how.
    """

    def __init__(self, world: World, count: int, shape: tuple[int, int]) -> None:
        """Room for `count` levels of `world`, each of `shape` (height, width)."""
        height, width = shape
        kinds, rows = len(world.events), world.branches
        self.world, self.width, self.shape = world, width, shape
        self.levels: list[Level | None] = [None] * count
        n_fields = len(world.field_names)
        self.solid = np.ones((count, height * width), dtype=np.uint8)
        self.params: npt.NDArray[np.int32] | None = None
        self.fields = np.zeros((count, n_fields), dtype=np.int32)
        self.clock = np.zeros(count, dtype=np.int64)
        self.horizon = np.zeros(count, dtype=np.int64)
        self.noise = np.zeros(count, dtype=np.uint64)
        paid = [world.base, *(proxy.weights for proxy in world.proxies.values())]
        self.weights = np.stack([world.vector(weights) for weights in paid])
        self.planes = np.zeros((count, height, width, len(world.channels)), dtype=np.uint8)
        self.events = np.zeros((count, kinds), dtype=np.int32)
        self.scores = np.zeros((len(paid), count))
        self.ghosts: Ghosts | None = None
        self.terminated = np.zeros(count, dtype=np.bool_)
        self.truncated = np.zeros(count, dtype=np.bool_)
        self._scratch = (
            np.zeros((rows, n_fields), dtype=np.int32),
            np.zeros((rows, kinds), dtype=np.int32),
            np.ones(rows),
            np.zeros(rows, dtype=np.bool_),
        )
        self._link()

    def _link(self) -> None:
        """Set up what points into the arrays, and the compiled step."""
        count, height, width, channels = self.planes.shape
        self._flat = self.planes.reshape(count, height * width, channels)
        self.reward, self.proxies = self.scores[0], self.scores[1:]
        self._step = specialised(step_kernel, type(self.world))

    def __getstate__(self) -> dict[str, Any]:
        """All but what `_link` sets up again, so that copies and pickles keep their views on their own arrays."""
        return {k: v for k, v in self.__dict__.items() if k not in ("_flat", "reward", "proxies", "_step")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._link()

    def haunt(self, symbols: tuple[str, ...]) -> None:
        """Let things of these kinds have ghosts in every row; none waits yet."""
        self.ghosts = Ghosts(symbols, len(self.levels), self.solid.shape[1]) if symbols else None

    def load(self, row: int, level: Level, noise: int = 0, ghosts: Sequence[Sequence[int]] = ()) -> None:
        """Put `level` into `row`, at its start; `noise` seeds the row's own chance, `ghosts` wait at cells by kind."""
        if self.params is None:
            self.params = np.zeros((len(self.levels), level.params.size), dtype=np.int32)
        self.levels[row] = level
        self.solid[row] = level.solid
        self.params[row] = level.params
        self.horizon[row] = level.horizon
        self.noise[row] = noise
        if self.ghosts is not None:
            self.ghosts.place(row, ghosts)
        self.place(row, level.start, 0)

    def place(self, row: int, fields: npt.NDArray[np.int32], clock: int) -> None:
        """Put `row` into the state with these `fields` (`[F]`), `clock` steps after the start."""
        level = self.levels[row]
        assert level is not None
        self.fields[row] = fields
        self.clock[row] = clock
        self.events[row] = 0
        self.scores[:, row] = 0.0
        self.terminated[row] = self.truncated[row] = False
        self._flat[row] = level.still
        self.world.paint(level.params, self.fields[row], np.uint8(1), self._flat[row])

    def step(self, actions: npt.NDArray[np.int64]) -> None:
        """Take `actions` (`[B]`, `SKIP` leaves a row alone); results are in the attributes."""
        before = None if self.ghosts is None else self.fields[:, 0].copy()
        self._step(
            self.solid, self.width, self.params, self.fields, actions, self.clock, self.horizon, self.noise,
            self.weights, self._flat, self.events, self.scores, self.terminated, self.truncated, *self._scratch,
        )  # fmt: skip
        if self.ghosts is not None:
            self.ghosts.meet(self.fields[:, 0], self.fields[:, 0] != before)
