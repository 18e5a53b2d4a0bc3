"""A census as a run: what is stored and printed, in which bytes, and what is refused before any work is done."""

import json
from fractions import Fraction

import numpy as np
import pytest
from innershift.analysis.census import sweep
from innershift.analysis.census.objectives import exact, menu, objectives_of, score
from innershift.analysis.census.rows import (
    GRIDS,
    CensusSettings,
    ExampleRow,
    ObjectiveRow,
    PointRow,
    TeachingRow,
    read_rows,
)
from innershift.analysis.census.sweep import run
from innershift.analysis.report.census import census_with_progress
from innershift.envs.shift import LevelDistribution
from innershift.envs.worlds import world_named

TINY = CensusSettings(
    "Doors:size=5", train_levels=5, deploy_levels=6, seeds=2, mix=(0.0, 0.5), values=("0", "1/2", "1")
)


def test_results_are_what_the_parts_say(tmp_path):
    parts = list(run(TINY, tmp_path))
    assert parts[0] == "deployment" and parts[-1] == "teaching set" and len(parts) == len(TINY.jobs) + 2
    points, kept = (
        read_rows(tmp_path / "points.jsonl", PointRow),
        read_rows(tmp_path / "objectives.jsonl", ObjectiveRow),
    )
    assert [(p.mix, p.seed, p.levels) for p in points] == [(m, s, n) for m, s in TINY.jobs for n in (1, 2, 4, 5)]
    assert all(p.robust <= p.optimal <= p.lucky_optimal <= p.objectives == 729 for p in points)
    assert all(p.kinds_robust <= p.robust and p.kinds_optimal <= p.optimal for p in points)
    world = world_named(TINY.world)
    found = objectives_of(world, TINY.grid)
    train, deploy = (
        score(found, [menu(level, found) for level in levels]).everywhere()
        for levels in (
            LevelDistribution.train(world).levels([0, 0], 5),
            LevelDistribution.deploy(world).levels([0, 1], 6),
        )
    )
    told = [({event: Fraction(w) for event, w in row.weights.items()}, row.robust) for row in kept]
    assert told == [(found.weights(k), bool(deploy[k])) for k in np.flatnonzero(train)]
    assert all(row.robust == (row.lost == "0") for row in kept)
    assert (points[3].optimal, points[3].robust) == (train.sum(), (train & deploy).sum())
    (teaching,) = read_rows(tmp_path / "teaching.jsonl", TeachingRow)
    drawn = [json.loads(line)["id"] for line in (tmp_path / "levels.jsonl").read_text().splitlines()]
    assert teaching.pool == 11 and set(teaching.levels) <= set(drawn) and teaching.robust == (train & deploy).sum()
    examples = read_rows(tmp_path / "examples.jsonl", ExampleRow)
    assert examples[0].proxy == "colour" and all(row.earned < row.possible for row in examples)


def test_the_same_settings_give_the_same_bytes(tmp_path):
    for folder in ("a", "b"):
        list(run(TINY, tmp_path / folder))
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert len(files) == 6
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in files)


def test_the_printed_census_fits_80_columns_and_says_what_was_counted(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    census_with_progress(TINY, tmp_path)
    told = capsys.readouterr().out
    assert max(map(len, told.splitlines()[:-2])) <= 80
    flat = " ".join(told.split())
    row = read_rows(tmp_path / "points.jsonl", PointRow)[3]
    assert (
        f"Of 729 objectives {row.optimal} earn everything there is in 5 training levels; {row.robust} of them" in flat
    )
    assert "Equal training score does not fix the objective." in flat
    assert "(the proxy 'colour')" in flat and "would earn" in flat and "No fewer will do" in flat
    assert "all weights 0, 1/2, 1 on square, circle, triangle, red, green, blue; −0.02 on moved" in flat


def test_ctrl_c_keeps_what_is_finished(tmp_path, capsys, monkeypatch):
    calls = []

    def stop(*arguments):
        calls.append(arguments)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return curve_rows(*arguments)

    curve_rows = sweep._points
    monkeypatch.setattr(sweep, "_points", stop)
    with pytest.raises(KeyboardInterrupt):
        census_with_progress(TINY, tmp_path)
    told = capsys.readouterr().out
    assert "Interrupted after 2 of 6 parts" in told and "Of 729 objectives" in told
    assert len(read_rows(tmp_path / "points.jsonl", PointRow)) == 4


def test_depth_limited_proxies_are_said_to_be_left_out(tmp_path, capsys):
    world = "Lever:size=5,chain=4,depth=3,items=1,glass=1"
    settings = CensusSettings(
        world, ("0", "1"), train_levels=1, deploy_levels=1, seeds=1, mix=(0,), moved=("0", "-1/50")
    )
    census_with_progress(settings, tmp_path)
    assert "the proxy 'fewest_left' looks 3 actions ahead" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"world": "Dors"}, "Unknown world 'Dors'. Did you mean 'Doors'"),
        ({"train_levels": 0}, "train_levels 0: must be at least 1"),
        ({"mix": ()}, r"mix \(\): give at least one share"),
        ({"mix": (0.5, 2.0)}, r"mix 2.0 is outside \[0, 1\]"),
        ({"events": ("sqare",)}, "Unknown event of Doors 'sqare'. Did you mean 'square'"),
        ({"values": ("one",)}, "'one' is no exact number"),
        ({"tolerance": "3"}, r"Tolerance 3 is outside \[0, 1\]"),
        ({"moved": ("1",)}, "Weight 1 on 'moved' is above 0"),
    ],
)
def test_settings_are_checked_before_any_work(wrong, complaint, tmp_path):
    settings = CensusSettings(**{"world": "Doors", **wrong})
    with pytest.raises(ValueError, match=complaint):
        next(run(settings, tmp_path / "run"))
    assert not (tmp_path / "run").exists()


def test_numbers_are_read_exactly():
    assert [exact(text) for text in (1, "1/2", "-0.02")] == [1, Fraction(1, 2), Fraction(-1, 50)]
    assert all(exact(value) == exact(value) for grid in GRIDS.values() for values in grid.values() for value in values)
