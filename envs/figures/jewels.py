"""Figures of Values: a jewel in the middle of the cell, and a bar at each side for its two numbers."""

from __future__ import annotations

from collections.abc import Callable

from ..pen import Colour, Pen, shade
from .palette import KNOB, PANEL, TINTS, Figure

Point = tuple[float, float]
ROUND = (0.5, 0.06), (0.68, 0.16), (0.74, 0.5), (0.68, 0.84), (0.5, 0.94), (0.32, 0.84), (0.26, 0.5), (0.32, 0.16)
STEP = (0.36, 0.06), (0.64, 0.06), (0.74, 0.2), (0.74, 0.8), (0.64, 0.94), (0.36, 0.94), (0.26, 0.8), (0.26, 0.2)
KITE = (0.5, 0.04), (0.76, 0.5), (0.5, 0.96), (0.24, 0.5)


def _jewel(colour: Colour, *outline: Point) -> Callable[[Pen, Colour | None], None]:
    """A cut stone, with an edge and a bright table where there is room."""

    def drawn(pen: Pen, tint: Colour | None) -> None:
        if pen.px < 7:
            pen.rect(colour, 0.25, 0, 0.75, 1)
            return
        pen.polygon(shade(colour, -0.45), *outline)
        if pen.px >= 12:
            pen.polygon(colour, *(_towards_middle(point, 0.84) for point in outline))
            pen.polygon(shade(colour, 0.45), *(_towards_middle(point, 0.42) for point in outline))
        else:
            pen.polygon(colour, *outline)

    return drawn


def _towards_middle(point: Point, share: float) -> Point:
    x, y = point
    return 0.5 + (x - 0.5) * share, 0.5 + (y - 0.5) * share


def _bar(left: float, colour: Colour, height: int) -> Callable[[Pen, Colour | None], None]:
    """A bar that stands for a number: one step of an eighth of the cell for each unit, on a foot of one more."""

    def drawn(pen: Pen, tint: Colour | None) -> None:
        top = 1 - (height + 1) / 8
        pen.rect(colour, left, top, left + 0.25, 1)
        if pen.px >= 12:
            for unit in range(height + 1):
                pen.rect(shade(colour, 0.55), left, 0.875 - unit / 8, left + 0.25, 0.875 - unit / 8 + 0.02)

    return drawn


FIGURES = {
    "ruby": Figure(_jewel(TINTS["red"], *ROUND), TINTS["red"]),
    "emerald": Figure(_jewel(TINTS["green"], *STEP), TINTS["green"]),
    "sapphire": Figure(_jewel(TINTS["blue"], *KITE), TINTS["blue"]),
    **{f"bar_a_{n}": Figure(_bar(0.0, PANEL, n)) for n in range(1, 8)},
    **{f"bar_b_{n}": Figure(_bar(0.75, KNOB, n)) for n in range(1, 8)},
}
