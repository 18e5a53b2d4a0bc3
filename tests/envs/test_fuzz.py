"""Anything may be drawn, asked and done: nothing comes out but levels, legal states and our own errors."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
from gymnasium.error import InvalidAction, ResetNeeded
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from innershift.envs import (
    WORLDS,
    GridWorld,
    KnobError,
    LevelError,
    StateSpaceError,
    UnknownName,
    VectorGridWorld,
)
from innershift.envs.worlds import world_named

SPECS = [*WORLDS, "Doors:size=5,mode=command", "Keys:size=5,few=1,many=3", "CheeseCorner:size=4"]
OURS = (KnobError, LevelError, UnknownName, StateSpaceError)
ODD = " \n\t²٣é0:?-Z\x00"
VALUES = ("", "0", "1", "2", "7", "-1", "99999999999", "²", "red square", "1 2", "yes", "none", "a b c")
PROFILE = {"deadline": None, "derandomize": True, "suppress_health_check": list(HealthCheck)}


@st.composite
def drawings(draw, spec):
    """A sampled level's drawing after a few random edits, with this world's own symbols and header lines among them."""
    world = world_named(spec)
    shift = draw(st.sampled_from([0.0, 0.5, 1.0]))
    text = world.sample(np.random.default_rng(draw(st.integers(0, 50))), shift).draw()
    letters = "".join(world.symbols) + "#.A" + ODD
    for _ in range(draw(st.integers(1, 4))):
        at, lines = draw(st.integers(0, len(text))), text.split("\n")
        row = draw(st.integers(0, len(lines) - 1))
        match draw(st.sampled_from(["replace", "insert", "delete", "swap", "header", "value", "double", "drop"])):
            case "replace":
                text = text[:at] + draw(st.sampled_from(letters)) + text[at + 1 :]
            case "insert":
                text = text[:at] + draw(st.sampled_from(letters)) + text[at:]
            case "delete":
                text = text[:at] + text[at + 1 :]
            case "swap":
                text = text.translate({ord(draw(st.sampled_from(letters))): draw(st.sampled_from(letters))})
            case "header":
                key = draw(st.sampled_from(["horizon", "under", "colour", *world.headers, *world.symbols]))
                text = f"{key}: {draw(st.sampled_from([*VALUES, *world.symbols]))}\n{text}"
            case "value":
                if ":" in lines[row]:
                    lines[row] = lines[row].split(":")[0] + ": " + draw(st.sampled_from([*VALUES, *world.symbols]))
                text = "\n".join(lines)
            case "double":
                text = "\n".join([*lines[: row + 1], *lines[row:]])
            case "drop":
                text = "\n".join(lines[:row] + lines[row + 1 :])
    return world, text


@pytest.mark.parametrize("spec", SPECS)
def test_any_text_is_a_level_or_a_level_error(spec):
    levels = 0

    @settings(max_examples=120, **PROFILE)
    @given(drawings(spec))
    def check(case):
        nonlocal levels
        world, text = case
        try:
            level = world.parse(text)
        except LevelError as error:
            assert str(error).startswith(f"{world.name}: ") and len(str(error)) > 20
            return
        levels += 1
        assert world.parse(level.draw()) == level and set(np.unique(level.planes())) <= {0, 1}
        sizes = [field.size for field in world.fields(level)]
        assert all(0 <= value < size for value, size in zip(level.start, sizes, strict=True))
        try:
            mdp = level.to_mdp(max_states=2000)
        except StateSpaceError as error:
            assert level.id in str(error)
            return
        states = mdp.states[:-1]
        assert (states >= 0).all() and (states < sizes).all() and np.allclose(mdp.chance.sum(axis=2), 1)
        assert not level.solid[states[:, 0]].any(), "an agent in a wall"
        for state in states[:: max(1, len(states) // 50)]:
            assert level.planes(state).sum(axis=(0, 1))[1] == 1, "no agent, or two"

    check()
    assert levels >= 3, "the edits broke nearly every drawing, so that little was tested"


OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("step"), st.integers(-1, 5)),
        st.tuples(st.just("step"), st.integers(0, 4)),
        st.tuples(st.just("step"), st.integers(0, 4)),
        st.tuples(st.just("step"), st.sampled_from([None, "up", 1.0, True, np.int8(2), np.array(3), np.array([1]), float("nan")])),
        st.tuples(st.just("reset"), st.one_of(st.none(), st.integers(0, 2**40))),
        st.tuples(st.just("options"), st.sampled_from([{}, {"level": 3}, {"level": "x"}, {"levels": 1}, {"level": -2}, [], None])),
        st.tuples(st.just("keep"), st.none()),
        st.tuples(st.just("back"), st.none()),
        st.tuples(st.just("render"), st.none()),
        st.tuples(st.just("copy"), st.none()),
        st.tuples(st.just("wrong state"), st.sampled_from([None, "fields", "clock", "noise"])),
    ),
    min_size=5,
    max_size=40,
)


@pytest.mark.parametrize("name", sorted(WORLDS))
@pytest.mark.parametrize("looks", [{"obs": "planes"}, {"obs": "state"}, {"obs": "rgb", "tile": 4}, {"view": 3}], ids=str)
def test_whatever_is_done_states_stay_legal(name, looks):
    @settings(max_examples=12, **PROFILE)
    @given(OPERATIONS, st.sampled_from([0.0, 0.5, 1.0]))
    def check(operations, shift):
        env = GridWorld(name, shift=shift, horizon=9, render_mode="ansi", **looks)
        kept, seen = None, None
        for what, value in operations:
            try:
                if what == "step":
                    seen, reward, terminated, truncated, info = env.step(value)
                    assert np.isfinite(reward) and not (terminated and truncated) and reward == info["base"]
                elif what == "reset":
                    seen, _ = env.reset(seed=value)
                elif what == "options":
                    seen, _ = env.reset(options=value)
                elif what == "keep":
                    kept = env.get_state()
                elif what == "back" and kept is not None:
                    env.set_state(kept)
                    assert env.get_state() == kept
                elif what == "render":
                    assert isinstance(env.render(), str)
                elif what == "copy":
                    env = pickle.loads(pickle.dumps(env))
                elif what == "wrong state" and kept is not None:
                    wrong = {"fields": (-1,) * len(kept.fields), "clock": -5, "noise": "?"}
                    env.set_state(replace(kept, **{value: wrong[value]}) if value else "nothing")
            except (InvalidAction, ResetNeeded, *OURS) as error:
                assert len(str(error)) > 20
                continue
            except TypeError as error:
                assert what in ("options", "wrong state"), error
                continue
            if seen is not None:
                assert seen in env.observation_space
                sizes = [field.size for field in env.world.fields(env.level)]
                assert (env.fields >= 0).all() and (env.fields < sizes).all()
                assert not env.level.solid[env.fields[0]]

    check()


@pytest.mark.parametrize("name", sorted(WORLDS))
def test_observations_do_not_tell_the_phase(name):
    """One drawing looks the same whatever law is said to have drawn it, in every kind of observation and state."""
    world = world_named(name)
    for shift in (0.0, 1.0):
        level = world.sample(np.random.default_rng(5), shift)
        levels = [replace(level, phase=phase) for phase in ("train", "deploy", "custom")]
        assert len({one.id for one in levels}) == 1
        for looks in ({"obs": "planes"}, {"obs": "rgb", "tile": 4}, {"obs": "state"}, {"view": 5}):
            runs = []
            for one, law in zip(levels, ({}, {"shift": 1.0}, {"mix": 0.5}), strict=True):
                env = GridWorld(name, **looks, **law)
                seen, info = env.reset(seed=1, options={"level": one})
                rng, run = np.random.default_rng(2), [seen.tobytes()]
                for _ in range(12):
                    if not env.get_state().ended:
                        run.append(env.step(int(rng.integers(5)))[0].tobytes())
                assert info["phase"] == one.phase
                runs.append(run)
            if world.branches == 1:
                assert runs[0] == runs[1] == runs[2]
            assert runs[0][0] == runs[1][0] == runs[2][0]


@pytest.mark.parametrize("name", sorted(WORLDS))
def test_many_at_once_stay_legal(name):
    """A thousand random steps of eight rows, with every kind of ending."""
    env = VectorGridWorld(name, 8, shift=0.5, mix=0.5, horizon=13, autoreset_mode="SAME_STEP")
    env.reset(seed=0)
    rng = np.random.default_rng(0)
    for _ in range(125):
        seen, rewards, terminated, truncated, _infos = env.step(rng.integers(0, 5, 8))
        assert np.isfinite(rewards).all() and not (terminated & truncated).any()
        assert set(np.unique(seen)) <= {0, 1} and (seen[..., 1].sum(axis=(1, 2)) == 1).all()
        for level, fields in zip(env.levels, env.fields, strict=True):
            sizes = [field.size for field in env.world.fields(level)]
            assert (fields >= 0).all() and (fields < sizes).all() and not level.solid[fields[0]]
