"""Keys in plain Python: a state is the agent's cell, the cells of keys that are left, and of chests that are closed."""

from oracles.common import mask, walk

SPECS = ("Keys:size=5,few=1,many=3",)
DRAWN = (
    ("Keys:horizon=12", "held: 2\nunder: t\n#####\n#A.t#\n#k.k#\n#####"),
    ("Keys:horizon=12", "######\n#Attk#\n######"),
)


def start(level):
    return level.agent, frozenset(level.cells("k")), frozenset(level.cells("t"))


def fields(level, state):
    return state[0], mask(level.cells("k"), state[1]), mask(level.cells("t"), state[2])


def step(level, state, action):
    agent, left, closed = state
    cell, events = walk(level, agent, action)
    held = int(level.header.get("held", 0)) + len(level.cells("k")) - len(left) - len(level.cells("t")) + len(closed)
    if events and cell in left:
        left, events["key_taken"] = left - {cell}, 1
    elif events and cell in closed and held:
        closed, events["chest_opened"] = closed - {cell}, 1
    return [(1, (cell, left, closed), events, False)]
