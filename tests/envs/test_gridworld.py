"""The single environment: what it shows and tells, what it refuses, and that it can go back."""

import copy
import pickle

import gymnasium
import numpy as np
import pytest
from gymnasium.error import InvalidAction, ResetNeeded
from hypothesis import given, settings
from hypothesis import strategies as st
from innershift.envs import WORLDS, GridWorld, KnobError, Level, LevelDistribution, LevelError, UnknownName, world_named
from innershift.envs.render import tiles

SMALL = {
    "CheeseCorner": {"size": 5},
    "Doors": {"size": 5, "mode": "command"},
    "Keys": {"size": 5, "few": 1, "many": 2},
    "Lever": {"size": 5, "items": 1, "glass": 1, "chain": 4, "depth": 3},
    "Runner": {"size": 5, "tall": 3, "patrols": 1, "gaps": 0},
}
KEYS = """
    horizon: 4
    #######
    #A.k..#
    #..t..#
    #######
"""


def walk(env, seed, steps):
    """What `steps` random actions return, with resets in between; arrays as bytes, to compare."""
    rng, out = np.random.default_rng(seed), []
    for _ in range(steps):
        seen, *rest = env.step(int(rng.integers(5)))
        out.append((seen.tobytes(), *rest))
        if rest[1] or rest[2]:
            seen, info = env.reset()
            out.append((seen.tobytes(), info))
    return out


@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize("obs", ["planes", "rgb", "state"])
def test_observations_show_the_state(name, obs):
    env = GridWorld(name, obs=obs, tile=4, **SMALL.get(name, {}))
    rng = np.random.default_rng(1)
    for episode in range(4):
        seen, _ = env.reset(seed=episode)
        kept, before = seen, seen.copy()
        over = False
        while not over:
            planes = env.level.planes(env.fields)
            expected = {"planes": planes, "rgb": tiles(env.world, planes, 4), "state": env.fields}[obs]
            np.testing.assert_array_equal(seen, expected)
            assert seen in env.observation_space and seen.dtype == env.observation_space.dtype
            seen, _, terminated, truncated, _ = env.step(rng.integers(5))
            over = terminated or truncated
        np.testing.assert_array_equal(kept, before)


@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize(("shift", "phase"), [(0, "train"), (1, "deploy")])
def test_info_tells_what_observations_hide(name, shift, phase):
    env = GridWorld(name, shift=shift, horizon=80, **SMALL.get(name, {}))
    world, rng = env.world, np.random.default_rng(2)
    _, info = env.reset(seed=3)
    assert info == {
        "events": dict.fromkeys(world.events, 0),
        "base": 0.0,
        "proxies": dict.fromkeys(world.proxies, 0.0),
        "level_id": env.level.id,
        "phase": phase,
    }
    paid = 0
    for _ in range(2000):
        _, reward, terminated, truncated, info = env.step(int(rng.integers(5)))
        counts = np.array(list(info["events"].values()))
        assert tuple(info["events"]) == world.events and all(type(n) is int for n in info["events"].values())
        assert reward == info["base"] == pytest.approx(world.vector(world.base) @ counts)
        for proxy, value in info["proxies"].items():
            assert value == pytest.approx(world.vector(world.proxies[proxy].weights) @ counts)
        assert (info["level_id"], info["phase"]) == (env.level.id, phase)
        paid += reward > 0
        if terminated or truncated:
            env.reset()
    assert paid


def test_levels_come_from_the_law_in_order():
    env, law = GridWorld("Keys", shift=1, mix=0.5, size=5), LevelDistribution.of(world_named("Keys", size=5), 1, 0.5)
    rng = gymnasium.utils.seeding.np_random(7)[0]
    for i in range(5):
        env.reset(seed=7 if i == 0 else None)
        assert env.level == law.sample(rng)
        rng.integers(2**63)


def test_the_horizon_truncates_and_then_a_reset_is_needed():
    env = GridWorld("Keys", level=KEYS)
    with pytest.raises(ResetNeeded, match=r"No episode has begun: call reset\(\) before step\(\)"):
        env.step(0)
    env.reset()
    assert [env.step(4)[2:4] for _ in range(4)] == [(False, False)] * 3 + [(False, True)]
    with pytest.raises(ResetNeeded, match=r"The episode is over: call reset\(\) before step\(\)"):
        env.step(4)
    env.reset()
    env.step(4)


def test_what_ends_an_episode_at_the_horizon_terminates_it():
    env = GridWorld("CheeseCorner", level="horizon: 1\n#####\n#cA.#\n#####")
    env.reset()
    assert env.step(2)[1:4] == (0.98, True, False)


@pytest.mark.parametrize(
    ("action", "words"),
    [
        (5, "action 5 does not exist; give one of 0 up, 1 down, 2 left, 3 right, 4 stay"),
        (-1, "action -1 does not exist"),
        (1.0, "action 1.0 is not a whole number"),
        (None, "action None is not a whole number"),
        ("up", "action 'up' is not a whole number"),
        (True, "action True is not a whole number"),
        (np.array([1]), r"action array\(\[1\]\) is not a whole number"),
        (np.array(1.0), r"action array\(1\.\) is not a whole number"),
    ],
)
def test_wrong_actions(action, words):
    env = GridWorld("Keys", size=5, few=1, many=2)
    env.reset(seed=0)
    before = env.get_state()
    with pytest.raises(InvalidAction, match=words):
        env.step(action)
    assert env.get_state() == before


@pytest.mark.parametrize("action", [1, np.int64(1), np.uint8(1), np.array(1)])
def test_right_actions_of_all_kinds(action):
    env = GridWorld("CheeseCorner", level="#####\n#A..#\n#..c#\n#####")
    env.reset()
    assert env.step(action)[4]["events"]["moved"] == 1


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"world": "Key"}, UnknownName, "Unknown world 'Key'. Did you mean 'Keys'?"),
        ({"world": 3}, UnknownName, "Unknown world 3"),
        ({"fw": 2}, UnknownName, "Unknown option of Keys 'fw'. Did you mean 'few'?"),
        ({"shfit": 1}, UnknownName, "Unknown option of Keys 'shfit'. Did you mean 'shift'?"),
        ({"events": 1}, UnknownName, "Unknown option of Keys 'events'"),
        ({"shift": 1.5}, KnobError, r"shift 1.5 is outside \[0, 1\]"),
        ({"mix": -0.1}, KnobError, r"mix -0.1 is outside \[0, 1\]"),
        ({"shift": "deploy"}, KnobError, r"shift 'deploy' is outside \[0, 1\]"),
        ({"layouts": "deplyo"}, UnknownName, "Did you mean 'deploy'?"),
        ({"size": 2}, KnobError, "size 2 is not a whole number from 3 to 61"),
        ({"few": 9}, KnobError, "few=9"),
        ({"horizon": 0}, KnobError, "horizon 0 is not a whole number of steps of at least 1"),
        ({"obs": "plane"}, UnknownName, r"Did you mean 'planes'\? Allowed: planes, rgb, state\."),
        ({"tile": 5}, KnobError, "tile 5 is not 4 or 8 pixels a cell"),
        ({"render_mode": "rgb"}, UnknownName, "Unknown render mode 'rgb'. Did you mean 'rgb_array'?"),
        ({"level": "#####\n#A.k#\n#####", "size": 5}, LevelError, "is 3 x 5 cells, this environment shows 7 x 7"),
        ({"level": "#####\n#A.x#\n#####"}, LevelError, "row 2, column 4: 'x' is not a symbol here"),
        ({"level": "Keys-0123456789"}, LevelError, "level 'Keys-0123456789' is not a drawing"),
        ({"level": 7.5}, LevelError, "level 7.5 is neither a Level, nor a drawing, an id or a seed"),
        (
            {"level": world_named("CheeseCorner").parse("#####\n#A.c#\n#####")},
            LevelError,
            r"belongs to the world CheeseCorner, this environment plays Keys; make one with GridWorld\('Ch",
        ),
    ],
)  # fmt: skip
def test_wrong_options(options, error, words):
    with pytest.raises(error, match=words):
        GridWorld(**({"world": "Keys"} | options))


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"levle": KEYS}, UnknownName, "Unknown reset option 'levle'. Did you mean 'level'?"),
        (
            {"level": "#####\n#A.k#\n#####"},
            LevelError,
            "is 3 x 5 cells, this environment shows 7 x 7, borders included",
        ),
        ({"level": KEYS.replace("A", "AA")}, LevelError, "must be equally long"),
        ({"level": GridWorld("Doors").task.law.levels(0, 1)[0]}, LevelError, "belongs to the world Doors"),
        ({"level": b"#"}, LevelError, "neither a Level, nor a drawing"),
        ([KEYS], TypeError, r"options \[.*\] are not a dict; give {'level': \.\.\.}, or None"),
    ],
)
def test_wrong_reset_options_leave_the_environment_as_it_was(options, error, words):
    env = GridWorld("Keys", size=5)
    env.reset(seed=0)
    before = env.get_state()
    with pytest.raises(error, match=words):
        env.reset(seed=1, options=options)
    assert env.get_state() == before


def test_state_spaces_hold_every_level_that_fits():
    env = GridWorld("Lever", obs="state", level="#####\n#A.*#\n#####")
    assert env.observation_space.nvec.tolist() == [81, 64, 13]
    long = GridWorld("Keys", obs="state", size=3, few=1, many=1).world.parse(
        "#" * 40 + "\n#A" + "." * 36 + "k#\n" + "#" * 40
    )
    env = GridWorld("Keys", obs="state", size=None, few=1, many=1, level=long)
    assert env.observation_space.nvec[0] == 13 * 13
    assert env.reset(options={"level": long})[0].tolist() == [41, 1, 0]


def test_a_level_can_be_fixed_or_given_at_a_reset():
    world = world_named("Keys", size=9)
    level = world.parse(KEYS)
    for either in (KEYS, level):
        env = GridWorld("Keys", level=either)
        assert env.observation_space.shape == (4, 7, 5)
        env.reset(seed=0)
        assert env.level == level and env.level.horizon == 4
        env.reset()
        assert env.level == level
    other = KEYS.replace("A.k", ".Ak")
    assert env.reset(options={"level": other})[1]["phase"] == "custom"
    assert env.level == world.parse(other)
    env.reset(options={"level": None})
    assert env.level == level


def test_a_level_of_the_same_world_with_other_knobs_is_read_again():
    told = LevelDistribution.train(world_named("Doors", size=5, mode="command")).levels(0, 1)[0]
    with pytest.raises(LevelError, match="has a meaning only with mode='command'"):
        GridWorld("Doors", size=5).reset(options={"level": told})
    plain = LevelDistribution.train(world_named("Doors", size=5, density=0.5)).levels(0, 1)[0]
    env = GridWorld("Doors", size=5)
    assert env.reset(options={"level": plain})[1]["phase"] == "train"
    assert env.level == plain and env.level.world == env.world


def test_worlds_by_name_with_knobs_and_as_objects():
    for env in (
        GridWorld("Doors:mode=command,size=5"),
        GridWorld("Doors", mode="command", size=5),
        GridWorld(world_named("Doors", mode="command"), size=5),
        GridWorld("Doors:mode=command", size=5),
    ):
        assert env.world.spec == "Doors:size=5,mode=command"


@settings(max_examples=8, deadline=None)
@given(st.sampled_from(list(WORLDS)), st.integers(0, 2**32), st.integers(0, 30))
def test_snapshots_bring_everything_back(name, seed, steps):
    env = GridWorld(name, shift=0.5, mix=0.5, horizon=6, **SMALL.get(name, {}))
    env.reset(seed=seed)
    walk(env, seed, steps)
    snapshot = env.get_state()
    future = walk(env, seed + 1, 40)
    env.set_state(snapshot)
    assert env.get_state() == snapshot
    assert walk(env, seed + 1, 40) == future
    other = GridWorld(name, shift=0.5, mix=0.5, horizon=6, **SMALL.get(name, {}))
    other.set_state(pickle.loads(pickle.dumps(snapshot)))
    assert walk(other, seed + 1, 40) == future


def test_snapshots_and_ends():
    env = GridWorld("Keys", level=KEYS)
    with pytest.raises(ResetNeeded, match=r"before the first reset\(\)"):
        env.get_state()
    env.reset(seed=0)
    alive = env.get_state()
    for _ in range(4):
        env.step(4)
    dead = env.get_state()
    env.set_state(alive)
    env.step(3)
    env.set_state(dead)
    with pytest.raises(ResetNeeded, match="The episode is over"):
        env.step(4)
    with pytest.raises(LevelError, match="this environment shows 7 x 7"):
        GridWorld("Keys", size=5).set_state(alive)
    with pytest.raises(TypeError, match=r"give back what get_state\(\) returned"):
        env.set_state(env.level)


@pytest.mark.parametrize("twin", [copy.deepcopy, lambda env: pickle.loads(pickle.dumps(env))])
@pytest.mark.parametrize("name", WORLDS)
def test_copies_go_on_alike_and_apart(name, twin):
    env = GridWorld(name, shift=1, horizon=6, **SMALL.get(name, {}))
    twin(env)
    env.reset(seed=5)
    walk(env, 0, 3)
    other = twin(env)
    state = env.get_state()
    future = walk(other, 1, 30)
    assert env.get_state() == state
    assert walk(env, 1, 30) == future


def test_seeds_reproduce():
    def run(seed):
        env = GridWorld("Lever", shift=1, **SMALL["Lever"])
        return [env.reset(seed=seed)[1], walk(env, 0, 100)]

    assert run(4) == run(4) != run(5)


def test_numpys_numbers_are_seeds_and_sizes():
    env = GridWorld("Keys", size=np.int64(5))
    seen = env.reset(seed=np.int64(3))[0]
    assert seen.shape == (7, 7, 5) and np.array_equal(seen, GridWorld("Keys", size=5).reset(seed=3)[0])


def test_rendering(monkeypatch):
    env = GridWorld("Keys", size=5, render_mode="rgb_array")
    env.reset(seed=0)
    picture = env.render()
    assert picture.shape == (7 * 48, 7 * 48, 3) and picture.dtype == np.uint8
    env.step(next(a for a in range(4) if not env.level.solid[env.level.agent + (-7, 7, -1, 1)[a]]))
    assert (env.render() != picture).any()
    monkeypatch.setenv("NO_COLOR", "1")
    text = GridWorld("Keys", level=KEYS, render_mode="ansi")
    with pytest.raises(ResetNeeded, match=r"call reset\(\) first"):
        text.render()
    text.reset()
    assert "A . k . ." in text.render() and "\x1b" not in text.render()
    monkeypatch.delenv("NO_COLOR")
    assert "\x1b" in text.render()


def test_rendering_without_a_mode_warns():
    env = GridWorld("Keys", size=5)
    env.reset(seed=0)
    with pytest.warns(UserWarning, match=r"without specifying any render mode.*Keys-v0.*render_mode=\"rgb_array\""):
        assert env.render() is None


def test_human_rendering(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    monkeypatch.setitem(GridWorld.metadata, "render_fps", 1000)
    with GridWorld("Keys", size=5, render_mode="human") as env:
        env.reset(seed=0)
        assert env.step(4)[1] == 0 and env.render() is None
        assert not env._window.closed
        twin = copy.deepcopy(env)
        assert twin._window is None
    assert env._window is None
    env.close()


def test_levels_are_levels():
    env = GridWorld("Keys", size=5)
    with pytest.raises(ResetNeeded, match="No level is in play"):
        _ = env.level
    env.reset(seed=1)
    assert isinstance(env.level, Level) and env.fields.tolist() == env.level.start.tolist()
