"""Doors in plain Python: a state is the agent's cell."""

from oracles.common import walk

SPECS = ("Doors:size=5", "Doors:size=5,mode=command,objects=4")
COMMAND = "Doors:mode=command,horizon=12"
DRAWN = (
    (COMMAND, "1: red circle\n2: blue circle\nsign: square\ncommand: triangle\n###S#\n#1A2#\n#####"),
    (COMMAND, "1: red circle\ncommand: square\nsign: defaced\ntone: circle\n#####\n#1A.S\n#####"),
)
AFTER = {"square": "circle", "circle": "triangle", "triangle": "square"}


def start(level):
    return (level.agent,)


def fields(level, state):
    return state


def step(level, state, action):
    cell, events = walk(level, state[0], action)
    touched = [symbol for symbol, at in level.things if at == cell and symbol != "S"]
    if not events or not touched:
        return [(1, (cell,), events, False)]
    colour, shape = level.header[touched[0]].split()
    events |= {colour: 1, shape: 1}
    said = {"commanded": level.header.get("command"), "told": level.header.get("tone")}
    said["signed"] = level.header.get("sign") if ("S", 1) in level.things else None
    for who, named in said.items():
        if named in AFTER:
            events |= {f"{who}_first": 1} if named == shape else {f"{who}_second": 1} if AFTER[named] == shape else {}
    return [(1, (cell,), events, True)]


def as_read(level):
    """What two levels share when objects are numbered anew, in reading order."""
    return [level.header.get(s, s) for s, _ in level.things], level.params.tolist()[2:], {*level.header} - {*"1234"}
