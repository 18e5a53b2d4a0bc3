"""The wrappers that people use, on one environment and on many, unchanged: they forward seeds and options, and record."""

from itertools import pairwise

import gymnasium
import numpy as np
import pytest
from gymnasium import wrappers
from gymnasium.wrappers import vector as on_vectors
from innershift.envs import WORLDS, GridWorld, VectorGridWorld

KEYS = "#######\n#A.k..#\n#.#.#t#\n#k...t#\n#######"
ONE = {
    "RecordEpisodeStatistics": wrappers.RecordEpisodeStatistics,
    "FlattenObservation": wrappers.FlattenObservation,
    "TimeLimit": lambda env: wrappers.TimeLimit(env, 5),
    "OrderEnforcing": wrappers.OrderEnforcing,
    "PassiveEnvChecker": wrappers.PassiveEnvChecker,
    "Autoreset": wrappers.Autoreset,
    "TimeAwareObservation": lambda env: wrappers.TimeAwareObservation(wrappers.TimeLimit(env, 5), flatten=False),
    "FrameStackObservation": lambda env: wrappers.FrameStackObservation(env, 2),
    "DtypeObservation": lambda env: wrappers.DtypeObservation(env, np.float32),
    "RescaleObservation": lambda env: wrappers.RescaleObservation(
        wrappers.DtypeObservation(env, np.float32), np.float32(0), np.float32(1)
    ),
    "TransformReward": lambda env: wrappers.TransformReward(env, lambda r: 2 * r),
    "StickyAction": lambda env: wrappers.StickyAction(env, 0.0),
}
MANY = {
    "RecordEpisodeStatistics": on_vectors.RecordEpisodeStatistics,
    "FlattenObservation": on_vectors.FlattenObservation,
    "DtypeObservation": lambda env: on_vectors.DtypeObservation(env, np.float32),
    "TransformReward": lambda env: on_vectors.TransformReward(env, lambda r: 2 * r),
}


@pytest.mark.parametrize("name", ONE)
def test_a_wrapper_forwards_seed_and_options(name):
    env, plain = ONE[name](GridWorld("Keys", size=5)), GridWorld("Keys", size=5)
    for seed in (3, 3, 8):
        assert env.reset(seed=seed)[1]["level_id"] == plain.reset(seed=seed)[1]["level_id"]
    drawn = [env.reset()[1]["level_id"] for _ in range(3)]
    assert drawn == [plain.reset()[1]["level_id"] for _ in range(3)]
    seen, info = env.reset(options={"level": 17})
    assert info["level_id"] == plain.reset(options={"level": 17})[1]["level_id"]
    for action in (0, 3, 1, 4):
        seen, _, _, _, info = env.step(action)
        assert info["events"] == plain.step(action)[-1]["events"]
        assert seen in env.observation_space


@pytest.mark.parametrize("name", MANY)
def test_a_wrapper_of_many_forwards_seed_and_options(name):
    env, plain = (VectorGridWorld("Keys", 3, size=5, horizon=6) for _ in range(2))
    env = MANY[name](env)
    for seed in (3, [5, 1, 9]):
        assert env.reset(seed=seed)[1]["level_id"].tolist() == plain.reset(seed=seed)[1]["level_id"].tolist()
    rng = np.random.default_rng(0)
    for _ in range(20):
        actions = rng.integers(0, 5, 3)
        (seen, _, *ended, infos), (_, _, *same, expected) = env.step(actions), plain.step(actions)
        assert np.array_equal(ended, same) and infos["level_id"].tolist() == expected["level_id"].tolist()
        assert seen.shape == env.observation_space.shape
    level = plain.levels[1].id
    assert env.reset(options={"level": level})[1]["level_id"].tolist() == [level] * 3


@pytest.mark.parametrize("name", sorted(WORLDS))
def test_statistics_add_up_in_every_world(name):
    """The return and length that the wrapper tells are those of the steps; a vector of one tells the same."""
    env = wrappers.RecordEpisodeStatistics(wrappers.TimeLimit(gymnasium.make(f"innershift:{name}-v0", shift=1), 40))
    many = on_vectors.RecordEpisodeStatistics(VectorGridWorld(name, 1, shift=1, autoreset_mode="SAME_STEP"))
    rng = np.random.default_rng(1)
    for seed in range(2):
        env.reset(seed=seed)
        many.reset(seed=seed)
        paid, done, clock = [], False, 0
        while not done:
            action = int(rng.integers(5))
            _, reward, terminated, truncated, info = env.step(action)
            _, rewards, ended, _, infos = many.step(np.array([action]))
            paid.append(reward)
            done, clock = terminated or truncated, clock + 1
            assert rewards[0] == pytest.approx(reward) and bool(ended[0]) == terminated
        assert info["episode"]["l"] == clock <= 40 and info["episode"]["r"] == pytest.approx(sum(paid))
        if terminated:
            assert infos["episode"]["l"][0] == clock and infos["episode"]["r"][0] == pytest.approx(sum(paid))


def frames_of(path) -> list[np.ndarray]:
    import imageio_ffmpeg

    reader = imageio_ffmpeg.read_frames(str(path))
    width, height = next(reader)["size"]
    return [np.frombuffer(frame, np.uint8).reshape(height, width, 3) for frame in reader]


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_a_video_of_an_episode_is_recorded(tmp_path):
    pytest.importorskip("moviepy")
    env = GridWorld("Keys", level=KEYS, horizon=6, render_mode="rgb_array")
    env = wrappers.RecordVideo(env, str(tmp_path / "video"), episode_trigger=lambda episode: episode == 0)
    env.reset(seed=0)
    shown = [env.render()]
    for action in (3, 3, 1, 1, 2, 4):
        env.step(action)
        shown.append(env.render())
    env.close()
    (video,) = tmp_path.glob("video/*.mp4")
    frames = frames_of(video)
    assert len(frames) >= 5 and any((a != b).any() for a, b in pairwise(shown))
    height, width = frames[0].shape[:2]
    assert np.abs(frames[0].astype(int) - shown[0][:height, :width]).mean() < 8  # compressed, but the same picture


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_a_video_of_many_is_recorded(tmp_path):
    pytest.importorskip("moviepy")
    env = VectorGridWorld("Keys", 4, size=5, horizon=4, render_mode="rgb_array")
    env = on_vectors.RecordVideo(env, str(tmp_path / "video"), episode_trigger=lambda episode: episode == 0)
    env.reset(seed=0)
    for _ in range(6):
        env.step(np.full(4, 3))
    env.close()
    (video,) = tmp_path.glob("video/*.mp4")
    assert len(frames_of(video)) >= 3
