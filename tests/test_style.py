"""House rules on files that no linter checks: short, opened by the one idea they hold, and named for it."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("envs", "agents", "analysis", "tests", "benchmarks")
FILES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in [*ROOT.glob("*.py"), *(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))]
)
NOT_A_NAME = {"util", "utils", "helper", "helpers", "misc"}


def complaints(path: str, text: str) -> list[str]:
    """What is wrong with a file."""
    wrong = []
    lines = text.splitlines() or [""]
    if len(lines) > 400:
        wrong.append(f"{path}: {len(lines)} lines; split it, 400 are the most")
    if not lines[0].startswith('"""') or len(lines[0].strip('"').split()) < 3:
        wrong.append(f"{path}: the first line does not say in a docstring what the file is about")
    if Path(path).stem in NOT_A_NAME or NOT_A_NAME & set(Path(path).parent.parts):
        wrong.append(f"{path}: name it for what is in it")
    named = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, named) and node.name.lower() in NOT_A_NAME:
            wrong.append(f"{path}:{node.lineno}: name {node.name} for what it does")
    return wrong


@pytest.mark.parametrize("path", FILES)
def test_files_keep_the_rules(path):
    assert not complaints(path, (ROOT / path).read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("path", "text", "complaint"),
    [
        ("envs/long.py", '"""A file that goes on."""\n' + "x = 1\n" * 400, "401 lines"),
        ("envs/bare.py", "import os\n", "first line"),
        ("envs/empty.py", "", "first line"),
        ("envs/dot.py", '"""."""\n', "first line"),
        ("envs/utils.py", '"""All sorts of things."""\n', "name it for what is in it"),
        ("utils/grid.py", '"""All sorts of grids."""\n', "name it for what is in it"),
        ("envs/fine.py", '"""A fine first line."""\n\n\ndef helper():\n    pass\n', "name helper for what it does"),
    ],
)
def test_a_broken_rule_is_found(path, text, complaint):
    assert complaint in "\n".join(complaints(path, text))


def test_a_good_file_passes():
    assert not complaints("envs/level.py", '"""A level: an ASCII drawing."""\n' + "x = 1\n" * 399)
