"""The batched environment: equal, step by step and key by key, to Gymnasium's loop over single ones."""

import copy
import pickle
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
from gymnasium.error import InvalidAction, ResetNeeded
from gymnasium.utils.passive_env_checker import data_shares_objects
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from hypothesis import given, settings
from hypothesis import strategies as st
from innershift.envs import (
    WORLDS,
    GridWorld,
    KnobError,
    Level,
    LevelDistribution,
    LevelError,
    UnknownName,
    VectorGridWorld,
    World,
    world_named,
)
from innershift.envs.layouts import blocks
from innershift.envs.world import Channel, Claim, Field, Proxy, destination, weigh

SMALL = {
    "CheeseCorner": {"world": "CheeseCorner", "size": 5},
    "Doors": {"world": "Doors", "size": 4, "objects": 2},
    "DoorsCommand": {"world": "Doors", "size": 4, "mode": "command"},
    "Keys": {"world": "Keys", "size": 3, "few": 1, "many": 2},
    "Lever": {"world": "Lever", "size": 5, "items": 1, "glass": 1, "chain": 4, "depth": 3},
}
SMALL |= {name: {"world": name} for name in WORLDS if name not in SMALL}
MODES = [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP]


def slippery_rules(solid, width, params, fields, action, nxt, events, chance, ended):
    cell = destination(solid, width, fields[0], action)
    nxt[0, 0], nxt[1, 0], nxt[2, 0] = cell, fields[0], params[0]
    chance[0], chance[1], chance[2] = 0.6, 0.3, 0.1
    for k in range(3):
        events[k, 0] = k
        ended[k] = nxt[k, 0] == params[0]
    return 3


def slippery_paint(params, fields, value, planes):
    planes[fields[0], 1] = value


@dataclass(frozen=True)
class Slippery(World):
    name: ClassVar[str] = "Slippery"
    symbols: ClassVar[dict] = {"g": "goal"}
    field_names: ClassVar[tuple] = ("agent",)
    events: ClassVar[tuple] = ("slipped",)
    channels: ClassVar[tuple] = (Channel("wall", "wall"), Channel("agent", "agent"))
    branches: ClassVar[int] = 3
    rules = staticmethod(slippery_rules)
    paint = staticmethod(slippery_paint)
    base = property(lambda self: weigh(slipped="-0.1"))
    proxies = property(lambda self: {"slip": Proxy(weigh(slipped=3), "never", Claim(0.0, 0.0, 0.0))})
    contacts: ClassVar[dict] = {}

    def check(self, level):
        pass

    def fields(self, level=None):
        return (Field("agent", level.walls.size if level else self.shape[0] * self.shape[1]),)

    def encode(self, level):
        return np.array(level.cells("g"), dtype=np.int32)

    def start(self, level):
        return (level.agent,)

    def resume(self, level, fields):
        raise NotImplementedError

    def read(self, planes):
        raise NotImplementedError

    def layout(self, rng):
        return blocks(rng, self.size, 0.1)

    def place(self, rng, walls, shift, phase):
        agent, goal = (int(cell) for cell in rng.choice(np.flatnonzero(~walls), 2, replace=False))
        return Level(self, walls, agent, (("g", goal),), {}, self.steps, phase)


def same(a, b, path="infos"):
    """Assert that two results are equal down to types, keys and masks."""
    assert type(a) is type(b), path
    if isinstance(a, dict):
        assert a.keys() == b.keys(), path
        for key in a:
            same(a[key], b[key], f"{path}[{key!r}]")
    elif isinstance(a, tuple):
        assert len(a) == len(b), path
        for i, (one, other) in enumerate(zip(a, b, strict=True)):
            same(one, other, f"{path}[{i}]")
    elif isinstance(a, np.ndarray):
        assert (a.dtype, a.shape) == (b.dtype, b.shape), path
        if a.dtype == object:
            for i, (one, other) in enumerate(zip(a, b, strict=True)):
                same(one, other, f"{path}[{i}]")
        else:
            np.testing.assert_array_equal(a, b, path)
    else:
        assert a == b, path


def pair(count, autoreset_mode=AutoresetMode.NEXT_STEP, **options):
    """The batched environment and Gymnasium's loop over single ones."""
    loop = SyncVectorEnv([lambda: GridWorld(**options) for _ in range(count)], autoreset_mode=autoreset_mode)
    return VectorGridWorld(num_envs=count, autoreset_mode=autoreset_mode, **options), loop


def assert_equal_walks(batch, loop, rng, steps, seed=None):
    """Step both with the same actions; how many episodes ended."""
    ends = 0
    same(batch.reset(seed=seed), loop.reset(seed=copy.copy(seed)))
    for step in range(steps):
        actions = rng.integers(5, size=batch.num_envs)
        results = batch.step(actions)
        same(results, loop.step(actions), f"step {step}")
        ends += int((results[2] | results[3]).sum())
    return ends


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("obs", ["planes", "rgb", "state"])
@pytest.mark.parametrize("name", SMALL)
def test_equals_the_loop_over_single_environments(name, obs, mode):
    ends = []

    @settings(max_examples=4, deadline=None)
    @given(
        seed=st.integers(0, 2**32) | st.lists(st.integers(0, 2**32), min_size=3, max_size=3),
        shift=st.sampled_from([0.0, 0.5, 1.0]),
        mix=st.sampled_from([None, 0.5]),
        horizon=st.integers(3, 9),
        actions=st.integers(0, 2**32),
    )
    def check(seed, shift, mix, horizon, actions):
        batch, loop = pair(3, mode, shift=shift, mix=mix, horizon=horizon, obs=obs, tile=4, **SMALL[name])
        rng = np.random.default_rng(actions)
        ends.append(assert_equal_walks(batch, loop, rng, 60, seed))
        ends.append(assert_equal_walks(batch, loop, rng, 5))
        assert batch.np_random_seed == loop.np_random_seed
        for one, other in zip(batch.np_random, loop.np_random, strict=True):
            assert one.bit_generator.state == other.bit_generator.state

    check()
    assert sum(ends) > 40


@pytest.mark.parametrize("obs", ["planes", "state"])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("world", [world_named("Doors", size=4, horizon=9), Slippery(size=4, horizon=6)])
def test_equals_the_loop_over_single_environments_that_draw_from_a_pool(world, mode, obs):
    levels = LevelDistribution.train(world).levels(0, 5)
    batch, loop = pair(5, mode, world=world, levels=levels, obs=obs)
    assert assert_equal_walks(batch, loop, np.random.default_rng(0), 200, seed=2) > 20
    assert len(set(batch.levels)) > 1
    for one, other in zip(batch.np_random, loop.np_random, strict=True):
        assert one.bit_generator.state == other.bit_generator.state


@pytest.mark.parametrize("mode", list(AutoresetMode))
def test_equals_the_loop_when_reset_by_a_mask(mode):
    batch, loop = pair(4, mode, horizon=5, **SMALL["Doors"])
    rng = np.random.default_rng(0)
    same(batch.reset(seed=1), loop.reset(seed=1))
    over = np.zeros(4, dtype=bool)
    for step in range(150):
        mask = over | (rng.random(4) < 0.2)
        if mask.any():
            options = {"reset_mask": mask}
            seed = [int(s) if s else None for s in rng.integers(3, size=4)]
            result = batch.reset(seed=seed, options=options)
            assert options["reset_mask"] is mask
            same(result, loop.reset(seed=seed, options=options), f"reset {step}")
        actions = rng.integers(5, size=4)
        results = batch.step(actions)
        same(results, loop.step(actions), f"step {step}")
        over = (results[2] | results[3]) if mode is AutoresetMode.DISABLED else np.zeros(4, dtype=bool)


@pytest.mark.parametrize("obs", ["planes", "state"])
@pytest.mark.parametrize("mode", MODES)
def test_chance_is_the_row_s_own(mode, obs):
    batch, loop = pair(4, mode, world=Slippery(size=4, horizon=6), obs=obs)
    assert assert_equal_walks(batch, loop, np.random.default_rng(0), 120, seed=3) > 40


def test_chance_is_the_row_s_own_after_going_back():
    env, rng = GridWorld(Slippery(size=4, horizon=50)), np.random.default_rng(0)
    env.reset(seed=0)
    env.step(0)
    state, actions = env.get_state(), rng.integers(5, size=12)

    def go_on():
        out = []
        for action in actions:
            seen, *rest = env.step(action)
            out.append((seen.tolist(), *rest))
            if rest[1]:
                env.reset()
        return out

    future = go_on()
    assert len({info["events"]["slipped"] for *_, info in future}) > 1
    env.set_state(state)
    assert go_on() == future


def test_a_level_and_reset_options_reach_every_row():
    drawing = "horizon: 3\n#####\n#A.c#\n#####"
    batch, loop = pair(2, world="CheeseCorner", level=drawing)
    assert_equal_walks(batch, loop, np.random.default_rng(0), 10, seed=0)
    options = {"level": drawing.replace("A.", ".A")}
    same(batch.reset(seed=1, options=options), loop.reset(seed=1, options=options))
    assert [level.agent for level in batch.levels] == [7, 7] == batch.fields[:, 0].tolist()


@pytest.mark.parametrize("obs", ["planes", "rgb", "state"])
@pytest.mark.parametrize("mode", MODES)
def test_results_are_safe_to_keep(obs, mode):
    env = VectorGridWorld(num_envs=3, autoreset_mode=mode, obs=obs, horizon=2, **SMALL["Keys"])
    kept = [env.reset(seed=0)]
    kept += [(seen, (*rest, infos)) for seen, *rest, infos in (env.step(np.zeros(3, int)) for _ in range(4))]
    before = copy.deepcopy(kept)
    for _ in range(5):
        kept_last = env.step(np.ones(3, int))
    for a, b in zip(kept, before, strict=True):
        same(a[0], b[0])
        assert not data_shares_objects(a[0], kept_last[0]) and not data_shares_objects(a[1], kept_last[4])
    env.reset(seed=1)
    same(kept[1][1], before[1][1])


def test_without_copies_planes_are_the_live_array():
    env = VectorGridWorld(num_envs=2, copy=False, **SMALL["Keys"])
    first, _ = env.reset(seed=0)
    assert env.step(np.array([0, 1]))[0] is first


@pytest.mark.parametrize("mode", list(AutoresetMode))
def test_modes_by_name_and_value(mode):
    for given_mode in (mode, mode.name, mode.value):
        env = VectorGridWorld(autoreset_mode=given_mode, **SMALL["Keys"])
        assert env.metadata["autoreset_mode"] is env.autoreset_mode is mode
    assert "autoreset_mode" not in GridWorld.metadata


def test_ended_rows_with_autoreset_disabled_ask_for_a_reset():
    env = VectorGridWorld("Keys", 3, horizon=1, autoreset_mode="DISABLED")
    env.reset(seed=0)
    env.step(np.zeros(3, int))
    env.reset(options={"reset_mask": np.array([False, True, False])})
    with pytest.raises(ResetNeeded, match=r"rows \[0, 2\] are over and autoreset is disabled.*reset_mask"):
        env.step(np.zeros(3, int))


@pytest.mark.parametrize(
    ("actions", "words"),
    [
        ([0, 5], "action 5 of row 1 does not exist; give one of 0 up, 1 down, 2 left, 3 right, 4 stay"),
        ([-1, 0], "action -1 of row 0 does not exist"),
        (np.array([2**63 + 5, 0], dtype=np.uint64), "action 9223372036854775813 of row 0 does not exist"),
        ([0.0, 1.0], "are not 2 whole numbers; give one of 0 up"),
        ([0], r"actions \[0\] are not 2 whole numbers"),
        ([[0, 1]], "are not 2 whole numbers"),
        (None, "actions None are not 2 whole numbers"),
    ],
)
def test_wrong_actions(actions, words):
    env = VectorGridWorld(num_envs=2, **SMALL["Keys"])
    env.reset(seed=0)
    with pytest.raises(InvalidAction, match=words):
        env.step(actions)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"num_envs": 0}, KnobError, "num_envs 0 is not a whole number of at least 1"),
        ({"autoreset_mode": "NextSteps"}, UnknownName, "Unknown autoreset mode 'NextSteps'. Did you mean 'NextStep'?"),
        ({"shift": 2}, KnobError, r"shift 2 is outside \[0, 1\]"),
        ({"obs": "pixels"}, UnknownName, "Unknown observation kind 'pixels'"),
        ({"render_mode": "humane"}, UnknownName, "Did you mean 'human'?"),
        ({"fw": 1}, UnknownName, "Unknown option of Keys 'fw'. Did you mean 'few'?"),
    ],
)
def test_wrong_options(options, error, words):
    with pytest.raises(error, match=words):
        VectorGridWorld(**({"world": "Keys"} | options))


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"seed": [1, 2]}, KnobError, "2 seeds for num_envs=3"),
        ({"options": {"reset_mask": np.zeros(3, bool)}}, KnobError, r"not a boolean array of shape \(3,\) with a True"),
        ({"options": {"reset_mask": [True] * 3}}, KnobError, "is not a boolean array"),
        ({"options": {"reset_mask": np.ones(3)}}, KnobError, "is not a boolean array"),
        ({"options": {"reset_mask": np.arange(3) > 1}}, ResetNeeded, r"leaves out rows \[0, 1\] that never began"),
        ({"options": {"resetmask": None}}, UnknownName, "Did you mean 'reset_mask'?"),
        ({"options": {"level": "#####\n#A.k#\n#####"}}, LevelError, "is 3 x 5 cells, this environment shows 5 x 5"),
    ],
)
def test_wrong_resets(arguments, error, words):
    env = VectorGridWorld(num_envs=3, **SMALL["Keys"])
    with pytest.raises(error, match=words):
        env.reset(**arguments)
    with pytest.raises(ResetNeeded, match=r"No episode has begun: call reset\(\) before step\(\)"):
        env.step(np.zeros(3, int))
    with pytest.raises(ResetNeeded, match="No levels are in play"):
        _ = env.levels


def test_numpys_numbers_are_seeds():
    expected = VectorGridWorld(num_envs=3, **SMALL["Keys"]).reset(seed=3)[0]
    for seed in (np.int64(3), np.array([3, 4, 5]), [np.int32(3), 4, np.uint8(5)]):
        assert np.array_equal(VectorGridWorld(num_envs=3, **SMALL["Keys"]).reset(seed=seed)[0], expected)


def test_rows_without_seeds_differ():
    env = VectorGridWorld("Lever", 4)
    env.reset()
    assert len(set(env.levels)) == 4 and len(set(env.np_random_seed)) == 4


@pytest.mark.parametrize("twin", [copy.deepcopy, lambda env: pickle.loads(pickle.dumps(env))])
def test_copies_go_on_alike(twin):
    env = VectorGridWorld(num_envs=3, horizon=4, autoreset_mode="SameStep", **SMALL["Doors"])
    env.reset(seed=0)
    env.step(np.zeros(3, int))
    other, actions = twin(env), np.random.default_rng(0).integers(5, size=(20, 3))
    for a in actions:
        same(env.step(a), other.step(a))


def test_rendering(monkeypatch):
    env = VectorGridWorld("Keys", 3, size=5, render_mode="rgb_array")
    env.reset(seed=0)
    single = GridWorld("Keys", size=5, render_mode="rgb_array")
    single.reset(seed=1)
    pictures = env.render()
    assert len(pictures) == 3
    np.testing.assert_array_equal(pictures[1], single.render())
    assert env.mosaic().shape[2] == 3 and max(env.mosaic().shape) <= 970 and min(env.mosaic(80).shape[:2]) >= 28
    text = VectorGridWorld("Keys", 2, size=5, render_mode="ansi")
    text.reset(seed=0)
    assert [type(words) for words in text.render()] == [str, str]
    silent = VectorGridWorld("Keys", 2, size=5)
    silent.reset(seed=0)
    with pytest.warns(UserWarning, match="without specifying any render mode"):
        assert silent.render() is None


def test_human_rendering(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    env = VectorGridWorld("Keys", 2, size=5, render_mode="human")
    env.metadata["render_fps"] = 1000
    env.reset(seed=0)
    env.step(np.zeros(2, int))
    assert not env._window.closed and env.render() is None
    window = env._window
    env.close()
    env.close()
    assert window.closed and env.closed
