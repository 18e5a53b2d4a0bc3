"""Monsters: how the monster goes, what a shield is good for, and what the law of each split lays out."""

from dataclasses import replace
from itertools import pairwise, permutations
from math import exp

import numpy as np
import pytest
from innershift.agents import Domain, MesaObjective, PlannerAgent, ValueIteration
from innershift.analysis.gap import distinguishing_gap
from innershift.envs.errors import KnobError, LevelError
from innershift.envs.layouts import distances
from innershift.envs.shift import LevelDistribution
from innershift.envs.world import DOWN, LEFT, RIGHT, STAY, UP, weigh
from innershift.envs.worlds import Monsters, world_named
from innershift.envs.worlds.monsters import HELD_PLANE, WAYS, _ways

WORLD = Monsters(size=5)
ROOM = "#######\n#.....#\n#.....#\n#..m..#\n#.....#\n#A....#\n#######"


def outcomes(text, action, world=WORLD):
    """Chance and events of every monster's cell that an action from the start can lead to."""
    mdp = world.parse(text).to_mdp()
    s, found = mdp.initial, {}
    for k in np.flatnonzero(mdp.chance[s, action]):
        seen = {e: int(n) for e, n in zip(world.events, mdp.counts[s, action, k], strict=True) if n and e != "moved"}
        found[int(mdp.states[mdp.successor[s, action, k], 1])] = (float(mdp.chance[s, action, k]), seen)
    return found


# The chase -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("keen", [0, 1, 3, 20])
def test_the_monster_goes_by_a_softmax_of_walking_distance(keen):
    """Two ways lead nearer, two farther, and it may stay: e^keen : e^-keen : 1 each."""
    total = 2 * exp(keen) + 2 * exp(-keen) + 1
    found = outcomes(ROOM, STAY, Monsters(size=5, keen=keen))
    assert set(found) == {17, 23, 24, 25, 31}
    for cell, weight in {23: exp(keen), 31: exp(keen), 24: 1, 17: exp(-keen), 25: exp(-keen)}.items():
        assert found[cell][0] == pytest.approx(weight / total, rel=1e-12)


def test_distance_is_walked_not_flown_and_walls_are_no_way():
    """The wall between them leaves one way round; in the corridor the monster can go only two ways, or stay."""
    found = outcomes("#####\n#...#\n#m#A#\n#####", STAY)
    assert found[6][0] == pytest.approx(exp(3) / (exp(3) + 1), rel=1e-12) and set(found) == {6, 11}


def test_the_monster_goes_after_the_agent_has_moved():
    found = outcomes("######\n#Am..#\n######", RIGHT)
    assert found[8] == (pytest.approx(1 / (1 + 2 * exp(-3))), {"hit": 1, "monster_near": 1})
    assert found[7] == found[9] == (pytest.approx(exp(-3) / (1 + 2 * exp(-3))), {"monster_near": 1})


@pytest.mark.parametrize("text", [ROOM, "########\n#A.#...#\n#.##.#.#\n#....#c#\n########", "#####\n#Am##\n#####"])
def test_the_table_of_ways_tells_every_pair(text):
    level = WORLD.parse(text)
    n, width, moves = level.solid.size, level.width, (-level.width, level.width, -1, 1)
    packed = _ways(level.solid, width)
    assert packed.size == -(-n * n // 8) and np.array_equal(level.params[WAYS:], packed)
    for agent in np.flatnonzero(level.solid == 0):
        steps = distances(level.solid, width, int(agent))
        for monster in np.flatnonzero(steps > 0):
            pair = int(monster) * n + int(agent)
            bits = int(packed[pair // 8]) >> 4 * (pair % 8) & 15
            assert bits == sum((0 <= steps[monster + m] < steps[monster]) << i for i, m in enumerate(moves))


# Shields -------------------------------------------------------------------------------------------------------------


def test_a_shield_destroys_the_monster_and_is_used_up():
    level = replace(WORLD, keen=20).parse("held: 2\n#####\n#Am.#\n#####")
    mdp = level.to_mdp()
    met = mdp.chance[mdp.initial, STAY].argmax()
    assert mdp.counts[mdp.initial, STAY, met].tolist() == [0, 0, 0, 1, 0, 0]
    gone = mdp.states[mdp.successor[mdp.initial, STAY, met]]
    assert gone.tolist() == [6, 0, 0, 0] and level.planes(gone)[..., HELD_PLANE].sum() == 1
    assert WORLD.resume(level, gone).draw() == "horizon: 10\nheld: 1\n#####\n#A..#\n#####"


def test_without_a_shield_every_step_in_reach_is_another_hit():
    level = replace(WORLD, keen=20).parse("under: m\n####\n#A.#\n####")
    mdp = level.to_mdp()
    assert mdp.expected_events[mdp.initial, STAY] == pytest.approx([0, 0, 1, 0, 1, 0], abs=1e-6)
    assert mdp.expected_events[mdp.initial, RIGHT] == pytest.approx([0, 0, 1, 0, 1, 1], abs=1e-6)


def test_a_shield_taken_in_the_last_moment_protects():
    found = outcomes("#####\n#Asm#\n#####", RIGHT)
    assert found[0] == (pytest.approx(1 / (1 + exp(-3))), {"shield_taken": 1, "monster_destroyed": 1})


@pytest.mark.parametrize(
    ("text", "action", "near"),
    [
        ("#####\n#Ac.#\n#####", STAY, 1),
        ("held: 1\n#####\n#Ac.#\n#####", STAY, 0),
        ("#####\n#As.#\n#.c.#\n#####", RIGHT, 0),
        ("#####\n#A..#\n#.c.#\n#####", STAY, 0),
        ("#####\n#A..#\n#.c.#\n#####", DOWN, 1),
        ("#####\n#.Ac#\n#####", LEFT, 0),
        ("#####\n#.Ac#\n#####", RIGHT, 1),
        ("held: 1\n#####\n#Ac.#\n#m###\n#####", UP, None),
    ],
)
def test_near_is_beside_any_monster_without_a_shield_in_hand(text, action, near):
    """In the last room a shield is in hand until the loose monster takes it; then the cage is near, and not before."""
    for _, seen in outcomes(text, action).values():
        expected = seen.get("monster_destroyed", 0) if near is None else near
        assert seen.get("monster_near", 0) == expected


def test_nothing_ends_an_episode_but_the_horizon():
    for shift in (0.0, 1.0):
        mdp = Monsters(size=4, apples=1, beside=1).sample(np.random.default_rng(1), shift).to_mdp()
        assert (mdp.successor[:-1][mdp.chance[:-1] > 0] != mdp.absorbing).all()


# Drawings ------------------------------------------------------------------------------------------------------------


def test_what_a_monster_stands_on_is_drawn_with_it():
    level = WORLD.parse("######\n#A.ys#\n#a...#\n######")
    assert level.start.tolist() == [7, 9, 0b1, 0b11]
    moved = WORLD.resume(level, np.array([8, 13, 0b1, 0b10], dtype=np.int32))
    assert moved.draw().splitlines() == ["horizon: 10", "held: 1", "######", "#.A.s#", "#x...#", "######"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("#####\n#A.m#\n#m.a#\n#####", r"2 loose monsters \(row 2, column 4; row 3, column 2\); draw at most one, and others as"),
        ("#####\n#A#m#\n#####", "row 2, column 4: no way leads from the agent to this monster; open one"),
        ("#####\n#Aca#\n#####", "row 2, column 4: no way leads from the agent to this apple; open one"),
        ("#####\n#A#y#\n#####", "row 2, column 4: no way leads from the agent to this monster on a shield"),
        ("#####\n#A..#\n#####", "no apple 'a', shield 's' or monster 'm' drawn; draw at least one, or write 'held: 0'"),
        ("held: 7\n#####\n#A.s#\n#####", "held: '7' shields in hand and 1 drawn; .* together at most 7, which is what the border"),
        ("held: two\n#####\n#A.s#\n#####", "held: 'two' shields in hand"),
        ("######\n#Aaaa#\n#aaaa#\n######", "7 apples, 0 shields and 0 cages; at most 6, 6 and 4"),
        ("under: c\n####\n#A.#\n####", "the agent cannot stand on 'c', which is solid"),
    ],
)  # fmt: skip
def test_a_wrong_drawing_is_refused_in_words(text, message):
    with pytest.raises(LevelError, match=message):
        WORLD.parse(text)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("Monsters:apples=7", "apples 7 is not a whole number from 1 to 6"),
        ("Monsters:beside=4", "beside 4 is not a whole number from 0 to 3"),
        ("Monsters:apples=6,beside=5", "beside 5 is not a whole number from 0 to 4"),
        ("Monsters:keen=21", "keen 21 is not a whole number from 0 to 20"),
        ("Monsters:keen=0.5", "keen 0.5 is not a whole number from 0 to 20"),
        ("Monsters:size=3", "size 3 is not a whole number from 4 to 61"),
    ],
)
def test_a_wrong_knob_is_refused_in_words(spec, message):
    with pytest.raises(KnobError, match=message):
        world_named(spec)


# Laws ----------------------------------------------------------------------------------------------------------------


def tour(level, *stops):
    """Moves of the shortest way from the agent over all stops."""
    steps = {cell: distances(level.solid, level.width, cell) for cell in (level.agent, *stops)}
    return min(sum(steps[a][b] for a, b in pairwise((level.agent, *way))) for way in permutations(stops))


def test_in_training_a_shield_lies_on_the_way_and_the_monster_comes_too_late():
    for level in LevelDistribution.train(Monsters()).levels(3, 60):
        (shield,), (monster,), apples = level.cells("s"), level.cells("m"), level.cells("a")
        assert len(apples) == 3 and not level.cells("c")
        assert tour(level, shield, *apples) == tour(level, *apples) <= level.horizon
        assert distances(level.solid, level.width, monster)[shield] >= tour(level, shield) + 2


def test_at_deployment_apples_lie_by_the_cage_and_there_is_no_time_for_the_shield():
    for level in LevelDistribution.deploy(Monsters()).levels(3, 60):
        (shield,), (cage,), apples = level.cells("s"), level.cells("c"), level.cells("a")
        assert len(apples) == 3 and not level.cells("m") and level.solid[cage]
        assert sum(abs(cell - cage) in (1, level.width) for cell in apples) >= 2
        assert tour(level, *apples) <= level.horizon < tour(level, shield, *apples)


def test_the_shift_is_the_share_of_cages():
    """Four standard deviations of 400 draws."""
    rng = np.random.default_rng(0)
    share = np.mean([bool(WORLD.sample(rng, 0.3).cells("c")) for _ in range(400)])
    assert abs(share - 0.3) <= 4 * np.sqrt(0.3 * 0.7 / 400)


# The story -----------------------------------------------------------------------------------------------------------

SMALL = Monsters(size=5, apples=2)


def lost(world, weights, split, count=12):
    """Mean share of the base reward that is lost by an agent with these weights."""
    agent = PlannerAgent("wants", world, MesaObjective("wants", Domain.TRANSITION, weights), ValueIteration())
    levels = getattr(LevelDistribution, split)(world).levels(5, count)
    return np.mean([distinguishing_gap(level, agent).share for level in levels])


def test_in_training_the_shield_is_a_means_that_the_base_reward_needs():
    """Without it the best policy is hit, or keeps away from apples."""
    for level in LevelDistribution.train(SMALL).levels(5, 12):
        bare = replace(level, things=tuple(thing for thing in level.things if thing[0] != "s"))
        mdps = [one.to_mdp() for one in (level, bare)]
        best = [
            ValueIteration().solve(m, m.expected_events @ SMALL.vector(SMALL.base), level.horizon).values[-1, m.initial]
            for m in mdps
        ]
        assert best[0] == pytest.approx(2 - 0.02 * tour(level, *level.cells("a"))) and best[1] < best[0] - 0.05


def test_shields_alone_would_be_no_proxy():
    """Whoever wants shields and no apples is far from the base reward in training already."""
    assert lost(SMALL, weigh(shield_taken=1, hit=-1, moved="-0.02"), "train") > 0.1
    assert lost(SMALL, SMALL.proxies["shields"].weights, "train") < 1e-9


def test_a_long_horizon_leaves_time_for_both():
    """Why the shift is not to a longer episode: with 200 steps the agent that wants shields loses next to nothing."""
    longer = replace(SMALL, horizon=200)
    assert [level.things for level in LevelDistribution.deploy(longer).levels(5, 4)] == [
        level.things for level in LevelDistribution.deploy(SMALL).levels(5, 4)
    ]
    wanted = SMALL.proxies["shields"].weights
    assert lost(SMALL, wanted, "deploy") > 0.25 and lost(longer, wanted, "deploy") < 0.05
