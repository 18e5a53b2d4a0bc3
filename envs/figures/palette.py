"""The colours of all figures: Okabe and Ito's, which differ for every reader and in greyscale."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ..pen import Colour, Pen, rgb

FLOOR, GRID, WALL = rgb("#f5f2eb"), rgb("#e4dfd3"), rgb("#4a4f59")
INK, WHITE, ACCENT = rgb("#24272e"), rgb("#ffffff"), rgb("#c2559d")
GOLD, WOOD, CRATE, STEEL, GLASS = rgb("#e6a800"), rgb("#85542a"), rgb("#b9824a"), rgb("#7d838e"), rgb("#56b4e9")
CHEESE, PANEL, KNOB = rgb("#f5c518"), rgb("#1f6470"), rgb("#e69f00")
FLAME, LAVA, WATER, HOME, COAL = rgb("#f0e442"), rgb("#d55e00"), rgb("#0072b2"), rgb("#009e73"), rgb("#3d3a3a")

TINTS: dict[str, Colour] = {"red": rgb("#d55e00"), "green": rgb("#4ccba0"), "blue": rgb("#00508f")}
"""Vermillion, bluish green and blue; their lightness L* is about 54, 74 and 33."""


class Figure(NamedTuple):
    """How a sprite is drawn, and the one colour that stands for it where only a letter can be drawn.

    Attributes:
        draw: draws it with a pen in coordinates from 0 to 1; the second argument is the tint of a tintable figure.
        ink: colour of its letter in a terminal; None for what has no letter of its own.
    """

    draw: Callable[[Pen, Colour | None], None]
    ink: Colour | None = None
