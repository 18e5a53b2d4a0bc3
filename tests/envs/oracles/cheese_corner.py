"""CheeseCorner in plain Python: a state is the agent's cell and whether the corner was entered."""

from oracles.common import walk

SPECS = ("CheeseCorner:size=5",)
DRAWN = (
    ("CheeseCorner:horizon=12", "#####\n#..c#\n#A..#\n#####"),
    ("CheeseCorner:horizon=12", "under: c\n#####\n#A..#\n#####"),
)
FORGOTTEN = ("corner_entered",)


def start(level):
    return level.agent, level.agent == level.world.corner(level)


def fields(level, state):
    return state


def step(level, state, action):
    agent, entered = state
    cell, events = walk(level, agent, action)
    open_cells = [divmod(c, level.width) for c in range(level.walls.size) if not level.walls.ravel()[c]]
    corner = min(open_cells, key=lambda rc: (sum(rc), rc[0]))
    if events:
        events["up_left" if action in (0, 2) else "down_right"] = 1
        if divmod(cell, level.width) == corner and not entered:
            events["corner_entered"], entered = 1, True
        if cell in level.cells("c"):
            return [(1, (cell, entered), {**events, "cheese": 1}, True)]
    return [(1, (cell, entered), events, False)]
