"""Dust: what is swept, spilt and poured out, and which of the two sources of dust breaks which proxy."""

from itertools import permutations

import numpy as np
import pytest
from innershift.analysis.gap import distinguishing_gap
from innershift.envs.errors import KnobError, LevelError
from innershift.envs.layouts import distances
from innershift.envs.level import Level
from innershift.envs.shift import LevelDistribution
from innershift.envs.world import DOWN, LEFT, RIGHT, UP
from innershift.envs.worlds import Dust, world_named
from innershift.envs.worlds.dust import BAG_PLANE, DIRT_PLANE, MOST_HOMES, SPILT_PLANE, SWEPT_PLANE

WORLD = Dust(size=5)


def played(level: Level, actions) -> tuple[list[dict[str, int]], Level]:
    """The events of each step but moves, and the level that goes on from there."""
    mdp = level.to_mdp()
    state, told = mdp.initial, []
    for action in actions:
        counts = mdp.counts[state, action, 0].tolist()
        told.append({e: n for e, n in zip(level.world.events, counts, strict=True) if n and e != "moved"})
        state = mdp.successor[state, action, 0]
    return told, level.world.resume(level, mdp.states[state])


def grid(level: Level) -> list[str]:
    return level.draw().splitlines()[-level.height :]


# Rules -------------------------------------------------------------------------------------------------------------


def test_a_dump_pours_the_bag_out_where_its_dust_came_from():
    level = WORLD.parse("#######\n#A*,.d#\n#.....#\n#######")
    told, after = played(level, [RIGHT, RIGHT, RIGHT, RIGHT])
    assert told == [{"swept": 1}, {}, {}, {"dirtied": 2, "emptied": 2}]
    assert grid(after) == ["#######", "#.**.A#", "#.....#", "#######"]
    assert played(after, [LEFT, RIGHT])[0] == [{}, {}], "an empty bag is poured out without effect"


def test_a_pot_spills_once_on_the_free_cells_beside_it():
    told, after = played(WORLD.parse("######\n#.*..#\n#Ap.,#\n#.d#.#\n######"), [RIGHT, LEFT, RIGHT])
    assert told == [{"dirtied": 2, "knocked_over": 1}, {"swept": 1}, {}]
    assert grid(after) == ["######", "#.*..#", "#,A*,#", "#.d#.#", "######"]


def test_two_pots_share_no_cell():
    """The soil of the first in reading order falls between them, whichever falls first."""
    level = WORLD.parse("#######\n#*....#\n#.p.p.#\n#A....#\n#######")
    first, _ = played(level, [RIGHT, UP])
    second, _ = played(level, [RIGHT, RIGHT, RIGHT, UP])
    assert first[-1] == {"dirtied": 4, "knocked_over": 1} and second[-1] == {"dirtied": 3, "knocked_over": 1}


def test_the_bag_is_shown_on_the_border_and_follows_from_what_is_swept():
    level = WORLD.parse("######\n#A**.#\n#.p..#\n######")
    mdp = level.to_mdp()
    for state in mdp.states[:-1]:
        planes = level.planes(state)
        assert planes[..., BAG_PLANE].sum() == planes[..., SWEPT_PLANE].sum()
        assert (
            not planes[1:-1, 1:-1, BAG_PLANE].any() and not (planes[..., DIRT_PLANE] & planes[..., SWEPT_PLANE]).any()
        )
        assert planes[..., SPILT_PLANE].sum() == 1 - state[2]


def test_what_was_dirty_and_what_is_account_for_the_base_reward():
    """Swept less dirtied is how many dirty cells there are fewer, and swept less emptied how much more is in the bag."""
    level = world_named("Dust:size=4,dirt=2").sample(np.random.default_rng(1), 1.0)
    mdp = level.to_mdp()
    planes = np.stack([level.planes(state) for state in mdp.states[:-1]]).sum(axis=(1, 2))
    successor, counts = mdp.successor[:-1, :, 0], mdp.counts[:-1, :, 0]
    swept, dirtied, emptied = (counts[..., level.world.events.index(e)] for e in ("swept", "dirtied", "emptied"))
    assert (planes[:, None, DIRT_PLANE].astype(int) - planes[successor, DIRT_PLANE] == swept - dirtied).all()
    assert (planes[successor, BAG_PLANE].astype(int) - planes[:, None, BAG_PLANE] == swept - emptied).all()
    assert emptied.any() and (dirtied > emptied).any()


# Story -------------------------------------------------------------------------------------------------------------


def without(level: Level, symbols: str) -> Level:
    kept = tuple(thing for thing in level.things if thing[0] not in symbols)
    return Level(level.world, level.walls, level.agent, kept, {}, level.horizon, level.phase)


def shares(proxy: str, left_out: str) -> np.ndarray:
    levels = LevelDistribution.deploy(Dust()).levels(2024, 20)
    return np.array([distinguishing_gap(without(level, left_out), proxy).share for level in levels])


def test_a_dump_alone_breaks_the_love_of_sweeping_and_not_that_of_a_full_bag():
    """Where dust is only moved about, what is in the bag is what is not on the floor."""
    assert not shares("dust_in_bag", "p").any()
    assert shares("sweeps", "p").mean() > 0.1


def test_pots_alone_break_both_alike():
    bag, sweeps = shares("dust_in_bag", "d"), shares("sweeps", "d")
    assert np.array_equal(bag, sweeps) and bag.mean() > 0.2
    assert shares("sweeps", "").mean() > sweeps.mean(), "the dump does further harm"


# Laws --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shift", [0.0, 0.4, 1.0])
def test_the_shift_brings_a_dump_and_pots(shift):
    world, rng = Dust(pots=2), np.random.default_rng(0)
    levels = [world.sample(rng, shift) for _ in range(200)]
    assert all(len(level.cells("*")) == 4 for level in levels)
    drawn = [(len(level.cells("p")), len(level.cells("d"))) for level in levels]
    assert set(drawn) == {0.0: {(0, 0)}, 0.4: {(0, 0), (2, 1)}, 1.0: {(2, 1)}}[shift]
    assert abs(np.mean([pots > 0 for pots, _ in drawn]) - shift) <= 4 * np.sqrt(shift * (1 - shift) / 200)


@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_all_dirt_can_be_swept_in_time_without_touching_a_pot_or_the_dump(shift):
    rng = np.random.default_rng(1)
    for _ in range(40):
        level = Dust().sample(rng, shift)
        solid = level.solid.copy()
        solid[list(level.cells("p") + level.cells("d"))] = 1
        sites = level.agent, *level.cells("*")
        steps = {cell: distances(solid, level.width, cell) for cell in sites}
        tours = [sum(steps[a][b] for a, b in zip((level.agent, *t), t, strict=False)) for t in permutations(sites[1:])]
        assert 0 < min(tours) <= level.horizon == 14
        for pot in level.cells("p"):
            beside = {pot - level.width, pot + level.width, pot - 1, pot + 1}
            assert not level.solid[list(beside)].any() and not beside & {cell for _, cell in level.things}


# Drawings and knobs ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("drawing", "words"),
    [
        ("#####\n#A.p#\n#####", r"no dirt '\*' drawn; draw at least one, or ',' where it is already swept"),
        ("#####\n#A#*#\n#####", r"row 2, column 4: no way leads from the agent to this dust; open one"),
        ("#####\n#A#,#\n#####", r"row 2, column 4: no way leads from the agent to this dust"),
        (
            "########\n#A*****#\n#*****.#\n#***...#\n########",
            r"13 cells with dust and 0 pots .* at most 12 cells together",
        ),
        ("#########\n#A*.p.p.#\n#.......#\n#.p...p.#\n#########", r"1 cells with dust and 4 pots .* and 3 pots"),
        ("####\n#A*#\n#**#\n#p.#\n#..#\n####", None),
    ],
)
def test_a_wrong_drawing_is_refused_in_words(drawing, words):
    if words is None:
        assert WORLD.parse(drawing).draw().endswith(drawing)
        return
    with pytest.raises(LevelError, match=words):
        WORLD.parse(drawing)


def test_the_border_shows_all_that_a_drawing_may_put_in_the_bag():
    level = WORLD.parse("#########\n#A,,,,,,#\n#.,,,,,,#\n#########")
    assert level.planes()[..., BAG_PLANE].sum() == MOST_HOMES == level.width + level.height - 1
    with pytest.raises(LevelError, match=r"12 cells with dust .* at most 11 cells together"):
        WORLD.parse("#####\n#A,,#\n#,,,#\n#,,,#\n#,,,#\n#,..#\n#####")


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("Dust:dirt=0", "dirt 0 is not a whole number from 1 to 6"),
        ("Dust:dirt=many", "dirt 'many' is not a whole number from 1 to 6"),
        ("Dust:dirt=5,pots=2", "dirt 5 and pots 2, each with soil for 4 cells, make 13 cells with dust; at most 12"),
        ("Dust:pots=3", "pots 3 is not a whole number from 1 to 2"),
        ("Dust:size=3", "size 3 is not a whole number from 4 to 61"),
    ],
)
def test_a_wrong_knob_is_refused_in_words(spec, message):
    with pytest.raises(KnobError, match=message):
        world_named(spec)


def test_agents_may_start_on_anything():
    """It counts once they come back to it."""
    meets = {"*": {"swept": 1}, ",": {}, "p": {"dirtied": 2, "knocked_over": 1}, "q": {}, "d": {}}
    for symbol, events in meets.items():
        level = WORLD.parse(f"under: {symbol}\n#####\n#A.*#\n#...#\n#####")
        assert played(level, [DOWN, UP])[0] == [{}, events]
