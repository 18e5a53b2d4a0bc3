"""What an environment can be made with besides its world: windows, salience, ghosts, and levels by id, seed and file."""

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from innershift.agents.zoo import proxy_agent
from innershift.envs import GridWorld, KnobError, Level, LevelDistribution, LevelError, UnknownName, VectorGridWorld
from innershift.envs.files import read_levels, write_levels
from innershift.envs.observations import windows
from innershift.envs.worlds import WORLDS, world_named

KEYS = "#######\n#A.k..#\n#.#.#t#\n#k...t#\n#######"
LOOKS = (
    {"view": 5}, {"view": 3, "obs": "rgb", "tile": 4}, {"salience": {"agent": 3, "wall": 2}},
    {"view": 7, "salience": {"wall": 2}},
)  # fmt: skip


def both(looks, **options):
    return GridWorld("Keys", **looks, **options), VectorGridWorld("Keys", 1, **looks, **options)


# Windows and salience ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("view", [3, 5, 9, 25])
def test_a_window_shows_what_lies_around_the_agent_and_walls_beyond(view):
    env, whole = GridWorld("Keys", view=view, size=7), GridWorld("Keys", size=7)
    seen, all_seen = env.reset(seed=1)[0], whole.reset(seed=1)[0]
    rng = np.random.default_rng(0)
    for _ in range(40):
        cell, reach = int(env.fields[0]), view // 2
        padded = np.pad(all_seen, ((reach, reach), (reach, reach), (0, 0)))
        beyond = np.pad(np.zeros(all_seen.shape[:2], bool), reach, constant_values=True)
        padded[..., 0] |= beyond
        row, column = divmod(cell, env.level.width)
        assert np.array_equal(seen, padded[row : row + view, column : column + view])
        assert seen[reach, reach, 1] == 1 and seen[..., 1].sum() == 1 and seen in env.observation_space
        action = int(rng.integers(5))
        seen, *_, done, _ = env.step(action)
        all_seen = whole.step(action)[0]
        if done:
            break


def test_windows_of_a_batch_are_those_of_its_rows():
    rng = np.random.default_rng(0)
    planes, agents = rng.integers(0, 2, (6, 5, 7, 3)).astype(np.uint8), rng.integers(0, 35, 6).astype(np.int32)
    together = windows(planes, agents, 5)
    assert together.shape == (6, 5, 5, 3)
    for i in range(6):
        assert np.array_equal(together[i], windows(planes[i], agents[i], 5))


@pytest.mark.parametrize("looks", LOOKS)
def test_single_and_vector_environments_look_alike_and_pass_gymnasiums_checker(looks):
    env, vector = both(looks, size=5)
    check_env(GridWorld("Keys", **looks, size=5), skip_render_check=True)
    one, many = env.reset(seed=4)[0], vector.reset(seed=4)[0]
    for action in (0, 1, 2, 3, 4, 3, 1):
        assert one.shape == env.observation_space.shape == vector.single_observation_space.shape
        assert np.array_equal(one, many[0])
        one, many = env.step(action)[0], vector.step(np.array([action]))[0]


def test_salience_repeats_channels_in_place():
    plain, loud = GridWorld("Keys", level=KEYS), GridWorld("Keys", level=KEYS, salience={"key": 4, "agent": 1})
    seen, repeated = plain.reset()[0], loud.reset()[0]
    assert repeated.shape == (*seen.shape[:2], seen.shape[2] + 3)
    assert np.array_equal(repeated, np.concatenate([seen[..., :2], *[seen[..., 2:3]] * 4, seen[..., 3:]], axis=-1))


def test_what_is_seen_may_be_kept():
    for looks in LOOKS:
        env = GridWorld("Keys", **looks, level=KEYS)
        first = env.reset()[0]
        kept = first.copy()
        for action in (3, 3, 1):
            env.step(action)
        assert np.array_equal(first, kept)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"view": 4}, KnobError, "view 4 is not an odd number of cells of at least 3"),
        ({"view": 1}, KnobError, "view 1 is not an odd number"),
        ({"view": "5"}, KnobError, "view '5' is not an odd number"),
        ({"view": 5, "obs": "state"}, KnobError, "the fields have no window; take obs='planes' or obs='rgb'"),
        ({"salience": {"kee": 2}}, UnknownName, r"channel of Keys 'kee'\. Did you mean 'key'"),
        ({"salience": {"key": 0}}, KnobError, "salience of 'key': 0 is not a whole number of channels from 1 to 64"),
        ({"salience": {"key": 2.0}}, KnobError, r"salience of 'key': 2\.0 is not a whole number"),
        ({"salience": {"key": 2}, "obs": "rgb"}, KnobError, "obs='rgb' has none; take obs='planes'"),
        ({"salience": "key"}, KnobError, "salience 'key' is no dict of channels and counts"),
        ({"ghosts": None}, KnobError, r"ghosts None are no kinds of things; name some, such as 'key', or give \(\) for none"),
        ({"ghosts": "chest"}, UnknownName, r"kind of thing in Keys 'chest'\..*Allowed: k, key, t, treasure chest"),
        ({"levels": []}, KnobError, r"levels=\[\] holds no level"),
        ({"levels": 3}, KnobError, "levels=3 are no levels; give a sequence of Levels, drawings or seeds"),
        ({"levels": world_named("Keys").parse(KEYS)}, KnobError, "levels=<Level Keys-.*, 5 x 7, custom> are no levels"),
        ({"levels": [KEYS], "level": KEYS}, KnobError, "level= and levels= are both given"),
        ({"levels": "no/such/folder"}, LevelError, "there is no such file or folder"),
        ({"level": "Keys-0000000000"}, LevelError, "is not a drawing, nor the id of a level met before"),
        ({"level": -1}, KnobError, "seed -1 of a level is not a whole number of at least 0"),
        ({"level": True}, LevelError, "level True is neither a Level"),
        ({"veiw": 5}, UnknownName, r"option of Keys 'veiw'\. Did you mean 'view'"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("make", [GridWorld, VectorGridWorld])
def test_wrong_options_are_told(make, options, error, words):
    with pytest.raises(error, match=words):
        make("Keys", **options)


# Ghosts ------------------------------------------------------------------------------------------------------------


def test_ghosts_are_met_once_and_change_nothing_else():
    plain, haunted = GridWorld("Keys", size=5), GridWorld("Keys", size=5, ghosts=["key", "t"])
    vector = VectorGridWorld("Keys", 2, size=5, ghosts=("k", "treasure chest"))
    for seed in range(5):
        (a, _), (b, info) = plain.reset(seed=seed), haunted.reset(seed=seed)
        many, infos = vector.reset(seed=[seed, seed + 1])
        assert np.array_equal(a, b) and np.array_equal(b, many[0])
        assert info["ghosts"] == {"key": 0, "treasure chest": 0} and set(infos["ghosts"]) >= {"key", "_key"}
        ghosts = dict(zip(("key", "treasure chest"), map(set, haunted.get_state().ghosts), strict=True))
        counts = {"key": len(haunted.level.cells("k")), "treasure chest": len(haunted.level.cells("t"))}
        assert all(len(cells) == counts[kind] for kind, cells in ghosts.items())
        assert not any(haunted.level.walls.ravel()[list(cells)].any() for cells in ghosts.values())
        rng, done = np.random.default_rng(seed), False
        while not done:
            before, action = int(haunted.fields[0]), int(rng.integers(5))
            (a, base, *_), (b, same, terminated, truncated, info) = plain.step(action), haunted.step(action)
            _, _, ended, out, infos = vector.step(np.array([action, 4]))
            cell, done = int(haunted.fields[0]), terminated or truncated
            met = {kind: int(cell in cells and cell != before) for kind, cells in ghosts.items()}
            assert info["ghosts"] == met and np.array_equal(a, b) and base == same
            assert all(infos["ghosts"][kind][0] == met[kind] for kind in ghosts)
            assert (bool(ended[0]), bool(out[0])) == (terminated, truncated)
            ghosts = {kind: cells - ({cell} if cell != before else set()) for kind, cells in ghosts.items()}


def test_a_snapshot_remembers_which_ghosts_wait():
    env = GridWorld("Keys", size=5, ghosts="key", few=3, many=3, horizon=300)
    env.reset(seed=2)
    kept = env.get_state()
    walked = [int(a) for a in np.random.default_rng(1).integers(0, 4, 200)]
    first = [env.step(action)[-1]["ghosts"]["key"] for action in walked if not env.get_state().ended]
    env.set_state(kept)
    again = [env.step(action)[-1]["ghosts"]["key"] for action in walked if not env.get_state().ended]
    assert first == again and sum(first) > 0
    with pytest.raises(LevelError, match=r"ghosts \(\) are not the cells of 1 kinds of ghosts"):
        env.set_state(unhaunted())


def unhaunted():
    env = GridWorld("Keys", size=5, few=3, many=3, horizon=300)
    env.reset(seed=2)
    return env.get_state()


def test_who_seeks_keys_meets_more_keys_than_ghosts_and_who_wanders_does_not():
    """120 episodes each; keys are drawn by the law of their ghosts, so only seeking can tell them apart (4 standard errors)."""
    env = GridWorld("Keys:size=7", shift=1, ghosts="key")
    seeker, rng = proxy_agent(env.world, "keys"), np.random.default_rng(0)
    found = {"seeks": [], "wanders": []}
    for who, differences in found.items():
        env.reset(seed=7)
        for _ in range(120):
            seen, state, total, done = env.reset()[0], None, 0, False
            while not done:
                action = int(rng.integers(5))
                if who == "seeks":
                    action, state = seeker.predict(seen, state)
                seen, _, terminated, truncated, info = env.step(action)
                total += info["events"]["key_taken"] - info["ghosts"]["key"]
                done = terminated or truncated
            differences.append(total)
    z = {who: np.mean(d) / (np.std(d) / np.sqrt(len(d))) for who, d in found.items()}
    assert z["seeks"] > 6 and abs(z["wanders"]) < 4, z


def test_walls_that_the_law_does_not_fit_have_no_ghosts():
    env = GridWorld("Keys:few=5,many=6", level="####\n#Ak#\n####", ghosts="key")
    with pytest.raises(KnobError, match=r"put no ghosts on its walls; leave out ghosts="):
        env.reset(seed=0)


# Levels by id, seed and file ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(WORLDS))
def test_a_level_is_found_by_its_seed_and_by_its_id(name):
    env = GridWorld(name, shift=1)
    drawn = env.reset(seed=11)[1]["level_id"]
    again = GridWorld(name, shift=1)
    assert again.reset(options={"level": 11})[1]["level_id"] == drawn == LevelDistribution.deploy(env.world).level(11).id
    assert GridWorld(name).reset(options={"level": drawn})[1]["level_id"] == drawn
    assert VectorGridWorld(name, 2).reset(options={"level": drawn})[1]["level_id"].tolist() == [drawn] * 2
    assert GridWorld(name, level=drawn).reset()[1]["level_id"] == drawn


@pytest.mark.parametrize("name", sorted(WORLDS))
def test_levels_go_to_files_and_come_back(name, tmp_path):
    world = world_named(name)
    levels = LevelDistribution.deploy(world).levels(5, 4)
    files = write_levels(levels, tmp_path / "new" / "folder")
    assert [file.name for file in files] == [f"{level.id}.txt" for level in levels]
    assert {level.id for level in read_levels(world, tmp_path / "new" / "folder")} == {level.id for level in levels}
    env = GridWorld(name, levels=tmp_path / "new" / "folder")
    met = {env.reset(seed=seed)[1]["level_id"] for seed in range(40)}
    assert met == {level.id for level in levels}
    assert env.reset(options={"level": levels[2].id})[1]["level_id"] == levels[2].id
    one = tmp_path / "all.txt"
    one.write_text("\n---\n".join(level.draw() for level in levels + levels[:1]))
    assert read_levels(world, one) == levels


def test_a_file_that_holds_no_level_is_named(tmp_path):
    world = world_named("Keys")
    with pytest.raises(LevelError, match="there is no such file or folder; name one that holds ASCII drawings of Keys"):
        read_levels(world, tmp_path / "none")
    with pytest.raises(LevelError, match=r"no drawing in it; of a folder the files that end in \.txt are read, not folders"):
        read_levels(world, tmp_path)
    with pytest.raises(LevelError, match="there is no such file or folder"):
        read_levels(world, "#" * 5000)
    bad = tmp_path / "two.txt"
    bad.write_text(f"{KEYS}\n---\n{KEYS.replace('k', 'q')}")
    with pytest.raises(LevelError, match=r"two\.txt, drawing 2: Keys: row 2, column 4: 'q' is not a symbol here"):
        read_levels(world, bad)
    bad.write_bytes(b"\xff\xfe\x00#")
    with pytest.raises(LevelError, match=r"two\.txt: cannot be read as text"):
        read_levels(world, bad)


def test_options_are_reached_through_gymnasium():
    env = gymnasium.make("innershift:Keys-v0", view=5, ghosts="key", salience={"key": 2}, size=5)
    assert env.reset(seed=0)[0].shape == (5, 5, 6) and isinstance(env.unwrapped.level, Level)
    many = gymnasium.make_vec("innershift:Keys-v0", 3, vectorization_mode="vector_entry_point", view=5, ghosts="key", size=5)
    assert many.reset(seed=0)[0].shape == (3, 5, 5, 5)


def test_seeds_may_be_an_array_and_levels_any_sequence():
    env = VectorGridWorld("Keys", 2, size=5, levels=np.arange(3))
    assert env.reset(seed=np.array([4, 5]))[1]["level_id"].tolist() == env.reset(seed=[4, 5])[1]["level_id"].tolist()
    with pytest.raises(KnobError, match=r"seed 1\.5 is neither a whole number nor a sequence of them"):
        env.reset(seed=1.5)


def test_levels_and_models_are_told_in_a_line():
    level = world_named("Keys").parse(KEYS)
    assert repr(level) == f"<Level {level.id}, 5 x 7, custom>"
    assert repr(level.to_mdp()) == f"<MDP of {level.id}, {level.to_mdp().n_states - 1} states and the end>"
