"""Canonical forms against their definitions by loops and by brute-force projection, and what counts as trivial."""

from __future__ import annotations

import numpy as np
import pytest
from innershift.analysis import rewards
from innershift.analysis.rewards import solving
from innershift.analysis.rewards.process import Process
from scipy import linalg, sparse

KINDS = [("val", False), ("minimal", False), ("minimal", True)]


def projected(transition, reward, discount, weighted, pinned=()):
    """`[S, A, S]` the least reward over all potentials and all redistributions, by one dense least-squares problem."""
    n_states, n_actions, _ = transition.shape
    columns = []
    for state in set(range(n_states)) - set(pinned):
        unit = np.zeros_like(reward)
        unit[:, :, state] += discount
        unit[state] -= 1
        columns.append(unit.ravel())
    for s in range(n_states):
        for a in range(n_actions):
            for free in linalg.null_space(transition[s, a][None]).T:
                unit = np.zeros_like(reward)
                unit[s, a] = free
                columns.append(unit.ravel())
    matrix, target = np.array(columns).T, -reward.ravel()
    weight = np.sqrt(transition.ravel()) if weighted else np.ones(reward.size)
    found = np.linalg.lstsq(weight[:, None] * matrix, weight * target, rcond=1e-12)[0]
    return reward + (matrix @ found).reshape(reward.shape)


@pytest.mark.parametrize("discount", [0.0, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("seed", range(4))
def test_minimal_is_the_projection(toolbox, seed, discount):
    transition, reward, *_ = toolbox.made(seed, 4, 2 + seed % 3)
    plain = rewards.canonical(transition, reward, discount, "minimal").dense()
    assert plain == pytest.approx(projected(transition, reward, discount, False), abs=1e-9)
    weighted = rewards.canonical(transition, reward, discount, "minimal", weighted=True).dense()
    wanted = projected(transition, reward, discount, True)
    assert weighted[transition > 0] == pytest.approx(wanted[transition > 0], abs=1e-9)


@pytest.mark.parametrize("weighted", [False, True])
def test_minimal_with_an_absorbing_state_is_the_projection(toolbox, weighted):
    transition, reward, *_ = toolbox.made(3)
    transition[3] = [0, 0, 0, 1]
    possible = transition > 0
    for absorbing in ([3], np.arange(4) == 3):
        found = rewards.canonical(transition, reward, 0.9, "minimal", weighted, absorbing)
        wanted = projected(transition, reward, 0.9, weighted, pinned=[3])
        assert found.dense()[possible] == pytest.approx(wanted[possible], abs=1e-9)
        assert found.potential[3] == 0
    assert rewards.canonical(transition, reward, 0.9, "minimal", weighted, range(4)).potential.tolist() == [0] * 4


def test_val_is_its_definition(toolbox):
    transition, reward, *_ = toolbox.made(7, 5, 3)
    values = np.zeros(5)
    for _ in range(600):
        values = np.array(
            [np.mean([transition[s, a] @ (reward[s, a] + 0.9 * values) for a in range(3)]) for s in range(5)]
        )
    found = rewards.canonical(transition, reward, 0.9).dense()
    for s in range(5):
        for a in range(3):
            wanted = sum(transition[s, a, t] * (reward[s, a, t] - values[s] + 0.9 * values[t]) for t in range(5))
            assert found[s, a] == pytest.approx(np.full(5, wanted), abs=1e-12)


@pytest.mark.parametrize(("name", "weighted"), KINDS)
def test_the_form_is_the_reward_up_to_its_potential_and_a_redistribution(toolbox, name, weighted):
    transition, reward, *_ = toolbox.made(11, 5, 2)
    for absorbing in (None, [0, 2]):
        form = rewards.canonical(transition, reward, 0.8, name, weighted, absorbing)
        shaped = reward + toolbox.shaping(form.potential, 0.8, 2)
        assert (transition * form.dense()).sum(axis=-1) == pytest.approx((transition * shaped).sum(axis=-1), abs=1e-12)
        assert form.residual == pytest.approx((transition * shaped).sum(axis=-1), abs=1e-12)
        again = rewards.canonical(transition, form.dense(), 0.8, name, weighted, absorbing)
        assert again.dense() == pytest.approx(form.dense(), abs=1e-12)
        assert absorbing is None or not form.potential[absorbing].any()


@pytest.mark.parametrize(("name", "weighted"), KINDS)
def test_equal_forms_just_for_equivalent_rewards(toolbox, name, weighted):
    transition, reward, other, potential = toolbox.made(12)
    generator = np.random.default_rng(0)
    same = reward + toolbox.shaping(potential, 0.9, 3) + toolbox.redistribution(transition, generator)
    form, equal, not_equal = (
        rewards.canonical(transition, r, 0.9, name, weighted).dense() for r in (reward, same, other)
    )
    assert equal == pytest.approx(form, abs=1e-11)
    assert np.abs(not_equal - form).max() > 0.1
    pinned = [rewards.canonical(transition, r, 0.9, name, weighted, [1]).dense() for r in (reward, same)]
    assert np.abs(pinned[0] - pinned[1]).max() > 1e-3  # that potential is not 0 in state 1
    potential[1] = 0
    allowed = reward + toolbox.shaping(potential, 0.9, 3)
    assert rewards.canonical(transition, allowed, 0.9, name, weighted, [1]).dense() == pytest.approx(
        pinned[0], abs=1e-11
    )


@pytest.mark.parametrize("discount", [0.0, 0.9, 0.999, 0.99999])
@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
@pytest.mark.parametrize(("name", "weighted"), KINDS)
def test_shaped_constants_are_trivial_and_rewards_are_not(toolbox, name, weighted, scale, discount):
    transition, reward, _, potential = toolbox.made(13, 6)
    generator = np.random.default_rng(1)
    nothing = 3 + toolbox.shaping(potential, discount, 3) + 5 * toolbox.redistribution(transition, generator)
    for trivial in (
        np.zeros_like(reward),
        np.ones_like(reward),
        nothing,
        nothing + toolbox.shaping([1e5] * 6, discount, 3),
    ):
        assert rewards.canonical(transition, scale * trivial, discount, name, weighted).trivial
    for offset in (0, 1e3, 1e6):
        assert not rewards.canonical(transition, scale * (reward + offset), discount, name, weighted).trivial
        assert not rewards.canonical(transition, scale * (1e-3 * reward + nothing), discount, name, weighted).trivial


def test_rewards_on_impossible_transitions_hide_nothing(toolbox):
    transition, reward, *_ = toolbox.made(14)
    noisy = np.where(transition > 0, 1e-3 * reward, 1e15)
    assert not rewards.canonical(transition, noisy, 0.9).trivial
    rare = transition.copy()
    rare[0, 0] = [1e-12, 1 - 1e-12, 0, 0]
    reward[0, 0, 0] = 1e12
    assert not rewards.canonical(rare, reward, 0.9).trivial


def test_a_large_offset_costs_few_digits(toolbox):
    transition, reward, *_ = toolbox.made(15)
    for name, weighted in KINDS:
        wanted = rewards.canonical(transition, reward, 0.99, name, weighted).residual
        found = rewards.canonical(transition, reward + 1e6, 0.99, name, weighted).residual
        assert found == pytest.approx(wanted, abs=1e-8)


@pytest.mark.parametrize("discount", [0.9, 0.99])
def test_iterations_and_elimination_agree(toolbox, monkeypatch, discount):
    generator = np.random.default_rng(3)
    n_states, n_actions = 700, 4
    rows = np.repeat(np.arange(n_states * n_actions), 3)
    columns = generator.integers(0, n_states, len(rows))
    chance = generator.dirichlet(np.ones(3), n_states * n_actions).ravel()
    transition = sparse.csr_array(sparse.coo_array((chance, (rows, columns)), shape=(n_states * n_actions, n_states)))
    reward = generator.normal(size=(n_states, n_actions))
    forms = {}
    for cheap in (True, False):
        monkeypatch.setattr(solving, "looks_cheap", lambda matrix, cheap=cheap: cheap)
        forms[cheap] = [rewards.canonical(transition, reward, discount, *kind).residual for kind in KINDS]
    for direct, iterated in zip(forms[True], forms[False], strict=True):
        assert iterated == pytest.approx(direct, abs=1e-11)


def test_what_does_not_converge_is_eliminated(toolbox, monkeypatch):
    n_states = 2000
    line = np.minimum(np.arange(n_states) + 1, n_states - 1)
    transition = sparse.csr_array((np.ones(n_states), line, np.arange(n_states + 1)), shape=(n_states, n_states))
    process = Process(transition, n_states, 1)
    reward = np.random.default_rng(0).normal(size=n_states)
    monkeypatch.setattr(solving, "KRYLOV_STEPS", 5)
    monkeypatch.setattr(solving, "looks_cheap", lambda matrix: False)
    fit = solving.ShapingFit(process, 0.99, np.ones(n_states), np.array([], int))
    potential = fit.potential(reward)
    assert reward + 0.99 * transition @ potential - potential == pytest.approx(np.zeros(n_states), abs=1e-9)
    chain = solving.Chain(transition, 0.99)
    assert chain.values(reward) == pytest.approx(-potential * -1, abs=1e-9)
    start = np.eye(n_states)[0]
    assert chain.visits(start) @ reward == pytest.approx(start @ chain.values(reward), abs=1e-9)


def test_elimination_is_not_tried_where_it_fills_up():
    size = 3000
    generator = np.random.default_rng(0)
    mixed = sparse.csc_array(
        sparse.random_array((size, size), density=4 / size, rng=generator) + sparse.eye_array(size)
    )
    assert not solving.looks_cheap(mixed)
    line = sparse.csc_array(sparse.eye_array(size) + sparse.eye_array(size, k=1))
    assert solving.looks_cheap(line)
    hub = sparse.lil_array(line)
    hub[:, size - 1] = 1
    assert solving.looks_cheap(sparse.csc_array(hub))
