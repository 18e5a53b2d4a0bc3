"""Enumeration where outcomes are uncertain and where episodes start in several states."""

from math import comb

import numpy as np
import pytest
from innershift.agents.planning import Lookahead, ValueIteration, discounted_values, tied_value
from innershift.agents.planning.exhaustive import profiles
from innershift.envs.engine import Batch
from innershift.envs.mdp import reachable_closure
from innershift.envs.world import LEFT, RIGHT, STAY, UP, destination
from innershift.envs.worlds import CheeseCorner, Keys
from scipy.stats import chisquare

UP_LEFT, MOVED = CheeseCorner.events.index("up_left"), CheeseCorner.events.index("moved")


def slippery_rules(solid, width, params, fields, action, nxt, events, chance, ended):
    """Moving slips back once in four times; staying flips a fair coin for an event and stays either way."""
    cell = destination(solid, width, fields[0], action)
    nxt[0, 0], nxt[1, 0] = cell, fields[0]
    nxt[0, 1], nxt[1, 1] = fields[1], fields[1]
    ended[0], ended[1] = cell == params[0], False
    if action == 4:
        chance[0], chance[1] = 0.5, 0.5
        events[0, 2] = 1
        return 2
    if cell == fields[0]:
        return 1
    chance[0], chance[1] = 0.75, 0.25
    events[0, 4], events[1, 4] = 1, 1
    events[0, 0] = cell == params[0]
    return 2


class Slippery(CheeseCorner):
    """A corridor on ice."""

    name = "Slippery"
    branches = 2
    rules = staticmethod(slippery_rules)


ICE = Slippery(horizon=3).parse("#####\n#A.c#\n#####")
BASE = np.array([1, 0, 0, 0, -0.02])


def test_branches_are_enumerated_with_their_probabilities():
    mdp = ICE.to_mdp()
    assert mdp.n_states == 3 and not mdp.deterministic
    here, there, end = mdp.initial, mdp.index(np.array([7, 1])), mdp.absorbing
    row = mdp.transition.toarray().reshape(3, 5, 3)
    assert row[here, RIGHT, [here, there]].tolist() == [0.25, 0.75]
    assert row[there, RIGHT, [there, end]].tolist() == [0.25, 0.75]
    assert row[there, LEFT, [there, here]].tolist() == [0.25, 0.75]
    assert row[here, UP, here] == 1 and row[here, STAY, here] == 1 and row[end, :, end].tolist() == [1] * 5
    assert np.allclose(row.sum(axis=2), 1)
    assert mdp.expected_events[there, RIGHT].tolist() == [0.75, 0, 0, 0, 1]
    assert mdp.expected_events[here, STAY].tolist() == [0, 0, 0.5, 0, 0]


def test_sparse_events_are_averaged_over_branches_with_the_same_end():
    mdp = ICE.to_mdp()
    matrices = [matrix.toarray().reshape(3, 5, 3) for matrix in mdp.events]
    here, there, end = mdp.initial, mdp.index(np.array([7, 1])), mdp.absorbing
    assert matrices[UP_LEFT][here, STAY, here] == 0.5  # one of two equally likely branches
    assert matrices[0][there, RIGHT].tolist() == [0, 0, 1] and end == 2
    assert matrices[MOVED][there, RIGHT, [there, end]].tolist() == [1, 1]
    expected = np.einsum("sat,esat->sae", mdp.transition.toarray().reshape(3, 5, 3), np.array(matrices))
    assert np.allclose(expected, mdp.expected_events)


def test_planning_on_ice_equals_the_computation_by_hand():
    """From the next cell: 0.73, 0.9125; from the first: nothing worth trying, 0.5275, 0.79625 with 1, 2, 3 steps to go."""
    mdp = ICE.to_mdp()
    reward = mdp.expected_events @ BASE
    solution = ValueIteration().solve(mdp, reward, 3)
    there = mdp.index(np.array([7, 1]))
    assert np.allclose(solution.values[:, there], [0, 0.73, 0.9125, 0.958125])
    assert np.allclose(solution.values[:, mdp.initial], [0, 0, 0.5275, 0.79625])
    assert solution.optimal[2:, mdp.initial].tolist() == [1 << RIGHT] * 2
    assert solution.optimal[1, mdp.initial] == 0b10111  # bumps and staying, for one step leads nowhere
    assert np.allclose(tied_value(solution, reward), solution.values[3])
    never = ValueIteration().solve(mdp, -reward, 3)
    assert np.allclose(tied_value(never, reward, "best")[mdp.initial], -0.06)
    assert np.isclose(Lookahead(1).solve(mdp, reward, 3).values[-1, there], 0.73)


def test_a_discounted_game_on_ice_equals_the_geometric_series():
    mdp = ICE.to_mdp()
    values = discounted_values(mdp, mdp.expected_events @ BASE, 0.9)
    there = (0.75 - 0.02) / (1 - 0.25 * 0.9)
    here = (-0.02 + 0.75 * 0.9 * there) / (1 - 0.25 * 0.9)
    assert np.allclose(values[[mdp.initial, mdp.index(np.array([7, 1])), mdp.absorbing]], [here, there, 0])


def test_plans_of_sure_outcomes_refuse_ice():
    with pytest.raises(ValueError, match="Slippery is stochastic: single plans have no sure outcome"):
        profiles(ICE.to_mdp(), 3, {"cheese"})


def test_the_engine_draws_branches_by_their_probabilities():
    """Chi-square of two steps in a row over 4000 rows with seeds of their own."""
    batch = Batch(ICE.world, 4000, (3, 5))
    for row in range(4000):
        batch.load(row, ICE, noise=row)
    batch.step(np.full(4000, RIGHT))
    first = batch.fields[:, 0] == 7
    assert (batch.events[:, MOVED] == 1).all() and (batch.clock == 1).all()
    for row in range(4000):
        batch.place(row, ICE.start, 1)
    batch.step(np.full(4000, RIGHT))
    second = batch.fields[:, 0] == 7
    seen = np.bincount(2 * first + second, minlength=4)
    test = chisquare(seen, 4000 * np.array([1, 3, 3, 9]) / 16)
    assert test.pvalue > 0.001, (seen.tolist(), test.pvalue)


def test_the_same_noise_draws_the_same_branches():
    runs = []
    for seed in (5, 5, 6):
        batch = Batch(ICE.world, 1, (3, 5))
        batch.load(0, ICE, noise=seed)
        steps = []
        for _ in range(30):
            batch.place(0, ICE.start, 0)
            batch.step(np.array([RIGHT]))
            steps.append(int(batch.fields[0, 0]))
        runs.append(steps)
    assert runs[0] == runs[1] != runs[2] and len(set(runs[0])) == 2


def test_successes_within_the_horizon_are_binomial():
    """A policy that always goes right reaches the end with the probability of two successes in three."""
    mdp = ICE.to_mdp()
    reached = np.zeros(3)
    reached[mdp.initial] = 1
    for _ in range(3):
        reached = reached @ mdp.transition.toarray().reshape(3, 5, 3)[:, RIGHT]
    assert np.isclose(reached[mdp.absorbing], sum(comb(3, k) * 0.75**k * 0.25 ** (3 - k) for k in (2, 3)))


# Several starts ----------------------------------------------------------------------------------------------------


def test_a_closure_holds_what_its_starts_reach():
    level = Keys(horizon=9).parse("######\n#Ak.t#\n######")
    whole = level.to_mdp()
    done = whole.index(np.array([10, 0, 0]))
    closure = reachable_closure(level, whole.states[[done, whole.initial, done]], np.array([0.25, 0.5, 0.25]))
    assert {tuple(s) for s in closure.states.tolist()} == {tuple(s) for s in whole.states.tolist()}
    assert closure.start[closure.index(whole.states[done])] == 0.5 and closure.start.sum() == 1
    part = reachable_closure(level, whole.states[[done]])
    assert part.n_states == 4 + 1 and part.start[part.initial] == 1  # four cells, nothing left, and the end
    even = reachable_closure(level, whole.states[:2])
    assert sorted(even.start.tolist())[-2:] == [0.5, 0.5]
    with pytest.raises(KeyError):
        part.index(level.start)


def test_transitions_of_a_closure_are_those_of_the_whole():
    level = Keys(horizon=9).parse("#####\n#A.t#\n#k.k#\n#####")
    whole = level.to_mdp()
    part = reachable_closure(level, whole.states[[whole.n_states // 2]])
    for s, state in enumerate(part.states[:-1]):
        w = whole.index(state)
        assert np.array_equal(part.states[part.successor[s, :, 0]], whole.states[whole.successor[w, :, 0]])
        assert np.array_equal(part.counts[s], whole.counts[w])
