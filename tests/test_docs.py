"""Pages in docs/ say what is so: tests they name exist, examples run as printed, names they call are public."""

from __future__ import annotations

import ast
import builtins
import doctest
import importlib
import inspect
import re
from pathlib import Path

import innershift.agents
import innershift.analysis
import innershift.envs
import pytest
from innershift.cli import VERBS

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md"))
HOMES = [
    innershift.analysis,
    *(
        importlib.import_module(f"innershift.analysis.{part}")
        for part in ("census", "maps", "rewards", "statistics", "verdict")
    ),
    innershift.agents,
    innershift.envs,
]


def words(text: str) -> str:
    """A page without its examples."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)


def missing_tests(text: str, root: Path) -> list[str]:
    """Tests that a page names and that are not there; of a parametrised one a case in brackets may follow the name."""
    missing = []
    for file, names in re.findall(r"(tests/[\w/]+\.py)((?:::[\w.-]+)+)", text):
        path = root / file
        scope: list[ast.stmt] = ast.parse(path.read_text(encoding="utf-8")).body if path.is_file() else []
        for name in names.split("::")[1:]:
            kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
            found = next((node for node in scope if isinstance(node, kinds) and node.name == name), None)
            if found is None or not name.startswith(("test_", "Test")):
                missing.append(f"{file}{names}")
                break
            scope = found.body
    return missing


def unknown_calls(text: str) -> list[str]:
    """What a page calls in backticks, `name(...)`, and what is no public name; one letter stands for mathematics."""
    unknown = []
    for name in re.findall(r"(?<!`)`([A-Za-z_][A-Za-z0-9_.]+)\([^`]*`", words(text)):
        first, *rest = name.split(".")
        owner = next((home for home in HOMES if first in exported(home)), None)
        found = getattr(owner or builtins, first, None)
        for part in rest:
            found = getattr(found, part, None)
        if found is None and not (rest and is_method(rest[-1])):
            unknown.append(name)
    return unknown


def exported(home) -> set[str]:
    return set(getattr(home, "__all__", None) or (name for name in vars(home) if not name.startswith("_")))


def is_method(name: str) -> bool:
    """Whether some public class has a method of that name, as in `level.to_mdp()`."""
    kinds = [kind for home in HOMES for kind in vars(home).values() if inspect.isclass(kind)]
    return any(callable(getattr(kind, name, None)) for kind in kinds)


@pytest.mark.parametrize("page", PAGES)
def test_named_tests_exist(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    assert not missing_tests(text, ROOT)
    told = len(re.findall(r"tests/[\w/]+\.py::", text))
    assert told == text.count("::test_") + text.count("::Test"), "a test that is named without its file"


@pytest.mark.parametrize("page", PAGES)
def test_examples_run_as_printed(page):
    parsed = doctest.DocTestParser().get_doctest((ROOT / page).read_text(encoding="utf-8"), {}, page, page, 0)
    report: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS, verbose=False)
    runner.run(parsed, out=report.append)
    assert runner.summarize(verbose=False).failed == 0, "".join(report)


@pytest.mark.parametrize("page", PAGES)
def test_names_that_are_called_exist(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    assert not unknown_calls(text)
    assert set(re.findall(r"`innershift ([a-z]+)", text)) <= set(VERBS)
    for file in re.findall(r"`((?:analysis|agents|envs|benchmarks|tests)/[\w/]+\.py)`", text):
        assert (ROOT / file).is_file(), file


@pytest.mark.parametrize("page", PAGES)
def test_propositions_are_numbered_in_order_and_each_has_a_test(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    stated = re.split(r"^\*\*P(\d+)\. ", text, flags=re.MULTILINE)[1:]
    assert [int(number) for number in stated[::2]] == list(range(1, len(stated) // 2 + 1))
    for number, said in zip(stated[::2], stated[1::2], strict=True):
        paragraph = said.split("\n\n")[0]
        assert "::test_" in paragraph, f"P{number}"
        assert len(paragraph.splitlines()) <= 10, f"P{number}"
    assert {int(number) for number in re.findall(r"\bP(\d+)\b", text)} <= set(map(int, stated[::2]))


def test_what_is_wrong_is_found(tmp_path):
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_it.py").write_text(
        "def test_there(): pass\nclass TestIt:\n    def test_in(self): pass\n"
    )
    good = "`tests/test_it.py::test_there`, `tests/test_it.py::test_there[a-1]`, `tests/test_it.py::TestIt::test_in`"
    assert not missing_tests(good, tmp_path)
    for bad in ("tests/test_it.py::test_gone", "tests/test_no.py::test_there", "tests/test_it.py::TestIt::test_there"):
        assert missing_tests(bad, tmp_path) == [bad]
    fine = "`decide(rows)` `level.to_mdp()` `rewards.restrict(t, s)` `sorted(x)` `f(x)` `φ(ĝ)` `equivalence_test(x)`"
    assert not unknown_calls(fine)
    wrong = ["decides", "rewards.nothing", "level.to_nowhere"]
    assert unknown_calls(" ".join(f"`{name}(rows)`" for name in wrong)) == wrong
    assert not unknown_calls("```python\n>>> made_here(1)\n\n```\n")
