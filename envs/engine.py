"""Compiled stepping of one or many levels at once, from a world's rules.

The same `Batch` steps a single environment (one row) and a vector environment (many rows), so the two cannot differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from .compiling import kept, specialised
from .ghosts import Ghosts
from .level import Level
from .shelf import Shelf
from .world import World

SKIP = -1
"""The action that leaves a row alone."""
NOISES = 2**53
"""Seeds that the chance of a level can have: as many as a random number in [0, 1) has values."""
STRIDE = np.uint64(0x9E3779B97F4A7C15)
LINKED = {"_flat", "_shown", "events", "reward", "proxies", "_kernel", "_state"}
"""Attributes of a `Batch` that point into its arrays."""


def rules(*_):  # pragma: no cover - replaced for each world by `specialised`
    """Stand in for a world's rules."""
    raise NotImplementedError


paint = rules


@njit(inline="never")
def share(noise):
    """A random number in [0, 1) from a counter that goes on by `STRIDE` (SplitMix64; Steele, Lea and Flood 2014)."""
    z = (noise ^ (noise >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return float((z ^ (z >> np.uint64(31))) >> np.uint64(11)) * 2.0**-53


@njit(inline="never")
def branch(share, n, chance):
    """Which of the first `n` of these chances a random number in [0, 1) falls on."""
    k = 0
    while k < n - 1 and share >= chance[k]:
        share -= chance[k]
        k += 1
    return k


def step_kernel(
    actions, solid, width, params, fields, clock, horizon, noise, weights, planes, counts, scores, terminated, truncated,
    n_branches,
):  # fmt: skip
    """Step every row whose action is not `SKIP`; arrays are those of `Batch`, `counts` is `[E, B]`.

    Loops in place of assignments to slices, and painting only where the state changed, are what makes it fast.
    """
    n_fields, n_events, n_weights = fields.shape[1], counts.shape[0], weights.shape[0]
    nxt = np.zeros((n_branches, n_fields), dtype=np.int32)
    events = np.zeros((n_branches, n_events), dtype=np.int32)
    chance = np.ones(n_branches)
    ended = np.zeros(n_branches, dtype=np.bool_)
    for i in range(actions.shape[0]):
        terminated[i] = False
        truncated[i] = False
    for e in range(n_events):
        for i in range(actions.shape[0]):
            counts[e, i] = 0
    for w in range(n_weights):
        for i in range(actions.shape[0]):
            scores[w, i] = 0.0
    for i in range(actions.shape[0]):
        if actions[i] < 0:
            continue
        for k in range(n_branches):
            for e in range(n_events):
                events[k, e] = 0
        n = rules(solid[i], width, params[i], fields[i], actions[i], nxt, events, chance, ended)
        k = 0
        if n > 1:
            noise[i] += STRIDE
            k = branch(share(noise[i]), n, chance)
        changed = False
        for f in range(n_fields):
            changed |= fields[i, f] != nxt[k, f]
        if changed:
            paint(params[i], fields[i], np.uint8(0), planes[i])
            for f in range(n_fields):
                fields[i, f] = nxt[k, f]
            paint(params[i], fields[i], np.uint8(1), planes[i])
        for e in range(n_events):
            if events[k, e] != 0:
                counts[e, i] = events[k, e]
                for w in range(n_weights):
                    scores[w, i] += weights[w, e] * events[k, e]
        clock[i] += 1
        terminated[i] = ended[k]
        truncated[i] = clock[i] >= horizon[i] and not ended[k]


class Batch:
    """The state of B levels of one world and their compiled step.

    Attributes:
        levels, ids, phases: `[B]` the levels in play, their names, and the laws that drew them.
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
        self.world, self.width, self.shape = world, width, shape
        self.levels, self.ids, self.phases = np.full((3, count), None, dtype=object)
        n_fields = len(world.field_names)
        self.solid = np.ones((count, height * width), dtype=np.uint8)
        self.params = np.zeros((count, 0), dtype=np.int32)
        self.fields = np.zeros((count, n_fields), dtype=np.int32)
        self.clock = np.zeros(count, dtype=np.int64)
        self.horizon = np.zeros(count, dtype=np.int64)
        self.noise = np.zeros(count, dtype=np.uint64)
        paid = [world.base, *(proxy.weights for proxy in world.proxies.values())]
        self.weights = np.stack([world.vector(weights) for weights in paid])
        self.planes = np.zeros((count, height, width, len(world.channels)), dtype=np.uint8)
        self._counts = np.zeros((len(world.events), count), dtype=np.int64)
        self.scores = np.zeros((len(paid), count))
        self.ghosts: Ghosts | None = None
        self.terminated = np.zeros(count, dtype=np.bool_)
        self.truncated = np.zeros(count, dtype=np.bool_)
        self._link()

    def _link(self) -> None:
        """Set up what points into the arrays, and the compiled step."""
        count, height, width, channels = self.planes.shape
        self._flat = self.planes.reshape(count, height * width, channels)
        self._shown = self.planes.reshape(count, height * width * channels)
        self.events = self._counts.T
        self.reward, self.proxies = self.scores[0], self.scores[1:]
        self._kernel = specialised(step_kernel, type(self.world))
        self._state = (
            self.solid, self.width, self.params, self.fields, self.clock, self.horizon, self.noise, self.weights, self._flat,
            self._counts, self.scores, self.terminated, self.truncated, self.world.branches,
        )  # fmt: skip

    def __getstate__(self) -> dict[str, Any]:
        """All but what `_link` sets up again, so that copies and pickles keep their views on their own arrays."""
        return {k: v for k, v in self.__dict__.items() if k not in LINKED}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._link()

    def haunt(self, symbols: tuple[str, ...]) -> None:
        """Let things of these kinds have ghosts in every row; none waits yet."""
        self.ghosts = Ghosts(symbols, self.clock.size, self.solid.shape[1]) if symbols else None

    def load(self, row: int, level: Level, noise: int = 0, ghosts: Sequence[Sequence[int]] = ()) -> None:
        """Put `level` into `row`, at its start; `noise` seeds the row's own chance, `ghosts` wait at cells by kind."""
        self._make_room(level.params.size)
        self.levels[row], self.ids[row], self.phases[row] = level, level.id, level.phase
        self.solid[row] = level.solid
        self.params[row] = level.params
        self.horizon[row] = level.horizon
        self.noise[row] = noise
        if self.ghosts is not None:
            self.ghosts.place(row, ghosts)
        self.place(row, level.start, 0)

    def _make_room(self, params: int) -> None:
        """Room for this many numbers that the rules know of each level; all levels of a world have as many."""
        if not self.params.size:
            self.params = np.zeros((self.clock.size, params), dtype=np.int32)
            self._link()

    def start(self, rows: npt.NDArray[np.int64], shelf: Shelf, shares: npt.NDArray[np.float64]) -> None:
        """Put levels of a shelf into these `rows` (`[R]`), by random numbers in [0, 1) (`[R]`).

        The same as loading them one by one as `Task.draw` draws them, without ghosts.
        """
        self._make_room(shelf.params.shape[1])
        which = np.empty(rows.size, dtype=np.int64)
        _put(
            rows, shares, which, shelf.solid, shelf.params, shelf.fields, shelf.planes, shelf.horizon, self.solid, self.params,
            self.fields, self._shown, self.horizon, self.clock, self.noise, self._counts, self.scores, self.terminated,
            self.truncated,
        )  # fmt: skip
        self.levels[rows], self.ids[rows], self.phases[rows] = shelf.levels[which], shelf.ids[which], shelf.phases[which]

    def place(self, row: int, fields: npt.NDArray[np.int32], clock: int) -> None:
        """Put `row` into the state with these `fields` (`[F]`), `clock` steps after the start."""
        level = self.levels[row]
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
        self._kernel(actions, *self._state)
        if self.ghosts is not None:
            self.ghosts.meet(self.fields[:, 0], self.fields[:, 0] != before)


@kept
def _put(
    rows, shares, which, solid, params, fields, planes, horizon, to_solid, to_params, to_fields, to_planes, to_horizon,
    to_clock, to_noise, counts, scores, terminated, truncated,
):  # fmt: skip
    for r in range(rows.size):
        i, n = rows[r], int(shares[r] * solid.shape[0])
        which[r] = n
        to_solid[i] = solid[n]
        to_params[i] = params[n]
        to_fields[i] = fields[n]
        to_planes[i] = planes[n]
        to_horizon[i] = horizon[n]
        to_clock[i] = 0
        to_noise[i] = np.uint64(shares[r] * NOISES)
        counts[:, i] = 0
        scores[:, i] = 0.0
        terminated[i] = truncated[i] = False
