"""Propositions of docs/objectives.md that no other test checks, each on the smallest case that could refute it."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction
from itertools import combinations, pairwise, product

import numpy as np
import pytest
from innershift.agents import Domain, MesaObjective, PlannerAgent
from innershift.analysis import (
    BaseObjective,
    Kind,
    PullbackSpec,
    TaskUtility,
    ValueRow,
    choice,
    decide,
    judge,
    outcome_set,
    pull_back,
)
from innershift.analysis.maps import MAP_CLASSES
from innershift.analysis.statistics import CHAIN, gatekeeping
from innershift.envs.shift import LevelDistribution
from innershift.envs.worlds import CheeseCorner

PER_LEVEL = ("per_level_affine", "per_level_increasing", "per_level_any")


def rows_of(*points, split="train", level="a"):
    """Rows of one level from (mesa, base) pairs."""
    return [ValueRow(level, split, mesa, base) for mesa, base in points]


def random_rows(generator, levels, split, size=4, values=3):
    return [
        ValueRow(generator.choice(levels), split, generator.randrange(values), generator.randrange(values))
        for _ in range(size)
    ]


def test_a_constant_for_each_level_leaves_the_base_objective_alone():
    """u and u + c(level) with mean 0 score all systems alike, so f cannot tell them: offsets are what f supports."""
    world = CheeseCorner(size=3)
    f = BaseObjective("mean", TaskUtility(world.base), LevelDistribution.deploy(world).levels(0, 2))
    lift = (Fraction(3), Fraction(-3))
    for earned in product((Fraction(0), Fraction(1, 2), Fraction(1)), repeat=2):
        assert f.of([e + c for e, c in zip(earned, lift, strict=True)]) == f.of(earned)
    rows = [
        row for level, c in zip("ab", lift, strict=True) for row in rows_of((0, c), (1, 1 + c), (2, 2 + c), level=level)
    ]
    assert decide(rows, "positive_affine_offsets").joint and not decide(rows, "increasing").joint


def test_a_constant_in_place_of_no_value_changes_the_verdict():
    """An outcome that no plan reaches has no value; each constant put there says something the agent does not."""
    rows = [*rows_of((0, 0), (1, 1), (None, 2)), *rows_of((0, 0), (1, 1), split="deploy", level="b")]
    assert decide(rows, "increasing").letters == "YYYY"
    for constant, letters in ((-(10**6), "·Y··"), (2, "YYYY")):
        filled = [replace(row, mesa=constant if row.mesa is None else row.mesa) for row in rows]
        assert decide(filled, "increasing").letters == letters


def test_value_implies_order_implies_choice_for_maps_that_rise_and_for_no_others():
    generator, seen = random.Random(0), set()
    for _ in range(2000):
        rows = random_rows(generator, "ab", "train", size=generator.randint(1, 5))
        order = decide(rows, "per_level_increasing").joint
        chosen = choice(rows, "train").optimal
        for name in ("identity", "positive_affine", "positive_affine_offsets", "increasing"):
            assert decide(rows, name).joint <= order <= chosen, name
        weak = decide(rows, "non_decreasing").joint
        assert weak <= chosen  # it keeps choice, and may lose order
        some = decide(rows, "any").joint
        seen |= {("any without order", some > order), ("any without choice", some > chosen), ("weak without order", weak > order),
                 ("choice without order", chosen > order), ("order without any", order > some)}  # fmt: skip
    assert {name for name, happened in seen if happened} == {name for name, _ in seen}


def test_an_increasing_map_leaves_the_choice_as_it_was():
    generator = random.Random(1)
    for _ in range(300):
        rows = random_rows(generator, "ab", "train", size=5)
        steps = [generator.randint(1, 9) for _ in range(3)]
        bent = [replace(row, mesa=sum(steps[: row.mesa + 1])) for row in rows]
        assert choice(bent, "train").raw_regret == choice(rows, "train").raw_regret


def test_over_lotteries_an_increasing_map_can_change_the_choice():
    """Two plans, one sure of 2, one of 0 or 3 with equal chance: by ĝ the sure one is better, by ĝ³ the other."""
    lotteries = {"sure": [2, 2], "risky": [0, 3]}

    def best(phi):
        return max(lotteries, key=lambda plan: sum(Fraction(phi(g), 2) for g in lotteries[plan]))

    assert best(lambda g: g) == "sure" and best(lambda g: g**3) == "risky" and best(lambda g: 5 * g - 7) == "sure"
    outcomes = [ValueRow("a", "train", g, g**3) for g in (0, 2, 3)]
    assert decide(outcomes, "increasing").joint  # single outcomes do not show it
    means = [ValueRow("a", "train", Fraction(sum(g), 2), Fraction(sum(x**3 for x in g), 2)) for g in lotteries.values()]
    assert not decide(means, "increasing").joint and not choice(means, "train").optimal


def test_a_function_of_a_linear_objective_on_all_mixtures_is_a_line():
    """Three points of a curve that rises; with the mixture of two of them no function is left but a line."""
    rows = rows_of((0, 0), (1, 1), (2, 4))
    assert decide(rows, "increasing").joint
    assert not decide([*rows, *rows_of((1, 2))], "any").joint  # half of the first and half of the third
    line = rows_of((0, 0), (1, 2), (2, 4))
    assert decide([*line, *rows_of((Fraction(1, 2), 1))], "positive_affine").joint


def test_two_values_tell_no_line_from_a_curve_and_any_from_neither_but_by_sign():
    points = list(product((0, 1), repeat=2))
    cells = [(split, *point) for split in ("train", "deploy") for point in points]
    met = set()
    for size in range(1, len(cells) + 1):
        for chosen in combinations(cells, size):
            if all(split == "deploy" for split, _, _ in chosen):
                continue
            rows = [ValueRow("a", *cell) for cell in chosen]
            assert decide(rows, "positive_affine").letters == decide(rows, "increasing").letters
            if len({g for _, g, _ in chosen}) == len({u for _, _, u in chosen}) == 2:
                turned = [replace(row, mesa=-row.mesa) for row in rows]
                either = decide(rows, "positive_affine").joint or decide(turned, "positive_affine").joint
                assert decide(rows, "any").joint == either
                met.add(either)
    assert met == {True, False}
    three = rows_of((0, 0), (1, 1), (2, 4))
    assert decide(three, "increasing").joint and not decide(three, "positive_affine").joint


@pytest.mark.parametrize("name", PER_LEVEL)
def test_maps_chosen_level_by_level_say_nothing_of_a_level_not_seen(name):
    generator, met = random.Random(2), set()
    for _ in range(400):
        train, deploy = random_rows(generator, "ab", "train"), random_rows(generator, "cd", "deploy")
        found = decide([*train, *deploy], name)
        assert found.joint == (found.train and found.deploy) and not found.every
        assert not found.joint or found.share_seen == 0
        met.add(found.letters)
    assert met == {"YYY·", "Y···", "·Y··", "····"}


def test_every_grows_along_the_chain_in_neither_direction():
    unseen = [*rows_of((0, 0), (1, 1)), *rows_of((2, 2), split="deploy")]
    assert [decide(unseen, name).every for name in ("positive_affine", "increasing")] == [True, False]
    cube = [*rows_of((0, 0), (1, 1), (2, 8)), *rows_of((2, 8), split="deploy")]
    assert [decide(cube, name).every for name in ("positive_affine", "increasing")] == [False, True]
    for rows in (unseen, cube):  # joint grows
        for narrow, wide in pairwise(CHAIN):
            assert decide(rows, narrow).joint <= decide(rows, wide).joint


def test_free_asks_for_enough_values_and_for_nothing_else():
    """Which outcome has which value plays no part: any pairing of the same values fits, or does not, alike."""
    generator, met = random.Random(3), set()
    for _ in range(200):
        sides = [random_rows(generator, "a", split, size=4) for split in ("train", "deploy")]
        mixed = []
        for side in sides:
            values = [row.mesa for row in side]
            generator.shuffle(values)
            mixed += [replace(row, mesa=value) for row, value in zip(side, values, strict=True)]
        found, other = decide([*sides[0], *sides[1]], "free"), decide(mixed, "free")
        enough = [len({row.mesa for row in side}) >= len({row.base for row in side}) for side in sides]
        assert (found.train, found.deploy) == (other.train, other.deploy) == tuple(enough)
        met.add(found.joint)
    assert met == {True, False}


def finite_horizon_returns(potential, horizon=3, n_states=3, seed=0):
    """(G, G shaped) of every action sequence of a random deterministic process; `potential` is `[horizon + 1][state]`."""
    generator = random.Random(seed)
    step = [[generator.randrange(n_states) for _ in range(2)] for _ in range(n_states)]
    reward = [[generator.randrange(-3, 4) for _ in range(2)] for _ in range(n_states)]
    found = []
    for actions in product(range(2), repeat=horizon):
        state, plain, shaped = 0, 0, 0
        for t, action in enumerate(actions):
            after = step[state][action]
            plain += reward[state][action]
            shaped += reward[state][action] + potential[t + 1][after] - potential[t][state]
            state = after
        found.append((plain, shaped))
    return found


def test_under_a_time_limit_shaping_shifts_all_plans_alike_just_where_the_last_potential_is_flat():
    """Returns change by φ_H(where the plan ends) − φ_0(start): a constant where φ_H is one."""
    generator = random.Random(4)
    for seed in range(20):
        potential = [[generator.randrange(-5, 6) for _ in range(3)] for _ in range(3)]
        flat = finite_horizon_returns([*potential, [0, 0, 0]], seed=seed)
        assert {shaped - plain for plain, shaped in flat} == {-potential[0][0]}
        assert decide(rows_of(*flat), "positive_affine_offsets").joint
    last = [finite_horizon_returns([*[[0, 0, 0]] * 3, [0, 1, 7]], seed=seed) for seed in range(20)]
    told = [decide(rows_of(*returns), "positive_affine_offsets").joint for returns in last]
    assert not all(told) and sum(told) < 10


def test_without_the_gate_a_set_that_forgets_plans_would_certify_a_proxy():
    """Keep the outcomes where cheese and corner go together: there the proxy is the reward, to the digit."""
    world = CheeseCorner(size=4)
    spec = PullbackSpec("effective", "subjective", "as_implemented")
    proxy = PlannerAgent("corner", world, MesaObjective("corner", Domain.TRANSITION, world.proxies["corner"].weights))
    sides = []
    for forget in (False, True):
        for law, seed in ((LevelDistribution.train(world), 0), (LevelDistribution.deploy(world), 1)):
            pulled = []
            for level in law.levels(seed, 6):
                outcomes = outcome_set(level, {"cheese", "corner_entered"})
                cheese, corner = (outcomes.counts[:, world.events.index(e)] for e in ("cheese", "corner_entered"))
                kept = np.flatnonzero((cheese == corner) | (not forget))
                fewer = replace(
                    outcomes, counts=outcomes.counts[kept], ended=outcomes.ended[kept], steps=outcomes.steps[kept]
                )
                pulled.append(pull_back(proxy, fewer, TaskUtility(world.base), spec))
            sides.append(pulled)
    honest, forged = (judge(*pair, "positive_affine", bar=0) for pair in (sides[:2], sides[2:]))
    assert honest.kind is Kind.FAILS and honest.letters == "Y···"
    assert forged.letters == "YYYY" and forged.kind is Kind.NOT_TESTABLE and "miss an exact optimum" in forged.reason


def test_going_on_after_a_test_that_shows_nothing_is_not_free():
    """All five nulls true, independent p-values: from the widest class down, and on and on, against the fixed sequence."""
    p_values = np.random.default_rng(0).random((4000, len(CHAIN)))
    going_on = (p_values <= 0.05).any(axis=1).mean()
    stopping = np.mean([bool(gatekeeping(dict(zip(CHAIN, p, strict=True)), "fails").shown) for p in p_values])
    assert going_on == pytest.approx(1 - 0.95 ** len(CHAIN), abs=0.02)
    assert stopping <= 0.06


def test_preference_classes_are_those_that_a_reversed_objective_fails():
    points = (0, 0), (-1, 1), (-2, 2)
    rows = [*rows_of(*points), *rows_of(*points, split="deploy", level="b")]
    passed = {name for name in MAP_CLASSES if name != "feature_linear" and decide(rows, name).joint}
    assert passed == {"any", "per_level_any", "free"}
    assert all(not MAP_CLASSES[name].preference for name in passed)
    assert choice(rows, "deploy").worst_regret == 1
