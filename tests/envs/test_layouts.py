"""Mazes, blocks and walking distances, against plain Python on the same walls."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from innershift.envs.layouts import blocks, distances, distances_past, maze
from innershift.envs.world import layout_side

QUICK = settings(max_examples=60, deadline=None, derandomize=True)
SEEDS = st.integers(0, 2**32 - 1)


def plain_distances(walls: np.ndarray, start: int) -> np.ndarray:
    steps = np.full(walls.size, -1)
    steps[start], queue = 0, [start]
    for cell in queue:
        for target in (cell - walls.shape[1], cell + walls.shape[1], cell - 1, cell + 1):
            if not walls.ravel()[target] and steps[target] < 0:
                steps[target] = steps[cell] + 1
                queue.append(target)
    return steps


def passages(walls: np.ndarray) -> int:
    return int((~walls[:, 1:] & ~walls[:, :-1]).sum() + (~walls[1:] & ~walls[:-1]).sum())


@QUICK
@given(seed=SEEDS, size=st.integers(3, 13), loops=st.floats(0, 1))
def test_a_maze_is_closed_connected_and_open_at_its_corner(seed, size, loops):
    walls = maze(np.random.default_rng(seed), size, loops)
    assert walls.shape == (size + 2, size + 2) and walls.dtype == bool
    assert walls[0].all() and walls[-1].all() and walls[:, 0].all() and walls[:, -1].all()
    assert not walls[1, 1] and (plain_distances(walls, size + 3)[~walls.ravel()] >= 0).all()
    assert np.array_equal(walls, maze(np.random.default_rng(seed), size, loops))
    if size % 2:
        assert not walls[1::2, 1::2].any() and walls[2:-1:2, 2:-1:2].all()


@QUICK
@given(seed=SEEDS, size=st.sampled_from([3, 5, 7, 11]))
def test_without_loops_a_maze_is_a_tree_and_with_all_of_them_a_grid(seed, size):
    rooms = (size + 1) // 2
    tree = maze(np.random.default_rng(seed), size, 0.0)
    assert passages(tree) == (~tree).sum() - 1 == 2 * (rooms**2 - 1)
    grid = maze(np.random.default_rng(seed), size, 1.0)
    assert passages(grid) == 2 * 2 * rooms * (rooms - 1)
    assert not (tree < grid).any()  # loops only take walls away


@QUICK
@given(seed=SEEDS, size=st.integers(3, 9), density=st.floats(0, 1))
def test_distances_equal_a_plain_search(seed, size, density):
    rng = np.random.default_rng(seed)
    walls = blocks(rng, size, density)
    assert walls.shape == (size + 2, size + 2) and walls[0].all() and walls[:, -1].all()
    start = int(rng.integers(1, size + 1) * (size + 2) + rng.integers(1, size + 1))
    assert np.array_equal(distances(walls.ravel().astype(np.uint8), size + 2, start), plain_distances(walls, start))
    others = rng.choice(np.flatnonzero(~walls), min(3, int((~walls).sum())), replace=False) if not walls.all() else []
    around = walls.copy()
    around.ravel()[others] = True
    past = distances_past(walls.ravel().astype(np.uint8), size + 2, others, start)
    assert np.array_equal(past, plain_distances(around, start))


@pytest.mark.parametrize("density", [0.0, 1.0])
def test_the_extremes_of_density_leave_nothing_to_chance(density):
    assert (blocks(np.random.default_rng(0), 6, density)[1:-1, 1:-1] == bool(density)).all()


def test_density_is_the_share_of_blocks():
    shares = [blocks(np.random.default_rng(seed), 9, 0.3)[1:-1, 1:-1].mean() for seed in range(200)]
    assert abs(np.mean(shares) - 0.3) < 0.02


def test_the_side_of_a_layout_depends_on_its_walls_alone():
    rng = np.random.default_rng(0)
    walls = [blocks(rng, 5, 0.5) for _ in range(2000)]
    sides = [layout_side(w) for w in walls]
    assert sides == [layout_side(w.copy()) for w in walls] and set(sides) == {"train", "deploy"}
    assert abs(sides.count("train") / 2000 - 0.5) < 0.05
    wide, tall = np.ones((3, 4), dtype=bool), np.ones((4, 3), dtype=bool)
    assert {layout_side(wide), layout_side(tall)} <= {"train", "deploy"}
