"""The Gymnasium environment: one level of a world at a time, drawn anew at every reset."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import numpy.typing as npt
from gymnasium import spaces
from gymnasium.error import InvalidAction, ResetNeeded

from .engine import Batch
from .errors import UnknownName
from .level import Level
from .snapshot import Snapshot, checked, restored
from .task import Task
from .world import ACTIONS, World

METADATA: dict[str, Any] = {"render_modes": ["human", "rgb_array", "ansi"], "render_fps": 8}
ACTION_WORDS = ", ".join(f"{i} {name}" for i, name in enumerate(ACTIONS))


class GridWorld(gymnasium.Env[npt.NDArray[Any], Any]):
    """A world as a Gymnasium environment; `gymnasium.make("innershift:Keys-v0", shift=1)`.

    `info` carries `events` (name → count of this step), `base` (base reward of this step), `proxies` (name → what that
    proxy would have paid), `level_id` and `phase`. None of these is in the observation.
    """

    metadata = METADATA

    def __init__(
        self,
        world: str | World,
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
        **knobs: Any,
    ) -> None:
        """Set up an environment; levels are drawn at `reset`.

        Args:
            world: name of a world, with knobs or without (`Doors:mode=command`), or a `World`.
            shift: where the world's native knob stands in shifted levels, 0 (training law) to 1 (deployment law).
            mix: probability that a level is shifted; left out, `shift` shifts every level.
            layouts: side of the layout split, "train", "deploy" or "any"; left out, it follows from shift and mix.
            size: interior cells a side; None takes the world's own.
            obs: "planes" `[H, W, C]` 0 or 1, "rgb" `[H * tile, W * tile, 3]`, or "state" `[F]` the fields.
            level: the level that every reset starts: a `Level`, the text of a drawing, the id of a level met before, or a
                whole number, the level of that seed. Without `size` the observations take its shape.
            render_mode: "human", "rgb_array", "ansi" or None.
            tile: side of a cell in "rgb" observations, 4 or 8 pixels.
            levels: levels that resets draw from in place of the law: a folder or file of drawings, or a sequence; `range(1000)`
                means the levels of these seeds. They are drawn once, so that episodes start faster.
            view: side, in cells, of a window with the agent in the middle that is seen in place of the whole level; odd.
                What lies beyond the level looks like wall.
            salience: in how many channels a kind is shown, by the channel's name: `{"cheese": 6}`.
            ghosts: kinds of things that have ghost twins, by symbol or in words: invisible, inert, drawn from the same law
                on the same walls. `info["ghosts"]` counts those entered, each once an episode.
            **knobs: the world's own knobs, such as `mode="command"` or `horizon=20`.

        Raises:
            UnknownName: a world, knob, layout side, observation kind, channel, kind of thing or render mode that does not exist.
            KnobError: an option out of range.
            LevelError: a level of another world or shape.
        """
        self.task = Task.of(world, shift, mix, layouts, size, obs, level, levels, tile, view, salience, ghosts, knobs)
        self.world = self.task.world
        self.render_mode = checked_render_mode(render_mode)
        self.observation_space = self.task.observer.space
        self.action_space = spaces.Discrete(len(ACTIONS))
        self._batch = Batch(self.world, 1, self.task.observer.shape)
        self._batch.haunt(self.task.ghosts)
        self._names = tuple(self.world.proxies)
        self._action = np.zeros(1, dtype=np.int64)
        self._level: Level | None = None
        self._ended = False
        self._window: Any = None

    # Playing -----------------------------------------------------------------------------------------------------

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[npt.NDArray[Any], dict[str, Any]]:
        """Start an episode.

        Args:
            seed: starts the environment's generator anew; None draws on.
            options: `{"level": ...}` starts this level instead of a drawn one: a `Level`, a drawing, an id or a seed.

        Raises:
            UnknownName: an option other than "level".
            LevelError: a level of another world or shape.
        """
        asked = self.task.option(options)
        super().reset(seed=int(seed) if isinstance(seed, np.integer) else seed)
        self._level, noise, ghosts = self.task.draw(self.np_random, asked)
        self._batch.load(0, self._level, noise, ghosts)
        self._ended = False
        return self._results()

    def step(self, action: Any) -> tuple[npt.NDArray[Any], float, bool, bool, dict[str, Any]]:
        """Take an action: 0 up, 1 down, 2 left, 3 right, 4 stay.

        Raises:
            InvalidAction: anything but one of these whole numbers.
            ResetNeeded: no episode is running.
        """
        if self._ended or self._level is None:
            when = "The episode is over" if self._ended else "No episode has begun"
            raise ResetNeeded(f"{when}: call reset() before step(), or set_state() with a snapshot.")
        if type(action) is not int:
            action = _whole(action)
        if not 0 <= action < len(ACTIONS):
            raise InvalidAction(f"action {action} does not exist; give one of {ACTION_WORDS}.")
        self._action[0] = action
        batch = self._batch
        batch.step(self._action)
        terminated, truncated = bool(batch.terminated[0]), bool(batch.truncated[0])
        self._ended = terminated or truncated
        seen, info = self._results()
        return seen, info["base"], terminated, truncated, info

    def _results(self) -> tuple[npt.NDArray[Any], dict[str, Any]]:
        """Observation and info of the state in play."""
        batch, level = self._batch, self.level
        base, *proxies = batch.scores[:, 0].tolist()
        info = {
            "events": dict(zip(self.world.events, batch.events[0].tolist(), strict=True)),
            "base": base,
            "proxies": dict(zip(self._names, proxies, strict=True)),
            "level_id": level.id,
            "phase": level.phase,
        }
        if batch.ghosts is not None:
            names = (self.world.symbols[symbol] for symbol in batch.ghosts.symbols)
            info["ghosts"] = dict(zip(names, batch.ghosts.met[:, 0].tolist(), strict=True))
        if self.render_mode == "human":
            self.render()
        return self.task.observer.see(batch, 0), info

    @property
    def level(self) -> Level:
        """The level in play.

        Raises:
            ResetNeeded: before the first reset.
        """
        if self._level is None:
            raise ResetNeeded("No level is in play before the first reset(): call reset() first.")
        return self._level

    @property
    def fields(self) -> npt.NDArray[np.int32]:
        """`[F]` a copy of the state's fields."""
        return self._batch.fields[0].copy()

    # Going back --------------------------------------------------------------------------------------------------

    def get_state(self) -> Snapshot:
        """All that decides how the environment goes on.

        Raises:
            ResetNeeded: before the first reset.
        """
        batch = self._batch
        random = deepcopy(self.np_random.bit_generator.state)
        values = tuple(batch.fields[0].tolist())
        ghosts = () if batch.ghosts is None else batch.ghosts.cells(0)
        return Snapshot(self.level, values, int(batch.clock[0]), int(batch.noise[0]), self._ended, random, ghosts)

    def set_state(self, snapshot: Snapshot) -> None:
        """Go back to a snapshot, of this environment or of another one of the same world and shape.

        From there on everything happens again as it did, resets without a seed included.

        A snapshot that is refused changes nothing.

        Raises:
            LevelError: a snapshot of another world or shape, or values that no state of its level has.
            TypeError: something else than a snapshot.
        """
        if not isinstance(snapshot, Snapshot):
            raise TypeError(f"{snapshot!r} is not a Snapshot; give back what get_state() returned.")
        level = self.task.fitted(snapshot.level)
        checked(snapshot, level, len(self.task.ghosts))
        random = restored(snapshot.random, self.np_random)
        self._level = level
        self._batch.load(0, level, snapshot.noise, snapshot.ghosts)
        self._batch.place(0, np.array(snapshot.fields, dtype=np.int32), snapshot.clock)
        self._ended = snapshot.ended
        self.np_random.bit_generator.state = random

    def __getstate__(self) -> dict[str, Any]:
        """All but the window, which a copy opens for itself."""
        return self.__dict__ | {"_window": None}

    # Looking -----------------------------------------------------------------------------------------------------

    def render(self) -> Any:
        """The state as the render mode shows it.

        Returns:
            `[h, w, 3]` a picture for "rgb_array", text for "ansi", None for "human", which shows it in a window.
        """
        if self.render_mode is None:
            warn_of_no_render_mode(self)
            return None
        if self.render_mode == "ansi":
            return text(self.level, self.fields)
        from . import render

        picture = render.frame(self.level, self.fields, pixels_a_cell(self.task.observer.shape))
        if self.render_mode == "rgb_array":
            return picture
        self._window = self._window or render.Window(f"innershift: {self.world.spec}", self.metadata["render_fps"])
        self._window.show(picture)
        return None

    def close(self) -> None:
        """Close the window, if one is open; may be called again."""
        if self._window is not None:
            self._window.close()
            self._window = None


def warn_of_no_render_mode(env: Any) -> None:
    """Say, as Gymnasium's own environments do, that an environment was made without a render mode."""
    name = env.spec.id if env.spec else f"{env.world.name}-v0"
    gymnasium.logger.warn(
        "You are calling render method without specifying any render mode. You can specify the render_mode at "
        f'initialization, e.g. gymnasium.make("{name}", render_mode="rgb_array")'
    )


def text(level: Level, fields: npt.NDArray[np.int32]) -> str:
    """A state as text, in colours unless the environment variable `NO_COLOR` is set."""
    from .render import ansi

    return ansi(level, fields, colour="NO_COLOR" not in os.environ)


def pixels_a_cell(shape: tuple[int, int], width: int = 640) -> int:
    """Side of a cell, in pixels, at which levels of this shape are about `width` pixels wide; 8 to 48."""
    return max(8, min(48, width // max(shape)))


def checked_render_mode(mode: str | None) -> str | None:
    """The render mode.

    Raises:
        UnknownName: a mode that does not exist.
    """
    if mode is not None and mode not in METADATA["render_modes"]:
        raise UnknownName("render mode", mode, METADATA["render_modes"])
    return mode


def _whole(action: Any) -> int:
    """An action as a Python number; what NumPy calls an integer will do.

    Raises:
        InvalidAction: anything else.
    """
    whole = isinstance(action, (int, np.integer)) and not isinstance(action, bool)
    if whole or (isinstance(action, np.ndarray) and action.shape == () and np.issubdtype(action.dtype, np.integer)):
        return int(action)
    raise InvalidAction(f"action {action!r} is not a whole number; give one of {ACTION_WORDS}.")
