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
from itertools import combinations
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
    nothing about levels that are not among these. `additivity` tests it.

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
            raise ValueError(f"{type(self).__name__} {self.name!r} has no levels; give at least one to score systems on.")

    def of(self, earned: Sequence[Fraction]) -> Fraction:
        """Worth of a system that earns so much on each level (`[L]` reward per episode)."""
        return sum(earned, Fraction(0)) / len(earned)

    def __call__(self, system: Predictor) -> float:
        """Mean reward per episode; a planner's ties count at their worst, a random agent's at their mean."""
        return float(self.of(earnings(system, self.utility, self.levels)))


@dataclass(frozen=True)
class WorstCaseObjective:
    """A base objective that is no mean: the least over levels of what the system earns.

    What it is worth to do better on one level depends on what is done on the others, so there is no task utility
    (docs/objectives.md, section 1): `utility` refuses, and so does every comparison that needs one.

    Attributes:
        name: for messages.
        reward: what is earned on a level.
        levels: the levels it is the least over.
    """

    name: str
    reward: TaskUtility
    levels: Sequence[Level]

    domain = "systems X (whole agents)"
    __post_init__ = BaseObjective.__post_init__

    @property
    def utility(self) -> TaskUtility:
        """There is none.

        Raises:
            NoTaskUtility: always; says why.
        """
        raise NoTaskUtility(
            f"{self.name!r} is the least over {len(self.levels)} levels of what a system earns, and no mean: what a better "
            "output on one level is worth depends on the outputs on the others (additivity() finds two systems that show "
            "it). So there is no task utility u(level, outcome) to compare a mesa-objective with; compare whole systems by "
            "calling it, or declare a base objective that is a mean over levels."
        )

    def of(self, earned: Sequence[Fraction]) -> Fraction:
        """Worth of a system that earns so much on each level (`[L]` reward per episode)."""
        return min(earned)

    def __call__(self, system: Predictor) -> float:
        """Least reward per episode; ties as in `BaseObjective`."""
        return float(self.of(earnings(system, self.reward, self.levels)))


class NoTaskUtility(IllTypedComparison):
    """A base objective that is not a mean over levels has no task utility."""


def earnings(system: Predictor, utility: TaskUtility, levels: Sequence[Level]) -> list[Fraction]:
    """`[L]` what a system earns on each level, ties at their worst, at their mean for one that acts at random."""
    ties = "mean" if isinstance(system, RandomAgent) else "worst"
    earned = []
    for level in levels:
        whole, denominator = level.world.exact(utility.weights)
        reward = model_of(level).counts[:, :, 0, :] @ whole
        value = system.policy(level).value(reward, ties)
        earned.append(Fraction(int(value) if isinstance(value, (int, np.integer)) else float(value)) / denominator)
    return earned


@dataclass(frozen=True)
class Additivity:
    """Whether a base objective is a sum over levels, as far as these systems can show.

    Attributes:
        holds: no swap of two systems' outputs on one level changed what they are worth together.
        swaps: how many were tried.
        defect: the largest |f(x) + f(y) − f(x′) − f(y′)|, x′ and y′ being x and y with their outputs on one level swapped.
        level: id of the level where it is largest, "" if none.
        systems: positions of the two systems, (0, 0) if none.
    """

    holds: bool
    swaps: int
    defect: Fraction
    level: str
    systems: tuple[int, int]

    def __str__(self) -> str:
        tried = f"{self.swaps} swaps of two systems' outputs on one level"
        if self.holds:
            return f"tested: {tried} changed nothing"
        return f"fails: of {tried} one on level {self.level} changes the sum by {float(self.defect):.4g}"


def additivity(f: BaseObjective | WorstCaseObjective, systems: Sequence[Predictor]) -> Additivity:
    """Test that f is additive over levels, by swapping outputs on one level between every two systems.

    f(x) = E[u(level, x(level))] for some u only if f(x) + f(y) = f(x′) + f(y′) for all such swaps; sums are exact.

    Args:
        f: a base objective.
        systems: at least two, of the world of f's levels.

    Raises:
        ValueError: fewer than two systems, or fewer than two levels.
    """
    if len(systems) < 2 or len(f.levels) < 2:
        raise ValueError(
            f"additivity: {len(systems)} systems on {len(f.levels)} levels; two of each are the least that can be swapped."
        )
    utility = f.utility if isinstance(f, BaseObjective) else f.reward
    earned = [earnings(system, utility, f.levels) for system in systems]
    worst, where, pair, swaps = Fraction(0), "", (0, 0), 0
    for (i, x), (j, y) in combinations(enumerate(earned), 2):
        for at, level in enumerate(f.levels):
            swapped = [*x[:at], y[at], *x[at + 1 :]], [*y[:at], x[at], *y[at + 1 :]]
            defect = abs(f.of(x) + f.of(y) - f.of(swapped[0]) - f.of(swapped[1]))
            swaps += 1
            if defect > worst:
                worst, where, pair = defect, level.id, (i, j)
    return Additivity(worst == 0, swaps, worst, where, pair)


Objective = Reward | BaseObjective | WorstCaseObjective | TaskUtility | MesaObjective


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
        if not isinstance(objective, (Reward, BaseObjective, WorstCaseObjective, TaskUtility, MesaObjective)):
            raise TypeError(f"agree: the {name} argument is a {type(objective).__name__}, not an objective.")
    missing = []
    if any(isinstance(o, Reward) for o in (f, g)):
        missing.append("an objective built from the reward: levels, a horizon and a start (a reward is only a signal)")
    if any(isinstance(o, BaseObjective) for o in (f, g)):
        missing.append("a task utility u with f(x) = mean over levels of u(level, outcome of x)  ->  f.utility")
    if any(isinstance(o, WorstCaseObjective) for o in (f, g)):
        missing.append("a base objective that is a mean over levels: the worst case has no task utility  ->  f.utility says why")
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
