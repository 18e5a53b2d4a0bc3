"""The README's examples run as printed, its commands, tables and pictures are the code's; so is CONTRIBUTING's example."""

import doctest
import re
from pathlib import Path

import innershift
import numpy as np
from innershift.analysis.bench import Settings, run
from innershift.analysis.play.rendering import render_pair
from innershift.analysis.report.terminal import print_table
from innershift.analysis.store import read_results
from innershift.cli import VERBS
from innershift.envs import WORLDS
from innershift.envs.sprites import pygame_quietly

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_examples_run_as_printed():
    parsed = doctest.DocTestParser().get_doctest(README, {}, "README", "README.md", 0)
    report = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS, verbose=False)
    runner.run(parsed, out=report.append)
    assert runner.summarize(verbose=False).failed == 0, "".join(report)
    assert runner.tries > 12


def test_commands_exist():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {"demo", "test"} <= set(re.findall(r"^    make ([a-z]+) ", README, re.MULTILINE)) <= targets
    assert set(re.findall(r"innershift ([a-z]+) NAME", README)) <= set(VERBS)
    assert innershift.__version__ in (ROOT / "CITATION.cff").read_text()


def test_table_of_worlds_is_the_codes():
    for name, cls in WORLDS.items():
        line = next(line for line in README.splitlines() if line.startswith(f"| **{name}**"))
        assert line == f"| **{name}**: {cls.summary} | {cls.knob} |"


def test_sample_table_is_what_the_bench_prints(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    list(run(Settings(worlds=("Doors",)), tmp_path))
    print_table(read_results(tmp_path))
    printed = {line.rstrip() for line in capsys.readouterr().out.splitlines()}
    heading = next(line for line in README.splitlines() if "acts    CHOICE" in line)
    block = README[: README.index(heading)].rsplit("\n\n", 1)[1] + README[README.index(heading) :].split("\n\n", 1)[0]
    shown = [line[4:] for line in block.splitlines()]
    assert len(shown) == 8 and set(shown) <= printed, set(shown) - printed


def test_pictures_exist():
    for path in re.findall(r"\]\((docs/[^)]+)\)", README):
        assert (ROOT / path).is_file()


def decoded(path):
    """`[h, w, 3]` pixels of a PNG file."""
    surface = pygame_quietly().image.load(str(path))
    raw = np.frombuffer(pygame_quietly().image.tobytes(surface, "RGB"), np.uint8)
    return raw.reshape(surface.get_height(), surface.get_width(), 3).astype(int)


def test_picture_of_train_and_deploy_is_fresh(tmp_path, capsys):
    """What `innershift render CheeseCorner --agent "proxy: corner" --seed 5` draws today; fonts may differ in the words."""
    fresh = tmp_path / "pair.png"
    render_pair("CheeseCorner", "proxy: corner", 5, out=fresh)
    kept, drawn = decoded(ROOT / "docs" / "train-and-deploy.png"), decoded(fresh)
    assert kept.shape == drawn.shape
    cells = np.s_[26:-20]  # below the title, above the legend
    assert np.abs(kept[cells] - drawn[cells]).max() <= 8
    assert (np.abs(kept - drawn).max(axis=-1) > 40).mean() < 0.02


def test_example_of_an_agent_of_ones_own_runs(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (example,) = re.findall(r"```python\n(.*?)```", CONTRIBUTING, re.DOTALL)
    exec(compile(example, "CONTRIBUTING.md", "exec"), {})
    assert "judged Keys 0" in capsys.readouterr().out
    page = (tmp_path / "runs" / "mine" / "report.html").read_text(encoding="utf-8")
    assert "mine: keys alone" in page and "Its objective scores A highest" in page
