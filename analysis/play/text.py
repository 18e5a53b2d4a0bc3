"""A level as text for a terminal, with values as digits on their colours, or a way as arrows."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from rich.text import Text

from ...envs import canvas, render
from ...envs.level import FLOOR, Level
from .overlays import Overlay, spread

ARROWS = {-1: "←", 1: "→"}
DIGITS = 10
"""Steps from the least value to the greatest."""


def text_rows(
    level: Level, fields: npt.NDArray[np.int32] | None = None, overlay: Overlay | None = None, colour: bool = True
) -> tuple[list[Text], list[Text]]:
    """A state as text, two columns a cell, what is laid over it in the second.

    Args:
        level: the level.
        fields: `[F]` the state; None is the start.
        overlay: what is laid over it.
        colour: colour things and values.

    Returns:
        The header lines that a player may see, and the rows of the grid.
    """
    lines = list(Text.from_ansi(render.ansi(level, fields, colour)).split("\n", allow_blank=True))
    head, rows = lines[: -level.height], lines[-level.height :]
    marks: dict[int, tuple[str, str]] = {}
    valued = overlay is not None and overlay.values is not None
    if overlay is not None and overlay.values is not None:
        marks = _digits(overlay, colour)
    elif overlay is not None and len(overlay.way) > 0:
        marks = {cell: (mark, "bold magenta") for cell, mark in arrows(overlay.way).items()}
    for row in rows:
        row.pad_right(max(0, 2 * level.width - len(row.plain)))
    for cell, (mark, style) in marks.items():
        row, column = divmod(cell, level.width)
        line = rows[row]
        here = line[2 * column : 2 * column + 1]
        if valued:
            here = Text(here.plain.replace(FLOOR, " "), style=style)
        rows[row] = line[: 2 * column] + here + Text(mark, style=style) + line[2 * column + 2 :]
    for row in rows:
        row.rstrip()
    return head, rows


def _digits(overlay: Overlay, colour: bool) -> dict[int, tuple[str, str]]:
    """For each cell with a value the digit of its share of the scale, and its colours."""
    values, span = overlay.values, spread(overlay)
    if values is None or span is None:
        return {}
    shares = (values - span[0]) / ((span[1] - span[0]) or 1.0)
    marks = {}
    for cell in np.flatnonzero(np.isfinite(values)).tolist():
        back = canvas.heat(shares[cell])
        ink = "#000000" if int(back.astype(int).sum()) > 330 else "#ffffff"
        style = "{} on #{:02x}{:02x}{:02x}".format(ink, *back.tolist()) if colour else ""
        marks[cell] = (str(min(DIGITS - 1, int(shares[cell] * DIGITS))), style)
    return marks


def arrows(way: Sequence[int]) -> dict[int, str]:
    """A sign for each cell of a way: where it goes on, • where it goes on in several directions, ● where it ends."""
    marks: dict[int, str] = {}
    cells = [cell for i, cell in enumerate(way) if i == 0 or cell != way[i - 1]]
    for here, there in pairwise(cells):
        mark = ARROWS.get(there - here, "↓" if there > here else "↑")
        marks[here] = mark if marks.get(here, mark) == mark else "•"
    marks[cells[-1]] = "●"
    return marks


def scale(overlay: Overlay) -> str:
    """What the digits mean: `0 is 5.00, 9 is 5.98`; "" without values."""
    span = spread(overlay)
    if span is None:
        return ""
    least, most = (canvas.short(value).replace("-", "−") for value in span)
    return f"0 is {least}, {DIGITS - 1} is {most}" if span[0] < span[1] else f"all {least}"


def flowed(pieces: Sequence[str], width: int) -> list[str]:
    """Lines of at most `width` columns, three spaces between pieces; one that is too long is broken between words, or cut."""
    lines: list[str] = []
    for piece in pieces:
        parts = [piece] if len(piece) <= width else piece.split()
        for part in parts:
            gap = "   " if part is parts[0] else " "
            if lines and len(lines[-1]) + len(gap) + len(part) <= width:
                lines[-1] += gap + part
            else:
                lines.append(part[:width])
    return lines
