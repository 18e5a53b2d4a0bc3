"""The batched Gymnasium environment: many levels of a world, one compiled call a step.

Row i does what a `GridWorld` with the i-th seed does, step by step, and results have the form that Gymnasium's
`SyncVectorEnv` gives them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium.error import InvalidAction, ResetNeeded
from gymnasium.spaces import Discrete
from gymnasium.utils import seeding
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from .engine import SKIP, Batch
from .errors import KnobError, UnknownName
from .gridworld import ACTION_WORDS, METADATA, checked_render_mode, pixels_a_cell, text, warn_of_no_render_mode
from .level import Level
from .task import Task
from .world import ACTIONS, World

Bits = npt.NDArray[np.bool_]


class VectorGridWorld(VectorEnv[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]):
    """Many copies of a `GridWorld` at once; `gymnasium.make_vec("innershift:Keys-v0", num_envs=64, shift=1)`."""

    def __init__(
        self,
        world: str | World,
        num_envs: int = 1,
        shift: float | None = None,
        mix: float | None = None,
        layouts: str | None = None,
        size: int | None = None,
        obs: str = "planes",
        level: Level | str | int | None = None,
        render_mode: str | None = None,
        tile: int = 8,
        levels: str | Path | Sequence[Level | str] | None = None,
        view: int | None = None,
        salience: Mapping[str, int] | None = None,
        ghosts: str | Sequence[str] = (),
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        copy: bool = True,
        **knobs: Any,
    ) -> None:
        """Set up the environments; levels are drawn at `reset`.

        Args:
            world: as for `GridWorld`, like all that is not named here.
            num_envs: how many rows.
            shift: as for `GridWorld`.
            mix: as for `GridWorld`.
            layouts: as for `GridWorld`.
            size: as for `GridWorld`.
            obs: as for `GridWorld`.
            level: as for `GridWorld`; every row starts it.
            render_mode: as for `GridWorld`.
            tile: as for `GridWorld`.
            levels: as for `GridWorld`; every row draws for itself.
            view: as for `GridWorld`.
            salience: as for `GridWorld`.
            ghosts: as for `GridWorld`.
            autoreset_mode: whether an ended row starts anew in the next step, in the same step, or when told to by
                `reset(options={"reset_mask": ...})`; an `AutoresetMode`, its name or its value.
            copy: whether observations are safe to keep; False may return the array that the next step writes to.
            **knobs: the world's own knobs.

        Raises:
            UnknownName: a world, knob, layout side, observation kind, render or autoreset mode that does not exist.
            KnobError: an option out of range.
            LevelError: a level of another world or shape.
        """
        super().__init__()
        if not isinstance(num_envs, (int, np.integer)) or num_envs < 1:
            raise KnobError(f"num_envs {num_envs!r} is not a whole number of at least 1.")
        self.task = Task.of(world, shift, mix, layouts, size, obs, level, levels, tile, view, salience, ghosts, knobs)
        self.world = self.task.world
        self.num_envs = int(num_envs)
        self.render_mode = checked_render_mode(render_mode)
        self.autoreset_mode = _mode(autoreset_mode)
        self.metadata = METADATA | {"autoreset_mode": self.autoreset_mode}
        self.copy = copy
        self.single_observation_space = self.task.observer.space
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.single_action_space = Discrete(len(ACTIONS))
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        self._batch = Batch(self.world, self.num_envs, self.task.observer.shape)
        self._batch.haunt(self.task.ghosts)
        self._generators: list[tuple[np.random.Generator, int] | None] = [None] * self.num_envs
        self._running = np.zeros(self.num_envs, dtype=np.bool_)
        self._begun = np.zeros(self.num_envs, dtype=np.bool_)
        self._level_ids = np.full(self.num_envs, None, dtype=object)
        self._phases = np.full(self.num_envs, None, dtype=object)
        self._window: Any = None

    # Chance ------------------------------------------------------------------------------------------------------

    def _generator(self, row: int) -> tuple[np.random.Generator, int]:
        """Generator and seed of a row, from fresh entropy if it was never seeded."""
        found = self._generators[row]
        if found is None:
            found = self._generators[row] = seeding.np_random()
        return found

    @property
    def np_random(self) -> tuple[np.random.Generator, ...]:  # type: ignore[override]
        """The generator of every row."""
        return tuple(self._generator(row)[0] for row in range(self.num_envs))

    @property
    def np_random_seed(self) -> tuple[int, ...]:  # type: ignore[override]
        """The seed of every row."""
        return tuple(self._generator(row)[1] for row in range(self.num_envs))

    # Playing -----------------------------------------------------------------------------------------------------

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[npt.NDArray[Any], dict[str, Any]]:
        """Start an episode in every row, or in those of a mask.

        Args:
            seed: row i takes `seed + i`, or the i-th of a sequence; None draws on.
            options: `{"level": ...}` starts this level in each row: a `Level`, a drawing, an id or a seed.
                `{"reset_mask": ...}`, a boolean array `[num_envs]`, says which rows start.

        Raises:
            UnknownName: another option.
            LevelError: a level of another world or shape.
            ResetNeeded: a mask that leaves out rows that never started.
        """
        seeds = self._seeds(seed)
        level = self.task.option(options, ("level", "reset_mask"))
        mask = self._mask((options or {}).get("reset_mask"))
        for row, row_seed in enumerate(seeds):
            if mask[row] and row_seed is not None:
                self._generators[row] = seeding.np_random(row_seed)
        self._start(mask, level)
        if self.render_mode == "human":
            self.render()
        return self._see(), self._infos(mask)

    def _seeds(self, seed: int | Sequence[int | None] | None) -> Sequence[int | None]:
        """One seed for every row."""
        if seed is None:
            return [None] * self.num_envs
        if isinstance(seed, (int, np.integer)):
            return [int(seed) + i for i in range(self.num_envs)]
        if len(seed) != self.num_envs:
            raise KnobError(f"{len(seed)} seeds for num_envs={self.num_envs}; give one a row, a single one, or None.")
        return [int(one) if isinstance(one, np.integer) else one for one in seed]

    def _mask(self, mask: Any) -> Bits:
        """`[num_envs]` the rows to reset."""
        every = (self.num_envs,)
        if mask is None:
            return np.ones(every, dtype=np.bool_)
        if not (isinstance(mask, np.ndarray) and mask.shape == every and mask.dtype == np.bool_ and mask.any()):
            raise KnobError(f"reset_mask {mask!r} is not a boolean array of shape {every} with a True in it.")
        left_out = np.flatnonzero(~mask & ~self._begun).tolist()
        if left_out:
            raise ResetNeeded(f"reset_mask leaves out rows {left_out} that never began: call reset() without it.")
        return mask.copy()

    def _start(self, mask: Bits, level: Level | None = None) -> None:
        """Start the next level in these rows (`[num_envs]`)."""
        for row in np.flatnonzero(mask).tolist():
            drawn, noise, ghosts = self.task.draw(self._generator(row)[0], level)
            self._batch.load(row, drawn, noise, ghosts)
            self._level_ids[row], self._phases[row] = drawn.id, drawn.phase
        self._running |= mask
        self._begun |= mask

    def step(
        self, actions: npt.ArrayLike
    ) -> tuple[npt.NDArray[Any], npt.NDArray[np.float64], Bits, Bits, dict[str, Any]]:
        """Take an action in every row: 0 up, 1 down, 2 left, 3 right, 4 stay.

        Args:
            actions: `[num_envs]` whole numbers; those of rows that this step starts anew are not looked at.

        Returns:
            `[num_envs, ...]` observations, then `[num_envs]` base rewards, terminated, truncated, and the infos.

        Raises:
            InvalidAction: anything but one of these whole numbers for each row.
            ResetNeeded: before the first reset, or rows that ended with autoreset disabled.
        """
        batch, ended = self._batch, ~self._running
        if not self._begun.all():
            raise ResetNeeded("No episode has begun: call reset() before step().")
        if self.autoreset_mode is AutoresetMode.DISABLED and ended.any():
            raise ResetNeeded(
                f"The episodes of rows {np.flatnonzero(ended).tolist()} are over and autoreset is disabled: "
                'call reset(options={"reset_mask": mask}) with a True for each of them before step().'
            )
        batch.step(self._checked(actions, ended))
        rewards, terminated, truncated = batch.reward.copy(), batch.terminated.copy(), batch.truncated.copy()
        done = terminated | truncated
        final = {}
        if self.autoreset_mode is AutoresetMode.NEXT_STEP:
            self._running[:] = ~done
            if ended.any():
                self._start(ended)
        elif done.any():
            self._running &= ~done
            if self.autoreset_mode is AutoresetMode.SAME_STEP:
                final = self._final(done)
                self._start(done)
        infos = final | self._infos(np.ones(self.num_envs, dtype=np.bool_))
        if self.render_mode == "human":
            self.render()
        return self._see(), rewards, terminated, truncated, infos

    def _checked(self, actions: npt.ArrayLike, ended: Bits) -> npt.NDArray[np.int64]:
        """`[num_envs]` the actions to take, `SKIP` for rows that ended."""
        given = np.asarray(actions)
        if given.shape != (self.num_envs,) or not np.issubdtype(given.dtype, np.integer):
            raise InvalidAction(
                f"actions {actions!r} are not {self.num_envs} whole numbers; give one of {ACTION_WORDS} for each row."
            )
        taken = given.astype(np.int64)
        wrong = ((taken < 0) | (taken >= len(ACTIONS))) & ~ended
        taken[ended] = SKIP
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            raise InvalidAction(f"action {given[row]} of row {row} does not exist; give one of {ACTION_WORDS}.")
        return taken

    # Results -----------------------------------------------------------------------------------------------------

    def _see(self) -> npt.NDArray[Any]:
        """`[num_envs, ...]` what is seen in every row."""
        if not self.copy and self.task.observer.bare:
            return self._batch.planes
        return self.task.observer.see(self._batch)

    def _final(self, done: Bits) -> dict[str, Any]:
        """Last observations and infos of the rows (`[num_envs]`) that are about to start anew."""
        seen = np.full(self.num_envs, None, dtype=object)
        for row, one in zip(np.flatnonzero(done), self.task.observer.see(self._batch, done), strict=True):
            seen[row] = one.copy()
        return _with_masks({"final_obs": seen, "final_info": self._infos(done)}, iter((done.copy(), done.copy())))

    def _infos(self, mask: Bits) -> dict[str, Any]:
        """The infos of the rows in `mask` (`[num_envs]`) in Gymnasium's form: with each key `k` a mask `_k`."""
        events, proxies = self.world.events, tuple(self.world.proxies)
        counts = np.array(self._batch.events.T, dtype=np.int64, order="C")
        scores, ids, phases = self._batch.scores.copy(), self._level_ids.copy(), self._phases.copy()
        if not mask.all():
            counts[:, ~mask] = 0
            scores[:, ~mask] = 0.0
            ids[~mask] = phases[~mask] = None
        ghosts = self._batch.ghosts
        kinds = () if ghosts is None else tuple(self.world.symbols[symbol] for symbol in ghosts.symbols)
        masks = iter(np.repeat(mask[None], len(events) + len(proxies) + len(kinds) + 6, axis=0))
        infos: dict[str, Any] = {
            "events": _with_masks(dict(zip(events, counts, strict=True)), masks),
            "base": scores[0],
            "proxies": _with_masks(dict(zip(proxies, scores[1:], strict=True)), masks),
            "level_id": ids,
            "phase": phases,
        }
        if ghosts is not None:
            infos["ghosts"] = _with_masks(dict(zip(kinds, ghosts.met * mask, strict=True)), masks)
        return _with_masks(infos, masks)

    @property
    def levels(self) -> tuple[Level, ...]:
        """The level in play in every row.

        Raises:
            ResetNeeded: before the first reset.
        """
        levels = tuple(level for level in self._batch.levels if level is not None)
        if len(levels) < self.num_envs:
            raise ResetNeeded("No levels are in play before the first reset(): call reset() first.")
        return levels

    @property
    def fields(self) -> npt.NDArray[np.int32]:
        """`[num_envs, F]` a copy of the fields of every row's state."""
        return self._batch.fields.copy()

    # Looking -----------------------------------------------------------------------------------------------------

    def render(self) -> tuple[Any, ...] | None:
        """The states as the render mode shows them.

        Returns:
            One picture `[h, w, 3]` a row for "rgb_array", as Gymnasium's vector wrappers want it (see `mosaic` for a
            single one), one text a row for "ansi", None for "human", which shows the mosaic in a window.
        """
        if self.render_mode is None:
            warn_of_no_render_mode(self)
            return None
        if self.render_mode == "ansi":
            return tuple(text(level, row) for level, row in zip(self.levels, self.fields, strict=True))
        if self.render_mode == "rgb_array":
            return tuple(self._pictures(pixels_a_cell(self.task.observer.shape)))
        from . import render

        self._window = self._window or render.Window(f"innershift: {self.world.spec}", self.metadata["render_fps"])
        self._window.show(self.mosaic())
        return None

    def mosaic(self, width: int = 960) -> npt.NDArray[np.uint8]:
        """`[h, w, 3]` the states of all rows in one near-square picture of about `width` pixels."""
        from . import render

        px = max(4, min(48, width // (int(np.ceil(np.sqrt(self.num_envs))) * max(self.task.observer.shape))))
        if px < 16:
            return render.tiled(render.tiles(self.world, self._batch.planes, px))
        return render.tiled(np.stack(self._pictures(px)))

    def _pictures(self, px: int) -> list[npt.NDArray[np.uint8]]:
        """A picture `[h, w, 3]` of every row, `px` pixels a cell."""
        from . import render

        return [render.frame(level, row, px) for level, row in zip(self.levels, self.fields, strict=True)]

    def close_extras(self, **kwargs: Any) -> None:
        """Close the window, if one is open."""
        if self._window is not None:
            self._window.close()
            self._window = None

    def __getstate__(self) -> dict[str, Any]:
        """All but the window, which a copy opens for itself."""
        return self.__dict__ | {"_window": None}


def _with_masks(infos: dict[str, Any], masks: Iterator[Bits]) -> dict[str, Any]:
    """Gymnasium's pairs: each key with the next mask under `_key`."""
    return infos | {f"_{key}": next(masks) for key in infos}


def _mode(mode: AutoresetMode | str) -> AutoresetMode:
    """The autoreset mode that a name or value means.

    Raises:
        UnknownName: neither of the two.
    """
    named = {name: m for m in AutoresetMode for name in (m.name, m.value)}
    if isinstance(mode, AutoresetMode):
        return mode
    if mode not in named:
        raise UnknownName("autoreset mode", mode, named)
    return named[mode]
