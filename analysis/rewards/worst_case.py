"""The most that two policies can differ in the true reward while the used reward likes the worse one as well."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .planning import Plan
from .process import Floats, RewardError
from .reading import Table
from .regret import PolicyPair, Setting, read_setting

__all__ = ["worst_case_policies", "worst_case_regret"]

CUTS = 500
SETTLED = 1e-13  # gap between the two bounds, in units of the true reward's range


class Cut(NamedTuple):
    """Two plans: by `gain` better in the true reward, by `price` better in the used one, each over its range."""

    better: Plan
    worse: Plan
    gain: float
    price: float

    def at(self, multiplier: float) -> float:
        """Advantage in true − multiplier · used."""
        return self.gain - multiplier * self.price


def worst_case_policies(
    transition: Table, start: npt.ArrayLike, reward_true: Table, reward_used: Table, discount: float
) -> PolicyPair:
    """Two policies that attain `worst_case_regret`, and the multiplier that proves that no two do worse.

    Args and errors are those of `worst_case_regret`. The policies are stochastic where the worst case needs it.
    """
    setting = read_setting(transition, start, reward_true, reward_used, discount)
    best, least, true_gap = setting.spread(setting.true)
    liked, hated, used_gap = setting.spread(setting.used)
    if not true_gap or not used_gap:  # nothing to lose, or nothing that holds one back
        weights, cuts, multiplier = (1.0,), (cut(setting, best, least, true_gap or 1.0, used_gap or 1.0),), 0.0
    else:
        first, last = cut(setting, best, least, true_gap, used_gap), cut(setting, hated, liked, true_gap, used_gap)
        weights, cuts, multiplier = closed_in(setting, first, last, true_gap, used_gap)
    regret = sum(weight * each.gain for weight, each in zip(weights, cuts, strict=True))
    better = mixture(setting, weights, [each.better for each in cuts])
    worse = mixture(setting, weights, [each.worse for each in cuts])
    returns = [[setting.returns(plan) for plan in plans] for plans in zip(*(each[:2] for each in cuts), strict=True)]
    mixed = np.einsum("n,pnr->rp", weights, np.array(returns))
    return PolicyPair(
        regret=min(max(regret, 0.0), 1.0) if true_gap else 0.0,
        better=setting.whole(better),
        worse=setting.whole(worse),
        true_returns=(float(mixed[0, 0]), float(mixed[0, 1])),
        used_returns=(float(mixed[1, 0]), float(mixed[1, 1])),
        true_range=(-float(setting.start @ least.values), float(setting.start @ best.values)),
        multiplier=multiplier * true_gap / used_gap if used_gap else 0.0,
    )


def worst_case_regret(
    transition: Table, start: npt.ArrayLike, reward_true: Table, reward_used: Table, discount: float
) -> float:
    """Max J_true(π₁) − J_true(π₂) over π₁, π₂ with J_used(π₂) ≥ J_used(π₁), over (max J_true − min J_true).

    The regret that bounds a STARC distance from both sides (Skalse et al. 2024, arXiv 2309.15257). It is a linear
    program over pairs of discounted occupancies with one constraint across them, and its dual has one variable:

        min over λ ≥ 0 of  max J − min J  of the reward true − λ · used.

    So it is 0 if and only if J_true = λ · J_used + b on all policies from `start`, for some λ ≥ 0. The dual is convex
    and piecewise linear in λ, and is solved by cuts: each λ costs two exact dynamic programs, so 10⁵ states are no
    obstacle, and the regret is enclosed to 1e-13 of the range.

    Args:
        transition: `[S, A, S]` probability of landing in s', dense or sparse (`[S * A, S]`, row s * A + a).
        start: `[S]` probability of starting in each state.
        reward_true: `[S, A, S]` reward per step, dense or sparse (absent is 0), or dense `[S, A]`.
        reward_used: the reward that policies are compared by, likewise.
        discount: γ in [0, 1).

    Returns:
        The regret in [0, 1]; 0 if all policies have the same true return, 1 if they differ in it and not in the used
        one (up to rounding).

    Raises:
        RewardError: a malformed table or start, or a discount outside [0, 1).
    """
    return worst_case_policies(transition, start, reward_true, reward_used, discount).regret


def cut(setting: Setting, better: Plan, worse: Plan, true_gap: float, used_gap: float) -> Cut:
    """What a pair of plans says."""
    one, two = setting.returns(better), setting.returns(worse)
    return Cut(better, worse, (one[0] - two[0]) / true_gap, (one[1] - two[1]) / used_gap)


def closed_in(
    setting: Setting, dear: Cut, cheap: Cut, true_gap: float, used_gap: float
) -> tuple[tuple[float, ...], tuple[Cut, ...], float]:
    """(weights, cuts, λ) at the least of the upper envelope: a pair whose price the used reward forbids, one it allows."""
    if dear.price <= 0:
        return (1.0,), (dear,), 0.0
    plans, bounds = (dear.better, dear.worse), (0.0, 1.0)
    for _ in range(CUTS):
        multiplier = max((dear.gain - cheap.gain) / (dear.price - cheap.price), 0.0)
        share = -cheap.price / (dear.price - cheap.price)
        attained = share * dear.gain + (1 - share) * cheap.gain
        pay = setting.true / true_gap - multiplier * (setting.used / used_gap)
        *plans, _ = setting.spread(pay, (plans[0].policy, plans[1].policy))
        found = cut(setting, plans[0], plans[1], true_gap, used_gap)
        bounds = attained, found.at(multiplier)
        if bounds[1] <= attained + SETTLED:
            return (share, 1 - share), (dear, cheap), multiplier
        dear, cheap = (found, cheap) if found.price > 0 else (dear, found)
    raise RewardError(
        f"The worst case over {setting.process.n_states} states was not closed in within {CUTS} cuts; it lies between "
        f"{bounds[0]:.12g} and {bounds[1]:.12g} of the range. Restrict the process, or lower the discount."
    )


def mixture(setting: Setting, weights: tuple[float, ...], plans: list[Plan]) -> Floats:
    """`[K, A]` the stationary policy with the mean discounted occupancy of some plans, drawn once at the start."""
    n_states, n_actions = setting.process.n_states, setting.process.n_actions
    occupancy = np.zeros((n_states, n_actions))
    for weight, plan in zip(weights, plans, strict=True):
        occupancy[np.arange(n_states), plan.policy] += weight * plan.chain.visits(setting.start)
    visited = occupancy.sum(axis=1, keepdims=True)
    return np.where(visited > 0, occupancy / np.where(visited > 0, visited, 1), 1 / n_actions)
