"""Optimal values against enumeration, and ties told from small differences far from every reward."""

from __future__ import annotations

import numpy as np
import pytest
from innershift.analysis.rewards import planning, solving
from innershift.analysis.rewards.process import RewardError
from innershift.analysis.rewards.reading import read_transition
from scipy import sparse


def corridor(n_states, discount=0.95, toll=0.0):
    """(process, pay): left, right or stay in a line; 1 is paid on going right into the last state, which is absorbing."""
    place = np.arange(n_states)
    ahead = np.stack([np.maximum(place - 1, 0), np.minimum(place + 1, n_states - 1), place], axis=1)
    ahead[-1] = n_states - 1
    size = 3 * n_states
    transition = sparse.csr_array((np.ones(size), ahead.ravel(), np.arange(size + 1)), shape=(size, n_states))
    pay = np.full((n_states, 3), -toll)
    pay[-1] = 0
    pay[-2, 1] += 1
    return read_transition(transition), pay.ravel()


@pytest.mark.parametrize("discount", [0.0, 0.5, 0.99, 0.9999])
@pytest.mark.parametrize("seed", range(3))
def test_plans_are_optimal(toolbox, seed, discount):
    transition, reward, start = toolbox.made(seed, 4, 3, 1)
    process = read_transition(transition)
    pay = (transition * reward).sum(axis=-1).ravel()
    found = toolbox.all_returns(transition, start, [reward], discount)[:, 0]
    for sign in (1, -1):
        plan = planning.best_plan(process, sign * pay, discount)
        assert sign * start @ plan.values == pytest.approx(found.max() if sign == 1 else found.min(), rel=1e-11)
        again = planning.best_plan(process, sign * pay, discount, first=np.zeros(4, int))
        assert np.array_equal(again.policy, plan.policy)


def test_allowed_actions_only(toolbox):
    transition, reward, start = toolbox.made(5, 4, 3, 1)
    process, pay = read_transition(transition), (transition * reward).sum(axis=-1).ravel()
    allowed = np.ones((4, 3), bool)
    allowed[:, 1] = allowed[0, 2] = False
    plan = planning.best_plan(process, pay, 0.9, allowed)
    assert allowed[np.arange(4), plan.policy].all()
    part = toolbox.all_returns(transition[:, [0, 2]], start, [reward[:, [0, 2]]], 0.9)[:, 0]
    assert start @ plan.values <= part.max() + 1e-12


@pytest.mark.parametrize("toll", [0.0, 0.02])
def test_a_goal_600_steps_away_is_still_wanted(toll):
    """0.95⁶⁰⁰ is 4e-14: an absolute tolerance would call all actions there equal."""
    n_states = 601 if toll == 0 else 400
    process, pay = corridor(n_states, toll=toll)
    plan = planning.best_plan(process, pay, 0.95)
    best = planning.optimal_actions(process, pay, 0.95, plan)
    assert (plan.policy[:-1] == 1).all()
    assert best[:-1].tolist() == [[False, True, False]] * (n_states - 1)
    assert best[-1].all()


def test_roundings_do_not_break_ties():
    """0.1 + 0.2 and then 0.3, against 0.3 and then 0.1 + 0.2: the same in numbers, not in doubles."""
    transition = np.zeros((4, 2, 4))
    transition[0, 0, 1] = transition[0, 1, 2] = 1
    transition[1:, :, 3] = 1
    process = read_transition(transition)
    pay = np.array([[0.1 + 0.2, 0.3], [0.7, 0.7], [0.1 * 7, 0.1 * 7], [0, 0]]).ravel()
    plan = planning.best_plan(process, pay, 0.9)
    assert planning.optimal_actions(process, pay, 0.9, plan).all()
    pay[0] += 1e-12
    plan = planning.best_plan(process, pay, 0.9)
    assert planning.optimal_actions(process, pay, 0.9, plan)[0].tolist() == [True, False]


def test_values_keep_their_digits_where_they_are_small(monkeypatch):
    process, pay = corridor(401)
    rows = process.rows_of(np.ones(401, int))
    wanted = np.append(0.95 ** np.arange(399, -1, -1.0), 0)
    for cheap in (True, False):
        monkeypatch.setattr(solving, "looks_cheap", lambda matrix, cheap=cheap: cheap)
        values = solving.Chain(process.transition[rows], 0.95).values(pay[rows])
        assert values == pytest.approx(wanted, rel=1e-12, abs=0)


def test_not_coming_to_an_end_is_an_error(monkeypatch):
    process, pay = corridor(30)
    monkeypatch.setattr(planning, "IMPROVEMENTS", 1)
    with pytest.raises(RewardError, match=r"on 30 states still improves after 1 rounds at discount=0.95"):
        planning.best_plan(process, pay, 0.95, first=np.zeros(30, int))
