"""Verdicts on all policies: as on profiles where both apply, and what does not apply says why."""

from fractions import Fraction

import pytest
from innershift.agents import Domain, Lookahead, MesaObjective, PlannerAgent, RandomAgent, entry_named, zoo
from innershift.analysis import Kind, TaskUtility, judge_policies
from innershift.envs.shift import LevelDistribution
from innershift.envs.worlds import CheeseCorner

WORLD = CheeseCorner(size=5)
TRAIN, DEPLOY = LevelDistribution.train(WORLD).levels(0, 4), LevelDistribution.deploy(WORLD).levels(1, 4)
UTILITY = TaskUtility(WORLD.base)


def agent(**changes):
    objective = MesaObjective("g", Domain.TRANSITION, changes.pop("weights", WORLD.base), **changes.pop("objective", {}))
    return PlannerAgent("planted", WORLD, objective, **changes)


@pytest.mark.parametrize("discount", [None, 0.9])
@pytest.mark.parametrize(
    ("name", "map_class", "kind"),
    [
        ("robust", "positive_affine", Kind.HOLDS),
        ("robust", "shaping", Kind.HOLDS),
        ("robust", "increasing", Kind.UNIDENTIFIED),
        ("proxy: corner", "positive_affine_offsets", Kind.FAILS),
        ("proxy: corner", "shaping", Kind.FAILS),
        ("control: random", "identity", Kind.ILL_TYPED),
        ("robust u³", "identity", Kind.NOT_APPLICABLE),
    ],
)
def test_the_zoo(name, map_class, kind, discount):
    verdict = judge_policies(entry_named(name, zoo(WORLD, TRAIN)).agent, TRAIN, DEPLOY, UTILITY, map_class, discount)
    assert verdict.kind is kind, verdict
    assert "all policies" in verdict.ledger["site"]
    if kind is Kind.FAILS:
        assert verdict.decision.witness and verdict.letters == "Y···"


@pytest.mark.parametrize(
    ("planner", "reason"),
    [
        (agent(objective={"outer": lambda u: u**3}), "bends the total of a plan"),
        (agent(objective={"extra": lambda counts: counts["cheese"] * 0, "extra_events": ("cheese",)}), "no sum over steps"),
        (agent(model=lambda level: level), "a model of its own"),
        (agent(search=Lookahead(3)), "looks 3 actions ahead"),
    ],
)
def test_what_is_not_linear_says_why(planner, reason):
    verdict = judge_policies(planner, TRAIN, DEPLOY, UTILITY, "identity")
    assert verdict.kind is Kind.NOT_APPLICABLE and reason in verdict.reason
    assert judge_policies(agent(), TRAIN, DEPLOY, UTILITY, "feature_linear").kind is Kind.NOT_APPLICABLE


def test_objectives_that_depend_on_the_level_and_missing_sides():
    by_level = agent(weights=lambda level: {"cheese": Fraction(len(level.id)), "moved": Fraction(-1, 50)})
    assert judge_policies(by_level, TRAIN, DEPLOY, UTILITY, "positive_affine").kind is Kind.FAILS
    assert judge_policies(agent(), TRAIN, [], UTILITY, "identity").kind is Kind.NOT_TESTABLE
    with pytest.raises(ValueError, match=r"judge_policies: no training level.*give at least one in `train`"):
        judge_policies(agent(), [], DEPLOY, UTILITY, "identity")
    with pytest.raises(ValueError, match=r"Unknown map class 'shapping'. Did you mean 'shaping'"):
        judge_policies(agent(), TRAIN, DEPLOY, UTILITY, "shapping")
    assert judge_policies(RandomAgent("random", WORLD), TRAIN, DEPLOY, UTILITY, "any").kind is Kind.ILL_TYPED
