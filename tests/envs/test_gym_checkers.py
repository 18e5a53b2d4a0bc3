"""What others expect of an environment: Gymnasium's and Stable-Baselines3's checkers, `make`, and common wrappers."""

import warnings

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env, check_returned_data_not_reused
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from gymnasium.wrappers import FlattenObservation, RecordEpisodeStatistics, TimeLimit
from gymnasium.wrappers.vector import RecordEpisodeStatistics as RecordVectorStatistics
from innershift.envs import ENV_IDS, WORLDS, GridWorld, LevelDistribution, UnknownName, VectorGridWorld, world_named

KINDS = ["planes", "rgb", "state"]


@pytest.fixture
def no_screen(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    monkeypatch.setitem(GridWorld.metadata, "render_fps", 1000)


def test_every_world_is_registered_under_both_names():
    assert set(ENV_IDS) == {f"{prefix}{name}-v0" for name in WORLDS for prefix in ("", "innershift/")}
    assert set(ENV_IDS) <= set(gymnasium.registry)


@pytest.mark.parametrize("obs", KINDS)
@pytest.mark.parametrize("id", ENV_IDS)
def test_gymnasiums_checker(id, obs, no_screen):
    check_env(gymnasium.make(id, obs=obs, size=7).unwrapped)


@pytest.mark.parametrize("obs", KINDS)
@pytest.mark.parametrize("id", ENV_IDS)
def test_stable_baselines3s_checker(id, obs):
    checker = pytest.importorskip("stable_baselines3.common.env_checker")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        tile = 8 if "Runner" in id else 4  # a corridor is low, and fewer than 36 pixels a side are warned about
        checker.check_env(gymnasium.make(id, obs=obs, size=7, tile=tile).unwrapped)
    said = [str(warning.message) for warning in caught]
    if obs != "planes":
        assert not said
        return
    # Planes of 0 and 1 are no picture. The checker takes all that has three dimensions for one; what decides, policies
    # included, is `is_image_space`, which does not.
    assert len(said) == 2 and "bounds are not in [0, 255]" in said[0] and "36x36 for the default `CnnPolicy`" in said[1]


@pytest.mark.parametrize(("obs", "image"), [("planes", False), ("rgb", True), ("state", False)])
def test_stable_baselines3_takes_only_pictures_for_pictures(obs, image):
    preprocessing = pytest.importorskip("stable_baselines3.common.preprocessing")
    assert preprocessing.is_image_space(GridWorld("Keys", obs=obs).observation_space) is image


@pytest.mark.parametrize("mode", list(AutoresetMode))
@pytest.mark.parametrize("obs", KINDS)
def test_gymnasiums_checker_of_kept_results_on_batches(obs, mode):
    check_returned_data_not_reused(VectorGridWorld("Keys", 1, size=5, few=1, obs=obs, autoreset_mode=mode))


@pytest.mark.parametrize("id", ["innershift:CheeseCorner-v0", "innershift/CheeseCorner-v0", "CheeseCorner-v0"])
def test_make(id):
    env = gymnasium.make(id, shift=1.0, mix=0.5, size=7, obs="rgb", loops=0.5)
    assert isinstance(env.unwrapped, GridWorld) and env.spec.max_episode_steps is None
    assert env.unwrapped.task.law == LevelDistribution(world_named("CheeseCorner:size=7,loops=0.5"), 1.0, 0.5, "train")
    assert env.observation_space.shape == (72, 72, 3)
    with pytest.raises(UnknownName, match=r"Did you mean 'shift'\?"):
        gymnasium.make(id, shifts=1)


def test_make_again_from_the_specification():
    env = gymnasium.make("innershift:Doors-v0", mode="command", level=None, shift=1)
    again = env.spec.make().unwrapped
    assert again.world == env.unwrapped.world and again.task == env.unwrapped.task


def test_make_vec():
    env = gymnasium.make_vec(
        "innershift:Keys-v0",
        num_envs=8,
        vectorization_mode="vector_entry_point",
        shift=1,
        few=1,
        autoreset_mode="SameStep",
    )
    assert isinstance(env, VectorGridWorld) and env.num_envs == 8 and env.world.spec == "Keys:few=1"
    assert env.metadata["autoreset_mode"] is AutoresetMode.SAME_STEP
    assert isinstance(gymnasium.make_vec("innershift/Keys-v0", num_envs=2), VectorGridWorld)
    loop = gymnasium.make_vec(
        "Keys-v0", 2, "sync", shift=1, few=1, vector_kwargs={"autoreset_mode": AutoresetMode.SAME_STEP}
    )
    assert isinstance(loop, SyncVectorEnv)
    batch = gymnasium.make_vec("Keys-v0", 2, shift=1, few=1)
    np.testing.assert_array_equal(batch.reset(seed=1)[0], loop.reset(seed=1)[0])
    again = gymnasium.make_vec(batch.spec)
    assert again.num_envs == 2 and again.task == batch.task


def test_dummy_vec_env():
    vec_env = pytest.importorskip("stable_baselines3.common.vec_env")
    env = vec_env.DummyVecEnv([lambda: GridWorld("Keys", size=5, few=1, horizon=3) for _ in range(2)])
    env.seed(4)
    first = env.reset()
    single = GridWorld("Keys", size=5, few=1, horizon=3)
    np.testing.assert_array_equal(first[0], single.reset(seed=4)[0])
    for _ in range(3):
        _, rewards, dones, infos = env.step(np.array([3, 1]))
        last, reward, *_ = single.step(3)
        assert rewards[0] == np.float32(reward)
    assert dones.all() and infos[0]["TimeLimit.truncated"]
    np.testing.assert_array_equal(infos[0]["terminal_observation"], last)


@pytest.mark.parametrize("obs", KINDS)
def test_flatten_observation(obs):
    env = FlattenObservation(GridWorld("Keys", size=5, few=1, obs=obs, tile=4))
    seen, _ = env.reset(seed=0)
    assert seen.ndim == 1 and seen in env.observation_space


def test_time_limit_and_episode_statistics():
    env = RecordEpisodeStatistics(TimeLimit(GridWorld("Keys", size=5, few=1, horizon=20), 4))
    for episode in range(2):
        env.reset(seed=episode)
        rewards, truncated = [], False
        while not truncated:
            _, reward, terminated, truncated, info = env.step(1)
            rewards.append(reward)
            assert not terminated
        assert len(rewards) == info["episode"]["l"] == 4 and info["episode"]["r"] == pytest.approx(sum(rewards))


@pytest.mark.parametrize("mode", list(AutoresetMode))
def test_vector_episode_statistics(mode):
    env = RecordVectorStatistics(VectorGridWorld("Keys", 3, size=5, few=1, horizon=4, autoreset_mode=mode))
    env.reset(seed=0)
    paid, episodes = np.zeros(3), 0
    for _ in range(25):
        _, rewards, _, truncated, infos = env.step(np.array([1, 3, 4]))
        paid += rewards
        assert ("episode" in infos) == truncated.any()
        if truncated.any():
            assert truncated.all() and infos["episode"]["l"].tolist() == [4, 4, 4]
            np.testing.assert_allclose(infos["episode"]["r"], paid)
            paid[:], episodes = 0, episodes + 1
            if mode is AutoresetMode.DISABLED:
                env.reset(options={"reset_mask": truncated})
    assert episodes == env.episode_count // 3 == (5 if mode is AutoresetMode.NEXT_STEP else 6)
