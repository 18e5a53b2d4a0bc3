"""What all worlds share: walking, and sets of cells as bit masks."""

from collections.abc import Collection, Sequence

from innershift.envs.level import Level

MOVES = ((-1, 0), (1, 0), (0, -1), (0, 1), (0, 0))


def walk(level: Level, agent: int, action: int, solid: Collection[int] = ()) -> tuple[int, dict[str, int]]:
    """The cell that an action leads to, and whether that was a move; `solid` cells block the way as walls do."""
    row, column = divmod(agent, level.width)
    row, column = row + MOVES[action][0], column + MOVES[action][1]
    blocked = level.walls[row, column] or row * level.width + column in solid
    return (agent, {}) if blocked or action == 4 else (row * level.width + column, {"moved": 1})


def mask(cells: Sequence[int], left: Collection[int]) -> int:
    """Bit i is set where the i-th of `cells` is among those `left`."""
    return sum(1 << i for i, cell in enumerate(cells) if cell in left)
