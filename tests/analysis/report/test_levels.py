"""The verb `levels`: what it prints and writes, and what it refuses."""

import pytest
from innershift.analysis.gap import distinguishing_gap
from innershift.cli import main
from innershift.envs import LevelDistribution, read_levels, world_named


def told(capsys, *argv) -> str:
    status = main(["levels", *argv])
    captured = capsys.readouterr()
    assert status == 0, captured.err
    return captured.out


def test_levels_are_drawn_and_kept(capsys, tmp_path):
    out = told(capsys, "Keys:size=5", "--count", "3", "--split", "train", "--seed", "4", "--out", str(tmp_path))
    levels = LevelDistribution.train(world_named("Keys:size=5")).levels(4, 3)
    assert all(level.id in out for level in levels) and "3 files in" in out
    assert {level.id for level in read_levels(world_named("Keys:size=5"), tmp_path)} == {level.id for level in levels}


def test_gaps_are_told_and_levels_binned_by_them(capsys, tmp_path):
    out = told(capsys, "Doors:size=5", "--gap", "--count", "8", "--out", str(tmp_path), "--edges", "0.01", "0.4")
    world = world_named("Doors:size=5")
    levels = LevelDistribution.deploy(world).levels(0, 8)
    assert "colour loses" in out and "nearest loses" in out
    bins = {"gap-0-0.01": (0, 0.01), "gap-0.01-0.4": (0.01, 0.4), "gap-0.4-1": (0.4, 1.1)}
    for level in levels:
        share = distinguishing_gap(level, "colour").share
        (home,) = [name for name, (low, high) in bins.items() if low <= share < high]
        assert (tmp_path / home / f"{level.id}.txt").is_file()
        assert f"{share:4.0%}" in next(line for line in out.splitlines() if line.startswith(level.id))
    again = told(capsys, "Doors:size=5", "--gap", "--from", str(tmp_path / home), "--proxies", "colour")
    assert levels[-1].id in again and "nearest" not in again


def test_the_smallest_level_is_searched(capsys):
    out = told(capsys, "Keys:size=5", "--smallest", "keys", "base")
    assert "##A k ##" in out and "who wants keys: right" in out and "who wants base: stays where it is" in out
    assert "loses at least 0.02 by base" in out and "Every smaller open board with these things was tried" in out


def test_what_the_agent_stands_on_is_told(capsys):
    """Drawn alone, an agent beside lava has no reason to leave and come back."""
    out = told(capsys, "Lava:size=5", "--smallest", "shortest", "base")
    assert "\nunder: g (goal)\n" in out and "who wants base: stays where it is" in out


def test_long_runs_are_counted_and_chance_is_told(capsys):
    out = told(capsys, "Orchard:size=4", "--smallest", "among_trees", "base", "--least", "0.00001")
    assert "who wants among_trees, if chance does what is likeliest: stay×23 right\n" in out


def test_the_folder_is_made_before_anything_is_computed(capsys, tmp_path):
    (tmp_path / "file").write_text("")
    for search in (["--gap"], ["--smallest", "keys", "base"]):
        assert main(["levels", "Keys:size=5", *search, "--out", str(tmp_path / "file" / "folder")]) == 2
        captured = capsys.readouterr()
        assert "Name another place with --out" in captured.err and not captured.out


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["Kees"], "Unknown world 'Kees'. Did you mean 'Keys'"),
        (["Keys", "--split", "test"], "--split 'test': write train or deploy"),
        (["Keys", "--count", "0"], "draw at least 1 level"),
        (["Keys", "--gap", "--proxies", "kees"], "objective in Keys 'kees'. Did you mean 'keys'"),
        (["Keys", "--gap", "--edges", "0.5", "0.1"], "must ascend within (0, 1)"),
        (["Keys", "--smallest", "keys"], "name two wishes, such as: --smallest keys base"),
        (["Keys", "--smallest", "keys", "base", "--least", "-1"], "a loss of at least -1 cannot be looked for"),
        (["Keys", "--smallest", "keys", "base", "--least", "nan"], "give a number of at least 0"),
        (["Keys", "--smallest", "keys", "base", "--gap", "--from", "x"], "levels of its own; leave out --gap, --from."),
        (["Keys", "--from", "/nowhere/at/all"], "there is no such file or folder"),
    ],
)
def test_wrong_words_are_refused(argv, words, capsys):
    assert main(["levels", *argv]) == 2
    captured = capsys.readouterr()
    assert words in captured.err and not captured.out
