"""What it costs, in the true reward, to choose policies by another one: exactly, and with the policies that show it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .planning import Plan, best_plan, optimal_actions
from .process import Floats, Indices, Process
from .reach import closure
from .reading import Table, read_discount, read_distribution, read_reward, read_transition

__all__ = ["PolicyPair", "Setting", "optimal_policy_regret", "optimal_policies", "read_setting"]


@dataclass(frozen=True, eq=False)
class PolicyPair:
    """Two policies that show a regret.

    Attributes:
        regret: (true return of `better` − true return of `worse`) / (greatest − least true return), in [0, 1].
        better: `[S, A]` probability of each action in each state.
        worse: `[S, A]` likewise; judged by the used reward it is no worse (`worst_case_policies`) or optimal
            (`optimal_policies`).
        true_returns: expected discounted true returns of `better` and `worse`, from the start.
        used_returns: their expected discounted returns in the used reward.
        true_range: least and greatest expected discounted true return of all policies.
        multiplier: in `worst_case_policies` a λ ≥ 0, in units of true return per used return. No policy gains more than
            regret × range over another in true − λ · used: that proves that the regret is no larger. Else nan.
    """

    regret: float
    better: Floats
    worse: Floats
    true_returns: tuple[float, float]
    used_returns: tuple[float, float]
    true_range: tuple[float, float]
    multiplier: float = float("nan")


@dataclass(frozen=True, eq=False)
class Setting:
    """A process cut down to the K states that the start reaches, with two rewards on it.

    Attributes:
        process: the dynamics on these states.
        start: `[K]` probability of starting in each.
        true: `[K * A]` expected true reward per step.
        used: `[K * A]` expected reward per step that policies are chosen by.
        discount: γ.
        kept: `[K]` the states' original indices.
        n_states: number of states of the original process.
    """

    process: Process
    start: Floats
    true: Floats
    used: Floats
    discount: float
    kept: Indices
    n_states: int

    def returns(self, plan: Plan) -> tuple[float, float]:
        """(true, used) expected discounted return of a plan."""
        rows = self.process.rows_of(plan.policy)
        true, used = (self.start @ plan.chain.values(pay[rows]) for pay in (self.true, self.used))
        return float(true), float(used)

    def spread(
        self, pay: Floats, first: tuple[Indices | None, Indices | None] = (None, None)
    ) -> tuple[Plan, Plan, float]:
        """(best plan, worst plan, difference of their returns) in a reward; 0 where rounding could explain it."""
        best = best_plan(self.process, pay, self.discount, first=first[0])
        worst = best_plan(self.process, -pay, self.discount, first=first[1])
        gap = float(self.start @ (best.values + worst.values))
        return best, worst, gap if gap > float(self.start @ (best.doubt + worst.doubt)) else 0.0

    def whole(self, policy: Floats) -> Floats:
        """`[S, A]` a policy (`[K, A]`) over the original states, uniform where the start never leads."""
        full = np.full((self.n_states, self.process.n_actions), 1 / self.process.n_actions)
        full[self.kept] = policy
        return full

    def one_hot(self, plan: Plan) -> Floats:
        """`[K, A]` a plan's policy as probabilities."""
        return np.eye(self.process.n_actions)[plan.policy]


def read_setting(
    transition: Table, start: npt.ArrayLike, reward_true: Table, reward_used: Table, discount: float
) -> Setting:
    """All inputs of a regret, checked, on the states that the start reaches."""
    process, discount = read_transition(transition), read_discount(discount)
    weight = read_distribution(start, process.n_states, "start", "states")
    tables = (("reward_true", reward_true), ("reward_used", reward_used))
    pays = [read_reward(table, name, process).expected(process.transition) for name, table in tables]
    kept = closure(process, np.flatnonzero(weight))
    rows = (kept[:, None] * process.n_actions + np.arange(process.n_actions)).ravel()
    part = Process(process.transition[rows][:, kept], len(kept), process.n_actions)
    return Setting(part, weight[kept], pays[0][rows], pays[1][rows], discount, kept, process.n_states)


def optimal_policies(
    transition: Table, start: npt.ArrayLike, reward_true: Table, reward_used: Table, discount: float
) -> PolicyPair:
    """The pair behind `optimal_policy_regret`: a best policy, and the worst of those that the used reward likes best.

    Args and errors are those of `optimal_policy_regret`.
    """
    setting = read_setting(transition, start, reward_true, reward_used, discount)
    best, least, gap = setting.spread(setting.true)
    liked = best_plan(setting.process, setting.used, setting.discount)
    allowed = optimal_actions(setting.process, setting.used, setting.discount, liked)
    worst = best_plan(setting.process, -setting.true, setting.discount, allowed)
    returns = setting.returns(best), setting.returns(worst)
    lost = returns[0][0] - returns[1][0]
    certain = lost > float(setting.start @ (best.doubt + worst.doubt))
    return PolicyPair(
        regret=min(lost / gap, 1.0) if gap and certain else 0.0,
        better=setting.whole(setting.one_hot(best)),
        worse=setting.whole(setting.one_hot(worst)),
        true_returns=(returns[0][0], returns[1][0]),
        used_returns=(returns[0][1], returns[1][1]),
        true_range=(-float(setting.start @ least.values), returns[0][0]),
    )


def optimal_policy_regret(
    transition: Table, start: npt.ArrayLike, reward_true: Table, reward_used: Table, discount: float
) -> float:
    """(max J_true − J_true(π)) / (max J_true − min J_true) for the worst π among *all* that are optimal for the used reward.

    J is the expected discounted return from `start`. Dynamic programming, no sampling: optimal actions of the used
    reward by policy iteration, then the worst policy within them by policy iteration. Actions tie where their values
    differ by less than 64 roundings, relative to the rewards still to come under the optimal policy, at every step
    still to come: a real difference below that counts as a tie, so the regret errs upwards, not downwards.

    Args:
        transition: `[S, A, S]` probability of landing in s', dense or sparse (`[S * A, S]`, row s * A + a).
        start: `[S]` probability of starting in each state.
        reward_true: `[S, A, S]` reward per step, dense or sparse (absent is 0), or dense `[S, A]`.
        reward_used: the reward that the policy is optimal for, likewise.
        discount: γ in [0, 1).

    Returns:
        The regret in [0, 1]; 0 if all policies have the same true return, up to rounding.

    Raises:
        RewardError: a malformed table or start, or a discount outside [0, 1).
    """
    return optimal_policies(transition, start, reward_true, reward_used, discount).regret
