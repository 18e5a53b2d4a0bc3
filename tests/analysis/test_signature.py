"""The refusal: comparing objectives of different types says what is missing."""

import numpy as np
import pytest
from innershift.agents import Domain, MesaObjective, PlannerAgent, RandomAgent
from innershift.analysis import BaseObjective, IllTypedComparison, Reward, TaskUtility, agree
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
