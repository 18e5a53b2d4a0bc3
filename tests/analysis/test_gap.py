"""The distinguishing gap against all policies of tiny levels, tried one by one, and its bins."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from innershift.agents import RandomAgent, ValueIteration
from innershift.agents.zoo import proxy_agent
from innershift.analysis.gap import Gap, binned, distinguishing_gap
from innershift.envs.errors import UnknownName
from innershift.envs.worlds import world_named

LEVELS = (
    ("Keys:horizon=5", "#####\n#kAt#\n#####", "keys"),
    ("Keys:horizon=5", "######\n#k.At#\n#..k.#\n######", "keys"),
    ("CheeseCorner:horizon=5", "#####\n#..c#\n#A..#\n#####", "corner"),
    ("CheeseCorner:horizon=5", "#####\n#c..#\n#..A#\n#####", "up_left"),
    ("Doors:horizon=4", "1: red circle\n2: blue square\n#####\n#1A2#\n#####", "colour"),
    ("Lever:horizon=5,depth=3,chain=4,items=1", "######\n#*A.a#\n#...b#\n######", "fewest_left"),
)


def tried(level, weights) -> dict[tuple[int, ...], tuple[Fraction, Fraction, int]]:
    """Every plan's total by weights and by the base, and its moves."""
    world, mdp = level.world, level.to_mdp()
    totals = {}
    for plan in product(range(5), repeat=level.horizon):
        state, counts = mdp.initial, np.zeros(len(world.events), dtype=int)
        for action in plan:
            counts += mdp.counts[state, action, 0]
            state = mdp.successor[state, action, 0]
        paid = [sum(w[e] * int(n) for e, n in zip(world.events, counts, strict=True) if e in w) for w in (weights, world.base)]
        totals[plan] = paid[0], paid[1], int(counts[world.events.index("moved")])
    return totals


@pytest.mark.parametrize(("spec", "drawing", "proxy"), LEVELS)
def test_the_gap_is_that_of_all_plans_tried_one_by_one(spec, drawing, proxy):
    world = world_named(spec)
    level = world.parse(drawing)
    agent = proxy_agent(world, proxy)
    if agent.search.depth is not None:  # all plans are tried to the end
        agent = type(agent)("endless", world, agent.objective, ValueIteration())
    totals = tried(level, agent.objective.weights)
    most = max((own, -moves) for own, _, moves in totals.values())
    kept = [base for own, base, moves in totals.values() if (own, -moves) == most]
    best, worst = (end(base for _, base, _ in totals.values()) for end in (max, min))
    gap = distinguishing_gap(level, agent)
    assert (gap.best, gap.worst, gap.optimistic, gap.pessimistic) == (best, worst, best - max(kept), best - min(kept))
    assert gap.share == float((best - min(kept)) / (best - worst))


def test_ties_count_both_ways():
    """Two reds at the same distance, one of them a square: the agent that wants red may take either."""
    world = world_named("Doors:horizon=4")
    level = world.parse("1: red circle\n2: red square\n#####\n#1A2#\n#####")
    gap = distinguishing_gap(level, "colour")
    assert (gap.optimistic, gap.pessimistic) == (0, Fraction(1, 2))
    assert distinguishing_gap(level, RandomAgent("random", world)).optimistic > 0


def test_a_proxy_that_is_not_there_is_refused():
    level = world_named("Keys").parse("#####\n#kAt#\n#####")
    with pytest.raises(UnknownName, match=r"proxy of Keys 'kees'\. Did you mean 'keys'"):
        distinguishing_gap(level, "kees")


def test_bins_hold_every_gap_once():
    level = world_named("Keys").parse("#####\n#kAt#\n#####")
    gaps = [Gap(level, "a", Fraction(1), Fraction(0), Fraction(0), Fraction(n, 10)) for n in range(11)]
    bins = binned(gaps, [0.1, 0.5])
    assert [len(one) for one in bins] == [1, 4, 6] and bins[0] == gaps[:1] and bins[2] == gaps[5:]
    for edges in ([0.5, 0.1], [0, 0.5], [1.0], [0.5, 0.5]):
        with pytest.raises(ValueError, match=r"must ascend within \(0, 1\)"):
            binned(gaps, edges)
