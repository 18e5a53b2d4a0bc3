"""Films and pictures of episodes: what is in them, how they are written, and that no half of a file is left."""

import re
import sys

import imageio.v3
import numpy as np
import pytest
from innershift.analysis.play import film, rendering
from innershift.analysis.play.film import Scene, encoded, panel, still
from innershift.analysis.play.levels import Deck
from innershift.analysis.play.overlays import episode
from innershift.cli import main
from innershift.envs import render, world_named


def scenes(spec="CheeseCorner:size=5", agent="proxy: corner", seed=0):
    deck = Deck(world_named(spec))
    actor = deck.agent(agent, seed)
    return [Scene(title, level, actor, seed) for title, level in deck.levels(seed)]


def test_a_film_shows_the_episode_step_by_step():
    both = scenes()
    pictures = list(film.film(both, 12))
    assert len(pictures) == film.length(both) == max(scene.lasting for scene in both)
    assert len({picture.shape for picture in pictures}) == 1
    for scene in both:
        assert scene.positions == episode(scene.agent, scene.level, 0)
        for step, here in enumerate(scene.positions[: scene.lasting]):
            agent = np.argwhere((panel(scene, 12, step) != panel(scene, 12, max(0, step - 1))).any(axis=-1))
            assert agent.size or step == 0 or here.fields.tolist() == scene.positions[step - 1].fields.tolist()


def test_a_film_ends_where_the_agent_only_waits():
    train, deploy = scenes("CheeseCorner", seed=5)
    assert train.positions[-1].finished and train.lasting == len(train.positions)
    assert not deploy.positions[-1].finished and deploy.lasting < len(deploy.positions)
    assert len({tuple(here.fields) for here in deploy.positions[deploy.lasting - 1 :]}) == 1
    assert deploy.positions[deploy.lasting - 2].fields[0] != deploy.positions[deploy.lasting - 1].fields[0]


def test_captions_add_up_what_was_earned():
    _, deploy = scenes("Keys", "proxy: keys")
    assert deploy.earned(0) == "reward 0.00, own objective 0.00"
    assert deploy.earned() == deploy.earned(len(deploy.positions) + 9) == "reward −0.54, own objective 5.46"
    own = [float(re.search(r"objective ([−\d.]+)", deploy.earned(step))[1].replace("−", "-")) for step in range(28)]
    assert max(np.diff(own)) > 0.9 and own[0] == 0


def test_the_plan_is_the_rest_of_the_way_and_then_nothing():
    train, _ = scenes("Keys", "proxy: keys")
    cells = train.way(None)
    for step in (0, 3, 9):
        assert train.way(step) == cells[step:]
    assert train.way(len(cells)) == [] and Scene("x", train.level, None).way(None) == []


def test_value_maps_lie_side_by_side_and_part_at_deployment():
    train, deploy = scenes("CheeseCorner", seed=5)
    for scene, same in ((train, True), (deploy, False)):
        (_, base), (_, own) = scene.maps
        assert len(base) == len(own) == sum(not here.ended for here in scene.positions[: scene.lasting])
        assert np.array_equal(base[0], own[0], equal_nan=True) == same
    px = 12
    picture = panel(deploy, px, 0, valued=True)
    ways = [render.Path(deploy.way(0))]
    grid = render.value_map(deploy.level, deploy.maps[1][1][0], px, path=ways, hidden=True)[: 13 * px]
    rows = [
        y
        for y in range(picture.shape[0] - grid.shape[0])
        if (picture[y : y + grid.shape[0], : grid.shape[1]] == grid).all()
    ]
    assert len(rows) == 1 and rows[0] > 13 * px


@pytest.mark.parametrize("px", [4, 9, 64])
def test_pictures_have_room_for_words_at_any_size(px):
    for valued in (False, True):
        for step in (None, 2):
            picture = still(scenes(), px, step, valued)
            assert picture.shape[1] == 2 * max(film.NARROWEST, 7 * px) + 16
            below = picture[-14:]
            assert (below < 128).any(axis=-1).sum() > 20


def test_an_agent_without_values_says_so_in_the_picture():
    train, _ = scenes("Keys", "latent")
    assert "whole ways" in train.maps[1][1]
    assert panel(train, 12, 0, valued=True).shape[0] > 2 * 13 * 12


@pytest.mark.parametrize("kind", [".gif", ".mp4"])
def test_films_are_read_back_as_they_were(kind):
    pictures = [np.full((51, 61, 3), 20 * i, np.uint8) for i in range(6)]
    data = encoded(iter(pictures), kind, fps=5)
    back = imageio.v3.imread(data, extension=kind, plugin=film.FILMS[kind])
    assert back.shape[1:] == (52, 62, 3)
    shown = [int(frame[20, 20, 0]) for frame in back]
    assert np.abs(np.array(shown[:6]) - 20 * np.arange(6)).max() <= 3
    if kind == ".mp4":
        assert len(back) == 6 + round(5 * film.HOLD) and set(shown[6:]) == {shown[-1]}
        assert imageio.v3.immeta(data, extension=kind, plugin="pyav")["fps"] == 5
    else:
        lasted = [
            imageio.v3.immeta(data, extension=kind, plugin="pillow", index=i)["duration"] for i in range(len(back))
        ]
        assert lasted[0] == 200 and sum(lasted) == 200 * (6 + round(5 * film.HOLD))
        assert imageio.v3.immeta(data, extension=kind, plugin="pillow")["loop"] == 0


# The verb ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


RENDER = ["render", "CheeseCorner:size=5", "--agent", "corner", "--px", "8"]


def test_the_verb_writes_a_film_and_a_picture_if_asked(place, capsys):
    assert main([*RENDER, "--video", "a.gif"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("a.gif\n") and "training: reward" in told and [p.name for p in place.iterdir()] == ["a.gif"]
    assert imageio.v3.imread("a.gif").ndim == 4
    assert main([*RENDER, "--side-by-side", "--video", "a.mp4", "--out", "a.png", "--fps", "3"]) == 0
    assert sorted(p.name for p in place.iterdir()) == ["a.gif", "a.mp4", "a.png"]
    assert imageio.v3.immeta("a.mp4", plugin="pyav")["fps"] == 3


def test_values_in_the_terminal_are_digits(place, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    assert main([*RENDER, "--side-by-side", "--ansi"]) == 0
    told = capsys.readouterr().out
    assert told.count("by the reward") == told.count("to the agent") == 2 and told.count("9 is ") == 4
    assert not list(place.iterdir())


def test_a_stochastic_world_is_simulated_with_the_seed(place, capsys):
    for seed in ("0", "0", "1"):
        assert main(["render", "Monsters", "--agent", "shields", "--seed", seed, "--ansi"]) == 0
    first, same, other = capsys.readouterr().out.split("training: ")[1:]
    assert first.split("╭")[0] == same.split("╭")[0] and first.split("╭")[0] != other.split("╭")[0]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--video", "a.avi"], "--video a.avi: films are GIF or MP4 files; write a.gif."),
        (["--video", "no/a.gif"], "--video no/a.gif: there is no folder no; make it first"),
        (["--video", "a.gif", "--fps", "0"], "--fps 0: must be from 1 to 60."),
        (["--video", "a.gif", "--agent", ""], "--video shows what an agent does; name one: --agent robust."),
        (["--side-by-side", "--agent", ""], "--side-by-side shows what an agent does; name one"),
        (["--video", "/dev/full/a.gif"], "--video /dev/full/a.gif: there is no folder /dev/full"),
        (["--level", "none.txt"], "none.txt: there is no such file or folder"),
    ],
)
def test_what_cannot_be_filmed_is_refused_at_once(words, complaint, place, capsys):
    assert main([*RENDER, *words]) == 2
    told = capsys.readouterr()
    assert told.err.startswith(f"innershift: {complaint}") and not told.out and not list(place.iterdir())


def test_too_large_a_film_is_refused(place, capsys, monkeypatch):
    monkeypatch.setattr(rendering, "MOST", 10_000)
    assert main([*RENDER, "--video", "a.gif"]) == 2
    assert "pixels are too many; take fewer pixels a cell than --px 8." in capsys.readouterr().err


def test_without_the_extra_it_says_what_to_install(place, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "imageio", None)
    monkeypatch.setitem(sys.modules, "imageio.v3", None)
    assert main([*RENDER, "--video", "a.gif"]) == 2
    assert "pip install 'innershift[video]'" in capsys.readouterr().err and not list(place.iterdir())


def test_an_interrupt_leaves_the_older_file_and_no_part_of_a_new_one(place, capsys, monkeypatch):
    (place / "a.gif").write_text("older")
    drawn = film.still

    def interrupted(shown, px, step, valued):
        if step == 2:
            raise KeyboardInterrupt
        return drawn(shown, px, step, valued)

    monkeypatch.setattr(film, "still", interrupted)
    assert main([*RENDER, "--video", "a.gif"]) == 130
    assert (place / "a.gif").read_text() == "older" and [p.name for p in place.iterdir()] == ["a.gif"]


def test_a_file_is_written_as_a_whole_or_not_at_all(place, monkeypatch):
    (place / "kept").write_bytes(b"older")
    (place / "link").symlink_to("kept")

    def full(path, data):
        with open(path, "wb") as file:
            file.write(data[:1])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(rendering.Path, "write_bytes", full)
    with pytest.raises(ValueError, match=r"--out kept: cannot be written \(No space left on device\)"):
        rendering.save("--out", rendering.Path("kept"), b"newer")
    assert (place / "kept").read_bytes() == b"older" and sorted(p.name for p in place.iterdir()) == ["kept", "link"]
    monkeypatch.undo()
    rendering.save("--out", place / "link", b"newer")
    assert (place / "kept").read_bytes() == b"newer" and (place / "link").is_symlink()


def test_a_file_of_several_levels_is_shown_by_number(place, capsys):
    (place / "two.txt").write_text("#####\n#A.k#\n#####\n---\n######\n#.A.k#\n######\n")
    assert main(["render", "Keys", "--level", "two.txt", "--seed", "1", "--ansi"]) == 0
    assert "two.txt 2 of 2" in capsys.readouterr().out
    assert main(["render", "Keys", "--level", "two.txt", "--seed", "2"]) == 2
    assert "--seed 2: two.txt holds 2 level(s); give 0 to 1." in capsys.readouterr().err
