"""The batched Gymnasium environment: many levels of a world, one compiled call a step.

Row i does what a `GridWorld` with the i-th seed does, step by step, and results have the form that Gymnasium's
`SyncVectorEnv` gives them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from .infos import Infos
from .level import Level
from .shelf import Shelf
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
        levels: str | Path | Sequence[Level | str | int] | None = None,
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
            levels: as for `GridWorld`; every row draws for itself. Many rows start them in one compiled call.
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
        self._infos = Infos(self._batch)
        self._generators: list[Any] = [None] * self.num_envs
        self._seeds = [-1] * self.num_envs
        self._shelf: Shelf | None = None
        self._begun = False
        self._over = np.zeros(self.num_envs, dtype=np.bool_)
        self._some_over = False
        self._window: Any = None

    # Chance ------------------------------------------------------------------------------------------------------

    def _sow(self, row: int, seed: int | None = None) -> None:
        """Give a row a generator: from this seed, or from fresh entropy if it has none."""
        if seed is not None or self._generators[row] is None:
            self._generators[row], self._seeds[row] = seeding.np_random(seed)

    @property
    def np_random(self) -> tuple[np.random.Generator, ...]:  # type: ignore[override]
        """The generator of every row."""
        for row in range(self.num_envs):
            self._sow(row)
        return tuple(self._generators)

    @property
    def np_random_seed(self) -> tuple[int, ...]:  # type: ignore[override]
        """The seed of every row."""
        for row in range(self.num_envs):
            self._sow(row)
        return tuple(self._seeds)

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
        seeds = self._seeds_for(seed)
        level = self.task.option(options, ("level", "reset_mask"))
        mask = self._mask((options or {}).get("reset_mask"))
        for row in np.flatnonzero(mask).tolist():
            self._sow(row, seeds[row])
        self._start(mask, level)
        self._begun = True
        self._over &= ~mask
        self._some_over = bool(self._over.any())
        if self.render_mode == "human":
            self.render()
        return self._see(), self._infos.of(mask)

    def _seeds_for(self, seed: int | Sequence[int | None] | None) -> Sequence[int | None]:
        """One seed for every row."""
        if seed is None:
            return [None] * self.num_envs
        if isinstance(seed, (int, np.integer)):
            return [int(seed) + i for i in range(self.num_envs)]
        if not isinstance(seed, Sequence | np.ndarray):
            raise KnobError(f"seed {seed!r} is neither a whole number nor a sequence of them, one a row; None draws on.")
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
        left_out = [] if self._begun else np.flatnonzero(~mask).tolist()
        if left_out:
            raise ResetNeeded(f"reset_mask leaves out rows {left_out} that never began: call reset() without it.")
        return mask.copy()

    def _start(self, mask: Bits, level: Level | None = None) -> None:
        """Start the next level in these rows (`[num_envs]`)."""
        rows = np.flatnonzero(mask)
        if level is None and self.task.levels and not self.task.ghosts:
            shelf = self._shelf = self._shelf or Shelf.of(self.task.levels)
            generators = self._generators
            self._batch.start(rows, shelf, np.array([generators[row].random() for row in rows.tolist()]))
        else:
            for row in rows.tolist():
                drawn, seed, ghosts = self.task.draw(self._generators[row], level)
                self._batch.load(row, drawn, seed, ghosts)

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
        batch, over = self._batch, self._over
        if not self._begun:
            raise ResetNeeded("No episode has begun: call reset() before step().")
        if self._some_over and self.autoreset_mode is AutoresetMode.DISABLED:
            raise ResetNeeded(
                f"The episodes of rows {np.flatnonzero(over).tolist()} are over and autoreset is disabled: "
                'call reset(options={"reset_mask": mask}) with a True for each of them before step().'
            )
        batch.step(self._checked(actions))
        rewards, terminated, truncated = batch.reward.copy(), batch.terminated.copy(), batch.truncated.copy()
        done = terminated | truncated
        some_done = bool(np.count_nonzero(done))
        final: dict[str, Any] = {}
        if self.autoreset_mode is AutoresetMode.SAME_STEP:
            if some_done:
                final = self._final(done)
                self._start(done)
        else:
            if self._some_over:
                self._start(over)
            self._over, self._some_over = done, some_done
        infos = self._infos.of(None) | final
        if self.render_mode == "human":
            self.render()
        return self._see(), rewards, terminated, truncated, infos

    def _checked(self, actions: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """`[num_envs]` the actions to take, `SKIP` for rows that ended."""
        given = np.asarray(actions)
        if given.shape != (self.num_envs,) or given.dtype.kind not in "iu":
            raise InvalidAction(
                f"actions {actions!r} are not {self.num_envs} whole numbers; give one of {ACTION_WORDS} for each row."
            )
        taken = given.astype(np.int64)
        if self._some_over:
            taken[self._over] = 0
        wrong = taken.view(np.uint64) >= len(ACTIONS)
        if np.count_nonzero(wrong):
            row = int(wrong.argmax())
            raise InvalidAction(f"action {given[row]} of row {row} does not exist; give one of {ACTION_WORDS}.")
        if self._some_over:
            taken[self._over] = SKIP
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
        return {"final_obs": seen, "_final_obs": done.copy()} | {
            "final_info": self._infos.of(done), "_final_info": done.copy()
        }

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
