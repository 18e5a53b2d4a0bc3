"""Thousands of grid worlds as one environment of Stable-Baselines3, stepped in one compiled call.

Importing this file imports Stable-Baselines3 and with it PyTorch; nothing else of this package does.

    from innershift.agents.sb3 import GridVecEnv
    from stable_baselines3 import PPO

    env = GridVecEnv("CheeseCorner", 64, levels=range(1000))
    PPO("MlpPolicy", env, n_steps=128, batch_size=512, n_epochs=4).learn(1_000_000)

Planes are not pictures to Stable-Baselines3, for their values are 0 and 1: "MlpPolicy" flattens them. With `obs="rgb"` it
turns the channels to the front by itself, and "CnnPolicy" is for that.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium.vector import AutoresetMode

from ..envs.errors import KnobError
from ..envs.vector import VectorGridWorld
from ..envs.world import World

try:
    from stable_baselines3.common.monitor import Monitor
    from stable_baselines3.common.vec_env import VecEnv
except ImportError as error:
    raise ImportError(f"{error}: Stable-Baselines3 is missing; pip install 'innershift[train]' brings it.") from error

OF_ROWS = {"level": "levels", "fields": "fields", "np_random": "np_random", "np_random_seed": "np_random_seed"}
"""What each row has for itself: name in a single environment, and in the batched one."""


class GridVecEnv(VecEnv):
    """Many copies of a `GridWorld` at once; row i does what one with the i-th seed in a `DummyVecEnv` does.

    Nothing is done row by row, except where an episode ended. So only those rows have something in their infos: the info of
    the last step, `terminal_observation`, `TimeLimit.truncated`, and `episode` with return, length and time as `Monitor`
    writes it. The infos of all other rows are empty.

    Attributes:
        env: the batched environment.
    """

    def __init__(self, world: str | World, num_envs: int = 64, **options: Any) -> None:
        """Set up the environments; levels are drawn at `reset`.

        Args:
            world: as for `GridWorld`.
            num_envs: how many rows.
            **options: those of `VectorGridWorld`, the autoreset mode excepted.

        Raises:
            UnknownName, KnobError, LevelError: as `VectorGridWorld` does.
        """
        self.env = VectorGridWorld(world, num_envs, autoreset_mode=AutoresetMode.SAME_STEP, **options)
        super().__init__(num_envs, self.env.single_observation_space, self.env.single_action_space)  # type: ignore[arg-type]
        self._began = time.time()
        self._returns = np.zeros(num_envs)
        self._lengths = np.zeros(num_envs, dtype=np.int64)
        self._actions: npt.NDArray[np.int64] | None = None

    def reset(self) -> npt.NDArray[Any]:
        """Start an episode in every row; seeds and options that were set before are used once.

        Returns:
            `[num_envs, ...]` observations; `reset_infos` has the infos.
        """
        options = self._options
        seen, infos = self.env.reset(seed=self._seeds, options=options[0])
        self.reset_infos = [_row(infos, row) for row in range(self.num_envs)]
        for row in range(1, self.num_envs):
            if options[row] != options[0]:
                mask = np.arange(self.num_envs) == row
                seen, infos = self.env.reset(seed=self._seeds, options={**options[row], "reset_mask": mask})
                self.reset_infos[row] = _row(infos, row)
        self._reset_seeds()
        self._reset_options()
        self._returns[:] = self._lengths[:] = 0
        return seen

    def step_async(self, actions: npt.NDArray[np.int64]) -> None:
        """Note the actions (`[num_envs]`) of the next step."""
        self._actions = actions

    def step_wait(
        self,
    ) -> tuple[npt.NDArray[Any], npt.NDArray[np.float32], npt.NDArray[np.bool_], list[dict[str, Any]]]:
        """Take the step.

        Returns:
            `[num_envs, ...]` observations, already of the next episode where one ended, `[num_envs]` rewards, `[num_envs]`
            whether the episode ended, and the infos.
        """
        seen, rewards, terminated, truncated, told = self.env.step(self._actions)  # type: ignore[arg-type]
        dones = terminated | truncated
        self._returns += rewards
        self._lengths += 1
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        if "final_obs" in told:
            for row in np.flatnonzero(dones).tolist():
                episode = {
                    "r": round(float(self._returns[row]), 6),
                    "l": int(self._lengths[row]),
                    "t": round(time.time() - self._began, 6),
                }
                infos[row] = _row(told["final_info"], row) | {
                    "TimeLimit.truncated": bool(truncated[row]),
                    "terminal_observation": told["final_obs"][row],
                    "episode": episode,
                }
                self.reset_infos[row] = _row(told, row)
            self._returns[dones] = self._lengths[dones] = 0
        return seen, rewards.astype(np.float32), dones, infos

    def close(self) -> None:
        """Close the window, if one is open."""
        self.env.close()

    def get_images(self) -> Sequence[npt.NDArray[np.uint8] | None]:
        """A picture of each row, where the render mode is "rgb_array"."""
        return self.env_method("render") if self.render_mode == "rgb_array" else [None] * self.num_envs

    def get_attr(self, attr_name: str, indices: int | Iterable[int] | None = None) -> list[Any]:
        """An attribute of these rows, by its name in a `GridWorld`; what is not a row's own is the same for all."""
        value = getattr(self.env, OF_ROWS.get(attr_name, attr_name))
        return [value[row] if attr_name in OF_ROWS else value for row in self._get_indices(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: int | Iterable[int] | None = None) -> None:
        """Set an attribute of all rows.

        Raises:
            KnobError: only some rows are named, or it is what each row has for itself.
        """
        rows = len(set(self._get_indices(indices)))
        if rows < self.num_envs or attr_name in OF_ROWS:
            raise KnobError(
                f"attribute {attr_name!r} cannot be set for {rows} of {self.num_envs} rows; rows share all but "
                f"{', '.join(OF_ROWS)}, and levels are given with set_options() or reset(options=...)."
            )
        setattr(self.env, attr_name, value)

    def env_method(
        self, method_name: str, *method_args: Any, indices: int | Iterable[int] | None = None, **method_kwargs: Any
    ) -> list[Any]:
        """What the method `render` returns for these rows.

        Raises:
            KnobError: another method; rows of a batch are no environments of their own.
        """
        if method_name != "render" or method_args or method_kwargs:
            raise KnobError(
                f"env_method: rows of a batch have no method {method_name!r} of their own, only render(); call that of "
                "`.env`, which holds them all, or put GridWorlds into a DummyVecEnv."
            )
        shown = self.env.render()
        return [None if shown is None else shown[row] for row in self._get_indices(indices)]

    def env_is_wrapped(self, wrapper_class: type[Any], indices: int | Iterable[int] | None = None) -> list[bool]:
        """Whether rows do what this wrapper does: they are monitored, and nothing else."""
        return [issubclass(Monitor, wrapper_class) for _ in self._get_indices(indices)]


def _row(infos: dict[str, Any], row: int) -> dict[str, Any]:
    """The info of one row out of those of all, as a `GridWorld` gives it."""
    info: dict[str, Any] = {}
    for key, value in infos.items():
        if not key.startswith("_") and key not in ("final_obs", "final_info"):
            one = _row(value, row) if isinstance(value, dict) else value[row]
            info[key] = one.item() if isinstance(one, np.generic) else one
    return info
