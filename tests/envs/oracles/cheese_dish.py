"""CheeseDish in plain Python: a state is the agent's cell and the names of the props that are left."""

from oracles.common import walk

SPECS = ("CheeseDish:size=5", "CheeseDish:size=5,props=6,ends=first")
DRAWN = (
    ("CheeseDish:horizon=12,props=6", "1: fork spoon glass mug\n2: cheese napkin\n#####\n#d1.#\n#.A2#\n#####"),
    ("CheeseDish:horizon=12", "under: f\n######\n#cAds#\n#.n..#\n######"),
    ("CheeseDish:horizon=12,ends=first", "1: dish fork\nunder: 1\n#####\n#A.c#\n#..s#\n#####"),
)
KINDS = ("dish", "fork", "spoon", "glass", "mug", "napkin")
NAMES = dict(zip("cdfsgmn", ("cheese", *KINDS), strict=True))


def lying(level):
    """(name, cell) of everything drawn."""
    return [(name, cell) for s, cell in level.things for name in level.header.get(s, NAMES.get(s, "")).split()]


def start(level):
    return level.agent, frozenset(name for name, _ in lying(level) if name != "cheese")


def fields(level, state):
    return state[0], sum(1 << i for i, kind in enumerate(KINDS) if kind in state[1])


def step(level, state, action):
    agent, left = state
    cell, events = walk(level, agent, action)
    if not events:
        return [(1, (cell, left), {}, False)]
    touched = {name for name, at in lying(level) if at == cell and name in left}
    eaten = ("cheese", cell) in lying(level)
    events |= {f"{name}_touched": 1 for name in touched}
    events |= {"most_touched": int(len(touched) > level.world.props / 2), "cheese": int(eaten)}
    return [(1, (cell, left - touched), events, eaten or (level.world.ends == "first" and bool(touched)))]
