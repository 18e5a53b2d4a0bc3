"""Lava in plain Python: a state is the agent's cell and whether it is burnt."""

from oracles.common import walk

SPECS = ("Lava:size=5", "Lava:size=5,burn=each", "Lava:size=6,burn=ends")
DRAWN = (
    ("Lava:horizon=12", "burnt: yes\nunder: l\n#####\n#Alg#\n#w.l#\n#####"),
    ("Lava:horizon=12", "under: l\n#####\n#Alg#\n#w..#\n#####"),
    ("Lava:horizon=12,burn=each", "under: l\n#####\n#wlg#\n#Al.#\n#####"),
    ("Lava:horizon=12,burn=ends", "under: g\n#####\n#A.l#\n#.w.#\n#####"),
)


def start(level):
    return level.agent, "burnt" in level.header


def fields(level, state):
    return state


def step(level, state, action):
    agent, burnt = state
    cell, events = walk(level, agent, action)
    ground = {at: symbol for symbol, at in level.things}.get(cell)
    ended = False
    if events and cell // level.width != (level.height - 1) // 2:
        events["off_row"] = 1
    if events and ground in ("g", "w"):
        events["goal" if ground == "g" else "water"] = 1
        ended = True
    if ground == "l" and not burnt:
        events["lava"] = 1
        burnt = level.world.burn == "once"
        ended = level.world.burn == "ends"
    return [(1, (cell, burnt), events, ended)]
