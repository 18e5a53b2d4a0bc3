"""Discounted infinite horizon on an enumerated level: best stationary policies and expected visits, by linear solves."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.linalg import splu

from ..envs.mdp import MDP

__all__ = ["best_policy", "values", "visits"]


def under(mdp: MDP, policy: npt.NDArray[np.int64]) -> sparse.csr_array:
    """`[S, S]` probability of each next state when following a policy (`[S]` actions)."""
    return mdp.transition[np.arange(mdp.n_states) * mdp.successor.shape[1] + policy]


def values(
    mdp: MDP, reward: npt.NDArray[np.float64], policy: npt.NDArray[np.int64] | None, discount: float
) -> npt.NDArray[np.float64]:
    """`[S]` discounted worth of following a policy: ``(I − γ T_π)⁻¹ r_π``.

    Args:
        mdp: the process.
        reward: `[S, A]` expected reward of each action.
        policy: `[S]` actions; None acts at random.
        discount: per step, in [0, 1).
    """
    if policy is None:
        following = sparse.csr_array(sum(mdp.transition[a :: reward.shape[1]] for a in range(reward.shape[1]))) / reward.shape[1]
        earned = reward.mean(axis=1)
    else:
        following, earned = under(mdp, policy), reward[np.arange(mdp.n_states), policy].astype(float)
    system = sparse.eye_array(mdp.n_states, format="csc") - discount * following.tocsc()
    return splu(system.tocsc()).solve(earned)


def visits(mdp: MDP, policy: npt.NDArray[np.int64], discount: float) -> npt.NDArray[np.float64]:
    """`[S]` expected discounted visits from the start: ``μ (I − γ T_π)⁻¹``; see `values`."""
    system = sparse.eye_array(mdp.n_states, format="csc") - discount * under(mdp, policy).T.tocsc()
    return splu(system.tocsc()).solve(mdp.start)


def best_policy(mdp: MDP, reward: npt.NDArray[np.float64], discount: float) -> npt.NDArray[np.int64]:
    """`[S]` an optimal stationary policy, by policy iteration (Howard 1960); an action is changed only for a real gain."""
    policy = reward.argmax(axis=1)
    for _ in range(1000):
        worth = values(mdp, reward, policy, discount)
        q = reward + discount * (mdp.transition @ worth).reshape(reward.shape)
        best = q.argmax(axis=1)
        here = np.arange(len(policy))
        gain = q[here, best] - q[here, policy]
        better = gain > 1e-12 * (1 + np.abs(worth).max())
        if not better.any():
            return policy
        policy = np.where(better, best, policy)
    return policy
