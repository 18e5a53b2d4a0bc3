"""Regret of an optimal policy against the enumeration of all policies, ties at their worst, never negative."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from innershift.analysis import rewards


def enumerated(found):
    """Tie-worst normalised regret from `[N, 2]` (true, used) returns of all deterministic policies."""
    true, used = found.T
    optimal = used >= used.max() - 1e-9 * np.abs(used).max()
    spread = true.max() - true.min()
    return (true.max() - true[optimal].min()) / spread if spread > 1e-9 else 0.0


def coarse(toolbox, seed, n_states=3, n_actions=2, **options):
    """A process with many ties: rewards in {-1, 0, 1}, the used one often silent."""
    transition, *_, start = toolbox.made(seed, n_states, n_actions, **options)
    generator = np.random.default_rng(seed)
    true, used = generator.integers(-1, 2, size=(2, *transition.shape)).astype(float)
    if seed % 2:
        used = np.where(generator.random(used.shape) < 0.7, 0, used)
        transition = np.eye(n_states)[generator.integers(0, n_states, (n_states, n_actions))]
    if seed % 3 == 0:
        start = np.eye(n_states)[seed % n_states]
    return transition, true, used, start


@settings(max_examples=80, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 10**6),
    shape=st.sampled_from([(3, 2), (2, 3), (4, 2), (3, 3), (1, 3)]),
    discount=st.sampled_from([0.0, 0.5, 0.9, 0.99]),
)
def test_it_is_the_worst_of_all_optimal_policies(toolbox, seed, shape, discount):
    transition, true, used, start = coarse(toolbox, seed, *shape)
    found = toolbox.all_returns(transition, start, [true, used], discount)
    pair = rewards.optimal_policies(transition, start, true, used, discount)
    assert pair.regret == pytest.approx(enumerated(found), abs=1e-9)
    assert pair.regret == rewards.optimal_policy_regret(transition, start, true, used, discount)
    for policy, *returns in zip((pair.better, pair.worse), pair.true_returns, pair.used_returns, strict=True):
        for reward, value in zip((true, used), returns, strict=True):
            assert toolbox.returns(transition, start, reward, discount, policy) == pytest.approx(value, abs=1e-9)
    assert pair.used_returns[1] == pytest.approx(found[:, 1].max(), abs=1e-9)
    assert pair.true_range == pytest.approx((found[:, 0].min(), found[:, 0].max()), abs=1e-9)
    worst = rewards.worst_case_regret(transition, start, true, used, discount)
    assert 0 <= pair.regret <= worst + 1e-9


@settings(max_examples=40, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6), scale=st.sampled_from([1e-9, 0.3, 1e9]), discount=st.sampled_from([0.5, 0.9, 0.99]))
def test_what_keeps_policies_in_order_keeps_the_regret(toolbox, seed, scale, discount):
    transition, true, used, start = coarse(toolbox, seed, 4, 3)
    generator = np.random.default_rng(seed)
    change = toolbox.shaping(generator.normal(size=4), discount, 3) + toolbox.redistribution(transition, generator) - 3
    regret = rewards.optimal_policy_regret(transition, start, true, used, discount)
    assert rewards.optimal_policy_regret(transition, start, true, scale * (used + change), discount) == pytest.approx(
        regret, abs=1e-9
    )
    assert rewards.optimal_policy_regret(transition, start, scale * (true + change), used, discount) == pytest.approx(
        regret, abs=1e-9
    )
    same = rewards.optimal_policy_regret(transition, start, true, scale * (true + change), discount)
    assert same == pytest.approx(0, abs=1e-9)
    nothing = scale * (change + 0 * used)
    assert rewards.optimal_policy_regret(transition, start, nothing, used, discount) == 0
    spread = rewards.worst_case_policies(transition, start, true, nothing, discount).true_range
    anything = rewards.optimal_policy_regret(transition, start, true, nothing, discount)
    assert anything == pytest.approx(1 if spread[1] - spread[0] > 1e-9 else 0, abs=1e-12)


def test_a_silent_reward_takes_the_worst_policy():
    transition = np.zeros((2, 2, 2))
    transition[:, 0, 0] = transition[:, 1, 1] = 1
    true = np.array([[0.0, 1.0], [0.0, 1.0]])
    assert rewards.optimal_policy_regret(transition, [1, 0], true, np.zeros((2, 2)), 0.9) == 1
    assert rewards.optimal_policy_regret(transition, [1, 0], true, true, 0.9) == 0
    assert rewards.optimal_policy_regret(transition, [1, 0], np.ones((2, 2)), true, 0.9) == 0


def test_what_the_start_cannot_reach_costs_nothing(toolbox):
    """Published Monte Carlo regrets come out negative, and whole-process distances stay positive, where this is 0."""
    transition, one, two, _ = toolbox.made(4, 6, 2)
    transition[:3, :, 3:] = 0
    transition[:3, :, 0] += 1e-3
    transition /= transition.sum(axis=-1, keepdims=True)
    two[:3] = one[:3]
    two[:3, :, 3:] = 99
    start = np.array([0.2, 0.8, 0, 0, 0, 0])
    assert rewards.starc_distance(transition, one, two, 0.9) > 0.1
    assert rewards.worst_case_regret(transition, start, one, two, 0.9) == pytest.approx(0, abs=1e-12)
    pair = rewards.optimal_policies(transition, start, one, two, 0.9)
    assert pair.regret == 0
    assert pair.worse.shape == (6, 2)
    assert (pair.worse[rewards.reachable(transition, start).max() + 1 :] == 0.5).all()
