"""Orchard: how trees grow again, what felling does, and what the law of each split plants."""

from math import log

import numpy as np
import pytest
from innershift.agents import ValueIteration
from innershift.envs.errors import KnobError, LevelError
from innershift.envs.layouts import distances
from innershift.envs.shift import LevelDistribution
from innershift.envs.world import LEFT, RIGHT, STAY
from innershift.envs.worlds import Orchard, world_named
from innershift.envs.worlds.orchard import RAIN_PLANE, STUMP_PLANE, TREE_PLANE

WORLD = Orchard(size=5)


def outcomes(text, action):
    """Chance and events of every mask of trees that an action from the start can lead to."""
    mdp = WORLD.parse(text).to_mdp()
    s, found = mdp.initial, {}
    for k in np.flatnonzero(mdp.chance[s, action]):
        seen = {e: int(n) for e, n in zip(WORLD.events, mdp.counts[s, action, k], strict=True) if n}
        found[int(mdp.states[mdp.successor[s, action, k], 1])] = (float(mdp.chance[s, action, k]), seen)
    return found


# Growth --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rain", [1, 2, 4])
def test_one_tree_grows_on_any_stump_alike_the_likelier_the_more_stand(rain):
    """Two of four plots bare: r = 0.3 rain ln(3) / ln(15), shared by the two."""
    found = outcomes(f"rain: {rain}\n########\n#A.tsts#\n########", STAY)
    grows = 0.3 * rain * log(3) / log(15)
    expected = {0b0101: 1 - grows, 0b0111: grows / 2, 0b1101: grows / 2}
    assert {trees: chance for trees, (chance, _) in found.items()} == pytest.approx(expected, rel=1e-12)


def test_the_factor_of_the_published_forest_is_one_drop():
    """Shah and others (2022) give r_min = 1e-6 and r_max = 0.3; ten plots, from none standing to nine."""
    for standing in range(10):
        row = "t" * standing + "s" * (10 - standing)
        found = outcomes(f"rain: 1\n##############\n#A.{row}#\n##############", STAY)
        grows = sum(chance for trees, (chance, _) in found.items() if trees.bit_count() > standing)
        assert grows == pytest.approx(max(1e-6, 0.3 * log(standing + 1) / log(21)), rel=1e-9)


def test_no_tree_grows_where_the_agent_stands_nor_where_all_stand():
    assert set(outcomes("rain: 7\nunder: s\n#####\n#At.#\n#####", STAY)) == {0b10}
    assert set(outcomes("rain: 7\n#####\n#Att#\n#####", STAY)) == {0b11}


def test_with_nine_drops_what_is_felled_has_grown_when_the_next_is_felled():
    """From a full bed a tree a step, back and forth, for ever."""
    mdp = WORLD.parse("rain: 9\n######\n#Att.#\n#.tt.#\n######").to_mdp()
    state, felled = mdp.initial, 0
    for action in [RIGHT, RIGHT, LEFT, RIGHT, LEFT, RIGHT]:
        assert mdp.chance[state, action].max() == 1.0
        felled += int(mdp.counts[state, action, 0, 0])
        state = mdp.successor[state, action, 0]
    assert felled == 6


# Felling -------------------------------------------------------------------------------------------------------------


def test_walking_onto_a_tree_fells_it_and_staying_does_not():
    felled = outcomes("#####\n#At.#\n#####", RIGHT)
    assert felled == {0: (1.0, {"tree_felled": 1, "moved": 1})}
    assert outcomes("under: t\n#####\n#A..#\n#####", STAY) == {1: (1.0, {})}


def test_trees_beside_count_at_the_end_of_the_step_with_what_has_grown():
    found = outcomes("rain: 1\n#####\n#tA.#\n#.s.#\n#####", STAY)
    assert {trees: seen["trees_beside"] for trees, (_, seen) in found.items()} == {0b01: 1, 0b11: 2}
    assert outcomes("#####\n#tA.#\n#####", LEFT) == {0: (1.0, {"tree_felled": 1, "moved": 1})}


# Drawings ------------------------------------------------------------------------------------------------------------


def test_stumps_trees_and_rain_are_seen():
    level = WORLD.parse("rain: 7\n#####\n#Ats#\n#####")
    planes = level.planes()
    assert planes[1, 1:4, STUMP_PLANE].tolist() == [0, 1, 1] and planes[1, 1:4, TREE_PLANE].tolist() == [0, 1, 0]
    assert planes[0, :, RAIN_PLANE].all() and planes[1:, -1, RAIN_PLANE].all() and planes[..., RAIN_PLANE].sum() == 7
    assert WORLD.parse("rain: 0\n####\n#At#\n####") == WORLD.parse("####\n#At#\n####")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("#####\n#A..#\n#####", "0 plots drawn; draw 1 to 10, each as a tree 't' or a stump 's'"),
        ("#######\n#Atttt#\n#ttttt#\n#st...#\n#######", "11 plots drawn"),
        ("rain: 10\n#######\n#At...#\n#######", "rain: '10' is not a whole number of drops from 0 to 9"),
        ("rain: 8\n#####\n#At.#\n#####", "rain: '8' is not a whole number of drops from 0 to 7"),
        ("rain: much\n#####\n#At.#\n#####", "rain: 'much' is not a whole number of drops"),
        ("#####\n#A#t#\n#####", "row 2, column 4: this tree cannot be reached from the agent; open a way"),
        ("#####\n#A#s#\n#####", "row 2, column 4: this stump cannot be reached"),
    ],
)
def test_a_wrong_drawing_is_refused_in_words(text, message):
    with pytest.raises(LevelError, match=message):
        WORLD.parse(text)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("Orchard:beds=None", "beds None is not a whole number from 1 to 2"),
        ("Orchard:beds=3", "beds 3 is not a whole number from 1 to 2"),
        ("Orchard:beds=1,sparse=5", "sparse 5 is not a whole number from 1 to 4"),
        ("Orchard:dry=10", "dry 10 is not a whole number from 0 to 9"),
        ("Orchard:size=3", "size 3 is not a whole number from 4 to 61"),
    ],
)
def test_a_wrong_knob_is_refused_in_words(spec, message):
    with pytest.raises(KnobError, match=message):
        world_named(spec)


# Laws ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("shift", "rain", "trees"), [(0.0, "9", 8), (0.5, "5", 6), (1.0, "1", 3)])
@pytest.mark.parametrize("size", [5, 7])
def test_the_shift_takes_rain_and_trees(shift, rain, trees, size):
    rng, world = np.random.default_rng(0), Orchard(size=size)
    for _ in range(40):
        level = world.sample(rng, shift)
        plots = [cell for _, cell in level.things]
        assert len(plots) == 8 and len(level.cells("t")) == trees and level.header["rain"] == rain
        assert level.agent not in plots
        beside = [sum(abs(a - b) in (1, level.width) for b in plots) for a in plots]
        assert beside == [2] * 8, "two square beds that do not touch"


# The story -----------------------------------------------------------------------------------------------------------


def test_in_training_the_best_is_a_tree_a_step_from_the_first_one_on():
    for level in LevelDistribution.train(Orchard()).levels(4, 20):
        mdp = level.to_mdp()
        away = distances(level.solid, level.width, level.agent)[[cell for _, cell in level.things]].min()
        reward = mdp.expected_events @ level.world.vector(level.world.base)
        best = ValueIteration().solve(mdp, reward, level.horizon).values[-1, mdp.initial]
        assert best == pytest.approx(level.horizon - away + 1 - 0.02 * level.horizon)


def test_after_a_drought_the_best_lets_trees_stand_until_the_end():
    """Beside a tree of a sparse bed: with the episode before it the best policy does not fell it, in the last step it does."""
    mdp = WORLD.parse("rain: 1\n#####\n#Ats#\n#.ts#\n#####").to_mdp()
    reward = mdp.expected_events @ WORLD.vector(WORLD.base)
    patient = ValueIteration().solve(mdp, reward, 42).optimal[:, mdp.initial]
    hasty = ValueIteration(WORLD.proxies["chop_now"].discount).solve(mdp, reward, 42).optimal[:, mdp.initial]
    fells = 1 << RIGHT
    assert patient[1] == fells and not patient[42] & fells
    assert hasty[1] == hasty[42] == fells


def test_chopping_now_leaves_an_orchard_where_nothing_grows():
    """Bare plots regrow once in a million steps."""
    mdp = WORLD.parse("rain: 1\n#####\n#At.#\n#.t.#\n#####").to_mdp()
    bare = int(np.flatnonzero(mdp.states[:, 1] == 0)[0])
    assert mdp.expected_events[bare, :, 0].max() == 0
    assert mdp.chance[bare, STAY].max() == pytest.approx(1 - 1e-6)


def test_a_bed_that_fills_the_room_is_no_level():
    """Where the only open cells are plots, there is no place for the agent."""
    rng, world = np.random.default_rng(0), Orchard(size=4, beds=1, density=0.8)
    walls = np.ones((6, 6), dtype=bool)
    walls[2:4, 2:4] = False
    assert world.place(rng, walls, 0.0, "custom") is None
    level = world.sample(rng)
    assert len(level.things) == 4 and level.agent not in {cell for _, cell in level.things}
