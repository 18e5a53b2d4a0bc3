"""The README's examples run as printed, its commands exist, and its table of worlds is the code's."""

import doctest
import re
from pathlib import Path

import innershift
from innershift.analysis.report.terminal import formula
from innershift.cli import VERBS
from innershift.envs import WORLDS

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_examples_run_as_printed():
    parsed = doctest.DocTestParser().get_doctest(README, {}, "README", "README.md", 0)
    report = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS, verbose=False)
    runner.run(parsed, out=report.append)
    assert runner.summarize(verbose=False).failed == 0, "".join(report)
    assert runner.tries > 12


def test_commands_exist():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {"demo", "test"} <= set(re.findall(r"make ([a-z]+) ", README)) <= targets
    assert set(re.findall(r"innershift ([a-z]+) NAME", README)) <= set(VERBS)
    assert innershift.__version__ in (ROOT / "CITATION.cff").read_text()


def test_table_of_worlds_is_the_codes():
    for name, cls in WORLDS.items():
        line = next(line for line in README.splitlines() if line.startswith(f"| **{name}**"))
        for part in (cls.summary, cls.knob, formula(cls().base), *(formula(p.weights) for p in cls().proxies.values())):
            assert part in line, (name, part)


def test_pictures_exist():
    for path in re.findall(r"\]\((docs/[^)]+)\)", README):
        assert (ROOT / path).is_file()
