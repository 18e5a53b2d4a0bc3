"""Small changes to levels: each does what it says, is valid, and is refused in words where it cannot be."""

import numpy as np
import pytest
from innershift.envs.errors import LevelError
from innershift.envs.mutations import cut, move_agent, move_thing, neighbours, remove_thing, smaller, toggle_wall
from innershift.envs.worlds import WORLDS, world_named

KEYS = world_named("Keys").parse("######\n#A.k.#\n#.#.t#\n######")
DOORS = world_named("Doors").parse("1: red circle\n2: blue square\n######\n#1A.2#\n#..#.#\n######")


def rows(level) -> list[str]:
    return [line for line in level.draw().splitlines() if ":" not in line]


def test_every_change_does_what_it_says():
    assert rows(move_agent(KEYS, 13)) == ["######", "#..k.#", "#A#.t#", "######"]
    assert rows(move_thing(KEYS, 9, 10)) == ["######", "#A..k#", "#.#.t#", "######"]
    assert rows(remove_thing(KEYS, 9)) == ["######", "#A...#", "#.#.t#", "######"]
    assert rows(toggle_wall(KEYS, 14)) == ["######", "#A.k.#", "#...t#", "######"]
    assert rows(toggle_wall(KEYS, 13)) == ["######", "#A.k.#", "###.t#", "######"]
    assert rows(cut(KEYS, row=2)) == ["######", "#A.k.#", "######"]
    assert rows(cut(KEYS, column=2)) == ["#####", "#Ak.#", "#..t#", "#####"]


def test_what_a_header_says_of_a_thing_goes_with_it():
    gone = remove_thing(DOORS, DOORS.cells("2")[0])
    assert dict(gone.header) == {"1": "red circle"} and rows(gone) == ["######", "#1A..#", "#..#.#", "######"]
    assert dict(cut(DOORS, column=4).header) == {"1": "red circle"}


def test_the_agent_may_step_onto_a_thing():
    moved = move_agent(KEYS, 9)
    assert moved.agent == 9 and moved.cells("k") == (9,) and KEYS.world.parse(moved.draw()) == moved


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda: move_agent(KEYS, 14), "row 3, column 3 is a wall; the agent needs a floor"),
        (lambda: move_agent(KEYS, 99), "cell 99 is not on the board; cells are 0 to 23"),
        (lambda: move_thing(KEYS, 8, 10), r"nothing lies at row 2, column 3; things lie at row 2, column 4 \('k'\)"),
        (lambda: move_thing(KEYS, 9, 16), "row 3, column 5 is not free"),
        (lambda: move_thing(KEYS, 9, 14), "row 3, column 3 is not free"),
        (lambda: remove_thing(KEYS, 8), "nothing lies at row 2, column 3"),
        (lambda: toggle_wall(KEYS, 2), "row 1, column 3 is on the border, which must stay closed"),
        (lambda: toggle_wall(KEYS, 9), "row 2, column 4 is not empty; move what is there first"),
        (lambda: toggle_wall(KEYS, 7), "row 2, column 2 is not empty"),
        (lambda: cut(KEYS, row=1), "row 1, column None: give one inner row or column without the agent to cut"),
        (lambda: cut(KEYS, row=0), "row 0, column None: give one inner row"),
        (lambda: cut(KEYS), "row None, column None: give one"),
        (lambda: cut(KEYS, row=2, column=2), "row 2, column 2: give one"),
        (lambda: cut(KEYS, row=1.5), "row 1.5, column None: give one"),  # type: ignore[arg-type]
        (lambda: move_agent(KEYS, True), "cell True is not on the board"),
        (lambda: remove_thing(DOORS, 9), "nothing lies at"),
    ],
)
def test_what_cannot_be_changed_is_refused_in_words(change, words):
    with pytest.raises(LevelError, match=words):
        change()


@pytest.mark.parametrize("name", sorted(WORLDS))
def test_neighbours_are_valid_and_one_change_away(name):
    world = world_named(name)
    level = world.sample(np.random.default_rng(3), 1.0)
    near = list(neighbours(level))
    assert near and all(one.world is world and one != level and one.walls.shape == level.walls.shape for one in near)
    for one in near[:: max(1, len(near) // 40)]:
        assert world.parse(one.draw()) == one
        walls = int((one.walls != level.walls).sum())
        things = len(set(one.things) ^ set(level.things))
        assert (walls, things, one.agent != level.agent) in ((1, 0, False), (0, 2, False), (0, 0, True))
    less = list(smaller(level))
    assert less
    for one in less[:: max(1, len(less) // 40)]:
        assert world.parse(one.draw()) == one
        assert one.walls.size < level.walls.size or len(one.things) < len(level.things) or one.walls.sum() < level.walls.sum()
