"""Benchmarks run, say what they are for, and write what their tables show; how fast anything is, is not tested here."""

import json
import math
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from innershift.envs import WORLDS, LevelDistribution, world_named

FOLDER = Path(__file__).resolve().parents[1] / "benchmarks"
SCRIPTS = sorted(path.stem for path in FOLDER.glob("*.py") if "tyro.cli" in path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module", autouse=True)
def scripts():
    """The scripts as modules."""
    sys.path.insert(0, str(FOLDER))
    yield
    sys.path.remove(str(FOLDER))


def ran(script, *arguments):
    """What a script prints."""
    done = subprocess.run([sys.executable, FOLDER / f"{script}.py", *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("script", SCRIPTS)
def test_help_teaches(script):
    words = ran(script, "--help")
    assert "--out" in words and len(words.split()) > 100


def numbers(value):
    """All numbers in a report."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [number for one in value for number in numbers(one)]
    return [value] if isinstance(value, (int, float)) and not isinstance(value, bool) else []


def test_stepping(tmp_path):
    out = tmp_path / "new" / "stepping.json"
    words = ran("stepping", "--quick", "--parts", "steps", "worlds", "first", "training", "-o", out)
    report = json.loads(out.read_text(encoding="utf-8"))
    assert {"settings", "machine", "core", "steps", "worlds", "first", "training"} == set(report)
    assert all(math.isfinite(number) and number >= 0 for number in numbers(report)) and str(out) in words
    rates = report["steps"][0]["steps_per_second"]
    assert {"GridWorld", "batch of 64", "batch of 64, in place", "episodes, random", "not compiled, batch of 16"} <= set(rates)
    assert rates["batch of 64"] > rates["not compiled, batch of 16"] and all(name in words for name in rates)
    assert [row["world"] for row in report["worlds"]] == list(WORLDS)[:2]
    assert report["worlds"][0]["cheese_corner_ratio"] == 1 and report["worlds"][0]["bytes_per_row"] > 13 * 13 * 3
    assert set(report["first"]) == {"compiled anew", "from disk"}
    assert 0 < report["training"]["environment_share"] < 1


def test_solving(tmp_path):
    out = tmp_path / "solving.json"
    words = ran("solving", "--quick", "-o", out)
    report = json.loads(out.read_text(encoding="utf-8"))
    assert {"settings", "machine", "core", "worlds", "growth", "peers"} == set(report)
    assert [row["world"] for row in report["worlds"]] == list(WORLDS)[:2] and all(name in words for name in list(WORLDS)[:2])
    assert all(row["enumerated_over_plain"] > 1 and row["seconds_per_backup"] < 1e-6 for row in report["worlds"])
    states = [row["states"] for row in report["growth"]["rows"]]
    assert states == sorted(states) and set(report["growth"]["exponents"]) == set(report["growth"]["rows"][0]["seconds"])
    assert report["growth"]["blink"]["states"] > 10_000


def test_rivals_take_turns_and_are_told_apart():
    from timing import Rival, contest

    done = []

    def work(name, seconds):
        done.append(name)
        until = time.process_time() + seconds
        while time.process_time() < until:
            pass

    rivals = {"slow": Rival(lambda: work("slow", 0.004), 10), "fast": Rival(lambda: work("fast", 0.001), 10)}
    rates = contest(rivals, 3, 0.01)
    assert rates["fast"] > 2 * rates["slow"] and 0 < rates["slow"] <= 10 / 0.004
    turns = [name for i, name in enumerate(done) if i == 0 or done[i - 1] != name]
    assert turns == ["slow", "fast"] * 4


def test_numbers_and_memory_are_told_shortly():
    from timing import machine, memory, short

    assert [short(number) for number in (1.234, 56_780, 9_876_543, 0.00123)] == ["1.23", "56.8 k", "9.88 M", "0.00123"]
    assert 80_000 <= memory(lambda: np.ones(10_000)) < 100_000
    assert machine()["numpy"] == np.__version__ and json.dumps(machine())


@pytest.mark.parametrize("world", ["CheeseCorner", "Supervisor"])
def test_the_plain_search_finds_what_the_compiled_one_finds(world):
    from solving import plain

    level = LevelDistribution.deploy(world_named(world)).level(0)
    mdp = level.to_mdp()
    assert plain(level) == ({tuple(state) for state in mdp.states[:-1].tolist()}, mdp.n_states - 1)
    some, looked = plain(level, 5)
    assert looked == 5 and some < plain(level)[0]


def test_steps_that_are_not_compiled_are_the_same_steps():
    from stepping import batch, plain, pool

    levels = pool("Keys", 3)
    assert len(levels) == 3
    for rival in (plain("Keys", 2, levels), batch("Keys", 2, levels=levels)):
        rival.work()
        assert rival.steps == 2 * (world_named("Keys").steps + 1)


def test_what_is_not_installed_is_left_out(monkeypatch):
    import peers

    for name in ("minigrid", "minigrid.envs", "jax", "mdptoolbox", "mdptoolbox.mdp"):
        monkeypatch.setitem(sys.modules, name, None)
    assert peers.minigrid(2) == peers.jaxgmg("corner", (2,), None) == peers.jaxgmg_levels("keys", 2, None) == {}
    assert peers.mdptoolbox(LevelDistribution.train(world_named("CheeseCorner")).level(0).to_mdp(), 3) == {}
