"""Planners where chance decides: values, plans by sight, and discounts, against computations by hand and many episodes."""

from fractions import Fraction
from functools import cache

import numpy as np
import pytest
from innershift.agents import Domain, MesaObjective, PlannerAgent, ValueIteration
from innershift.analysis import PullbackSpec, TaskUtility, outcome_set, pull_back
from innershift.envs import GridWorld, LevelDistribution
from innershift.envs.world import destination
from innershift.envs.worlds import CheeseCorner, Keys, Orchard


def icy_rules(solid, width, params, fields, action, nxt, events, chance, ended):
    """With probability 1/4 one slips and stays where one is, at the cost of a move."""
    cell = destination(solid, width, fields[0], action)
    nxt[:, 0], nxt[:, 1] = fields[0], fields[1]
    nxt[0, 0] = cell
    ended[:2] = False
    ended[0] = cell == params[0]
    if cell == fields[0]:
        return 1
    chance[0], chance[1] = 0.75, 0.25
    events[0, 4], events[1, 4] = 1, 1
    events[0, 0] = cell == params[0]
    return 2


class Icy(CheeseCorner):
    """A maze on ice."""

    name = "Icy"
    branches = 2
    rules = staticmethod(icy_rules)


WORLD = Icy(horizon=4)
LEVEL = WORLD.parse("######\n#A.c.#\n######")
ROBUST = PlannerAgent("robust", WORLD, MesaObjective("base", Domain.TRANSITION, WORLD.base))


def test_a_planner_on_ice_earns_what_the_sums_say():
    """Cheese two cells away, four steps; a try costs 0.02 and succeeds in three of four, and staying is free."""

    def worth(cells: int, steps: int) -> float:
        if not cells or not steps:
            return float(not cells)
        return max(0.0, -0.02 + 0.75 * worth(cells - 1, steps - 1) + 0.25 * worth(cells, steps - 1))

    policy = ROBUST.policy(LEVEL)
    reward = LEVEL.to_mdp().expected_events @ WORLD.vector(WORLD.base)
    for ties in ("worst", "best", "mean"):
        assert policy.value(reward, ties) == pytest.approx(worth(2, 4))


def test_playing_by_sight_earns_the_same_on_average():
    """It sees whether it slipped: 4,000 episodes, four standard errors."""
    env = GridWorld(WORLD, level=LEVEL)
    env.reset(seed=3)
    earned = []
    for _ in range(4000):
        seen, state, total, done = env.reset()[0], None, 0.0, False
        while not done:
            action, state = ROBUST.predict(seen, state)
            seen, reward, terminated, truncated, _ = env.step(action)
            total, done = total + reward, terminated or truncated
        earned.append(total)
    reward = LEVEL.to_mdp().expected_events @ WORLD.vector(WORLD.base)
    expected = ROBUST.policy(LEVEL).value(reward)
    assert abs(np.mean(earned) - expected) < 4 * np.std(earned) / np.sqrt(4000)


def test_a_plan_on_ice_is_the_likeliest_way():
    assert ROBUST.policy(LEVEL).actions() == [3, 3]


CHESTS = Keys(horizon=8)
TWO = CHESTS.parse("held: 1\n########\n#At.ttt#\n########")
"""With one key in hand the near chest at once; nothing else can be opened."""
FORK = CHESTS.parse("##########\n#k.A...kk#\n##########")


@pytest.mark.parametrize(("discount", "first"), [(None, 3), (Fraction(1, 2), 2)])
def test_a_discount_prefers_what_is_near(discount, first):
    """One key lies two steps to the left, two lie four and five to the right; there is time for one side alone."""
    wants = MesaObjective("keys", Domain.TRANSITION, {"key_taken": Fraction(1), "moved": Fraction(-1, 50)})
    agent = PlannerAgent("keys", CHESTS, wants, ValueIteration(discount))
    assert agent.policy(FORK).actions()[0] == first


def test_a_discounted_value_is_the_geometric_sum():
    """A move to the chest: (1 - 0.02) now; a chest three cells away is worth 0.5^2 of its pay, and is not worth its moves."""
    wants = MesaObjective("chests", Domain.TRANSITION, {"chest_opened": Fraction(1), "moved": Fraction(-1, 10)})
    agent = PlannerAgent("chests", CHESTS, wants, ValueIteration(Fraction(1, 2)))
    far = CHESTS.parse("held: 1\n#######\n#A..t.#\n#######")
    value = agent.solution(far).values[-1, far.to_mdp().initial] / 10
    assert value == pytest.approx(-0.1 - 0.05 + 0.25 * 0.9)


def first_scores_then_moves(mdp, paid, moves, base, horizon):
    """(most by `paid`, then fewest moves, then least and most by `base`) over all policies, state by state and step by step."""

    @cache
    def best(state: int, steps: int) -> tuple[float, float, float, float]:
        if not steps or state == mdp.absorbing:
            return 0.0, 0.0, 0.0, 0.0
        found = []
        for action in range(5):
            branches = zip(mdp.successor[state, action].tolist(), mdp.chance[state, action], mdp.counts[state, action], strict=True)
            later = [(p, n, best(s, steps - 1)) for s, p, n in branches if p]
            found.append([sum(p * (n @ w + after[i]) for p, n, after in later) for i, w in enumerate((paid, moves, base, base))])
        most = max(one[0] for one in found)
        found = [one for one in found if one[0] > most - 1e-9]
        fewest = min(one[1] for one in found)
        found = [one for one in found if one[1] < fewest + 1e-9]
        return most, fewest, min(one[2] for one in found), max(one[3] for one in found)

    return best(mdp.initial, horizon)


@pytest.mark.parametrize("aim", ["base", "among_trees"])
def test_moves_decide_only_where_the_objective_ties(aim):
    """Where trees grow by chance, actions differ by far less than a move counts: no rounding may let moves win over that."""
    world = Orchard(size=5, horizon=9)
    weights = world.base if aim == "base" else world.proxies[aim].weights
    agent = PlannerAgent(aim, world, MesaObjective(aim, Domain.TRANSITION, weights))
    base, paid, moves = (world.vector(w).astype(float) for w in (world.base, weights, {"moved": 1}))
    for level in LevelDistribution.deploy(world).levels(1, 3):
        mdp, policy = level.to_mdp(), agent.policy(level)
        most, _, worst, best = first_scores_then_moves(mdp, paid, moves, base, level.horizon)
        assert policy.value(mdp.expected_events @ paid, "worst") == pytest.approx(most, abs=1e-9)
        earned = [policy.value(mdp.expected_events @ base, ties) for ties in ("worst", "best")]
        assert earned == pytest.approx([worst, best], abs=1e-8)


def test_a_discounter_is_refused_where_totals_are_compared():
    agent = PlannerAgent("hasty", CHESTS, MesaObjective("base", Domain.TRANSITION, CHESTS.base), ValueIteration(Fraction(1, 2)))
    outcomes = outcome_set(TWO, {"chest_opened", "moved"})
    with pytest.raises(ValueError, match="hasty discounts by 1/2 a step, so what a plan is worth to it is no sum of event counts"):
        pull_back(agent, outcomes, TaskUtility(CHESTS.base), PullbackSpec("effective", "subjective", "as_implemented"))


@pytest.mark.parametrize("discount", [Fraction(0), Fraction(1), 0.5, Fraction(3, 2)])
def test_a_discount_is_a_fraction_below_one(discount):
    with pytest.raises(ValueError, match="is no Fraction between 0 and 1"):
        ValueIteration(discount)
