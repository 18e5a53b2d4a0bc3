"""Exact value iteration: backward induction over the whole horizon, over a few steps, or discounted to a fixed point."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from ...envs.compiling import kept
from ...envs.mdp import MDP
from .solution import Solution

TOLERANCE = 1e-9
"""Action values this close count as tied where rewards are floats; whole-number rewards are compared exactly."""


def backward_induction(
    mdp: MDP, reward: npt.NDArray[np.int64] | npt.NDArray[np.float64], horizon: int, discount: Fraction | None = None
) -> Solution:
    """Best values and all optimal actions for 0 to `horizon` steps to go (Bellman 1957).

    Args:
        mdp: the process.
        reward: `[S, A]` expected reward of each action; whole numbers stay exact in deterministic worlds.
        horizon: steps.
        discount: what a reward one step later is worth; None counts late and early alike.
    """
    if not mdp.deterministic or discount is not None:
        reward = reward.astype(np.float64)
    tolerance = 0 if np.issubdtype(reward.dtype, np.integer) else TOLERANCE * (1 + np.abs(reward).max())
    later = 1.0 if discount is None else float(discount)
    values, optimal = _backward(mdp.successor, mdp.chance, np.ascontiguousarray(reward), horizon, tolerance, later)
    return Solution(mdp, horizon, values, optimal)


@dataclass(frozen=True)
class ValueIteration:
    """Looks to the end of the episode: the exact planner.

    Attributes:
        discount: what a reward one step later is worth to it, in (0, 1); None counts late and early alike.
    """

    discount: Fraction | None = None

    def __post_init__(self) -> None:
        """Check the discount."""
        if self.discount is not None and not (isinstance(self.discount, Fraction) and 0 < self.discount < 1):
            raise ValueError(f"ValueIteration: discount {self.discount!r} is no Fraction between 0 and 1, nor None.")

    @property
    def depth(self) -> None:
        """No limit."""
        return None

    def to_go(self, horizon: int) -> npt.NDArray[np.int64]:
        """`[horizon]` how many steps it looks ahead at each step of an episode."""
        return np.arange(horizon, 0, -1)

    def solve(self, mdp: MDP, reward: npt.NDArray[np.int64] | npt.NDArray[np.float64], horizon: int) -> Solution:
        """All optimal actions over `horizon` steps; see `backward_induction`."""
        return backward_induction(mdp, reward, horizon, self.discount)


@dataclass(frozen=True)
class Lookahead:
    """Looks a fixed number of actions ahead and counts nothing beyond.

    Attributes:
        depth: the budget, in actions; at least 1.
        replan: whether it looks ahead anew at every step, or plans once and stays when the plan is done.
    """

    depth: int
    replan: bool = True
    discount: ClassVar[None] = None

    def __post_init__(self) -> None:
        """Check the budget."""
        if not isinstance(self.depth, int) or self.depth < 1:
            raise ValueError(f"Lookahead: depth {self.depth!r} is not a whole number of actions of at least 1.")

    def to_go(self, horizon: int) -> npt.NDArray[np.int64]:
        """`[horizon]` how many steps it looks ahead at each step; 0 where it just stays."""
        left = np.arange(horizon, 0, -1)
        once = np.maximum(self.depth - np.arange(horizon), 0)
        return np.minimum(left, self.depth if self.replan else once)

    def solve(self, mdp: MDP, reward: npt.NDArray[np.int64] | npt.NDArray[np.float64], horizon: int) -> Solution:
        """All optimal actions over the next `depth` steps, or `horizon` if that is less."""
        return backward_induction(mdp, reward, min(self.depth, horizon))


def discounted_values(
    mdp: MDP, reward: npt.NDArray[np.float64], discount: float, tolerance: float = 1e-12
) -> npt.NDArray[np.float64]:
    """`[S]` optimal infinite-horizon discounted values, to within `tolerance` (value iteration in place, to and fro).

    Args:
        mdp: the process.
        reward: `[S, A]` expected reward of each action.
        discount: per step, in [0, 1).
        tolerance: largest error allowed in any value.

    Raises:
        ValueError: discount outside [0, 1).
    """
    if not 0 <= discount < 1:
        raise ValueError(
            f"discount {discount!r} is outside [0, 1); undiscounted values need a horizon: backward_induction."
        )
    return _discounted(mdp.successor, mdp.chance, reward.astype(np.float64), discount, tolerance)


@kept
def _backward(successor, chance, reward, horizon, tolerance, discount):
    n_states, n_actions = reward.shape
    values = np.zeros((horizon + 1, n_states), dtype=reward.dtype)
    optimal = np.zeros((horizon + 1, n_states), dtype=np.uint8)
    optimal[0, :] = 1 << (n_actions - 1)
    q = np.zeros(n_actions, dtype=reward.dtype)
    plain = successor.shape[2] == 1 and discount == 1.0  # whole numbers stay whole
    for t in range(1, horizon + 1):
        after = values[t - 1]
        for s in range(n_states):
            best = reward[s, 0]
            for a in range(n_actions):
                q[a] = reward[s, a]
                if plain:
                    q[a] += after[successor[s, a, 0]]
                else:
                    for k in range(successor.shape[2]):
                        q[a] += discount * chance[s, a, k] * after[successor[s, a, k]]
                best = q[a] if a == 0 else max(best, q[a])
            values[t, s] = best
            ways = 0
            for a in range(n_actions):
                ways |= int(q[a] >= best - tolerance) << a
            optimal[t, s] = ways
    return values, optimal


@kept
def _discounted(successor, chance, reward, discount, tolerance):
    n_states, n_actions = reward.shape
    values = np.zeros(n_states)
    forward = False  # rewards mostly lie far from the start, which is the first state; then back, for what lies before it
    while True:
        change = 0.0
        for i in range(n_states):
            s = i if forward else n_states - 1 - i
            best = -np.inf
            for a in range(n_actions):
                q = reward[s, a]
                for k in range(successor.shape[2]):
                    q += discount * chance[s, a, k] * values[successor[s, a, k]]
                best = max(best, q)
            change = max(change, abs(best - values[s]))
            values[s] = best
        if change * discount <= tolerance * (1 - discount):
            return values
        forward = not forward
