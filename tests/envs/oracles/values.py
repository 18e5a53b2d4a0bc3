"""Values in plain Python: a state is the agent's cell."""

from oracles.common import walk

SPECS = ("Values:size=5", "Values:size=5,objects=2,nonlinearity=0.25")
DRAWN = (
    ("Values:horizon=12", "1: 7 0 blue\n2: 3 3 red\n3: 3 4 green\n#####\n#1.2#\n#.A.#\n#3..#\n#####"),
    ("Values:horizon=12", "1: 0 0 red\nunder: 1\n#####\n#A..#\n#####"),
    ("Values:horizon=12,nonlinearity=0.0", "1: 7 0 red\n2: 3 3 red\n#####\n#1A2#\n#####"),
)


def start(level):
    return (level.agent,)


def fields(level, state):
    return state


def worth(level, symbol):
    """What the base pays for a thing, in tenths: twice the smaller number, or the sum, or between."""
    a, b = (int(word) for word in level.header[symbol].split()[:2])
    bent = level.world.nonlinearity
    return round(2 * bent * min(a, b) + (1 - bent) * (a + b), 9)


def step(level, state, action):
    cell, events = walk(level, state[0], action)
    touched = [symbol for symbol, at in level.things if at == cell]
    if not events or not touched:
        return [(1, (cell,), events, False)]
    a, b, colour = level.header[touched[0]].split()
    best = worth(level, touched[0]) == max(worth(level, symbol) for symbol, _ in level.things)
    events |= {"least": min(int(a), int(b)), "a": int(a), "b": int(b), colour: 1, "best" if best else "other": 1}
    return [(1, (cell,), events, True)]
