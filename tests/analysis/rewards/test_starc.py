"""STARC against the norms written out, its invariances and extremes, and the restriction that makes it speak of a level."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from innershift.analysis import rewards
from scipy import sparse

KINDS = [("val", False), ("val", True), ("minimal", False), ("minimal", True)]
NORMS = {"l1": 1, "l2": 2, "linf": np.inf}


def measured(transition, one, two, discount, name, norm, weighted):
    """The distance with every sum over `[S, A, S]` written out."""
    forms = [rewards.canonical(transition, reward, discount, name, weighted).dense() for reward in (one, two)]

    def size(table):
        table = np.abs(table)
        if norm == "linf":
            return table[transition > 0].max() if weighted else table.max()
        weight = transition if weighted else 1.0
        return (weight * table ** NORMS[norm]).sum() ** (1 / NORMS[norm])

    return size(forms[0] / size(forms[0]) - forms[1] / size(forms[1]))


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize(("name", "weighted"), KINDS)
def test_the_norm_is_a_sum_over_all_transitions(toolbox, name, weighted, norm):
    for seed in range(4):
        transition, one, two, _ = toolbox.made(seed, 3 + seed % 2, 2 + seed % 3)
        wanted = measured(transition, one, two, 0.9, name, norm, weighted)
        assert rewards.starc_distance(transition, one, two, 0.9, name, norm, weighted) == pytest.approx(
            wanted, abs=1e-12
        )


def test_what_is_summed_cancels_where_the_form_does_not_depend_on_the_successor(toolbox):
    transition, one, two, _ = toolbox.made(8)
    for norm in NORMS:
        plain, weighted = (rewards.starc_distance(transition, one, two, 0.9, "val", norm, w) for w in (False, True))
        assert plain == weighted
    spread, even = (rewards.starc_distance(transition, one, two, 0.9, "minimal", "l2", w) for w in (False, True))
    assert spread != pytest.approx(even, abs=1e-3)


worlds = st.tuples(st.integers(0, 10**6), st.integers(1, 5), st.integers(1, 4), st.sampled_from([0.0, 0.5, 0.9, 0.99]))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    world=worlds,
    kind=st.sampled_from(KINDS),
    norm=st.sampled_from(list(NORMS)),
    scale=st.sampled_from([1e-9, 0.3, 1e9]),
)
def test_invariances_and_extremes(toolbox, world, kind, norm, scale):
    seed, n_states, n_actions, discount = world
    transition, one, two, three, start = toolbox.made(seed, n_states, n_actions, 3)
    generator = np.random.default_rng(seed)
    same = one + toolbox.shaping(10 * start, discount, n_actions) + toolbox.redistribution(transition, generator) - 2
    distance = {}
    trivial = rewards.canonical(transition, one, discount, kind[0], kind[1]).trivial
    tables = {"one": one, "two": two, "three": three, "same": scale * same, "back": -scale * same, "none": 0 * one + 7}
    for left, right in [("one", "same"), ("one", "back"), ("one", "two"), ("two", "one"), ("two", "three"), ("one", "three"),
                        ("same", "two"), ("one", "none"), ("none", "none")]:  # fmt: skip
        distance[left, right] = rewards.starc_distance(
            transition, tables[left], tables[right], discount, kind[0], norm, kind[1]
        )
    assert all(0 <= value <= 2 for value in distance.values())
    assert distance["none", "none"] == 0
    if trivial:  # one action: nothing to choose
        assert n_actions == 1 or n_states == 1
        assert distance["one", "same"] == distance["one", "back"] == 0
        return
    assert distance["one", "same"] == pytest.approx(0, abs=1e-9)
    assert distance["one", "back"] == pytest.approx(2, abs=1e-12)
    assert distance["one", "two"] == pytest.approx(distance["two", "one"], abs=1e-12)
    assert distance["same", "two"] == pytest.approx(distance["one", "two"], abs=1e-9)
    assert distance["one", "three"] <= distance["one", "two"] + distance["two", "three"] + 1e-12
    assert distance["one", "none"] == 1


def test_impossible_transitions_do_not_count(toolbox):
    transition, one, two, _ = toolbox.made(21)
    impossible = transition == 0
    assert impossible.any()
    noise = np.where(impossible, 1e3 * np.random.default_rng(0).normal(size=one.shape), 0)
    for name, weighted in KINDS:
        call = {"canonicalisation": name, "weighted": weighted}
        assert rewards.starc_distance(transition, one + noise, one, 0.9, **call) == 0
        wanted = rewards.starc_distance(transition, one, two, 0.9, **call)
        assert rewards.starc_distance(transition, one + noise, two - noise, 0.9, **call) == wanted
        opposite = np.where(impossible, noise, -one)
        hidden = np.where(impossible, noise, one)
        assert rewards.starc_distance(transition, hidden, opposite, 0.9, **call) == pytest.approx(2, abs=1e-12)
    assert rewards.epic_distance(hidden, opposite, 0.9) < 0.01  # which is why EPIC alone certifies nothing
    assert rewards.dard_distance(transition, hidden, opposite, 0.9) < 0.01


def test_the_wrong_discount_is_no_invariance(toolbox):
    transition, one, _, potential = toolbox.made(22)
    wrong = one + toolbox.shaping(10 * potential, 0.9, 3)
    assert rewards.starc_distance(transition, one, wrong, 0.9) == pytest.approx(0, abs=1e-12)
    assert rewards.starc_distance(transition, one, wrong, 0.5) > 0.1


@pytest.mark.parametrize(("name", "weighted"), KINDS)
def test_restricting_makes_it_speak_of_a_split(name, weighted):
    """Two halves that never meet: the rewards agree in the first, where training starts, and are opposite in the other."""
    generator = np.random.default_rng(4)
    half = generator.dirichlet(np.ones(3), (3, 2))
    transition = np.zeros((6, 2, 6))
    transition[:3, :, :3] = transition[3:, :, 3:] = half
    one, two = np.zeros((2, 6, 2, 6))
    piece = generator.normal(size=half.shape)
    one[:3, :, :3] = two[:3, :, :3] = one[3:, :, 3:] = piece
    two[3:, :, 3:] = -piece
    call = {"canonicalisation": name, "weighted": weighted}
    assert rewards.starc_distance(transition, one, two, 0.9, **call) == pytest.approx(2**0.5, abs=1e-12)
    found, regret = {}, {}
    for split, first in (("train", 0), ("deploy", 4)):
        start = np.eye(6)[first]
        part = rewards.restrict(transition, rewards.reachable(transition, start), one, two)
        found[split] = rewards.starc_distance(*part, 0.9, **call)
        regret[split] = rewards.worst_case_regret(transition, start, one, two, 0.9)
    assert found == {"train": 0, "deploy": pytest.approx(2, abs=1e-12)}
    assert regret == {"train": pytest.approx(0, abs=1e-12), "deploy": pytest.approx(1, abs=1e-12)}


def test_a_bonus_at_the_end_is_a_change_once_the_end_is_absorbing():
    """Corridor: stay or go on to the end. A potential of the end is paid on arrival and lost afterwards."""
    transition = np.zeros((3, 2, 3))
    transition[0, 0, 0] = transition[0, 1, 1] = transition[1, 0, 0] = transition[1, 1, 2] = 1
    transition[2, :, 2] = 1
    goal = np.zeros((3, 2, 3))
    goal[1, 1, 2] = 1
    for potential, distance in ((2.0, 0.0), (-2.0, 2.0)):
        paid = goal.copy()
        paid[1, 1, 2] += 0.9 * potential  # shaping, but the episode ends: nothing is paid afterwards
        for name, weighted in KINDS:
            found = rewards.starc_distance(transition, goal, paid, 0.9, name, "l2", weighted, absorbing=[2])
            assert found == pytest.approx(distance, abs=1e-12)
    full = goal + np.where(np.arange(3) == 2, 0.9 * 5.0, 0.0)
    full[2] -= 5.0  # the self-loop pays (γ − 1) φ: shaping as in the theorem
    assert rewards.starc_distance(transition, goal, full, 0.9) == pytest.approx(0, abs=1e-12)
    assert rewards.starc_distance(transition, goal, full, 0.9, absorbing=[2]) > 0.1


@settings(max_examples=20, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6))
def test_distance_zero_is_an_affine_relation_of_returns(toolbox, seed):
    transition, one, _, start = toolbox.made(seed, 3, 2)
    generator = np.random.default_rng(seed)
    scale, potential = 0.1 + 3 * generator.random(), generator.normal(size=3)
    two = scale * one + toolbox.shaping(potential, 0.9, 2) + toolbox.redistribution(transition, generator)
    assert rewards.starc_distance(transition, one, two, 0.9) < 1e-9
    found = toolbox.all_returns(transition, start, [one, two], 0.9)
    assert found[:, 1] == pytest.approx(scale * found[:, 0] - start @ potential, abs=1e-9)


def test_large_and_sparse_equals_small_and_dense(toolbox):
    """A process of many copies of one small one: norms grow alike, so the distance is that of the copy."""
    transition, one, two, _ = toolbox.made(30, 5, 3)
    copies = 300
    blocks = [
        sparse.csr_array(sparse.kron(sparse.eye_array(copies), part.reshape(15, 5))) for part in (transition, one, two)
    ]
    for name, weighted in KINDS:
        small = rewards.starc_distance(transition, one, two, 0.95, name, "l2", weighted)
        assert rewards.starc_distance(*blocks, 0.95, name, "l2", weighted) == pytest.approx(small, abs=1e-12)


@pytest.mark.parametrize("exponent", [-250, 250])
def test_units_of_reward_do_not_matter(toolbox, exponent):
    transition, one, two, _ = toolbox.made(31)
    found = rewards.starc_distance(transition, one * 2.0**exponent, two * 2.0**-exponent, 0.9)
    assert found == pytest.approx(rewards.starc_distance(transition, one, two, 0.9), abs=1e-12)
