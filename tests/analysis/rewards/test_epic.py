"""EPIC against its definition in loops, its invariances, what it reads that it should not, and published numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from innershift.analysis import rewards
from scipy import sparse


def looped(one, two, discount, states, actions, coverage):
    """The distance from expectations and a correlation written out."""
    n_states, n_actions, _ = one.shape
    columns = []
    for reward in (one, two):
        shaped = np.zeros_like(reward)
        for s in range(n_states):
            for a in range(n_actions):
                for t in range(n_states):
                    total = reward[s, a, t]
                    for x in range(n_states):
                        for b in range(n_actions):
                            for y in range(n_states):
                                chance = states[x] * actions[b] * states[y]
                                total += chance * (
                                    discount * reward[t, b, y] - reward[s, b, y] - discount * reward[x, b, y]
                                )
                    shaped[s, a, t] = total
        columns.append(shaped.ravel())
    return correlation_distance(*columns, coverage.ravel())


def correlation_distance(x, y, weight):
    x, y = x - weight @ x, y - weight @ y
    return math.sqrt(max(1 - (weight * x) @ y / math.sqrt((weight @ x**2) * (weight @ y**2)), 0) / 2)


@pytest.mark.parametrize("discount", [0.0, 0.9, 1.0])
@pytest.mark.parametrize(("n_states", "n_actions"), [(3, 2), (2, 3), (3, 3)])
def test_it_is_its_definition(toolbox, n_states, n_actions, discount):
    _, one, two, states = toolbox.made(n_states, n_states, n_actions)
    actions = np.random.default_rng(1).dirichlet(np.ones(n_actions))
    even_states, even_actions = np.full(n_states, 1 / n_states), np.full(n_actions, 1 / n_actions)
    uniform = np.full(one.shape, 1 / one.size)
    some = np.random.default_rng(2).dirichlet(np.ones(one.size)).reshape(one.shape)
    some[0] = 0
    some /= some.sum()
    found = [
        rewards.epic_distance(one, two, discount),
        rewards.epic_distance(one, two, discount, coverage=uniform),
        rewards.epic_distance(one, two, discount, states, actions),
        rewards.epic_distance(one, two, discount, states, actions, some),
        rewards.epic_distance(one, two, discount, states, coverage=sparse.coo_array(some.reshape(-1, n_states))),
    ]
    assert found == pytest.approx(
        [
            looped(one, two, discount, even_states, even_actions, uniform),
            looped(one, two, discount, even_states, even_actions, uniform),
            looped(one, two, discount, states, actions, uniform),
            looped(one, two, discount, states, actions, some),
            looped(one, two, discount, states, even_actions, some),
        ],
        abs=1e-9,
    )


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 10**6),
    n_states=st.integers(2, 5),
    n_actions=st.integers(1, 4),
    discount=st.sampled_from([0.0, 0.9, 1.0]),
    scale=st.sampled_from([1e-9, 0.3, 1e9]),
)
def test_invariances_and_extremes(toolbox, seed, n_states, n_actions, discount, scale):
    transition, one, two, three, states = toolbox.made(seed, n_states, n_actions, 3)
    same = scale * (one + toolbox.shaping(10 * states, discount, n_actions) + 4)
    covers = {"uniform": None, "given": transition / (n_states * n_actions)}
    for cover in covers.values():
        call = {"discount": discount, "state_distribution": states, "coverage": cover}

        def distance(left, right, call=call):
            return rewards.epic_distance(left, right, **call)

        assert distance(one, same) == pytest.approx(0, abs=1e-9)
        assert distance(one, -same) == pytest.approx(1, abs=1e-12)
        assert distance(one, two) == pytest.approx(distance(two, one), abs=1e-12)
        assert distance(same, two) == pytest.approx(distance(one, two), abs=1e-9)
        assert distance(one, three) <= distance(one, two) + distance(two, three) + 1e-12
        nothing = scale * toolbox.shaping(states, discount, n_actions) + scale
        assert math.isnan(distance(one, nothing))
        assert math.isnan(distance(np.zeros_like(one), two))
        assert distance(nothing, np.ones_like(one)) == 0


def test_redistribution_and_impossible_transitions_move_it(toolbox):
    transition, one, *_ = toolbox.made(3)
    moved = one + toolbox.redistribution(transition, np.random.default_rng(0))
    assert rewards.starc_distance(transition, one, moved, 0.9) == pytest.approx(0, abs=1e-9)
    assert rewards.epic_distance(one, moved, 0.9) > 0.1


def test_sparse_rewards_are_never_made_dense_and_lose_no_digits():
    """20 000 states: dense, each reward would have 10⁹ entries. Shaping of one state by 10⁴ must leave distance 0."""
    n_states, n_actions, size = 20_000, 4, 20_000 * 4
    goal = sparse.coo_array((np.ones(4), (np.arange(4), [7, 7, 8, 9])), shape=(size, n_states)).tocsr()
    rows = np.arange(size)
    arriving = sparse.csr_array((np.full(size, 0.9e4), (rows, np.full(size, 5))), shape=goal.shape)
    leaving = sparse.kron(sparse.csr_array(([1e4], ([5], [0])), shape=(n_states, 1)), np.ones((n_actions, n_states)))
    shaped = sparse.csr_array(3 * goal + arriving - leaving)
    assert rewards.epic_distance(goal, shaped, 0.9) < 1e-9
    assert rewards.epic_distance(goal, -shaped, 0.9) == pytest.approx(1, abs=1e-12)
    assert math.isnan(rewards.epic_distance(goal, arriving - leaving, 0.9))


def test_sparse_equals_dense_in_closed_form(toolbox):
    for seed in range(6):
        _, one, two, states = toolbox.made(seed, 5, 3)
        one[np.abs(one) < 1], two[np.abs(two) < 1.5] = 0, 0
        flat = [sparse.csr_array(part.reshape(-1, 5)) for part in (one, two)]
        uniform = np.full(one.shape, 1 / one.size)
        wanted = rewards.epic_distance(one, two, 0.9, states, coverage=uniform)
        assert rewards.epic_distance(*flat, 0.9, states) == pytest.approx(wanted, abs=1e-12)


def test_published_numbers_of_a_small_gridworld():
    """Rewards of states on the 3 × 3 map of the EPIC paper, as in the results that the authors of STARC publish.

    Theirs are distances of canonical rewards of norm 1, which are twice Pearson distances.
    """
    by_state = {
        "sparse": [0, 0, 0, 0, 0, 0, 0, 0, 1],
        "path": [0, -1, -1, 0, 0, 0, -1, -1, 4],
        "cliff": [0, -1, -1, 0, 0, 0, -4, -4, 4],
    }
    tables = {name: np.repeat(np.array(paid, float)[:, None], 5, axis=1) for name, paid in by_state.items()}
    published = {
        ("sparse", "path"): 0.3203644860139345,
        ("sparse", "cliff"): 0.7351184269221368,
        ("path", "cliff"): 0.5344256441928601,
    }
    for (one, two), value in published.items():
        assert 2 * rewards.epic_distance(tables[one], tables[two], 0.99) == pytest.approx(value, abs=1e-12)
