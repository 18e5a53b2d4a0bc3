"""Lever in plain Python: a state is the agent's cell, the cells of items that are left, and the levers pulled."""

from oracles.common import mask, walk

SPECS = ("Lever:size=5,chain=4,depth=3,items=2,glass=1",)
DRAWN = (
    ("Lever:horizon=12", "pulled: 1\nunder: b\n#####\n#aAG#\n#*.c#\n#####"),
    ("Lever:horizon=12", "#####\n#A*G#\n#..*#\n#####"),
)
LARGE = (("Lever:size=5", 0),)  # over 1024 states, where the tables of the search have to grow


def start(level):
    return level.agent, frozenset(level.cells("*")), int(level.header.get("pulled", 0))


def fields(level, state):
    return state[0], mask(level.cells("*"), state[1]), state[2]


def step(level, state, action):
    agent, items, pulled = state
    cell, events = walk(level, agent, action, solid=level.cells("G"))
    chain = {symbol: at for symbol, at in level.things if symbol in "abcdefghijkl"}
    if events and cell in items:
        items, events["cleaned"] = items - {cell}, 1
    if events and chain.get("abcdefghijkl_"[pulled]) == cell:
        pulled, events["lever_pulled"] = pulled + 1, 1
        if pulled == len(chain):
            items, events["removed"] = frozenset(), len(items) + len(level.cells("G"))
    return [(1, (cell, items, pulled), events, False)]
