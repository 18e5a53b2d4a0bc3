"""The environments of presets: made by name, seeded, asked for levels, and checked by Gymnasium's checker."""

import pickle
from fractions import Fraction

import gymnasium
import numpy as np
import pytest
from gymnasium.error import InvalidAction, ResetNeeded
from gymnasium.utils.env_checker import check_env
from innershift.envs import GridWorld, LevelError, UnknownName
from innershift.envs.presets import PRESETS, Pay, preset_named, rows, suites
from innershift.envs.presets.restated import Restated
from innershift.envs.world import weigh

SHIFT = "ai-safety-gridworlds/distributional_shift"
ISLAND = "ai-safety-gridworlds/island_navigation"


@pytest.mark.parametrize("name", PRESETS)
def test_gymnasiums_checker(name, monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    monkeypatch.setitem(GridWorld.metadata, "render_fps", 1000)
    check_env(gymnasium.make(f"innershift:{name}-v0").unwrapped)


def test_made_by_gymnasium():
    env = gymnasium.make(f"innershift:{SHIFT}-v0", level="testing_1", obs="rgb", tile=4)
    assert isinstance(env.unwrapped, Restated) and env.unwrapped.preset is preset_named(SHIFT)
    assert env.observation_space.shape == (7 * 4, 9 * 4, 3)
    again = env.spec.make().unwrapped
    assert again.reset()[1]["level_id"] == env.reset(seed=0, options={"level": "testing_1"})[1]["level_id"]
    with pytest.raises(UnknownName, match="Did you mean 'render_mode'"):
        gymnasium.make(f"{SHIFT}-v0", rendermode="ansi")


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_sound(name):
    preset = preset_named(name)
    assert preset.name == name and name.split("/")[0] in preset.source.repository
    assert set(preset.drawn) <= set(preset.levels) and bool(preset.drawn) == bool(preset.levels)
    assert all(text.endswith(".") for text in preset.differences)
    for pay in filter(None, (preset.reward, preset.hidden)):
        preset.world.vector(pay.weights)
    for weights in preset.proxies.values():
        preset.world.vector(weights)
    for drawing in preset.levels.values():
        assert preset.world.parse(drawing).horizon == preset.world.steps


def test_an_unknown_preset_suggests_the_nearest():
    with pytest.raises(
        UnknownName, match=r"Unknown preset 'jaxgmg/korner'. Did you mean 'jaxgmg/corner'\? Allowed: .*jaxgmg/keys"
    ):
        preset_named("jaxgmg/korner")
    with pytest.raises(
        UnknownName, match=r"Unknown level of .*_shift 'trainig'. Did you mean 'training'\? .*testing_1"
    ):
        preset_named(SHIFT).make(level="trainig")
    with pytest.raises(LevelError, match=r"level 'a' is not a drawing"):
        preset_named("jaxgmg/corner").make(level="a")


def test_actions_are_the_originals():
    env = preset_named("jaxgmg/corner").make(level="#####\n#...#\n#.A.#\n#..c#\n#####")
    for action, cell in ((0, 7), (1, 11), (2, 17), (np.int64(3), 13)):
        env.reset()
        env.step(action)
        assert env.fields[0] == cell
    for wrong in (4, -1, True, 1.0, "up"):
        with pytest.raises(InvalidAction, match="is none of jaxgmg/corner; give one of 0 up, 1 left, 2 down, 3 right"):
            env.step(wrong)
    with pytest.raises(ResetNeeded):
        preset_named("jaxgmg/corner").make().step(0)


def test_levels_by_name():
    preset = preset_named(SHIFT)
    drawn = {name: preset.world.parse(drawing) for name, drawing in preset.levels.items()}
    env = preset.make()
    assert [env.reset(seed=seed)[1]["level_id"] for seed in range(4)] == 4 * [drawn["training"].id]
    env.reset(options={"level": "testing_2"})
    assert env.level == drawn["testing_2"]
    env.reset(options={"level": drawn["testing_1"]})
    assert env.level == drawn["testing_1"]
    assert preset.make(level="testing_1").reset()[1]["level_id"] == drawn["testing_1"].id
    numbered = preset_named("ai-safety-gridworlds/side_effects_sokoban")
    assert numbered.make(level=1).reset()[1]["level_id"] == numbered.world.parse(numbered.levels["1"]).id
    with pytest.raises(UnknownName, match="level of"):
        env.reset(options={"level": "testing"})
    with pytest.raises(UnknownName, match="reset option 'levels'"):
        env.reset(options={"levels": "testing_1"})
    with pytest.raises(LevelError, match="3 x 5 cells"):
        env.reset(options={"level": "#####\n#A.g#\n#####"})


@pytest.mark.parametrize("name", PRESETS)
def test_equal_seeds_give_equal_episodes(name):
    def episode(env, seed):
        seen, info = env.reset(seed=seed)
        told = [info["level_id"], info["base"], seen.tolist()]
        env.action_space.seed(seed)
        for _ in range(30):
            seen, reward, terminated, truncated, info = env.step(env.action_space.sample())
            assert reward == info["base"]
            told.append((seen.tolist(), reward, terminated, truncated, info["base"], info.get("hidden")))
            if terminated or truncated:
                break
        return told

    env = preset_named(name).make()
    assert episode(env, 5) == episode(preset_named(name).make(), 5) == episode(pickle.loads(pickle.dumps(env)), 5)


def test_hidden_performance_is_told_step_by_step():
    env = preset_named(ISLAND).make()
    _, info = env.reset()
    assert info["base"] == info["hidden"] == 0
    env.step(0)
    _, reward, terminated, _, info = env.step(3)
    assert (reward, info["base"], info["hidden"], terminated) == (-1, -1, -1, False)
    env.step(3)
    _, reward, terminated, _, info = env.step(3)
    assert (reward, info["hidden"], terminated) == (-1, -51, True)
    assert "hidden" not in preset_named(SHIFT).make().reset()[1]


def test_a_formula_for_what_a_step_pays():
    assert str(Pay(weigh(goal=50, lava="-0.5"), Fraction(-1))) == "50·goal − 0.5·lava − 1 a step"
    assert str(Pay(weigh(lava=-1))) == "−1·lava"
    assert str(Pay({})) == "0 a step"


def test_rows_for_the_docs():
    listed = {row[0]: row for row in rows()}
    assert list(listed) == list(PRESETS)
    assert listed[ISLAND][1:5] == (
        "island_navigation of google-deepmind/ai-safety-gridworlds at c43cb31 (2020-10-13)",
        preset_named(ISLAND).world.spec,
        "50·goal − 1 a step",
        "50·goal − 50·water − 1 a step",
    )


def test_differences_that_a_suite_shares_are_told_once():
    for repository, (shared, presets) in suites().items():
        assert shared and {preset.source.repository for preset in presets} == {repository}
        for preset in presets:
            own = next(row[5] for row in rows() if row[0] == preset.name)
            assert sorted(preset.differences) == sorted(shared + own)


def test_options_of_a_grid_world_go_through():
    env = preset_named("jaxgmg/keys").make(shift=1, obs="state", size=7)
    _, info = env.reset(seed=0)
    assert info["phase"] == "deploy" and env.observation_space.shape == (3,) and env.level.horizon == 128
    assert isinstance(env, Restated) and isinstance(env.unwrapped, GridWorld)
    with pytest.raises(UnknownName, match="option of Keys 'shifts'"):
        preset_named("jaxgmg/keys").make(shifts=1)
    assert (
        gymnasium.wrappers.TimeLimit(env, 3).reset(seed=0, options={"level": env.level})[1]["level_id"] == env.level.id
    )
