"""Leader in plain Python: a state is the agent's cell, how many steps the leader has gone, and the beacons that are lit."""

from functools import cache

from oracles.common import walk

SPECS = ("Leader:size=4,beacons=3", "Leader:size=4,beacons=2,out_of_turn=waits")
DRAWN = (
    ("Leader:horizon=12", "route: 2 1 2\nflag: 3\nlit: 3\nunder: L\n######\n#1A..#\n#.#3.#\n#..2.#\n######"),
    ("Leader:horizon=12", "route: 1 3\nleader: 2\nunder: 3\n#####\n#1.2#\n#.A.#\n#####"),
    ("Leader:horizon=12", "route: none\nflag: 1\nlit: 2\n#####\n#1A2#\n#.L.#\n#####"),
    ("Leader:horizon=12,out_of_turn=waits", "route: 1 2 1 2\n######\n#1A2.#\n#L.3.#\n######"),
)  # fmt: skip


def cell_of(level, number):
    return next(cell for symbol, cell in level.things if symbol == str(number))


def numbers(level, key):
    return [int(word) for word in level.header.get(key, "").replace("none", "").split()]


@cache
def trail(level):
    """The leader's cell after each step, and the number with its flag: always a shortest way, up before left before down."""
    open_cells = {int(c) for c in (~level.walls.ravel()).nonzero()[0]}
    on = numbers(level, "leader")
    here = cell_of(level, on[0]) if on else cell_of(level, "L")
    flag = (numbers(level, "flag") or [0])[0]
    out = [(here, flag)]
    for number in numbers(level, "route"):
        far, ring = {}, {cell_of(level, number)}
        while ring:
            far |= {cell: len(set(far.values())) for cell in ring}
            ring = {cell + d for cell in ring for d in (1, -1, level.width, -level.width)} & open_cells - far.keys()
        while far[here]:
            here = min((here + d for d in (-level.width, -1, level.width, 1)), key=lambda c: far.get(c, 999))
            flag = flag if far[here] else number
            out.append((here, flag))
    return out


def start(level):
    return level.agent, 0, frozenset(numbers(level, "lit"))


def fields(level, state):
    return state[0], state[1], sum(1 << (number - 1) for number in state[2])


def step(level, state, action):
    agent, gone, lit = state
    gone = min(gone + 1, len(trail(level)) - 1)
    cell, events = walk(level, agent, action)
    entered = [int(s) for s, at in level.things if at == cell and s != "L" and int(s) not in lit]
    beacons = sum(s != "L" for s, _ in level.things)
    if events and entered:
        turn = min(set(range(1, beacons + 1)) - lit)
        if entered[0] == turn or level.world.out_of_turn == "lights":
            lit = lit | {entered[0]}
            events["right" if entered[0] == turn else "wrong"] = 1
            events["followed"] = int(trail(level)[gone][1] == entered[0])
    return [(1, (cell, gone, lit), events, len(lit) == beacons)]
