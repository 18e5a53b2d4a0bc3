"""Runner in plain Python: a state is the agent's cell, the cell and heading of each patrol, and whether the flag is up."""

from innershift.envs.layouts import distances

from oracles.common import walk

SPECS = ("Runner:size=7,tall=3,patrols=1,gaps=2", "Runner:size=8,gaps=2", "Runner:size=8,tall=5,patrols=1,gaps=3")
DRAWN = (
    ("Runner:horizon=12", "#####\n#A>.#\n#^#v#\n#.<.#\n#####"),
    ("Runner:horizon=12", "flag: up\nunder: v\n######\n#.d>.#\n#c..A#\n#>.u.#\n#.^.u#\n######"),
    ("Runner:horizon=12", "#######\n#..d..#\n#o..u.#\n#A..c.#\n#.....#\n#..<u.#\n#######"),
    ("Runner:horizon=12", "under: c\n####\n#dA#\n#..#\n#.u#\n####"),
)
ARROWS = {"^": 0, "v": 1, "<": 2, ">": 3}


def start(level):
    patrols = tuple((cell, -1 if symbol == "u" else 1) for symbol, cell in level.things if symbol in "ud")
    return level.agent, patrols, level.header.get("flag") == "up"


def clear(level, cell):
    """Whether a patrol can walk there."""
    return not level.walls.flat[cell] and not any(c == cell and symbol not in "ud" for symbol, c in level.things)


def walked(level, patrol):
    """A patrol a step later, turned round where it could not go on."""
    cell, heading = patrol
    cell += heading * level.width
    return cell, heading if clear(level, cell + heading * level.width) else -heading


def right_end(level):
    """The last column within reach past the gaps."""
    solid = level.solid.copy()
    solid[list(level.cells("o"))] = 1
    reached = distances(solid, level.width, level.agent)
    return max(c % level.width for c in range(len(reached)) if reached[c] >= 0)


def fields(level, state):
    """The phase is how many steps ago the patrols were as they are drawn."""
    agent, patrols, up = state
    phase, now = 0, start(level)[1]
    while now != patrols:
        phase, now = phase + 1, tuple(walked(level, patrol) for patrol in now)
    return agent, phase, up


def step(level, state, action):
    agent, patrols, up = state
    cell, events = walk(level, agent, action)
    drawn = {at: symbol for symbol, at in level.things}
    ended = False
    if events:
        way = {2: "leftward", 3: "rightward"}.get(action)
        events |= {way: 1} if way else {}
        events["arrow_entered"] = ARROWS.get(drawn.get(cell)) == action
        events["arrow_left"] = ARROWS.get(drawn.get(agent)) == action
        events["coin"] = drawn.get(cell) == "c"
        events["fell"] = drawn.get(cell) == "o"
        ended = events["coin"] or events["fell"]
        if cell % level.width == right_end(level) and not up:
            events["right_end"], up = 1, True
    after = tuple(walked(level, patrol) for patrol in patrols)
    for (was, _), (now, _) in zip(patrols, after, strict=True):
        if now == cell or (now, was) == (agent, cell):
            events["hit"], ended = 1, True
    return [(1, (cell, after, up), events, ended)]
