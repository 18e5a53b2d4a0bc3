"""What a search over a finite horizon finds: the actions it may take with t steps to go, ties included."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...envs.compiling import kept
from ...envs.mdp import MDP


@dataclass(frozen=True, eq=False)
class Solution:
    """Values and optimal actions for every number of steps to go.

    Attributes:
        mdp: the process that was searched.
        horizon: steps looked ahead.
        values: `[horizon + 1, S]` best score with t steps to go, in the units of the reward given.
        optimal: `[horizon + 1, S]` bit a is set where action a is optimal with t steps to go (row 0 is unused).
    """

    mdp: MDP
    horizon: int
    values: npt.NDArray[np.int64] | npt.NDArray[np.float64]
    optimal: npt.NDArray[np.uint8]


def tied_value(
    solution: Solution,
    reward: npt.NDArray[np.int64] | npt.NDArray[np.float64],
    ties: str = "worst",
    to_go: npt.NDArray[np.int64] | None = None,
) -> npt.NDArray[np.int64] | npt.NDArray[np.float64]:
    """`[S]` what policies that only take a solution's optimal actions earn by another reward.

    Args:
        solution: whose optimal actions are followed.
        reward: `[S, A]` the other reward; whole numbers stay exact in deterministic worlds.
        ties: "worst" is the least over all ways to break ties, "best" the most, "mean" breaks them at random.
        to_go: `[T]` the row of `solution.optimal` to use at each step of the episode; None counts down from
            `solution.horizon`.
    """
    if to_go is None:
        to_go = np.arange(solution.horizon, 0, -1)
    if ties == "mean" or not solution.mdp.deterministic:
        reward = reward.astype(np.float64)
    sign = -1 if ties == "worst" else 1
    tables = solution.mdp.successor, solution.mdp.chance
    return sign * _tied(*tables, np.ascontiguousarray(sign * reward), solution.optimal, to_go, ties == "mean")


@kept
def _tied(successor, chance, reward, optimal, to_go, mean):
    n_states, n_actions = reward.shape
    after = np.zeros(n_states, dtype=reward.dtype)
    now = np.zeros(n_states, dtype=reward.dtype)
    for step in range(to_go.size - 1, -1, -1):
        allowed = optimal[to_go[step]]
        for s in range(n_states):
            ways = 0
            for a in range(n_actions):
                if allowed[s] >> a & 1:
                    q = reward[s, a]
                    if successor.shape[2] == 1:
                        q += after[successor[s, a, 0]]
                    else:
                        for k in range(successor.shape[2]):
                            q += chance[s, a, k] * after[successor[s, a, k]]
                    if ways == 0 or (q > now[s] and not mean):
                        now[s] = q
                    elif mean:
                        now[s] += (q - now[s]) / (ways + 1)
                    ways += 1
        after, now = now, after
    return after
