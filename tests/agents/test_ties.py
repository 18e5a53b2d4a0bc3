"""Ties count at their worst for every kind of planner, and numbers too fine for exact planning are refused."""

from fractions import Fraction

import numpy as np
import pytest
from innershift.agents import Domain, MesaObjective, PlannerAgent, model_of
from innershift.analysis import BaseObjective, TaskUtility
from innershift.envs.errors import KnobError
from innershift.envs.level import Level
from innershift.envs.worlds import CheeseCorner, Doors

WORLD = Doors(size=5)
LEVEL = WORLD.parse("1: red square\n2: green circle\n#######\n#.....#\n#1.A.2#\n#.....#\n#.....#\n#.....#\n#######")
EITHER = {"square": 1, "circle": 1, "moved": "-0.02"}


def copied(level: Level) -> Level:
    return Level(level.world, level.walls, level.agent, level.things, level.header, level.horizon, level.phase)


AGENTS = {
    "knows the truth": PlannerAgent("a", WORLD, MesaObjective("either", Domain.TRANSITION, EITHER)),
    "has a model": PlannerAgent("b", WORLD, MesaObjective("either", Domain.TRANSITION, EITHER), model=copied),
    "is no sum": PlannerAgent("c", WORLD, MesaObjective("either", Domain.TRAJECTORY, EITHER, lambda u: u, False)),
}


@pytest.mark.parametrize("kind", AGENTS)
def test_ties_are_broken_for_the_worst_or_the_best(kind):
    reward = model_of(LEVEL).counts[:, :, 0] @ WORLD.exact(WORLD.base)[0]
    policy = AGENTS[kind].policy(LEVEL)
    assert [Fraction(int(policy.value(reward, ties)), 50) for ties in ("worst", "best")] == [Fraction(23, 50), Fraction(24, 25)]
    assert policy.value(reward, "mean") == pytest.approx(50 * (0.46 + 0.96) / 2)
    assert BaseObjective("f", TaskUtility(WORLD.base), [LEVEL])(AGENTS[kind]) == pytest.approx(0.46)


def test_a_planner_with_a_model_acts_on_what_it_believes():
    believed = WORLD.parse(LEVEL.draw().replace("1: red square", "1: red triangle"))
    agent = PlannerAgent("misled", WORLD, MesaObjective("base", Domain.TRANSITION, WORLD.base), model=lambda _: believed)
    assert agent.policy(LEVEL).actions() == [3, 3]
    seen, state = LEVEL.planes(), None
    for expected in (3, 3):
        action, state = agent.predict(seen, state)
        assert action == expected


@pytest.mark.parametrize("weights", [{"cheese": Fraction(1), "moved": Fraction(-0.02)}, {"cheese": 10**17, "moved": -1}])
def test_weights_too_fine_for_exact_planning_are_refused(weights):
    world = CheeseCorner(size=4)
    level = world.parse("horizon: 42\n######\n#A..c#\n#....#\n#....#\n#....#\n######")
    agent = PlannerAgent("fine", world, MesaObjective("fine", Domain.TRANSITION, weights))
    with pytest.raises(ValueError, match=r"too fine for exact planning over 42 steps; use simpler fractions, such as '-0.02'"):
        agent.policy(level)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"cheese": 1.0}, r"weight 1.0 on 'cheese' is no exact number; write .* such as '1.0'"),
        ({"cheese": True}, r"weight True on 'cheese' is no exact number"),
        ({"cheese": "much"}, r"weight 'much' on 'cheese' is no number; write one such as '-0.02'"),
        ({"cheese": "1/0"}, r"weight '1/0' on 'cheese' is no number"),
        ({"cheese": "1e999999999"}, r"weight '1e999999999' on 'cheese' is no number"),
        ({"cheese": "-1E-99999"}, r"weight '-1E-99999' on 'cheese' is no number"),
    ],
)
def test_weights_are_exact_numbers(weights, message):
    for make in (TaskUtility, lambda w: MesaObjective("g", Domain.TRANSITION, w)):
        with pytest.raises(KnobError, match=message):
            make(weights)


def test_texts_and_numpy_whole_numbers_are_exact():
    assert TaskUtility({"cheese": np.int64(2), "moved": "-0.02"}).weights == {"cheese": 2, "moved": Fraction(-1, 50)}
    with pytest.raises(KnobError, match=r"go beyond 62 bits; use simpler fractions"):
        CheeseCorner().exact({"cheese": Fraction(10**19)})
    with pytest.raises(ValueError, match=r"BaseObjective 'f' has no levels; give at least one"):
        BaseObjective("f", TaskUtility({"cheese": 1}), [])
