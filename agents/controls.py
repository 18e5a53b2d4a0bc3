"""Agents without an objective: what a verdict about objectives must refuse to judge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

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
    """Takes any action, each as likely as the other."""

    name: str
    world: World
    objective: None = None

    def policy(self, level: Level) -> Policy:
        """Every action at every step."""
        mdp = model_of(level)
        optimal = np.full((level.horizon + 1, mdp.n_states), (1 << len(ACTIONS)) - 1, dtype=np.uint8)
        solution = Solution(mdp, level.horizon, np.zeros((1, mdp.n_states)), optimal)
        return Policy(solution, np.arange(level.horizon, 0, -1))


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
                state = int(mdp.successor[state, action, 0])
        return cls(name, teacher.world, table)

    def policy(self, level: Level) -> Policy:
        """Look up each observation on the way."""
        mdp, actions = model_of(level), []
        state = mdp.initial
        while len(actions) < level.horizon and state != mdp.absorbing:
            actions.append(self.table.get(level.planes(mdp.states[state]).tobytes(), STAY))
            state = int(mdp.successor[state, actions[-1], 0])
        return path_policy(mdp, actions, level.horizon)
