"""Wall layouts and walking distances: mazes with loops, rooms with blocks, breadth-first search."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import numpy.typing as npt

from .compiling import kept


def maze(rng: np.random.Generator, size: int, loops: float) -> npt.NDArray[np.bool_]:
    """A random maze on odd cells, with some dead ends opened.

    Args:
        rng: source of randomness.
        size: interior cells a side, odd; an even size leaves one more open row and column at the far sides.
        loops: probability that an inner wall between two corridors is opened as well, in [0, 1].

    Returns:
        `[size + 2, size + 2]` true where there is a wall; cell (1, 1) is open and all open cells are connected.
    """
    return _carve(rng.random((size + 2, size + 2)), rng.random((size + 2, size + 2)) < loops, size)


def blocks(rng: np.random.Generator, size: int, density: float) -> npt.NDArray[np.bool_]:
    """A room with single blocks strewn in it.

    Args:
        rng: source of randomness.
        size: interior cells a side.
        density: probability that an interior cell is a block.

    Returns:
        `[size + 2, size + 2]` true where there is a wall.
    """
    walls = np.ones((size + 2, size + 2), dtype=bool)
    walls[1:-1, 1:-1] = rng.random((size, size)) < density
    return walls


@kept
def distances(solid: npt.NDArray[np.uint8], width: int, start: int) -> npt.NDArray[np.int32]:
    """`[height * width]` least number of moves from `start` to every cell; -1 where there is no way.

    Args:
        solid: `[height * width]` 1 where no one can go; the border must be solid.
        width: columns.
        start: cell to start from.
    """
    steps = np.full(solid.size, -1, dtype=np.int32)
    queue = np.empty(solid.size, dtype=np.int32)
    queue[0], steps[start] = start, 0
    head, tail = 0, 1
    while head < tail:
        cell = queue[head]
        head += 1
        for move in (-width, width, -1, 1):
            target = cell + move
            if not solid[target] and steps[target] < 0:
                steps[target] = steps[cell] + 1
                queue[tail] = target
                tail += 1
    return steps


def distances_past(
    solid: npt.NDArray[np.uint8], width: int, others: Collection[int], start: int
) -> npt.NDArray[np.int32]:
    """`[height * width]` least number of moves from `start` to every cell that enter none of the `others`; as `distances`."""
    blocked = solid.copy()
    blocked[list(others)] = 1
    return distances(blocked, width, start)


@kept
def _carve(order, loop, size):
    """Randomised depth-first maze: from each cell go on to the open-ended neighbour that `order` ranks first."""
    walls = np.ones((size + 2, size + 2), dtype=np.bool_)
    rooms = (size + 1) // 2
    stack = np.empty((rooms * rooms, 2), dtype=np.int64)
    depth = 1
    stack[0, 0], stack[0, 1] = 1, 1
    walls[1, 1] = False
    while depth:
        r, c = stack[depth - 1]
        best, best_r, best_c = 2.0, 0, 0
        for dr, dc in ((-2, 0), (2, 0), (0, -2), (0, 2)):
            nr, nc = r + dr, c + dc
            if 1 <= nr < 2 * rooms and 1 <= nc < 2 * rooms and walls[nr, nc]:
                rank = order[(r + nr) // 2, (c + nc) // 2]
                if rank < best:
                    best, best_r, best_c = rank, nr, nc
        if best > 1.0:
            depth -= 1
            continue
        walls[(r + best_r) // 2, (c + best_c) // 2] = False
        walls[best_r, best_c] = False
        stack[depth, 0], stack[depth, 1] = best_r, best_c
        depth += 1
    for r in range(1, size + 1):
        for c in range(1, size + 1):
            between = (r % 2 == 1) != (c % 2 == 1)
            if between and loop[r, c] and r < 2 * rooms - 1 + (r % 2) and c < 2 * rooms - 1 + (c % 2):
                walls[r, c] = False
            if size % 2 == 0 and (r == size or c == size):
                walls[r, c] = False
    return walls
