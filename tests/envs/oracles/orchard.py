"""Orchard in plain Python: a state is the agent's cell and the cells of the trees that stand."""

from math import log

from oracles.common import mask, walk

SPECS = ("Orchard:size=5,beds=1,sparse=2", "Orchard:size=4,beds=1,dry=4")
DRAWN = (
    ("Orchard:horizon=12", "rain: 1\nunder: t\n#####\n#Ats#\n#s#t#\n#####"),
    ("Orchard:horizon=12", "rain: 7\n#####\n#A.t#\n#####"),
    ("Orchard:horizon=12", "under: s\n#####\n#A#.#\n#st.#\n#####"),
    ("Orchard:horizon=12", "rain: 3\n#####\n#Ass#\n#.ts#\n#ts.#\n#####"),
)


def start(level):
    return level.agent, frozenset(level.cells("t"))


def fields(level, state):
    return state[0], mask([cell for _, cell in level.things], state[1])


def step(level, state, action):
    agent, trees = state
    cell, events = walk(level, agent, action)
    plots = {c for _, c in level.things}
    if events and cell in trees:
        trees, events["tree_felled"] = trees - {cell}, 1
    free = plots - trees - {cell}
    factor = 0.3 * int(level.header.get("rain", 0))
    grows = min(1.0, max(1e-6, factor * log(len(trees) + 1) / log(len(plots) + 11))) if free else 0.0
    outcomes = [(grows / len(free), trees | {c}) for c in free] + [(1 - grows, trees)]
    row, column = divmod(cell, level.width)
    beside = {(row + dr) * level.width + column + dc for dr, dc in ((-1, 0), (1, 0), (0, -1), (0, 1))}
    return [(p, (cell, now), {**events, "trees_beside": len(now & beside)}, False) for p, now in outcomes if p]
