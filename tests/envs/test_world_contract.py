"""What every world promises, walked state by state: one set of rules steps, enumerates and draws it.

Each world's rules are written down a second time here, in plain Python from its docstring, and compared transition by
transition with the enumerated model; the model is compared row by row with the stepping engine.
"""

import importlib
import pkgutil
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from innershift.agents.planner import reward_of
from innershift.agents.planning import ValueIteration
from innershift.envs.engine import SKIP, Batch
from innershift.envs.errors import KnobError, StateSpaceError, UnknownName
from innershift.envs.level import Level
from innershift.envs.mdp import MDP
from innershift.envs.worlds import WORLDS, world_named

sys.path.insert(0, str(Path(__file__).parent))
import oracles

MODULES = [
    importlib.import_module(f"oracles.{module.name}")
    for module in pkgutil.iter_modules(oracles.__path__)
    if module.name != "common"
]
SPECS = [spec for module in MODULES for spec in module.SPECS]
CASES = [
    case
    for module in MODULES
    for case in (
        *((spec, seed) for spec in module.SPECS for seed in range(4)),
        *module.DRAWN,
        *getattr(module, "LARGE", ()),
    )
]
ORACLES: dict[str, ModuleType] = {module.SPECS[0].partition(":")[0]: module for module in MODULES}
DRAWS = 6
"""Times that each action of a stochastic world is taken in each state."""


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


def stepped(mdp: MDP) -> tuple[Batch, np.ndarray]:
    """Every action taken in every state, `DRAWS` times where chance decides; the batch, and `[rows]` s * A + a."""
    pairs = np.repeat(np.arange((mdp.n_states - 1) * 5), 1 if mdp.deterministic else DRAWS)
    batch = Batch(mdp.level.world, pairs.size, (mdp.level.height, mdp.level.width))
    for row, pair in enumerate(pairs):
        batch.load(row, mdp.level, noise=7919 * row)
        batch.place(row, mdp.states[pair // 5], 0)
    batch.step(pairs % 5)
    return batch, pairs


def test_stepping_equals_the_table_in_every_state_and_action(mdp):
    """Fields, events, reward, proxies, end and planes: each step lands on a branch of the table."""
    level, world = mdp.level, mdp.level.world
    batch, pairs = stepped(mdp)
    branch = np.full(pairs.size, -1)
    for k in range(mdp.successor.shape[2]):
        successor = mdp.successor[..., k].ravel()[pairs]
        same = (batch.terminated == (successor == mdp.absorbing)) & (mdp.chance[..., k].ravel()[pairs] > 0)
        same &= (batch.events == mdp.counts[:, :, k].reshape(-1, len(world.events))[pairs]).all(axis=1)
        branch[same & (batch.terminated | (batch.fields == mdp.states[successor]).all(axis=1))] = k
    assert (branch >= 0).all()
    assert np.allclose(batch.reward, batch.events @ world.vector(world.base))
    for k, proxy in enumerate(world.proxies.values()):
        assert np.allclose(batch.proxies[k], batch.events @ world.vector(proxy.weights))
    assert np.array_equal(batch.truncated, ~batch.terminated & (level.horizon == 1)) and (batch.clock == 1).all()
    for row in range(pairs.size):
        assert np.array_equal(batch.planes[row], level.planes(batch.fields[row]))


def test_chance_follows_the_table(mdp):
    """Sums of events and of the fields over all steps are within five standard deviations of what the table expects."""
    batch, pairs = stepped(mdp)
    chance = mdp.chance.reshape(-1, mdp.chance.shape[2])[pairs]
    fields = mdp.states[mdp.successor] * (mdp.successor != mdp.absorbing)[..., None]
    told = np.concatenate([mdp.counts, fields], axis=3).reshape(len(mdp.chance) * 5, chance.shape[1], -1)[pairs].astype(float)
    mean = np.einsum("rk,rkx->rx", chance, told)
    deviation = np.sqrt(np.einsum("rk,rkx->x", chance, (told - mean[:, None]) ** 2))
    seen = np.concatenate([batch.events, batch.fields * ~batch.terminated[:, None]], axis=1)
    assert (np.abs((seen - mean).sum(axis=0)) <= 5 * deviation + 1e-6).all()


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
    """Summed over where a step lands, weighed by its chance, they are the events expected."""
    landing = mdp.transition
    for e, matrix in enumerate(mdp.events):
        assert np.allclose((matrix * landing).sum(axis=1), mdp.expected_events[:, :, e].ravel())
        if mdp.deterministic:
            rows, counts = np.arange(matrix.shape[0]), mdp.counts[:, :, 0, e].ravel()
            assert np.array_equal(matrix[rows, mdp.successor.ravel()], counts)
            assert matrix.count_nonzero() == np.count_nonzero(counts), "events where no step leads"
    assert np.allclose(mdp.expected_events, (mdp.counts * mdp.chance[..., None]).sum(axis=2))


# The rules, written a second time ---------------------------------------------------------------------------------


def outcomes(rows) -> Counter:
    """Probability of each (state after, events, ended); a state after the end does not matter."""
    total = Counter()
    for chance, state, events, ended in rows:
        told = frozenset((event, n) for event, n in events.items() if n)
        total[None if ended else state, told, bool(ended)] += float(chance)
    return total


def test_the_model_equals_the_rules_as_told(mdp):
    """Plain breadth-first search over the second writing of the rules finds the same states and transitions."""
    level, oracle = mdp.level, ORACLES[mdp.level.world.name]
    queue = [oracle.start(level)]
    index = {queue[0]: mdp.initial}
    for state in queue:
        here = index[state]
        for action in range(5):
            rows = oracle.step(level, state, action)
            for _, after, _, ended in rows:
                if not ended and after not in index:
                    index[after] = mdp.index(np.array(oracle.fields(level, after)))
                    queue.append(after)
            told = outcomes((p, None if ended else index[after], events, ended) for p, after, events, ended in rows)
            found = []
            for k in np.flatnonzero(mdp.chance[here, action]):
                target, counts = int(mdp.successor[here, action, k]), mdp.counts[here, action, k].tolist()
                events = dict(zip(level.world.events, counts, strict=True))
                found.append((mdp.chance[here, action, k], target, events, target == mdp.absorbing))
            found = outcomes(found)
            assert told.keys() == found.keys(), (level.draw(), state, action)
            assert all(abs(told[key] - found[key]) < 1e-12 for key in told), (level.draw(), state, action)
    assert len(index) == mdp.n_states - 1 == len(set(index.values()))


# Reading and resuming ----------------------------------------------------------------------------------------------


def test_what_is_drawn_is_read_back_from_every_state(mdp):
    level, world = mdp.level, mdp.level.world
    as_read = getattr(ORACLES[world.name], "as_read", None)
    for state in mdp.states[:-1]:
        read, there = world.read(level.planes(state)), world.resume(level, state)
        visible = {key: value for key, value in there.header.items() if key not in world.unseen}
        assert np.array_equal(read.walls, there.walls) and read.agent == there.agent
        if as_read is not None:
            hidden = Level(world, there.walls, there.agent, there.things, visible, there.horizon)
            assert as_read(read) == as_read(hidden)
        else:
            assert (read.things, dict(read.header)) == (there.things, visible)
            assert read.horizon == world.steps
        assert np.array_equal(read.planes(), level.planes(state))


def test_a_resumed_level_goes_on_as_the_state_did(mdp):
    """The rest of the episode is worth the same, by the base reward and every proxy that is not about what is forgotten."""
    level, world = mdp.level, mdp.level.world
    horizon = min(level.horizon, 12)
    forgotten = set(getattr(ORACLES[world.name], "FORGOTTEN", ()))
    paid = [world.base, *(p.weights for p in world.proxies.values() if not forgotten & set(p.weights))]
    rewards = [world.exact(weights)[0] for weights in paid]
    values = [ValueIteration().solve(mdp, reward_of(mdp, w), horizon).values[horizon] for w in rewards]
    rng = np.random.default_rng(0)
    for index in rng.permutation(mdp.n_states - 1)[:40]:
        again = world.resume(level, mdp.states[index])
        assert again.horizon == level.horizon and again.phase == level.phase
        assert world.parse(again.draw()) == again
        assert np.array_equal(again.planes(), level.planes(mdp.states[index]))
        rest = again.to_mdp()
        for w, value in zip(rewards, values, strict=True):
            best = ValueIteration().solve(rest, reward_of(rest, w), horizon).values[horizon, rest.initial]
            assert best == value[index] if mdp.deterministic else np.isclose(best, value[index], rtol=0, atol=1e-9 * abs(w).max())


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
        assert set(world.deeds) <= set(world.events)
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
        ("CheeseCornr", UnknownName, "world 'CheeseCornr'.*Did you mean 'CheeseCorner'.*Allowed: CheeseCorner, .*Lever"),
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


@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize("value", [True, np.bool_(False)])
def test_a_yes_or_no_is_no_knob(name, value):
    for knob in ("size", "horizon"):
        with pytest.raises(KnobError, match=f"{name}: {knob} .* is neither a number nor a word"):
            world_named(name, **{knob: value})
