"""Agents without an objective: what a verdict about objectives must refuse to judge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ..envs.level import Level
from ..envs.world import ACTIONS, STAY, World
from .planner import Policy, Predictor, model_of, path_policy
from .planning import Solution


@dataclass(frozen=True, eq=False)
class FixedDirection(Predictor):
    """Always takes the same action."""

    name: str
    world: World
    action: int
    objective: None = None

    def policy(self, level: Level) -> Policy:
        """That action at every step."""
        return path_policy(model_of(level), [self.action] * level.horizon, level.horizon)


@dataclass(frozen=True, eq=False)
class RandomAgent(Predictor):
    """Takes any action, each as likely as the other.

    Attributes:
        name: for tables.
        world: the world it lives in.
        objective: none.
        seed: of the generator of its actions in `predict`; an agent made anew starts it anew.
    """

    name: str
    world: World
    objective: None = None
    seed: int = 0

    def policy(self, level: Level) -> Policy:
        """Every action at every step."""
        mdp = model_of(level)
        optimal = np.full((level.horizon + 1, mdp.n_states), (1 << len(ACTIONS)) - 1, dtype=np.uint8)
        solution = Solution(mdp, level.horizon, np.zeros((1, mdp.n_states)), optimal)
        return Policy(solution, np.arange(level.horizon, 0, -1))

    def predict(
        self,
        observation: npt.NDArray[np.uint8],
        state: tuple[Any, ...] | None = None,
        episode_start: npt.NDArray[np.bool_] | None = None,
        deterministic: bool = True,
    ) -> tuple[npt.NDArray[np.int64], tuple[Any, ...] | None]:
        """As for any agent, but at random whatever `deterministic` says: it has no first choice."""
        return super().predict(observation, state, episode_start, deterministic=False)


@dataclass(frozen=True, eq=False)
class LookupTable(Predictor):
    """Does what its table says for an observation, and stays where the table says nothing."""

    name: str
    world: World
    table: Mapping[bytes, int] = field(repr=False)
    objective: None = None

    @classmethod
    def of(cls, name: str, teacher: Predictor, levels: Iterable[Level]) -> LookupTable:
        """Memorise what `teacher` does on these levels."""
        table: dict[bytes, int] = {}
        for level in levels:
            mdp = model_of(level)
            state = mdp.initial
            for action in teacher.policy(level).actions():
                table.setdefault(level.planes(mdp.states[state]).tobytes(), action)
                state = mdp.likeliest(state, action)[0]
        return cls(name, teacher.world, table)

    def policy(self, level: Level) -> Policy:
        """Look up each observation on the way."""
        mdp, actions = model_of(level), []
        state = mdp.initial
        while len(actions) < level.horizon and state != mdp.absorbing:
            actions.append(self.table.get(level.planes(mdp.states[state]).tobytes(), STAY))
            state = mdp.likeliest(state, actions[-1])[0]
        return path_policy(mdp, actions, level.horizon)
