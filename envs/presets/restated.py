"""The Gymnasium environment of a preset: a grid world that takes the original's actions and pays its reward."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt
from gymnasium import spaces
from gymnasium.error import InvalidAction

from ..gridworld import GridWorld
from ..level import Level
from ..world import ACTIONS
from . import preset_named
from .preset import Preset


class Restated(GridWorld):
    """A preset as a Gymnasium environment; `preset_named("jaxgmg/corner").make()`.

    The actions are the original's, in its order. `info["base"]` is the reward, and where the original has a hidden
    performance, `info["hidden"]` is this step's share of it. All else is as in `GridWorld`.
    """

    def __init__(self, preset: str | Preset, level: Level | str | int | None = None, **options: Any) -> None:
        """Set up an environment.

        Args:
            preset: a preset or its name.
            level: name of one of the preset's levels, or a level as `GridWorld` takes it, which every reset starts.
            **options: those of `GridWorld`. Without a level, resets draw from the preset's own where it has some.

        Raises:
            UnknownName: a preset or level that does not exist.
        """
        self.preset = preset_named(preset) if isinstance(preset, str) else preset
        if level is None and self.preset.drawn:
            options = {"levels": [self.preset.levels[name] for name in self.preset.drawn], **options}
        super().__init__(self.preset.world, level=self.preset.level(level), **options)
        self.action_space = spaces.Discrete(len(self.preset.actions))
        self._moves = tuple(ACTIONS.index(action) for action in self.preset.actions)
        pays = {"base": self.preset.reward} | ({} if self.preset.hidden is None else {"hidden": self.preset.hidden})
        self._pays = {name: (self.world.vector(pay.weights), float(pay.step)) for name, pay in pays.items()}

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[npt.NDArray[Any], dict[str, Any]]:
        """Start an episode; the level of the options may be one of the preset's, by name."""
        if isinstance(options, dict) and "level" in options:
            options = {**options, "level": self.preset.level(options["level"])}
        return super().reset(seed=seed, options=options)

    def step(self, action: Any) -> tuple[npt.NDArray[Any], float, bool, bool, dict[str, Any]]:
        """Take an action of the original's.

        Raises:
            InvalidAction: anything but the number of one.
            ResetNeeded: no episode is running.
        """
        if isinstance(action, bool) or not self.action_space.contains(action):
            listed = ", ".join(f"{i} {name}" for i, name in enumerate(self.preset.actions))
            raise InvalidAction(f"action {action!r} is none of {self.preset.name}; give one of {listed}.")
        seen, reward, terminated, truncated, info = super().step(self._moves[int(action)])
        if self.preset.ends is not None and self.preset.ends(self.level, self._batch.fields[0]):
            terminated, truncated = True, False
            self._ended = True
        return seen, reward, terminated, truncated, info

    def _results(self) -> tuple[npt.NDArray[Any], dict[str, Any]]:
        seen, info = super()._results()
        stepped = self._batch.clock[0] > 0
        for name, (weights, step) in self._pays.items():
            info[name] = float(weights @ self._batch.events[0]) + step if stepped else 0.0
        return seen, info
