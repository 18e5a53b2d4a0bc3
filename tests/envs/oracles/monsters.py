"""Monsters in plain Python: cells of the agent, the monster (None once it is gone), apples, shields; shields held."""

from collections import deque
from math import exp

from oracles.common import MOVES, mask, walk

SPECS = ("Monsters:size=4,apples=2,beside=1", "Monsters:size=4,apples=1,beside=1,keen=0")
DRAWN = (
    ("Monsters:horizon=12,keen=1", "held: 1\nunder: y\n#####\n#A.s#\n#a#.#\n#####"),
    ("Monsters:horizon=12", "under: a\n#######\n#A.xsc#\n#c#...#\n#######"),
    ("Monsters:horizon=12,keen=20", "held: 2\n#####\n#A.m#\n#####"),
    ("Monsters:horizon=12", "#####\n#A.s#\n#c.a#\n#####"),
    ("Monsters:horizon=12", "held: 0\n#####\n#A..#\n#####"),
)


def start(level):
    cells = {symbols: frozenset(c for s, c in level.things if s in symbols) for symbols in ("ax", "sy", "mxy")}
    return level.agent, next(iter(cells["mxy"]), None), cells["ax"], cells["sy"], int(level.header.get("held", 0))


def fields(level, state):
    agent, monster, apples, shields, _ = state
    drawn = start(level)
    return agent, monster or 0, mask(sorted(drawn[2]), apples), mask(sorted(drawn[3]), shields)


def neighbours(level, cell):
    """The open cells beside a cell."""
    row, column = divmod(cell, level.width)
    beside = ((row + dr) * level.width + column + dc for dr, dc in MOVES[:4])
    return [c for c in beside if not level.walls.flat[c] and c not in level.cells("c")]


def walking_distance(level, start, end):
    """Breadth-first search."""
    queue, steps = deque([start]), {start: 0}
    while queue:
        cell = queue.popleft()
        for c in neighbours(level, cell):
            if c not in steps:
                steps[c] = steps[cell] + 1
                queue.append(c)
    return steps[end]


def step(level, state, action):
    agent, monster, apples, shields, held = state
    cell, events = walk(level, agent, action, solid=level.cells("c"))
    if events and cell in apples:
        apples, events["apple_taken"] = apples - {cell}, 1
    if events and cell in shields:
        shields, held, events["shield_taken"] = shields - {cell}, held + 1, 1
    if monster is None:
        goes = {None: 1.0}
    else:
        options = [*neighbours(level, monster), monster]
        weights = {c: exp(-level.world.keen * walking_distance(level, c, cell)) for c in options}
        goes = {c: weight / sum(weights.values()) for c, weight in weights.items()}
    outcomes = []
    for target, chance in goes.items():
        seen, left, after = dict(events), held, target
        if target == cell and held:
            seen["monster_destroyed"], left, after = 1, held - 1, None
        elif target == cell:
            seen["hit"] = 1
        about = [*level.cells("c"), *([] if after is None else [after])]
        rows, columns = zip(*(divmod(c, level.width) for c in (cell, *about)), strict=True)
        gaps = [abs(r - rows[0]) + abs(c - columns[0]) for r, c in zip(rows[1:], columns[1:], strict=True)]
        if not left and min(gaps, default=9) <= 1:
            seen["monster_near"] = 1
        outcomes.append((chance, (cell, after, apples, shields, left), seen, False))
    return outcomes
