"""Figures of Selection: tiles where an episode ends, tokens for the episodes left, and the puzzle on the wall."""

from __future__ import annotations

from math import cos, pi, sin

from ..pen import Colour, Pen, rgb, shade
from .palette import GOLD, INK, PANEL, STEEL, TINTS, WHITE, Figure

MAT, FREE = rgb("#c9a777"), TINTS["green"]
STAR_TILE, HEART_TILE, MOON_TILE = rgb("#f0b400"), TINTS["red"], TINTS["blue"]


def _plate(pen: Pen, colour: Colour) -> None:
    """The tile that a sign stands on."""
    pen.rect(shade(colour, -0.4) if pen.px >= 12 else colour, 0, 0, 1, 1, 0.12 if pen.px >= 12 else 0)
    if pen.px >= 12:
        pen.rect(colour, 0.05, 0.05, 0.95, 0.95, 0.1)


def _star(pen: Pen, tint: Colour | None) -> None:
    _plate(pen, STAR_TILE)
    if pen.px < 7:
        pen.rect(WHITE, 0.25, 0.25, 0.75, 0.5)
        return
    spikes = [(0.46 if i % 2 == 0 else 0.19, pi * i / 5) for i in range(10)]
    pen.polygon(WHITE, *((0.5 + r * sin(turn), 0.52 - r * cos(turn)) for r, turn in spikes))


def _heart(pen: Pen, tint: Colour | None) -> None:
    _plate(pen, HEART_TILE)
    if pen.px < 7:
        pen.rect(WHITE, 0.25, 0.25, 0.5, 0.75)
        return
    for x in (0.335, 0.665):
        pen.circle(WHITE, x, 0.38, 0.19)
    pen.polygon(WHITE, (0.16, 0.45), (0.5, 0.36), (0.84, 0.45), (0.5, 0.87))


def _moon(pen: Pen, tint: Colour | None) -> None:
    _plate(pen, MOON_TILE)
    if pen.px < 7:
        pen.rect(WHITE, 0.5, 0.5, 0.75, 0.75)
        return
    pen.circle(WHITE, 0.48, 0.5, 0.35)
    pen.circle(MOON_TILE, 0.64, 0.42, 0.3)


def _home(pen: Pen, tint: Colour | None) -> None:
    """A mat with a border, which an agent on it leaves in view."""
    edge = 0.25 if pen.px < 7 else 0.125
    pen.rect(MAT, 0, 0, 1, 1)
    if pen.px >= 7:
        pen.rect(shade(MAT, 0.55), edge, edge, 1 - edge, 1 - edge)
    if pen.px >= 12:
        pen.rect(shade(MAT, -0.35), 0.06, 0.06, 0.94, 0.94, 0.04)
        pen.rect(shade(MAT, 0.55), 0.1, 0.1, 0.9, 0.9, 0.03)


def _modified(pen: Pen, tint: Colour | None) -> None:
    """A cogwheel in the corner, which an agent leaves in view."""
    if pen.px < 12:
        pen.rect(INK, 0.75, 0, 1, 0.25)
        return
    for i in range(8):
        turn = pi * i / 4
        pen.circle(INK, 0.83 + 0.14 * sin(turn), 0.17 + 0.14 * cos(turn), 0.045)
    pen.circle(INK, 0.83, 0.17, 0.135)
    pen.circle(GOLD, 0.83, 0.17, 0.06)


def _watched(pen: Pen, tint: Colour | None) -> None:
    """An eye: an episode under selection."""
    if pen.px < 7:
        pen.rect(WHITE, 0, 0.25, 1, 0.75)
        pen.rect(INK, 0.25, 0.25, 0.5, 0.75)
        return
    pen.polygon(WHITE, (0.04, 0.5), (0.28, 0.25), (0.72, 0.25), (0.96, 0.5), (0.72, 0.75), (0.28, 0.75))
    pen.circle(PANEL, 0.5, 0.5, 0.23)
    pen.circle(INK, 0.5, 0.5, 0.12)


def _free(pen: Pen, tint: Colour | None) -> None:
    """A full disc: a free episode of this level."""
    if pen.px < 7:
        pen.rect(FREE, 0.25, 0.25, 0.75, 0.75)
        return
    pen.circle(shade(FREE, -0.4), 0.5, 0.5, 0.36)
    pen.circle(FREE, 0.5, 0.5, 0.3)


def _ahead(pen: Pen, tint: Colour | None) -> None:
    """An arrowhead: a free episode after this level."""
    if pen.px < 7:
        pen.rect(FREE, 0, 0, 0.25, 1)
        pen.rect(FREE, 0.25, 0.25, 0.75, 0.75)
        return
    pen.polygon(FREE, (0.25, 0.16), (0.85, 0.5), (0.25, 0.84), (0.42, 0.5))


def _puzzle(pen: Pen, tint: Colour | None) -> None:
    """A question on the wall."""
    pen.rect(PANEL, 0, 0, 1, 1)
    if pen.px < 7:
        pen.rect(WHITE, 0.25, 0, 0.75, 0.25)
        return
    pen.line(WHITE, 0.11, (0.34, 0.3), (0.42, 0.2), (0.58, 0.2), (0.66, 0.32), (0.5, 0.5), (0.5, 0.6))
    pen.circle(WHITE, 0.5, 0.8, 0.075)


def _solved(pen: Pen, tint: Colour | None) -> None:
    """The same board, lit and ticked."""
    pen.rect(STAR_TILE, 0, 0, 1, 1)
    if pen.px < 7:
        pen.rect(INK, 0, 0.5, 0.5, 1)
        return
    pen.line(INK, 0.13, (0.2, 0.52), (0.42, 0.74), (0.8, 0.24))


FIGURES = {
    "star": Figure(_star, STAR_TILE), "heart": Figure(_heart, HEART_TILE), "moon": Figure(_moon, MOON_TILE),
    "home": Figure(_home, MAT), "modified": Figure(_modified, STEEL), "watched": Figure(_watched),
    "free": Figure(_free, FREE), "ahead": Figure(_ahead, FREE), "puzzle": Figure(_puzzle, PANEL),
    "solved": Figure(_solved, STAR_TILE),
}  # fmt: skip
