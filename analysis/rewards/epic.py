"""EPIC: the Pearson distance of rewards that were shaped alike, whatever the dynamics."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .pearson import Covered, Everywhere, pearson_distance
from .process import Floats, RewardTable, entries_of
from .reading import Table, read_coverage, read_discount, read_distribution, read_rewards

__all__ = ["epic_distance"]


def epic_distance(
    reward_a: Table,
    reward_b: Table,
    discount: float,
    state_distribution: npt.ArrayLike | None = None,
    action_distribution: npt.ArrayLike | None = None,
    coverage: Table | None = None,
) -> float:
    """Pearson distance √((1 − corr) / 2) of canonically shaped rewards (Gleave et al. 2021, arXiv 2006.13900).

        C(R)(s, a, s') = R(s, a, s') + E[γR(s', A, S') − R(s, A, S') − γR(S, A, S')],

    S and S' ~ `state_distribution`, A ~ `action_distribution`, all independent; the correlation is that of C(R_a) and
    C(R_b) over `coverage`. In [0, 1]: 0 for rewards that differ by potential shaping, a positive factor and a constant,
    1 for a reward and its negative. It knows no dynamics. So it **reads rewards on impossible transitions**, which can
    hide any difference on possible ones, and S'-redistribution, which no policy notices, moves it. `starc_distance`
    does neither.

    Args:
        reward_a: `[S, A, S]` reward per step, dense or sparse (`[S * A, S]`, row s * A + a; absent is 0), or dense
            `[S, A]`.
        reward_b: the other reward, likewise.
        discount: γ in [0, 1].
        state_distribution: `[S]` probability of S and S'; None is uniform.
        action_distribution: `[A]` probability of A; None is uniform.
        coverage: `[S, A, S]` probability of the transitions compared, dense or sparse; None is uniform over all of
            them, without making a sparse reward dense.

    Returns:
        The distance; nan if one canonical reward is constant up to rounding, 0 if both are.

    Raises:
        RewardError: a malformed table or distribution, or a discount outside [0, 1].
    """
    discount = read_discount(discount, finite_horizon=True)
    tables = read_rewards(reward_a, reward_b)
    like = tables[0]
    states = read_distribution(state_distribution, like.n_states, "state_distribution", "states")
    actions = read_distribution(action_distribution, like.n_actions, "action_distribution", "actions")
    means = [mean_when_leaving(table, states, actions) for table in tables]
    sizes = [mean_when_leaving(table.absolute(), states, actions) for table in tables]
    if coverage is None:
        scales = [whole_scale(table, size, discount) for table, size in zip(tables, sizes, strict=True)]
        forms = [
            Everywhere(table.rows - np.repeat(mean, like.n_actions), discount * mean, table.entries)
            for table, mean in zip(tables, means, strict=True)
        ]
        return pearson_distance(forms[0], forms[1], (scales[0], scales[1]), discount)
    weight = read_coverage(coverage, like)
    row, arrival = entries_of(weight)
    state = row // like.n_actions
    covered, scales = [], []
    for table, mean, size in zip(tables, means, sizes, strict=True):
        values = table.at(row, arrival) + discount * mean[arrival] - mean[state]
        covered.append(Covered(values, weight.data))
        scales.append(float((table.absolute().at(row, arrival) + discount * size[arrival] + size[state]).max()))
    return pearson_distance(covered[0], covered[1], (scales[0], scales[1]), discount)


def mean_when_leaving(reward: RewardTable, states: Floats, actions: Floats) -> Floats:
    """`[S]` E[R(s, A, S')], S' ~ `states` (`[S]`), A ~ `actions` (`[A]`)."""
    return (reward.rows + reward.entries @ states).reshape(reward.n_states, reward.n_actions) @ actions


def whole_scale(reward: RewardTable, mean_size: Floats, discount: float) -> float:
    """Upper bound of the terms that make up a canonically shaped reward, from E|R(s, A, S')| (`[S]`)."""
    entries = np.abs(reward.entries.data).max(initial=0.0)
    return float(np.abs(reward.rows).max() + entries + (1 + discount) * mean_size.max())
