"""Optimal policies of a discounted process, with values exact enough to say which actions tie.

Value iteration comes near, policy iteration with a direct solve for each policy (Howard 1960) gets there. A value is
known up to its rounding error, and that is bounded state by state: far from every reward both are small.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .process import ROUNDINGS, Floats, Indices, Process, RewardError
from .solving import Chain

__all__ = ["Plan", "best_plan", "optimal_actions"]

WARMING_SWEEPS = 2_000
IMPROVEMENTS = 1_000


@dataclass(frozen=True, eq=False)
class Plan:
    """A deterministic policy that is optimal from every state.

    Attributes:
        policy: `[S]` action in each state.
        chain: its chain, for further values.
        values: `[S]` discounted return from each state.
        doubt: `[S]` 64 roundings, relative to the rewards still to come, at every step still to come; differences of
            values below it mean nothing.
    """

    policy: Indices
    chain: Chain
    values: Floats
    doubt: Floats


def best_plan(
    process: Process,
    pay: Floats,
    discount: float,
    allowed: npt.NDArray[np.bool_] | None = None,
    first: Indices | None = None,
) -> Plan:
    """A policy of greatest return from every state.

    Args:
        process: the dynamics.
        pay: `[S * A]` expected reward per step; negate it for the least return.
        discount: γ in [0, 1).
        allowed: `[S, A]` bool, the actions to choose from; None is all.
        first: `[S]` a policy to start from; None starts from some sweeps of value iteration.
    """
    policy = warmed(process, pay, discount, allowed) if first is None else first
    everyone = np.arange(process.n_states)
    for _ in range(IMPROVEMENTS):
        plan = evaluated(process, pay, discount, policy)
        worth = action_values(process, pay, discount, plan.values, allowed)
        better = worth.argmax(axis=1)
        gain = worth[everyone, better] - worth[everyone, policy]
        improved = gain > action_doubt(process, pay, discount, plan).reshape(worth.shape)[everyone, better]
        if not improved.any():
            return plan
        policy = np.where(improved, better, policy)
    raise RewardError(
        f"Policy iteration on {process.n_states} states still improves after {IMPROVEMENTS} rounds at discount={discount}; "
        "restrict the process to what is reachable, or lower the discount."
    )


def optimal_actions(process: Process, pay: Floats, discount: float, plan: Plan) -> npt.NDArray[np.bool_]:
    """`[S, A]` bool: the action is as good as the best one, up to what rounding can hide (see `Plan.doubt`)."""
    worth = action_values(process, pay, discount, plan.values, None)
    return worth >= greatest(worth)[:, None] - action_doubt(process, pay, discount, plan).reshape(worth.shape)


def evaluated(process: Process, pay: Floats, discount: float, policy: Indices) -> Plan:
    """The policy with its values."""
    rows = process.rows_of(policy)
    chain = Chain(process.transition[rows], discount)
    values = chain.values(pay[rows])
    doubt = ROUNDINGS * np.maximum(chain.values(chain.values(np.abs(pay[rows]))), 0)
    return Plan(policy, chain, values, doubt)


def action_values(
    process: Process, pay: Floats, discount: float, values: Floats, allowed: npt.NDArray[np.bool_] | None
) -> Floats:
    """`[S, A]` return of each action followed by `values` (`[S]`); −∞ where it is not allowed."""
    worth = (pay + discount * (process.transition @ values)).reshape(process.n_states, process.n_actions)
    return worth if allowed is None else np.where(allowed, worth, -np.inf)


def action_doubt(process: Process, pay: Floats, discount: float, plan: Plan) -> Floats:
    """`[S * A]` how far the difference between an action's value and the state's may be off."""
    ahead = ROUNDINGS * np.abs(pay) + discount * (process.transition @ plan.doubt)
    return ahead + np.repeat(plan.doubt, process.n_actions)


def warmed(process: Process, pay: Floats, discount: float, allowed: npt.NDArray[np.bool_] | None) -> Indices:
    """`[S]` greedy policy of value iteration, stopped when no value changes by a tenth, or after S sweeps."""
    values = np.zeros(process.n_states)
    for _ in range(min(process.n_states, WARMING_SWEEPS)):
        before, values = values, greatest(action_values(process, pay, discount, values, allowed))
        if np.all(np.abs(values - before) <= 0.1 * np.abs(values)):
            break
    return action_values(process, pay, discount, values, allowed).argmax(axis=1)


def greatest(worth: Floats) -> Floats:
    """`[S]` maximum over actions; column by column, which is several times faster than NumPy along a short axis."""
    return functools.reduce(np.maximum, worth.T)
