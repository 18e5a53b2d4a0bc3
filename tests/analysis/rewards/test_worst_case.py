"""The worst case against a linear program and against all pairs of mixtures, and its certificate checked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from innershift.analysis import rewards
from innershift.analysis.rewards import RewardError, worst_case
from scipy.optimize import linprog


def by_mixtures(found):
    """The regret from `[N, 2]` returns of all deterministic policies.

    Differences of occupancies are the hull of differences of pairs; the best point of it with ΔJ_used ≤ 0 is a corner,
    or lies where an edge between two corners crosses ΔJ_used = 0.
    """
    true, used = ((column[:, None] - column[None, :]).ravel() for column in found.T)
    spread = np.ptp(found[:, 0])
    best = true[used <= 1e-12 * max(np.abs(used).max(), 1e-300)].max()
    over, under = used > 0, used < 0
    if over.any():
        share = -used[under][:, None] / (used[over][None, :] - used[under][:, None])
        best = max(best, (share * true[over] + (1 - share) * true[under][:, None]).max())
    return best / spread if spread > 1e-9 else 0.0


def by_linear_program(transition, start, true, used, discount):
    """The regret by the linear program over two occupancies."""
    n_states, n_actions, _ = transition.shape
    cells = n_states * n_actions
    pays = [(transition * reward).sum(axis=-1).ravel() for reward in (true, used)]
    flow = np.repeat(np.eye(n_states), n_actions, axis=1) - discount * transition.reshape(cells, n_states).T
    none = np.zeros_like(flow)

    def solved(cost, bound=None):
        done = linprog(
            cost,
            A_ub=None if bound is None else bound[None],
            b_ub=None if bound is None else [0],
            A_eq=np.block([[flow, none], [none, flow]]),
            b_eq=np.concatenate([start, start]),
        )
        assert done.status == 0
        return -done.fun

    both = [np.concatenate([pay, -pay]) for pay in pays]
    return solved(-both[0], both[1]) / solved(-both[0])


def draw(toolbox, seed, shape, likeness):
    """Rewards that are more or less alike, so that regrets between 0 and 1 are common."""
    transition, true, used, start = toolbox.made(seed, *shape)
    return transition, true, likeness * true + (1 - likeness) * used, start


@settings(max_examples=80, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 10**6),
    shape=st.sampled_from([(3, 2), (2, 3), (2, 4), (4, 2), (1, 3)]),
    discount=st.sampled_from([0.0, 0.5, 0.9, 0.99]),
    likeness=st.sampled_from([0.0, 0.5, 0.8, 0.99, 1.0]),
)
def test_it_is_the_worst_of_all_pairs_of_mixtures(toolbox, seed, shape, discount, likeness):
    transition, true, used, start = draw(toolbox, seed, shape, likeness)
    found = toolbox.all_returns(transition, start, [true, used], discount)
    pair = rewards.worst_case_policies(transition, start, true, used, discount)
    assert pair.regret == pytest.approx(by_mixtures(found), abs=1e-9)
    assert pair.regret == rewards.worst_case_regret(transition, start, true, used, discount)
    certified(toolbox, transition, start, true, used, discount, pair)


def certified(toolbox, transition, start, true, used, discount, pair):
    """Both policies have the returns that are claimed, are ordered as claimed, and the multiplier bounds all others."""
    for policy, *returns in zip((pair.better, pair.worse), pair.true_returns, pair.used_returns, strict=True):
        assert policy.sum(axis=1) == pytest.approx(np.ones(len(start)))
        assert policy.min() >= 0
        for reward, value in zip((true, used), returns, strict=True):
            assert toolbox.returns(transition, start, reward, discount, policy) == pytest.approx(
                value, rel=1e-9, abs=1e-9
            )
    spread = pair.true_range[1] - pair.true_range[0]
    assert pair.used_returns[1] - pair.used_returns[0] >= -1e-9 * max(1, abs(pair.used_returns[0]))
    if spread > 1e-9:
        assert (pair.true_returns[0] - pair.true_returns[1]) / spread == pytest.approx(pair.regret, abs=1e-9)
        assert pair.multiplier >= 0
        priced = toolbox.all_returns(transition, start, [true - pair.multiplier * used], discount)
        assert np.ptp(priced) / spread == pytest.approx(pair.regret, abs=1e-9)


@pytest.mark.parametrize("likeness", [0.5, 0.9, 0.98])
@pytest.mark.parametrize("seed", range(4))
def test_it_is_the_linear_program(toolbox, seed, likeness):
    transition, true, used, start = draw(toolbox, seed, (12, 4), likeness)
    wanted = by_linear_program(transition, start, true, used, 0.95)
    assert rewards.worst_case_regret(transition, start, true, used, 0.95) == pytest.approx(wanted, abs=1e-7)
    assert seed or likeness == 0.5 or 0 < wanted < 1


def test_ties_and_silence():
    transition = np.zeros((2, 2, 2))
    transition[:, 0, 0] = transition[:, 1, 1] = 1
    true, silent, level = np.array([[0.0, 1.0], [0.0, 1.0]]), np.zeros((2, 2)), np.ones((2, 2))
    start = np.array([1.0, 0.0])

    def regret(one, two):
        return rewards.worst_case_regret(transition, start, one, two, 0.9)

    assert regret(true, true) == pytest.approx(0, abs=1e-12)
    assert regret(true, silent) == regret(true, level) == 1
    assert regret(true, -true) == pytest.approx(1, abs=1e-12)
    assert regret(level, true) == regret(silent, silent) == 0
    only_first = np.array([[0.0, 1.0], [0.0, 0.0]])  # from the second state on it does not care
    assert 0.5 < regret(true, only_first) <= 1
    pair = rewards.worst_case_policies(transition, start, silent, true, 0.9)
    assert pair.true_range == (0, 0)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6), discount=st.sampled_from([0.5, 0.9, 0.99]), scale=st.sampled_from([1e-9, 0.3, 1e9]))
def test_zero_for_equivalent_rewards_and_unmoved_by_what_orders_alike(toolbox, seed, discount, scale):
    transition, true, used, start = draw(toolbox, seed, (5, 3), 0.8)
    generator = np.random.default_rng(seed)
    change = toolbox.shaping(generator.normal(size=5), discount, 3) + toolbox.redistribution(transition, generator) - 3
    same = rewards.worst_case_regret(transition, start, true, scale * (true + change), discount)
    assert same == pytest.approx(0, abs=1e-9)
    regret = rewards.worst_case_regret(transition, start, true, used, discount)
    assert rewards.worst_case_regret(transition, start, true, scale * (used + change), discount) == pytest.approx(
        regret, abs=1e-9
    )
    assert rewards.worst_case_regret(transition, start, scale * (true + change), used, discount) == pytest.approx(
        regret, abs=1e-9
    )


def test_starc_and_the_worst_case_are_of_one_size(toolbox):
    """Soundness and completeness on random processes of this size: the ratio stays within a narrow band."""
    ratios = []
    for seed in range(30):
        transition, true, used, _ = draw(toolbox, seed, (5, 3), 0.1 * (seed % 10))
        start = np.full(5, 0.2)
        distance = rewards.starc_distance(transition, true, used, 0.9)
        ratios.append(rewards.worst_case_regret(transition, start, true, used, 0.9) / distance)
    assert 0.3 < min(ratios) < max(ratios) < 2


def test_not_closing_in_is_an_error(toolbox, monkeypatch):
    transition, true, used, start = draw(toolbox, 1, (12, 4), 0.9)
    monkeypatch.setattr(worst_case, "CUTS", 1)
    with pytest.raises(RewardError, match=r"over 12 states was not closed in within 1 cuts; it lies between"):
        rewards.worst_case_regret(transition, start, true, used, 0.95)
