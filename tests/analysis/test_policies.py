"""The outcome set `policies` against all action sequences, against least squares, and against profiles."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from innershift.agents import model_of
from innershift.analysis import ValueRow, decide
from innershift.analysis.policies import policy_rows, policy_span
from innershift.envs.shift import LevelDistribution
from innershift.envs.world import destination, weigh
from innershift.envs.worlds import CheeseCorner, world_named

TINY = {
    "CheeseCorner:size=3": "horizon: 5\n#####\n#..c#\n#A#.#\n#...#\n#####",
    "Doors:size=3": "horizon: 5\n1: red square\n2: green circle\n#####\n#1A.#\n#.#2#\n#####",
    "Keys:size=4,few=1,many=2": "horizon: 5\n######\n#kAt.#\n######",
    "Lever:size=5,chain=4,depth=3": "horizon: 5\n######\n#*Aab#\n######",
}
LEVELS = [world_named(spec).parse(text) for spec, text in TINY.items()]


def all_counts(level):
    """`[5 ** horizon, E]` events of every action sequence; mixtures of these are all that policies can expect."""
    mdp, found = model_of(level), []
    for actions in product(range(5), repeat=level.horizon):
        state, total = mdp.initial, np.zeros(len(level.world.events), dtype=np.int64)
        for action in actions:
            total += mdp.counts[state, action, 0]
            state = int(mdp.successor[state, action, 0])
        found.append(total)
    return np.unique(np.array(found), axis=0)


@pytest.mark.parametrize("level", LEVELS, ids=lambda level: level.world.name)
def test_the_span_is_that_of_all_action_sequences(level):
    span, counts = policy_span(level), all_counts(level)
    differences = counts[1:] - counts[0]
    assert span.exact and span.rank == np.linalg.matrix_rank(differences)
    assert np.linalg.matrix_rank(np.r_[span.directions, differences]) == span.rank
    assert span.rank + len(span.constant) == len(level.world.events)
    assert not (differences @ span.constant.T).round(9).any()
    reached = {tuple(row) for row in counts.tolist()}
    for point in span.points:
        assert tuple(point.counts.tolist()) in reached
        state, total = model_of(level).initial, 0 * point.counts
        for action in point.actions:
            total, state = total + model_of(level).counts[state, action, 0], int(model_of(level).successor[state, action, 0])
        assert total.tolist() == point.counts.tolist()


@pytest.mark.parametrize("level", LEVELS, ids=lambda level: level.world.name)
def test_verdicts_equal_those_on_all_plans_and_their_mixtures(level):
    """On a set that holds every mixture, a function of g is affine; so ranks by hand settle every class."""
    world, generator = level.world, np.random.default_rng(0)
    counts = all_counts(level)
    span, seen = policy_span(level), set()
    for _ in range(40):
        base = {event: int(generator.integers(-2, 3)) for event in world.events}
        mesa = base if generator.random() < 0.5 else {event: int(generator.integers(-1, 2)) for event in world.events}
        mesa = {event: generator.choice([1, 2, -1]).item() * w for event, w in mesa.items()}
        g, u = (counts @ world.exact(weigh(**w))[0] for w in (mesa, base))
        rows = [ValueRow("a", "train", int(x), int(y)) for x, y in zip(g, u, strict=True)]
        mine = policy_rows([span], [], weigh(**mesa), weigh(**base))
        function = np.linalg.matrix_rank(np.c_[g * 0 + 1, g, u]) == np.linalg.matrix_rank(np.c_[g * 0 + 1, g])
        rising = decide(rows, "positive_affine").joint
        expected = {name: rising for name in ("positive_affine", "positive_affine_offsets", "increasing")} | {
            "identity": bool((g == u).all()), "any": function, "non_decreasing": function and (rising or np.ptp(u) == 0),
        }  # fmt: skip
        for name, joint in expected.items():
            found = decide(mine, name)
            assert found.joint == joint and found.exact, (name, mesa, base)
            seen.add((name, joint))
    assert len(seen) >= 10


def slippery_rules(solid, width, params, fields, action, nxt, events, chance, ended):
    """As CheeseCorner, but one move in four slips back to where it began."""
    cell = destination(solid, width, fields[0], action)
    for k in range(2):
        nxt[k, 0], nxt[k, 1], ended[k] = fields[0], fields[1], False
    nxt[0, 0] = cell
    moved = cell != fields[0]
    events[0, 4] = events[1, 4] = moved
    chance[0], chance[1] = 0.75, 0.25
    if moved and cell == params[1]:
        events[0, 1], nxt[0, 1] = 1 - fields[1], 1
    if moved and cell == params[0]:
        events[0, 0], ended[0] = 1, True
    return 2


class Icy(CheeseCorner):
    """A maze on ice."""

    name = "Icy"
    branches = 2
    rules = staticmethod(slippery_rules)


ICE = Icy(size=4).parse("horizon: 4\n######\n#..c.#\n#A#..#\n#....#\n######")


@pytest.mark.parametrize("discount", [0.5, 0.9, 0.99])
@pytest.mark.parametrize("level", [*LEVELS, ICE], ids=lambda level: level.world.name)
def test_the_rank_equals_that_of_what_no_potential_explains(level, discount):
    """Cross-check of the design: residuals of the events after least squares on (γT − E)."""
    mdp, span = model_of(level), policy_span(level, discount)
    size = mdp.n_states
    system = discount * mdp.transition.toarray() - np.repeat(np.eye(size), 5, axis=0)
    events = mdp.expected_events.reshape(size * 5, -1)
    rest = events - system @ np.linalg.lstsq(system, events, rcond=None)[0]
    assert span.rank == np.linalg.matrix_rank(rest, tol=1e-9)
    assert not np.abs(rest @ span.constant.T).max(initial=0) > 1e-8


def test_stochastic_levels_at_finite_horizon_equal_all_time_dependent_policies_sampled():
    span, mdp = policy_span(ICE), model_of(ICE)
    generator, counts = np.random.default_rng(1), []
    for _ in range(300):
        chance, total = mdp.start.copy(), np.zeros(len(ICE.world.events))
        for _ in range(ICE.horizon):
            policy = generator.integers(0, 5, mdp.n_states)
            total += chance @ mdp.expected_events[np.arange(mdp.n_states), policy]
            chance = chance @ mdp.transition.toarray().reshape(mdp.n_states, 5, -1)[np.arange(mdp.n_states), policy]
        counts.append(total)
    differences = np.array(counts)[1:] - counts[0]
    assert not span.exact and span.rank == np.linalg.matrix_rank(differences, tol=1e-9)
    assert np.linalg.matrix_rank(np.r_[span.directions, differences], tol=1e-9) == span.rank


def test_verdicts_of_the_worlds_equal_those_on_profiles():
    """Where both apply: the affine classes, over several levels, in training and at deployment."""
    from innershift.agents import entry_named, zoo
    from innershift.analysis import PullbackSpec, TaskUtility, judge, outcome_set, pull_back

    spec = PullbackSpec("effective", "subjective", "as_implemented")
    for name in ("CheeseCorner:size=5", "Doors:size=5", "Keys:size=5,few=1,many=2", "Lever:size=5,chain=4,depth=3"):
        world = world_named(name)
        levels = LevelDistribution.train(world).levels(0, 3), LevelDistribution.deploy(world).levels(1, 3)
        spans = [[policy_span(level) for level in side] for side in levels]
        events = {event for weights in (world.base, *(p.weights for p in world.proxies.values())) for event in weights}
        for row in ["robust", *(f"proxy: {proxy}" for proxy in world.proxies)]:
            agent = entry_named(row, zoo(world, levels[0])).agent
            pulled = [[pull_back(agent, outcome_set(lv, events), TaskUtility(world.base), spec) for lv in side] for side in levels]
            rows = policy_rows(*spans, agent.objective.weights, world.base)
            for map_class in ("identity", "positive_affine", "positive_affine_offsets"):
                assert decide(rows, map_class).letters == judge(*pulled, map_class).letters, (name, row, map_class)


def test_intervals_between_levels_decide_increasing_maps():
    """Two levels whose ranges of g overlap must agree on the overlap, and deployment between the ranges is unseen."""
    world = CheeseCorner(size=4)
    near = world.parse("horizon: 9\n######\n#..Ac#\n#....#\n#....#\n#....#\n######")
    far = world.parse("horizon: 9\n######\n#A..c#\n#....#\n#....#\n#....#\n######")
    spans = policy_span(near), policy_span(far)
    base = weigh(cheese=1, moved="-0.02")
    for map_class in ("increasing", "any"):  # whoever is near can earn all that is earned from afar, and more
        assert decide(policy_rows([spans[0]], [spans[1]], base, base), map_class).letters == "YYYY"
        assert decide(policy_rows([spans[1]], [spans[0]], base, base), map_class).letters == "YYY·"
    assert decide(policy_rows([spans[0], spans[1]], [spans[1]], base, base), "increasing").letters == "YYYY"
    assert decide(policy_rows([spans[0]], [spans[0]], base, base), "any").letters == "YYYY"


def test_discounts_are_checked():
    with pytest.raises(ValueError, match=r"discount=1 is outside \[0, 1\); give None for the level's own finite horizon"):
        policy_span(LEVELS[0], 1)


def test_what_no_policy_can_change_is_constant():
    world = CheeseCorner(size=4)
    hurried = world.parse("horizon: 1\n######\n#A..c#\n#....#\n#....#\n#....#\n######")
    span = policy_span(hurried)
    assert span.rank == 1 and np.allclose(span.directions @ span.constant.T, 0)
    assert (span.directions[:, world.events.index("cheese")] == 0).all()
