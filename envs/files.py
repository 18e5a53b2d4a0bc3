"""Levels in files: one drawing a file, or several in one, with lines of `---` between."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from .errors import LevelError
from .level import Level
from .world import World

SUFFIX = ".txt"
RULE = "---"
"""The line that stands between two drawings in one file."""


def read_levels(world: World, path: str | Path) -> list[Level]:
    """All levels of a file, or of every `.txt` file in a folder in the order of their names; equal ones once.

    Args:
        world: the world whose levels they are.
        path: a file of ASCII drawings, or a folder of such files.

    Raises:
        LevelError: no such place, nothing in it, no text, or a drawing that is no level; names file and drawing.
    """
    place = Path(path)
    if not _there(place):
        raise LevelError(f"{place}: there is no such file or folder; name one that holds ASCII drawings of {world.name}.")
    files = sorted(place.glob(f"*{SUFFIX}")) if place.is_dir() else [place]
    levels: dict[str, Level] = {}
    for file in files:
        drawings = [part for part in re.split(rf"(?m)^{RULE}[ \t]*$", _text(file)) if part.strip()]
        for number, drawing in enumerate(drawings, 1):
            try:
                level = world.parse(drawing.strip("\n"))
            except LevelError as error:
                which = f", drawing {number}" if len(drawings) > 1 else ""
                raise LevelError(f"{file}{which}: {error}") from None
            levels.setdefault(level.id, level)
    if not levels:
        raise LevelError(f"{place}: no drawing in it; of a folder the files that end in {SUFFIX} are read, not folders within.")
    return list(levels.values())


def write_levels(levels: Iterable[Level], folder: str | Path) -> list[Path]:
    """Write each level to a file of its own, named by its id; the folder is made if need be.

    Returns:
        The files, in the order of the levels.
    """
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    files = []
    for level in levels:
        files.append(place / f"{level.id}{SUFFIX}")
        files[-1].write_text(level.draw() + "\n", encoding="utf-8")
    return files


def _there(place: Path) -> bool:
    try:
        return place.exists()
    except OSError:  # no name that a file can have
        return False


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise LevelError(f"{file}: cannot be read as text ({error}); give a file of ASCII drawings.") from None
