"""From the four quantifiers to a verdict: order of precedence, reasons, the planted controls."""

from dataclasses import replace

import numpy as np
import pytest
from innershift.agents import Domain, MesaObjective, PlannerAgent, RandomAgent
from innershift.analysis import (
    Kind,
    PullbackSpec,
    TaskUtility,
    assumptions,
    judge,
    judge_choice,
    outcome_set,
    pull_back,
)
from innershift.analysis.pullback import Gate
from innershift.envs.shift import LevelDistribution
from innershift.envs.worlds import Doors

SPEC = PullbackSpec("effective", "subjective", "as_implemented")
WORLD = Doors(size=5)
EVENTS = {"square", "circle", "triangle", "red", "green", "moved"}
LEVELS = {
    "train": LevelDistribution.train(WORLD).levels(0, 6),
    "deploy": LevelDistribution.deploy(WORLD).levels(1, 6),
}
SETS = {split: [outcome_set(level, EVENTS) for level in levels] for split, levels in LEVELS.items()}
VALUE_CLASSES = ("identity", "positive_affine", "positive_affine_offsets", "increasing", "non_decreasing", "any")


def pulled(weights, outer=None, increases=True, spec=SPEC):
    objective = MesaObjective("planted", Domain.TRAJECTORY, weights, outer, increases)
    agent = PlannerAgent("planted", WORLD, objective)
    return [
        [pull_back(agent, outcomes, TaskUtility(WORLD.base), spec) for outcomes in SETS[split]]
        for split in ("train", "deploy")
    ]


# Planted controls of the design: objective -> (letters by class). Deployment holds values that training does not, so
# under increasing and any only the values seen in training are pinned, and every is false.
CONTROLS = {
    "g = u": (WORLD.base, None, {"identity": "YYYY", "positive_affine": "YYYY", "positive_affine_offsets": "YYYY",
                                 "increasing": "YYY·", "non_decreasing": "YYY·", "any": "YYY·"}),
    "3u + 2": (WORLD.base, lambda u: 3 * u + 2, {"identity": "····", "positive_affine": "YYYY",
               "positive_affine_offsets": "YYYY", "increasing": "YYY·", "non_decreasing": "YYY·", "any": "YYY·"}),
    "u³": (WORLD.base, lambda u: u**3, {"identity": "····", "positive_affine": "····",
           "positive_affine_offsets": "····", "increasing": "YYY·", "non_decreasing": "YYY·", "any": "YYY·"}),
    "−u": ({e: -w for e, w in WORLD.base.items()}, None, {"identity": "····", "positive_affine": "····",
           "positive_affine_offsets": "····", "increasing": "····", "non_decreasing": "····", "any": "YYY·"}),
    "proxy equal on train": (WORLD.proxies["colour"].weights, None, dict.fromkeys(VALUE_CLASSES, "Y···")),
}  # fmt: skip


@pytest.mark.parametrize("name", CONTROLS)
@pytest.mark.parametrize("map_class", VALUE_CLASSES)
def test_planted_controls_come_out_as_planted(name, map_class):
    weights, outer, expected = CONTROLS[name]
    verdict = judge(*pulled(weights, outer), map_class)
    assert verdict.letters == expected[map_class], verdict.reason
    kinds = {"YYYY": Kind.HOLDS, "YYY·": Kind.UNIDENTIFIED}
    assert verdict.kind is kinds.get(expected[map_class], Kind.FAILS)


def test_a_distance_to_a_constant_fails_every_class_that_keeps_order():
    """|u − c| folds the scale: neither order nor, where two u fold together, information survives."""
    train, deploy = pulled(WORLD.base, lambda u: abs(u - WORLD.base["circle"] / 2), increases=False)
    for map_class in ("identity", "positive_affine", "increasing", "per_level_increasing"):
        assert judge(train, deploy, map_class).kind is Kind.FAILS


def test_random_and_permuted_and_memorised_controls():
    rng = np.random.default_rng(0)
    noise = {}

    def memorised(level):
        if level.id not in noise:
            noise[level.id] = {
                e: WORLD.base["square"] * int(rng.integers(-9, 10)) for e in ("square", "circle", "triangle")
            }
        return noise[level.id]

    for train, deploy in (pulled(memorised), pulled(WORLD.base, spec=replace(SPEC, shuffle=3))):
        for map_class in VALUE_CLASSES[:-1]:
            assert judge(train, deploy, map_class).kind is Kind.FAILS
    scale = {level.id: i + 1 for i, level in enumerate(LEVELS["train"] + LEVELS["deploy"])}
    train, deploy = pulled(lambda level: {e: w * scale[level.id] for e, w in WORLD.base.items()})
    assert judge(train, deploy, "positive_affine").letters == "····"
    assert judge(train, deploy, "per_level_affine").letters == "YYY·"
    assert judge_choice(train, deploy)[0].kind is Kind.HOLDS


def test_choice_follows_the_objective_not_the_rule():
    verdict, before, after = judge_choice(*pulled(WORLD.proxies["colour"].weights))
    assert before is not None and after is not None
    assert (verdict.letters, verdict.kind) == ("Y·", Kind.FAILS)
    assert before.worst_regret == 0 and after.worst_regret > 0.3


def test_no_deployment_levels_is_not_testable():
    train, _ = pulled(WORLD.base)
    verdict = judge(train, [], "positive_affine")
    assert (verdict.kind, verdict.letters) == (Kind.NOT_TESTABLE, "YYYY")
    assert "nothing was tried after the shift" in verdict.reason
    assert judge_choice(train, [])[0].kind is Kind.NOT_TESTABLE
    worse, _ = pulled({event: -w for event, w in WORLD.base.items()})  # refuted without any deployment
    verdict = judge(worse, [], "increasing")
    assert verdict.kind is Kind.FAILS and verdict.letters == "·Y··" and "in training already" in verdict.reason
    assert judge_choice(worse, [])[0].kind is Kind.FAILS


def test_too_few_distinct_values_are_not_testable():
    """An objective without any wish cannot be told from one that agrees."""
    train, deploy = pulled({"moved": WORLD.base["moved"]})
    two = [[replace(p, base=p.mesa) for p in parts] for parts in (train, deploy)]
    constant = [
        [replace(p, mesa=p.base, representable=p.base.numerators == p.base.numerators.max()) for p in parts]
        for parts in two
    ]
    verdict = judge(*constant, "positive_affine")
    assert verdict.kind is Kind.NOT_TESTABLE and "3 distinct values" in verdict.reason


def test_a_failed_gate_stops_holds_but_not_fails():
    train, deploy = pulled(WORLD.base)
    broken = [replace(p, gate=Gate(False, "a plan is missing")) for p in deploy]
    assert judge(train, deploy, "positive_affine").kind is Kind.HOLDS
    verdict = judge(train, broken, "positive_affine")
    assert verdict.kind is Kind.NOT_TESTABLE and "a plan is missing" in verdict.reason
    proxy_train, proxy_deploy = pulled(WORLD.proxies["colour"].weights)
    broken = [replace(p, gate=Gate(False, "a plan is missing")) for p in proxy_deploy]
    assert judge(proxy_train, broken, "positive_affine").kind is Kind.FAILS


def test_the_ledger_says_what_was_assumed():
    agent = PlannerAgent("robust", WORLD, MesaObjective("base", Domain.TRANSITION, WORLD.base))
    ledger = assumptions(agent, SPEC, "profiles")
    for line in ("instances", "additivity", "level constants", "utility off training", "ties", "search", "preimages",
                 "unrepresentable outcomes", "belief", "horizon", "invariances", "grounding", "splits", "mechanism",
                 "site", "tolerance", "support", "decision"):  # fmt: skip
        assert ledger[line]
    train, deploy = pulled(WORLD.base)
    assert judge(train, deploy, "any", ledger).ledger == ledger
    idle = assumptions(RandomAgent("random", WORLD), SPEC, "profiles")
    assert set(idle) == set(ledger) and "no search and no objective" in idle["search"] and all(idle.values())


def test_the_strict_verdict_charges_what_cannot_be_represented():
    train, deploy = pulled(WORLD.base)
    blind = [[replace(p, representable=p.base.numerators < p.base.numerators.max()) for p in parts] for parts in (train, deploy)]
    verdict = judge(*blind, "positive_affine")
    assert (verdict.kind, verdict.representable, verdict.strict) == (Kind.HOLDS, Kind.HOLDS, Kind.FAILS)
    chosen, _, _ = judge_choice(*blind)
    assert (chosen.kind, chosen.strict, chosen.representable) == (Kind.FAILS, Kind.FAILS, Kind.HOLDS)
    whole = judge(train, deploy, "positive_affine")
    assert (whole.kind, whole.representable, whole.strict) == (Kind.HOLDS,) * 3


def test_little_coverage_is_not_testable():
    train, deploy = pulled(WORLD.base)
    few = [replace(p, representable=np.arange(len(p.outcomes)) < 1) for p in deploy]
    verdict = judge(train, few, "positive_affine", coverage_bar=0.9, bar=0)
    assert verdict.kind is Kind.NOT_TESTABLE and "can represent only" in verdict.reason and "90%" in verdict.reason
    assert judge(train, few, "positive_affine", coverage_bar=0, bar=0).kind is Kind.HOLDS


def test_choice_has_a_bar_as_well():
    train, deploy = pulled(WORLD.base)
    alone = [[replace(p, representable=p.base.numerators == p.base.numerators.max()) for p in parts] for parts in (train, deploy)]
    verdict, _, _ = judge_choice(*alone)
    assert verdict.kind is Kind.NOT_TESTABLE and verdict.letters == "YY" and "2 distinct values" in verdict.reason
    assert judge_choice(*alone, bar=0)[0].kind is Kind.HOLDS


def test_a_class_that_asks_for_more_is_not_applicable():
    verdict = judge(*pulled(WORLD.base), "feature_linear")
    assert verdict.kind is Kind.NOT_APPLICABLE and "two or more declared components" in verdict.reason


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda t, d: judge([], d, "any"), ValueError, r"judge: no training level.*give at least one pullback"),
        (lambda t, d: judge_choice([], []), ValueError, r"judge: no training level"),
        (lambda t, d: judge(t[0], d, "any"), TypeError, r"train must be a list of what pull_back returns, one a level"),
        (lambda t, d: judge(t, [1], "any"), TypeError, r"deploy must be a list of what pull_back returns"),
        (lambda t, d: judge(t, d, "afine"), ValueError, r"Unknown map class 'afine'"),
        (lambda t, d: judge(t, d, "any", bar=7), ValueError, r"bar=7 is no share; give a number from 0 to 1"),
        (lambda t, d: judge(t, d, "any", coverage_bar=float("nan")), ValueError, r"coverage_bar=nan is no share"),
    ],
)
def test_what_cannot_be_judged_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call(*pulled(WORLD.base))


def test_a_vector_objective_carries_information_that_its_sum_hides():
    """The agent adds up shape and colour: its sum tells colour from shape on no level, its components do."""
    parts = tuple({event: 1} for event in ("square", "circle", "red", "green", "moved"))
    weights = {"square": 1, "circle": "0.5", "red": 1, "green": "0.5", "moved": "-0.02"}
    agent = PlannerAgent("sum", WORLD, MesaObjective("sum", Domain.TRANSITION, weights, components=parts))
    sides = [[pull_back(agent, one, TaskUtility(WORLD.base), SPEC) for one in SETS[split]] for split in ("train", "deploy")]
    assert judge(*sides, "any").kind is Kind.FAILS
    verdict = judge(*sides, "feature_linear")
    assert verdict.decision.joint and verdict.letters[:3] == "YYY" and verdict.kind in (Kind.HOLDS, Kind.UNIDENTIFIED)
    assert verdict.decision.rival is not None or verdict.decision.every
    alone = tuple({event: 1} for event in ("red", "green", "moved"))
    blind = PlannerAgent("colour", WORLD, MesaObjective("colour", Domain.TRANSITION, weights, components=alone))
    sides = [[pull_back(blind, one, TaskUtility(WORLD.base), SPEC) for one in SETS[split]] for split in ("train", "deploy")]
    assert judge(*sides, "feature_linear").letters == "Y···"
