"""The refusal: comparing objectives of different types says what is missing."""

import numpy as np
import pytest
from innershift.agents import Domain, MesaObjective, PlannerAgent, RandomAgent, zoo
from innershift.analysis import BaseObjective, IllTypedComparison, Reward, TaskUtility, agree
from innershift.analysis.signature import NoTaskUtility, WorstCaseObjective, additivity, earnings
from innershift.envs.shift import LevelDistribution
from innershift.envs.worlds import CheeseCorner

WORLD = CheeseCorner(size=3)
LEVEL = WORLD.parse("#####\n#c.A#\n#...#\n#...#\n#####")
BASE = BaseObjective("mean reward", TaskUtility(WORLD.base), [LEVEL])
MESA = MesaObjective("corner", Domain.TRANSITION, WORLD.proxies["corner"].weights)


def test_base_and_mesa_objective_do_not_compare():
    with pytest.raises(IllTypedComparison) as refusal:
        agree(BASE, MESA)
    told = str(refusal.value)
    for part in ("systems X (whole agents)", "plans of its own search", "transitions", "utility u", "pullback", "class of maps"):
        assert part in told
    assert isinstance(refusal.value, TypeError)


@pytest.mark.parametrize("pair", [(MESA, BASE), (BASE, BASE), (MESA, MESA), (TaskUtility(WORLD.base), MESA)])
def test_no_pair_of_raw_objectives_compares(pair):
    with pytest.raises(IllTypedComparison, match="a class of maps"):
        agree(*pair)


def test_a_reward_is_a_signal_not_an_objective():
    with pytest.raises(IllTypedComparison, match="a reward is only a signal"):
        agree(Reward(WORLD, WORLD.base), MESA)


def test_other_things_are_no_objectives():
    with pytest.raises(TypeError, match="the second argument is a str, not an objective"):
        agree(BASE, "cheese")  # type: ignore[arg-type]


def test_the_base_objective_scores_systems():
    robust = PlannerAgent("robust", WORLD, MesaObjective("base", Domain.TRANSITION, WORLD.base))
    assert BASE(robust) == pytest.approx(1 - 2 * 0.02)
    assert BASE(RandomAgent("random", WORLD)) < BASE(robust)


def test_reward_and_utility_are_exact():
    counts = np.zeros((1, len(WORLD.events)), dtype=int)
    counts[0, [0, 4]] = 1, 3
    numerators, denominator = TaskUtility(WORLD.base)(LEVEL, counts)
    assert (numerators[0] * 50, denominator) == (47 * 50, 50)
    assert Reward(WORLD, WORLD.base)(counts[0]) * 50 == 47


LEVELS = LevelDistribution.deploy(CheeseCorner(size=5)).levels(0, 4)
SYSTEMS = [entry.agent for entry in zoo(CheeseCorner(size=5), LEVELS)]


def test_a_mean_over_levels_is_additive_and_the_worst_case_is_not():
    utility = TaskUtility(LEVELS[0].world.base)
    mean = additivity(BaseObjective("mean", utility, LEVELS), SYSTEMS)
    assert mean.holds and mean.defect == 0 and mean.swaps == len(SYSTEMS) * (len(SYSTEMS) - 1) // 2 * 4
    assert "changed nothing" in str(mean)
    worst = WorstCaseObjective("worst", utility, LEVELS)
    found = additivity(worst, SYSTEMS)
    assert not found.holds and found.level in str(found)
    x, y = (earnings(SYSTEMS[i], utility, LEVELS) for i in found.systems)
    at = [level.id for level in LEVELS].index(found.level)
    swapped = min(*x[:at], y[at], *x[at + 1 :]) + min(*y[:at], x[at], *y[at + 1 :])
    assert abs(min(x) + min(y) - swapped) == found.defect
    assert worst(SYSTEMS[0]) == pytest.approx(float(min(earnings(SYSTEMS[0], utility, LEVELS))))


def test_the_worst_case_is_refused_with_its_reason():
    worst = WorstCaseObjective("worst", TaskUtility(WORLD.base), [LEVEL, LEVEL])
    with pytest.raises(NoTaskUtility, match=r"the least over 2 levels.*no mean.*declare a base objective that is a mean"):
        _ = worst.utility
    with pytest.raises(IllTypedComparison, match=r"the worst case has no task utility"):
        agree(worst, MESA)
    with pytest.raises(ValueError, match=r"additivity: 1 systems on 2 levels; two of each are the least"):
        additivity(worst, [RandomAgent("random", WORLD)])
