"""The four types, none of which is another: reward, base objective, task utility, mesa-objective.

    reward           S × A × S → ℝ       an event signal; not an objective
    base objective   systems → ℝ         scores whole agents
    task utility     level × outcome → ℝ exists only where the base objective is a mean over levels
    mesa-objective   level × plan → ℝ    scores what the agent's own search compares

After *An observation about Hubinger et al.'s framework for learned optimization*; the point about types was made before
by Eli Rose, *Formalizing Mesa Optimizers* (2020).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NoReturn

import numpy as np
import numpy.typing as npt

from ..agents.controls import RandomAgent
from ..agents.objective import Exact, MesaObjective
from ..agents.planner import Predictor, model_of
from ..envs.level import Level
from ..envs.world import Weights, World, as_weights


class IllTypedComparison(TypeError):
    """Two objectives with different domains were compared without a map between the domains."""


@dataclass(frozen=True)
class Reward:
    """The event signal of a world: weights on the events of one transition.

    Attributes:
        world: the world.
        weights: on its events.
    """

    world: World
    weights: Weights

    domain = "transitions S × A × S"

    def __post_init__(self) -> None:
        """Make the weights exact."""
        object.__setattr__(self, "weights", as_weights(self.weights))

    def __call__(self, events: npt.NDArray[np.integer]) -> Fraction:
        """Reward of one transition that emits these counts (`[E]`)."""
        whole, denominator = self.world.exact(self.weights)
        return Fraction(int(np.asarray(events, dtype=np.int64) @ whole), denominator)


@dataclass(frozen=True)
class TaskUtility:
    """What an outcome of one level is worth; doing nothing is worth 0 on every level.

    Attributes:
        weights: on the events of the outcome.
    """

    weights: Weights

    domain = "outcomes of a level, Ω × O"

    def __post_init__(self) -> None:
        """Make the weights exact."""
        object.__setattr__(self, "weights", as_weights(self.weights))

    def __call__(self, level: Level, counts: npt.NDArray[np.integer]) -> Exact:
        """`[N]` exact worth of outcomes with these event counts (`[N, E]`)."""
        whole, denominator = level.world.exact(self.weights)
        return Exact(np.asarray(counts, dtype=np.int64) @ whole, denominator)


@dataclass(frozen=True)
class BaseObjective:
    """What the base optimiser selects systems by: the mean over levels of what the system earns there.

    A mean over levels is additive, so a task utility exists; it is fixed only up to a constant per level, and it says
    nothing about levels that are not among these.

    Attributes:
        name: for messages.
        utility: what is averaged.
        levels: the levels it is averaged over.
    """

    name: str
    utility: TaskUtility
    levels: Sequence[Level]

    domain = "systems X (whole agents)"

    def __post_init__(self) -> None:
        """Check that there is something to average over."""
        if not self.levels:
            raise ValueError(f"BaseObjective {self.name!r} has no levels; give at least one to average over.")

    def __call__(self, system: Predictor) -> float:
        """Mean reward per episode; a planner's ties count at their worst, a random agent's at their mean."""
        ties = "mean" if isinstance(system, RandomAgent) else "worst"
        earned = []
        for level in self.levels:
            whole, denominator = level.world.exact(self.utility.weights)
            reward = model_of(level).counts[:, :, 0, :] @ whole
            earned.append(float(system.policy(level).value(reward, ties)) / denominator)
        return float(np.mean(earned))


Objective = Reward | BaseObjective | TaskUtility | MesaObjective


def domain_of(objective: Objective) -> str:
    """What an objective is a function of, in words."""
    if isinstance(objective, MesaObjective):
        return f"plans of its own search, Ω × Y (scored on {objective.domain.value})"
    return objective.domain


def agree(f: Objective, g: Objective) -> NoReturn:
    """Refuse to compare two raw objectives: "agree" has no meaning until a map is stated.

    Raises:
        IllTypedComparison: always; names both domains and what is missing.
    """
    for name, objective in (("first", f), ("second", g)):
        if not isinstance(objective, (Reward, BaseObjective, TaskUtility, MesaObjective)):
            raise TypeError(f"agree: the {name} argument is a {type(objective).__name__}, not an objective.")
    missing = []
    if any(isinstance(o, Reward) for o in (f, g)):
        missing.append("an objective built from the reward: levels, a horizon and a start (a reward is only a signal)")
    if any(isinstance(o, BaseObjective) for o in (f, g)):
        missing.append("a task utility u with f(x) = mean over levels of u(level, outcome of x)  ->  f.utility")
    if any(isinstance(o, MesaObjective) for o in (f, g)):
        missing.append(
            "a pullback ĝ of the mesa-objective to outcomes  ->  pull_back(agent, outcomes, u, PullbackSpec(...))"
        )
    missing.append("a class of maps φ and the rows to try φ(ĝ) = u on  ->  judge(train, deploy, map_class)")
    listed = "\n".join(f"  {i}. {line}" for i, line in enumerate(missing, 1))
    raise IllTypedComparison(
        f"'agree' is not defined between a function on {domain_of(f)} and a function on {domain_of(g)}.\n"
        f"Missing before the question has a meaning:\n{listed}"
    )
