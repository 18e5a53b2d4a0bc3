"""Mesa-objectives: what an agent's search scores its plans by, with the type of thing that is scored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from math import lcm
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..envs.level import Level
from ..envs.world import Weights, as_weights


class Domain(Enum):
    """What a mesa-objective is a function of (Xu and Hubinger, Agents Over Cartesian World Models)."""

    ACTION = "actions"
    OBSERVATION = "observations"
    STATE = "states"
    TRANSITION = "transitions"
    TRAJECTORY = "trajectories"
    INTERNAL = "internal states"
    POLICY = "policies"
    CONDITIONAL = "a belief, which yields an objective"
    EPISODES = "several episodes"


class Exact(NamedTuple):
    """Exact values: `numerators / denominator`.

    Attributes:
        numerators: `[N]` whole numbers, int64 or Python integers where those do not fit.
        denominator: the positive whole number they share.
    """

    numerators: npt.NDArray[Any]
    denominator: int


@dataclass(frozen=True)
class MesaObjective:
    """The criterion by which a planner compares its plans.

    A plan scores `outer(weights · counts + extra(counts))`, where counts are the events that the plan emits.

    Attributes:
        name: for tables.
        domain: what it is a function of.
        weights: on the world's events; or a function of the level that returns them, for an objective that depends on
            what the agent believes of the level.
        outer: a function of the plan's total, applied once; None leaves the total as it is.
        outer_increases: whether `outer` is strictly increasing, so that it moves no optimum.
        extra: a term that is no sum over steps: event name -> `[N]` counts, returns `[N]` whole numbers.
        extra_events: the events that `extra` reads.
        components: weights of the parts that it is made of, where it is a vector objective by the agent's own account; only
            the class of maps `feature_linear` reads them. None are declared by default.
    """

    name: str
    domain: Domain
    weights: Weights | Callable[[Level], Weights]
    outer: Callable[[Fraction], Fraction] | None = None
    outer_increases: bool = True
    extra: Callable[[Mapping[str, npt.NDArray[np.int64]]], npt.NDArray[np.int64]] | None = None
    extra_events: tuple[str, ...] = ()
    components: tuple[Weights, ...] = ()

    def __post_init__(self) -> None:
        """Make the weights exact."""
        if not callable(self.weights):
            object.__setattr__(self, "weights", as_weights(self.weights))
        object.__setattr__(self, "components", tuple(as_weights(part) for part in self.components))

    def spares_moves(self, level: Level, sign: int = 1) -> bool:
        """Whether of two plans with the same other events the one with fewer moves is never the worse.

        Args:
            level: where the plans are made.
            sign: 1 where the highest value is sought, -1 where the lowest is.
        """
        falls = sign * self.weights_on(level).get("moved", 0) <= 0
        return falls and self.outer_increases and "moved" not in self.extra_events

    @property
    def additive(self) -> bool:
        """Whether maximising it is maximising a sum over steps, so that dynamic programming finds the optimum."""
        return self.extra is None and self.outer_increases

    def weights_on(self, level: Level) -> Weights:
        """The weights that hold on `level`."""
        return as_weights(self.weights(level)) if callable(self.weights) else self.weights

    def events(self, level: Level) -> set[str]:
        """Events that it reads on `level`."""
        parts = (self.weights_on(level), *self.components)
        return {event for weights in parts for event, w in weights.items() if w} | set(self.extra_events)

    def features(self, level: Level, counts: npt.NDArray[np.integer]) -> Exact | None:
        """`[N, D]` the declared components of plans with these event counts (`[N, E]`); None where none are declared."""
        if not self.components:
            return None
        columns = [level.world.exact(part) for part in self.components]
        shared = lcm(*(denominator for _, denominator in columns))
        whole = np.stack([weights * (shared // denominator) for weights, denominator in columns], axis=1)
        return Exact(counts.astype(np.int64) @ whole, shared)

    def values(self, level: Level, counts: npt.NDArray[np.integer]) -> Exact:
        """Score plans by the events they emit.

        Args:
            level: where the plans are made.
            counts: `[N, E]` event counts of each plan, in the order of `level.world.events`.
        """
        whole, denominator = level.world.exact(self.weights_on(level))
        totals = counts.astype(np.int64) @ whole
        if self.extra is not None:
            columns = {event: counts[:, i].astype(np.int64) for i, event in enumerate(level.world.events)}
            totals = totals + denominator * self.extra(columns)
        if self.outer is None:
            return Exact(totals, denominator)
        distinct, place = np.unique(totals, return_inverse=True)
        images = [Fraction(self.outer(Fraction(int(t), denominator))) for t in distinct]
        shared = lcm(*(image.denominator for image in images)) if images else 1
        numerators = [int(image * shared) for image in images]
        fits = all(abs(n) < 2**62 for n in numerators)
        return Exact(np.array(numerators, dtype=np.int64 if fits else object)[place.ravel()], shared)
