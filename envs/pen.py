"""A pen for figures: lines and areas in coordinates from 0 to 1, on a surface of any size."""

from __future__ import annotations

from copy import copy
from itertools import pairwise
from types import ModuleType
from typing import Any

import numpy as np

Colour = tuple[int, int, int]
Box = tuple[float, float, float]
"""Where a sprite lies in its cell: left, top and side, in cells."""


def rgb(text: str) -> Colour:
    """The colour that `#rrggbb` means, 0 to 255 each."""
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def shade(colour: Colour, share: float) -> Colour:
    """The colour mixed with black (`share` below 0) or white (above 0)."""
    end = 255 if share > 0 else 0
    r, g, b = (round(c + (end - c) * abs(share)) for c in colour)
    return r, g, b


class Pen:
    """Draws on a square surface in unit coordinates, within a box of the cell."""

    def __init__(self, pygame: ModuleType, side: int, px: int, box: Box) -> None:
        """Take a transparent surface of `side` pixels, made by `pygame`, for a tile that will be `px` pixels wide."""
        self.surface = pygame.Surface((side, side), pygame.SRCALPHA, 32)
        self._draw: Any = pygame.draw
        self._left, self._top, self._side = (value * side for value in box)
        self.small = box[2] < 1
        self.px = px * box[2]
        """How many pixels the figure will be wide; small figures leave details out."""

    def within(self, left: float, top: float, side: float) -> Pen:
        """A pen on the same surface for a part of this one's box."""
        part = copy(self)
        part._left, part._top = self._at(left, top)
        part._side, part.px = self._side * side, self.px * side
        return part

    def _at(self, x: float, y: float) -> tuple[float, float]:
        return self._left + x * self._side, self._top + y * self._side

    def circle(self, colour: Colour, x: float, y: float, radius: float) -> None:
        """A disc about (x, y)."""
        self._draw.circle(self.surface, colour, self._at(x, y), radius * self._side)

    def polygon(self, colour: Colour, *points: tuple[float, float]) -> None:
        """A filled polygon."""
        self._draw.polygon(self.surface, colour, [self._at(*point) for point in points])

    def rect(self, colour: Colour, x0: float, y0: float, x1: float, y1: float, radius: float = 0.0) -> None:
        """A filled rectangle from (x0, y0) to (x1, y1) with rounded corners."""
        (left, top), (right, bottom) = self._at(x0, y0), self._at(x1, y1)
        area = (round(left), round(top), round(right) - round(left), round(bottom) - round(top))
        self._draw.rect(self.surface, colour, area, border_radius=round(radius * self._side))

    def line(self, colour: Colour, width: float, *points: tuple[float, float]) -> None:
        """A line with round ends and joints."""
        for start, end in pairwise(points):
            (x0, y0), (x1, y1) = start, end
            length = float(np.hypot(x1 - x0, y1 - y0)) or 1.0
            dx, dy = (y0 - y1) / length * width / 2, (x1 - x0) / length * width / 2
            self.polygon(colour, (x0 + dx, y0 + dy), (x1 + dx, y1 + dy), (x1 - dx, y1 - dy), (x0 - dx, y0 - dy))
        for x, y in points:
            self.circle(colour, x, y, width / 2)
