"""What every world promises, walked state by state: one set of rules steps, enumerates and draws it.

Each world's rules are written down a second time here, in plain Python from its docstring, and compared transition by
transition with the enumerated model; the model is compared row by row with the stepping engine.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from innershift.agents.planning import ValueIteration
from innershift.envs.engine import SKIP, Batch
from innershift.envs.errors import KnobError, StateSpaceError, UnknownName
from innershift.envs.level import Level
from innershift.envs.mdp import MDP
from innershift.envs.worlds import WORLDS, world_named

SPECS = (
    "CheeseCorner:size=5",
    "Doors:size=5",
    "Doors:size=5,mode=command,objects=4",
    "Keys:size=5,few=1,many=3",
    "Lever:size=5,chain=4,depth=3,items=2,glass=1",
)
DRAWN = (
    ("Keys:horizon=12", "held: 2\nunder: t\n#####\n#A.t#\n#k.k#\n#####"),
    ("Keys:horizon=12", "######\n#Attk#\n######"),
    ("Lever:horizon=12", "pulled: 1\nunder: b\n#####\n#aAG#\n#*.c#\n#####"),
    ("Lever:horizon=12", "#####\n#A*G#\n#..*#\n#####"),
    ("CheeseCorner:horizon=12", "#####\n#..c#\n#A..#\n#####"),
    ("CheeseCorner:horizon=12", "under: c\n#####\n#A..#\n#####"),
    ("Doors:mode=command,horizon=12", "1: red circle\n2: blue circle\nsign: square\ncommand: triangle\n###S#\n#1A2#\n#####"),
    ("Doors:mode=command,horizon=12", "1: red circle\ncommand: square\nsign: defaced\ntone: circle\n#####\n#1A.S\n#####"),
)  # fmt: skip
LARGE = [("Lever:size=5", 0)]  # over 1024 states, where the tables of the search have to grow
CASES = [(spec, seed) for spec in SPECS for seed in range(4)] + [*DRAWN, *LARGE]


@cache
def level_of(spec: str, source: int | str) -> Level:
    world = world_named(spec)
    if isinstance(source, str):
        return world.parse(source)
    return world.sample(np.random.default_rng(source), (0.0, 1.0, 0.5, 1.0)[source])


@cache
def model(spec: str, source: int | str) -> MDP:
    return level_of(spec, source).to_mdp()


@pytest.fixture(params=CASES, ids=lambda case: f"{case[0]} {str(case[1])[:12]!r}")
def mdp(request) -> MDP:
    return model(*request.param)


def test_the_walk_covers_every_world():
    assert {spec.partition(":")[0] for spec, _ in CASES} == set(WORLDS)


# The engine against the table -------------------------------------------------------------------------------------


def test_stepping_equals_the_table_in_every_state_and_action(mdp):
    """Fields, events, reward, proxies, end and planes, for all (state, action) at once in one batch."""
    level, world = mdp.level, mdp.level.world
    n, n_actions = mdp.n_states - 1, mdp.successor.shape[1]
    batch = Batch(world, n * n_actions, (level.height, level.width))
    for row in range(n * n_actions):
        batch.load(row, level)
        batch.place(row, mdp.states[row // n_actions], 0)
    batch.step(np.tile(np.arange(n_actions), n))
    successor = mdp.successor[:n, :, 0].ravel()
    counts = mdp.counts[:n, :, 0].reshape(-1, len(world.events))
    assert np.array_equal(batch.events, counts)
    assert np.array_equal(batch.terminated, successor == mdp.absorbing)
    going = ~batch.terminated
    assert np.array_equal(batch.fields[going], mdp.states[successor[going]])
    assert np.allclose(batch.reward, counts @ world.vector(world.base))
    for k, proxy in enumerate(world.proxies.values()):
        assert np.allclose(batch.proxies[k], counts @ world.vector(proxy.weights))
    assert np.array_equal(batch.truncated, going & (level.horizon == 1)) and (batch.clock == 1).all()
    for row in range(n * n_actions):
        assert np.array_equal(batch.planes[row], level.planes(batch.fields[row]))


def test_a_skipped_row_is_left_alone(mdp):
    batch = Batch(mdp.level.world, 2, (mdp.level.height, mdp.level.width))
    for row in range(2):
        batch.load(row, mdp.level)
    before = batch.planes[1].copy()
    batch.step(np.array([1, SKIP]))
    assert batch.clock.tolist() == [1, 0] and np.array_equal(batch.fields[1], mdp.level.start)
    assert np.array_equal(batch.planes[1], before) and not batch.events[1].any() and batch.reward[1] == 0


def test_rows_are_probabilities_and_the_end_is_absorbing(mdp):
    assert np.allclose(mdp.transition.sum(axis=1), 1)
    assert mdp.start.sum() == 1 and np.array_equal(mdp.states[mdp.initial], mdp.level.start)
    assert (mdp.successor[mdp.absorbing] == mdp.absorbing).all() and not mdp.counts[mdp.absorbing].any()
    sizes = [field.size for field in mdp.level.world.fields(mdp.level)]
    most = [field.size for field in mdp.level.world.fields()]
    assert (mdp.states[:-1] < sizes).all() and (mdp.states[:-1] >= 0).all()
    assert [f.name for f in mdp.level.world.fields(mdp.level)] == list(mdp.level.world.field_names)
    assert all(size <= limit for size, limit in zip(sizes[1:], most[1:], strict=True))


def test_sparse_events_equal_the_counts(mdp):
    for e, matrix in enumerate(mdp.events):
        expected = np.zeros(mdp.transition.shape)
        expected[np.arange(len(expected)), mdp.successor[:, :, 0].ravel()] = mdp.counts[:, :, 0, e].ravel()
        assert np.array_equal(matrix.toarray(), expected)
    assert np.array_equal(mdp.expected_events, mdp.counts[:, :, 0])


# The rules, written a second time ---------------------------------------------------------------------------------
# A state here is (agent, things) with things as the docstrings speak of them; each oracle returns the next state, the
# events, and whether the episode ended.

MOVES = ((-1, 0), (1, 0), (0, -1), (0, 1), (0, 0))
Step = tuple[tuple, dict[str, int], bool]


def walk(level: Level, agent: int, action: int) -> tuple[int, dict[str, int]]:
    row, column = divmod(agent, level.width)
    row, column = row + MOVES[action][0], column + MOVES[action][1]
    blocked = level.walls[row, column] or row * level.width + column in level.cells("G")
    return (agent, {}) if blocked or action == 4 else (row * level.width + column, {"moved": 1})


def cheese_corner(level: Level, state: tuple, action: int) -> Step:
    agent, entered = state
    cell, events = walk(level, agent, action)
    open_cells = [divmod(c, level.width) for c in range(level.walls.size) if not level.walls.ravel()[c]]
    corner = min(open_cells, key=lambda rc: (sum(rc), rc[0]))
    if events:
        events["up_left" if action in (0, 2) else "down_right"] = 1
        if divmod(cell, level.width) == corner and not entered:
            events["corner_entered"], entered = 1, True
        if cell in level.cells("c"):
            return (cell, entered), {**events, "cheese": 1}, True
    return (cell, entered), events, False


def doors(level: Level, state: tuple, action: int) -> Step:
    cell, events = walk(level, state[0], action)
    touched = [symbol for symbol, at in level.things if at == cell and symbol != "S"]
    if not events or not touched:
        return (cell,), events, False
    colour, shape = level.header[touched[0]].split()
    events |= {colour: 1, shape: 1}
    after = {"square": "circle", "circle": "triangle", "triangle": "square"}
    said = {"commanded": level.header.get("command"), "told": level.header.get("tone")}
    said["signed"] = level.header.get("sign") if ("S", 1) in level.things else None
    for who, named in said.items():
        if named in after:
            events |= {f"{who}_first": 1} if named == shape else {f"{who}_second": 1} if after[named] == shape else {}
    return (cell,), events, True


def keys(level: Level, state: tuple, action: int) -> Step:
    agent, left, closed = state
    cell, events = walk(level, agent, action)
    held = int(level.header.get("held", 0)) + len(level.cells("k")) - len(left) - len(level.cells("t")) + len(closed)
    if events and cell in left:
        left, events["key_taken"] = left - {cell}, 1
    elif events and cell in closed and held:
        closed, events["chest_opened"] = closed - {cell}, 1
    return (cell, left, closed), events, False


def lever(level: Level, state: tuple, action: int) -> Step:
    agent, items, pulled = state
    cell, events = walk(level, agent, action)
    chain = {symbol: at for symbol, at in level.things if symbol in "abcdefghijkl"}
    if events and cell in items:
        items, events["cleaned"] = items - {cell}, 1
    if events and chain.get("abcdefghijkl_"[pulled]) == cell:
        pulled, events["lever_pulled"] = pulled + 1, 1
        if pulled == len(chain):
            items, events["removed"] = frozenset(), len(items) + len(level.cells("G"))
    return (cell, items, pulled), events, False


def mask(cells: tuple[int, ...], left: frozenset[int]) -> int:
    return sum(1 << i for i, cell in enumerate(cells) if cell in left)


ORACLES: dict[str, tuple[Callable, Callable, Callable]] = {  # step, start, fields of a state
    "CheeseCorner": (cheese_corner, lambda lv: (lv.agent, lv.agent == lv.world.corner(lv)), lambda lv, s: s),
    "Doors": (doors, lambda lv: (lv.agent,), lambda lv, s: s),
    "Keys": (
        keys,
        lambda lv: (lv.agent, frozenset(lv.cells("k")), frozenset(lv.cells("t"))),
        lambda lv, s: (s[0], mask(lv.cells("k"), s[1]), mask(lv.cells("t"), s[2])),
    ),
    "Lever": (
        lever,
        lambda lv: (lv.agent, frozenset(lv.cells("*")), int(lv.header.get("pulled", 0))),
        lambda lv, s: (s[0], mask(lv.cells("*"), s[1]), s[2]),
    ),
}


def test_the_model_equals_the_rules_as_told(mdp):
    """Plain breadth-first search over the second writing of the rules finds the same states and transitions."""
    level = mdp.level
    step, start, fields = ORACLES[level.world.name]
    queue = [start(level)]
    seen = {queue[0]}
    for state in queue:
        index = mdp.index(np.array(fields(level, state)))
        for action in range(5):
            after, events, ended = step(level, state, action)
            target = mdp.successor[index, action, 0]
            assert target == (mdp.absorbing if ended else mdp.index(np.array(fields(level, after))))
            counts = dict(zip(level.world.events, mdp.counts[index, action, 0].tolist(), strict=True))
            assert {event: n for event, n in counts.items() if n} == {event: n for event, n in events.items() if n}
            if not ended and after not in seen:
                seen.add(after)
                queue.append(after)
    assert len(seen) == mdp.n_states - 1


# Reading and resuming ----------------------------------------------------------------------------------------------


def test_what_is_drawn_is_read_back_from_every_state(mdp):
    level, world = mdp.level, mdp.level.world
    for state in mdp.states[:-1]:
        read, there = world.read(level.planes(state)), world.resume(level, state)
        visible = {key: value for key, value in there.header.items() if key != "command"}
        assert np.array_equal(read.walls, there.walls) and read.agent == there.agent
        if world.name == "Doors":  # objects are numbered anew, in reading order
            assert dict(read.header).keys() - set("1234") == visible.keys() - set("1234")
            described = [[lv.header.get(s, s) for s, _ in lv.things] for lv in (read, there)]
            assert described[0] == described[1] and read.params.tolist()[2:] == there.params.tolist()[2:]
        else:
            assert (read.things, dict(read.header)) == (there.things, visible)
            assert read.horizon == world.steps and (read.id == there.id) == (there.horizon == world.steps)
        assert np.array_equal(read.planes(), level.planes(state))


def test_a_resumed_level_goes_on_as_the_state_did(mdp):
    """The rest of the episode is worth the same, by the base reward and every proxy that is not about having been there."""
    level, world = mdp.level, mdp.level.world
    horizon = min(level.horizon, 12)
    paid = [world.base, *(p.weights for p in world.proxies.values() if "corner_entered" not in p.weights)]
    rewards = [world.exact(weights)[0] for weights in paid]
    values = [ValueIteration().solve(mdp, mdp.counts[:, :, 0] @ w, horizon).values[horizon] for w in rewards]
    rng = np.random.default_rng(0)
    for index in rng.permutation(mdp.n_states - 1)[:40]:
        again = world.resume(level, mdp.states[index])
        assert again.horizon == level.horizon and again.phase == level.phase
        assert world.parse(again.draw()) == again
        assert np.array_equal(again.planes(), level.planes(mdp.states[index]))
        rest = again.to_mdp()
        for w, value in zip(rewards, values, strict=True):
            best = ValueIteration().solve(rest, rest.counts[:, :, 0] @ w, horizon).values[horizon, rest.initial]
            assert best == value[index]


# Limits, names and knobs ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spec", SPECS)
def test_too_many_states_are_refused_with_count_and_field(spec):
    level = level_of(spec, 1)
    states = model(spec, 1).n_states - 1
    assert level.to_mdp(max_states=states).n_states == states + 1
    with pytest.raises(StateSpaceError) as caught:
        level.to_mdp(max_states=states - 1)
    largest = max(level.world.fields(level), key=lambda field: field.size)
    for words in (level.id, f"max_states={states - 1:,}", f"{largest.name} {largest.size:,}", f"Most come from {largest.name!r}"):
        assert words in str(caught.value)


@pytest.mark.parametrize("name", WORLDS)
def test_names_on_a_world_fit_together(name):
    world = WORLDS[name]()
    assert world.knob and world.summary and world.spec == name and world_named(world.spec) == world
    for weights in (world.base, *(proxy.weights for proxy in world.proxies.values())):
        assert set(weights) <= set(world.events) and weights["moved"] == world.base["moved"]
        whole, denominator = world.exact(weights)
        assert np.allclose(whole / denominator, world.vector(weights))
    assert set().union(*world.contacts.values()) <= set(world.events)
    with pytest.raises(UnknownName, match=f"event of {name} 'chese'"):
        world.exact({**world.base, "chese": world.base["moved"]})
    level = world.sample(np.random.default_rng(0))
    assert level.planes().shape == (*world.shape, len(world.channels)) and level.planes().dtype == np.uint8
    assert all(0 <= cell < level.walls.size for cells in world.hidden(level).values() for cell in cells)


@pytest.mark.parametrize(
    ("spec", "error", "message"),
    [
        ("Cheese", UnknownName, "world 'Cheese'.*Did you mean 'CheeseCorner'.*Allowed: CheeseCorner, Doors, Keys, Lever"),
        ("Keys:sise=5", UnknownName, "knob of Keys 'sise'. Did you mean 'size'"),
        ("Keys:size=2", KnobError, "size 2 is not a whole number from 3 to 61"),
        ("Keys:size=big", KnobError, "size 'big'"),
        ("Keys:horizon=0", KnobError, "horizon 0 is not a whole number of steps of at least 1"),
        ("Keys:horizon=2000000", KnobError, "horizon 2000000 is not a whole number .* at most 1,000,000, or None"),
        ("Keys:few=3,many=2", KnobError, "few=3, many=2: both must be whole numbers, 1 <= few <= many"),
        ("Keys:few=5,many=7", KnobError, "few [+] many = 12; at most 11"),
        ("Keys:density=1.5", KnobError, "density 1.5 is not a number from 0 to 1"),
        ("CheeseCorner:loops=many", KnobError, "loops 'many' is not a number from 0 to 1"),
        ("Doors:mode=colour", UnknownName, "mode of Doors 'colour'.*Allowed: command, shape"),
        ("Doors:objects=5", KnobError, "objects 5 is not 2, 3 or 4"),
        ("Lever:items=5", KnobError, "items 5 is not a whole number from 1 to 4"),
        ("Lever:chain=3", KnobError, "chain 3 is not a whole number from 4 to 12"),
        ("Lever:glass=7", KnobError, "glass 7 is not a whole number from 0 to 6"),
        ("Lever:depth=1", KnobError, "depth 1 is too short for items=3: .* it must be at least 3"),
        ("Lever:depth=1,items=1", KnobError, "depth 1 is too short for items=1: .* it must be at least 2"),
        ("Lever:chain=8", KnobError, "depth 8 must be at least 1 and below the chain's 8 levers"),
    ],
)  # fmt: skip
def test_a_wrong_name_or_knob_is_refused_in_words(spec, error, message):
    with pytest.raises(error, match=message):
        world_named(spec)


def test_knobs_are_read_from_the_name():
    world = world_named("Keys:few=1,many=3", size=5, horizon=None)
    assert (world.few, world.many, world.size, world.steps) == (1, 3, 5, world.steps_for(5))
    assert world_named(world.spec) == world


def test_numpys_numbers_are_knobs_too():
    world = world_named("Keys", size=np.int64(7), few=np.int8(1), horizon=np.int32(9), density=np.float32(0.25))
    assert world == world_named("Keys:size=7,few=1,horizon=9,density=0.25") and type(world.size) is int
    assert world.spec == "Keys:size=7,horizon=9,few=1,density=0.25"
