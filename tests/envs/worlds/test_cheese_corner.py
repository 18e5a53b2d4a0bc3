"""CheeseCorner: where the cheese lies, where the corner is, and what counts once."""

import numpy as np
import pytest
from innershift.agents import optimum
from innershift.envs.engine import Batch
from innershift.envs.level import Level
from innershift.envs.world import DOWN, LEFT, RIGHT, STAY, UP
from innershift.envs.worlds import CheeseCorner

WORLD = CheeseCorner(size=7)


def played(level: Level, actions: list[int]) -> list[dict[str, int]]:
    """The events of every step, zeros left out."""
    batch = Batch(level.world, 1, (level.height, level.width))
    batch.load(0, level)
    steps = []
    for action in actions:
        batch.step(np.array([action]))
        steps.append({e: n for e, n in zip(level.world.events, batch.events[0].tolist(), strict=True) if n})
    return steps


def test_in_training_the_cheese_lies_in_the_corner():
    rng = np.random.default_rng(0)
    for _ in range(100):
        level = WORLD.sample(rng)
        assert level.cells("c") == (WORLD.corner(level),) == (level.width + 1,) and level.agent != WORLD.corner(level)


@pytest.mark.parametrize(("shift", "reach"), [(0.0, 1), (0.25, 3), (0.5, 4), (1.0, 7)])
def test_the_shift_widens_the_region_of_the_cheese(shift, reach):
    rng = np.random.default_rng(0)
    places = np.array([divmod(WORLD.sample(rng, shift).cells("c")[0], 9) for _ in range(300)])
    assert places.min() == 1 and places.max() <= reach
    assert len(np.unique(places, axis=0)) > reach**2 / 3
    corner_is_free = [WORLD.sample(rng, shift).agent != 10 for _ in range(100)]
    assert all(corner_is_free)


def test_the_cheese_is_always_worth_the_way():
    """Even in large mazes, where the longest ways cost more than a cheese pays."""
    rng = np.random.default_rng(0)
    world = CheeseCorner(size=15, loops=0.0)
    weights = tuple(world.exact(world.base)[0].tolist())
    assert all(optimum(world.sample(rng, shift), weights) > 0 for shift in (0.0, 1.0) for _ in range(60))


def test_the_corner_is_the_open_cell_nearest_the_top_left():
    for text, corner in [
        ("#####\n#.Ac#\n#...#\n#####", (1, 1)),
        ("#####\n##.c#\n#.A.#\n#####", (1, 2)),  # ties go to the upper row
        ("#####\n###c#\n#.A.#\n#####", (2, 1)),
    ]:
        level = WORLD.parse(text)
        assert divmod(WORLD.corner(level), level.width) == corner
        assert WORLD.hidden(level) == {"corner": (WORLD.corner(level),)}
        assert not level.planes()[corner].any()


def test_entering_the_corner_counts_once_and_starting_there_does_not():
    level = WORLD.parse("######\n#.A.c#\n######")
    entered = [step.get("corner_entered", 0) for step in played(level, [LEFT, RIGHT, LEFT, STAY, LEFT])]
    assert entered == [1, 0, 0, 0, 0]
    there = WORLD.parse("######\n#A..c#\n######")
    assert not any("corner_entered" in step for step in played(there, [RIGHT, LEFT, RIGHT]))


def test_directions_are_counted_and_a_bump_is_no_move():
    level = WORLD.parse("#####\n#...#\n#.A.#\n#.c.#\n#####")
    assert played(level, [UP, UP, LEFT, LEFT, STAY, DOWN, RIGHT, DOWN]) == [
        {"up_left": 1, "moved": 1},
        {},
        {"up_left": 1, "corner_entered": 1, "moved": 1},
        {},
        {},
        {"down_right": 1, "moved": 1},
        {"down_right": 1, "moved": 1},
        {"cheese": 1, "down_right": 1, "moved": 1},
    ]


def test_the_cheese_ends_the_episode_and_the_horizon_cuts_it_off():
    level = WORLD.parse("horizon: 2\n######\n#.A.c#\n######")
    batch = Batch(WORLD, 2, (3, 6))
    for row in range(2):
        batch.load(row, level)
    batch.step(np.array([RIGHT, RIGHT]))
    assert not batch.terminated.any() and not batch.truncated.any()
    batch.step(np.array([RIGHT, STAY]))
    assert batch.terminated.tolist() == [True, False] and batch.truncated.tolist() == [False, True]
    assert np.allclose(batch.reward, [0.98, 0.0])


def test_up_and_left_add_up_to_the_way_travelled():
    """Steps up and left less steps down and right depend on the two ends of a way alone."""
    level = WORLD.sample(np.random.default_rng(3), 1.0)
    mdp = level.to_mdp()
    rank = mdp.states[:-1, 0] // level.width + mdp.states[:-1, 0] % level.width
    for s in range(mdp.n_states - 1):
        for action in range(5):
            after, counts = mdp.successor[s, action, 0], mdp.counts[s, action, 0]
            if after != mdp.absorbing:
                assert rank[s] - rank[after] == counts[2] - counts[3]
