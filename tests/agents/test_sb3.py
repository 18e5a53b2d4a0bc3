"""The environment of Stable-Baselines3: equal, step by step, to its own loop over single ones, and good to learn in."""

import pickle
import subprocess
import sys

import numpy as np
import pytest
import torch
from innershift.agents.sb3 import GridVecEnv
from innershift.envs import WORLDS, GridWorld, KnobError, LevelDistribution, LevelError, UnknownName, world_named
from stable_baselines3 import PPO
from stable_baselines3.common.env_util import is_wrapped
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv, VecFrameStack, VecMonitor, VecNormalize, VecTransposeImage

KEYS = {"world": "Keys", "size": 3, "few": 1, "many": 1, "horizon": 6}
STEPS = 40


def pair(count, **options):
    """Ours, and the loop over single environments, with the same seeds; and what both see at first."""
    loop = DummyVecEnv([lambda: Monitor(GridWorld(**options)) for _ in range(count)])
    ours = GridVecEnv(num_envs=count, **options)
    for env in (ours, loop):
        env.seed(3)
    first = ours.reset()
    np.testing.assert_array_equal(first, loop.reset())
    assert ours.reset_infos == loop.reset_infos
    return ours, loop


@pytest.mark.parametrize("obs", ["planes", "rgb", "state"])
@pytest.mark.parametrize("name", ["CheeseCorner", "Doors", "Keys", "Monsters"])
def test_equals_the_loop_over_single_environments(name, obs):
    ours, loop = pair(3, world=name, obs=obs, levels=range(4), shift=0.5, horizon=20)
    assert ours.observation_space == loop.observation_space and ours.action_space == loop.action_space
    rng, ended = np.random.default_rng(0), 0
    for _ in range(120):
        actions = rng.integers(5, size=3)
        a, b = ours.step(actions), loop.step(actions)
        for one, other in zip(a[:3], b[:3], strict=True):
            assert one.dtype == other.dtype
            np.testing.assert_array_equal(one, other)
        assert len(a[3]) == 3
        for done, info, whole in zip(a[2], a[3], b[3], strict=True):
            if not done:
                assert info == {} and whole["TimeLimit.truncated"] is False
                continue
            ended += 1
            np.testing.assert_array_equal(info.pop("terminal_observation"), whole.pop("terminal_observation"))
            assert info["episode"].pop("t") > 0 < whole["episode"].pop("t")
            assert info["episode"].pop("r") == pytest.approx(whole["episode"].pop("r"), abs=1e-6)
            assert info == whole
        assert ours.reset_infos == loop.reset_infos
    assert ended > 6


def test_results_are_safe_to_keep():
    env = GridVecEnv(num_envs=2, **KEYS)
    first = env.reset()
    before, (seen, *_) = first.copy(), env.step(np.array([3, 1]))
    kept = seen.copy()
    for _ in range(STEPS):
        _, _, _, infos = env.step(np.array([1, 3]))
        infos[0]["mark"] = 1
        assert "mark" not in infos[1]
    np.testing.assert_array_equal(first, before)
    np.testing.assert_array_equal(seen, kept)
    assert "mark" not in env.step(np.array([1, 3]))[3][0]


def test_seeds_and_options_serve_one_reset():
    levels = LevelDistribution.train(world_named("Keys", size=5)).levels(0, 2)
    env = GridVecEnv("Keys", 3, size=5)
    assert list(env.seed(7)) == [7, 8, 9]
    np.testing.assert_array_equal(env.reset()[1], GridWorld("Keys", size=5).reset(seed=8)[0])
    env.set_options({"level": levels[1]})
    env.reset()
    assert env.get_attr("level") == [levels[1]] * 3
    env.set_options([{"level": levels[0]}, {"level": levels[1]}, {}])
    seen = env.reset()
    assert env.get_attr("level", [0, 1]) == levels and env.reset_infos[1]["level_id"] == levels[1].id
    np.testing.assert_array_equal(seen[1], levels[1].planes())
    assert env.get_attr("level", 2)[0] not in levels
    env.reset()
    assert env.get_attr("level", 0)[0] not in levels


def test_attributes():
    env = GridVecEnv(num_envs=3, **KEYS)
    env.reset()
    assert env.get_attr("world") == [env.env.world] * 3 and env.has_attr("task") and not env.has_attr("tusk")
    assert [fields.shape for fields in env.get_attr("fields", [0, 2])] == [(3,)] * 2
    env.set_attr("note", 5)
    assert env.get_attr("note", 1) == [5]
    with pytest.raises(KnobError, match="attribute 'note' cannot be set for 1 of 3 rows; rows share all but level"):
        env.set_attr("note", 6, 0)
    with pytest.raises(KnobError, match="attribute 'level' cannot be set"):
        env.set_attr("level", None)
    with pytest.raises(KnobError, match=r"no method 'get_state' of their own, only render\(\)"):
        env.env_method("get_state")
    assert env.env_is_wrapped(Monitor) == [True] * 3 and env.env_is_wrapped(VecMonitor, 0) == [False]
    assert not is_wrapped(GridWorld(**KEYS), Monitor)


def test_a_copy_by_pickle_goes_on_alike():
    env = GridVecEnv(num_envs=2, **KEYS)
    env.reset()
    twin = pickle.loads(pickle.dumps(env))
    for _ in range(STEPS):
        for one, other in zip(env.step(np.array([1, 3]))[:3], twin.step(np.array([1, 3]))[:3], strict=True):
            np.testing.assert_array_equal(one, other)


def test_pictures():
    env = GridVecEnv(num_envs=3, render_mode="rgb_array", **KEYS)
    env.reset()
    assert [picture.shape[2] for picture in env.get_images()] == [3] * 3 and env.render().ndim == 3
    silent = GridVecEnv(num_envs=2, **KEYS)
    silent.reset()
    assert silent.get_images() == [None, None]


def test_human_rendering(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    env = GridVecEnv(num_envs=2, render_mode="human", **KEYS)
    env.env.metadata["render_fps"] = 1000
    env.reset()
    assert env.render() is None
    env.close()


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"world": "Kees"}, UnknownName, "Did you mean 'Keys'"),
        ({"num_envs": 0}, KnobError, "num_envs 0 is not a whole number"),
        ({"level": "no level"}, LevelError, "no level"),
    ],
)
def test_wrong_options(options, error, words):
    with pytest.raises(error, match=words):
        GridVecEnv(**({"world": "Keys"} | options))


@pytest.mark.parametrize("name", sorted(WORLDS))
def test_every_world_steps(name):
    env = GridVecEnv(name, 2, levels=range(1))
    seen = env.reset()
    assert seen.shape[1:] == env.observation_space.shape
    assert env.step(np.array([0, 4]))[0].shape == seen.shape


def test_wrappers_of_theirs_go_around_it():
    env = VecFrameStack(VecNormalize(GridVecEnv(num_envs=2, **KEYS), norm_obs=False), 2)
    env.reset()
    ends = [info for _ in range(STEPS) for info in env.step(np.array([1, 3]))[3] if info]
    assert ends and all(info["terminal_observation"].shape[-1] == 10 for info in ends)
    with pytest.warns(UserWarning, match="already wrapped with a `Monitor`"):
        VecMonitor(GridVecEnv(num_envs=2, **KEYS))


def test_ppo_learns_saves_loads_and_is_evaluated(tmp_path):
    """In a corridor with the cheese at the end: three steps right, each for 0.02, and 1 for the cheese."""
    torch.set_num_threads(1)
    options = {"level": "horizon: 6\n######\n#A..c#\n######"}
    env = GridVecEnv("CheeseCorner", 32, **options)
    settings = {"n_steps": 16, "batch_size": 256, "n_epochs": 4, "learning_rate": 3e-3, "ent_coef": 0.02, "gamma": 0.95}
    model = PPO("MlpPolicy", env, seed=0, device="cpu", **settings)
    assert not isinstance(model.get_env(), VecTransposeImage)
    before, _ = evaluate_policy(model, GridVecEnv("CheeseCorner", 4, **options), 8)
    model.learn(512 * 15)
    after, spread = evaluate_policy(model, GridVecEnv("CheeseCorner", 4, **options), 8)
    assert before < 0.5 and after == pytest.approx(0.94) and spread == pytest.approx(0)
    assert len(model.ep_info_buffer) and model.ep_info_buffer[-1]["l"] <= 8
    model.save(tmp_path / "model")
    again = PPO.load(tmp_path / "model", env=GridVecEnv("CheeseCorner", 2, **options), device="cpu")
    assert evaluate_policy(again, again.get_env(), 4)[0] == pytest.approx(after)
    again.learn(64)


def test_pictures_are_turned_by_stable_baselines_itself():
    model = PPO("CnnPolicy", GridVecEnv("Keys", 2, size=5, obs="rgb"), n_steps=4, batch_size=8, n_epochs=1, device="cpu")
    assert isinstance(model.get_env(), VecTransposeImage) and model.observation_space.shape[0] == 3
    model.learn(8)


def test_without_stable_baselines_the_way_to_it_is_told():
    code = "import sys; sys.modules['stable_baselines3'] = None; import innershift.agents.sb3"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "ImportError" in done.stderr and "pip install 'innershift[train]'" in done.stderr
