"""DARD against its definition in loops, its invariances, and the two ways of its sparse product."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from innershift.analysis import rewards
from innershift.analysis.rewards import dard
from scipy import sparse


def looped(transition, one, two, discount, actions, coverage):
    """The distance from expectations and a correlation written out."""
    n_states, n_actions, _ = one.shape
    columns = []
    for reward in (one, two):
        shaped = np.zeros_like(reward)
        for s in range(n_states):
            for t in range(n_states):
                shift = 0.0
                for b in range(n_actions):
                    for x in range(n_states):
                        shift -= actions[b] * transition[s, b, x] * reward[s, b, x]
                        shift += discount * actions[b] * transition[t, b, x] * reward[t, b, x]
                        for y in range(n_states):
                            chance = transition[s, b, x] * transition[t, b, y]
                            shift -= discount * actions[b] * chance * reward[x, b, y]
                shaped[s, :, t] = reward[s, :, t] + shift
        columns.append(shaped.ravel())
    weight = coverage.ravel()
    x, y = (column - weight @ column for column in columns)
    return math.sqrt(max(1 - (weight * x) @ y / math.sqrt((weight @ x**2) * (weight @ y**2)), 0) / 2)


@pytest.mark.parametrize("gathered", [False, True])
@pytest.mark.parametrize("discount", [0.0, 0.9, 1.0])
@pytest.mark.parametrize(("n_states", "n_actions"), [(4, 2), (3, 4), (3, 3)])
def test_it_is_its_definition(toolbox, monkeypatch, n_states, n_actions, discount, gathered):
    transition, one, two, _ = toolbox.made(n_states, n_states, n_actions)
    if gathered:  # as where one state is met from everywhere: entries are picked, a few at a time
        monkeypatch.setattr(dard, "GATHERED", 5)
        monkeypatch.setattr(dard.np, "bincount", lambda values, minlength: np.full(minlength, 1e6))
    actions = np.random.default_rng(1).dirichlet(np.ones(n_actions))
    even, path = np.full(n_actions, 1 / n_actions), transition / (n_states * n_actions)
    some = np.random.default_rng(2).dirichlet(np.ones(one.size)).reshape(one.shape)
    flat = [sparse.csr_array(part.reshape(-1, n_states)) for part in (transition, one)]
    found = [
        rewards.dard_distance(transition, one, two, discount),
        rewards.dard_distance(*flat, two, discount, actions),
        rewards.dard_distance(transition, one, two, discount, actions, some),
    ]
    wanted = [
        looped(transition, one, two, discount, even, path),
        looped(transition, one, two, discount, actions, path),
        looped(transition, one, two, discount, actions, some),
    ]
    assert found == pytest.approx(wanted, abs=1e-9)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 10**6),
    n_states=st.integers(2, 5),
    n_actions=st.integers(2, 4),
    discount=st.sampled_from([0.0, 0.9, 1.0]),
    scale=st.sampled_from([1e-9, 0.3, 1e9]),
)
def test_invariances_and_extremes(toolbox, seed, n_states, n_actions, discount, scale):
    transition, one, two, three, states = toolbox.made(seed, n_states, n_actions, 3)
    same = scale * (one + toolbox.shaping(10 * states, discount, n_actions) + 4)

    def distance(left, right):
        return rewards.dard_distance(transition, left, right, discount)

    assert distance(one, same) == pytest.approx(0, abs=1e-9)
    assert distance(one, -same) == pytest.approx(1, abs=1e-12)
    assert distance(one, two) == pytest.approx(distance(two, one), abs=1e-12)
    assert distance(same, two) == pytest.approx(distance(one, two), abs=1e-9)
    assert distance(one, three) <= distance(one, two) + distance(two, three) + 1e-12
    nothing = scale * toolbox.shaping(states, discount, n_actions) + scale
    assert math.isnan(distance(one, nothing))
    assert distance(nothing, np.zeros_like(one)) == 0


def test_a_hub_that_everything_leads_to_is_no_trouble():
    """The end of the episode is met from nearly every state: T R Tᵀ would be full, 10¹⁰ entries at 10⁵ states."""
    n_states, n_actions = 20_000, 2
    state = np.arange(n_states)
    ahead = np.stack([np.full(n_states, n_states - 1), np.minimum(state + 1, n_states - 1)], axis=1).ravel()
    shape = (n_states * n_actions, n_states)
    transition = sparse.csr_array((np.ones(shape[0]), ahead, np.arange(shape[0] + 1)), shape=shape)
    one = sparse.csr_array((np.arange(shape[0]) % 7.0 + 1, ahead, np.arange(shape[0] + 1)), shape=shape)
    assert rewards.dard_distance(transition, one, -2 * one, 0.9) == pytest.approx(1, abs=1e-12)


def test_redistribution_moves_it(toolbox):
    transition, one, *_ = toolbox.made(3)
    moved = one + toolbox.redistribution(transition, np.random.default_rng(0))
    assert rewards.dard_distance(transition, one, moved, 0.9) > 0.1
