"""Figures of Monsters and Orchard: apples, shields, a monster and its cage; trees, stumps and drops of rain."""

from __future__ import annotations

from math import cos, pi, sin

from ..pen import Colour, Pen, rgb, shade
from .palette import GLASS, INK, STEEL, WHITE, WOOD, Figure

APPLE, LEAF, SHIELD, MONSTER, EYE = rgb("#d0342c"), rgb("#0a8f6a"), rgb("#0072b2"), rgb("#54408f"), rgb("#ffd84a")


def _apple(pen: Pen, tint: Colour | None) -> None:
    if pen.px < 7:
        pen.rect(LEAF, 0.5, 0, 0.75, 0.25)
        pen.rect(APPLE, 0, 0.25, 1, 0.75)
        pen.rect(APPLE, 0.25, 0.75, 0.75, 1)
        return
    if pen.px < 12:
        pen.rect(LEAF, 0.5, 0.0, 0.75, 0.125)
        pen.rect(WOOD, 0.5, 0.125, 0.625, 0.25)
        pen.rect(APPLE, 0.125, 0.25, 0.875, 0.75)
        pen.rect(APPLE, 0.25, 0.75, 0.75, 0.875)
        pen.rect(shade(APPLE, 0.55), 0.25, 0.375, 0.375, 0.5)
        return
    for colour, fat in ((shade(APPLE, -0.45), 0.04), (APPLE, 0.0)):
        for x in (0.37, 0.63):
            pen.circle(colour, x, 0.52, 0.22 + fat)
        pen.circle(colour, 0.41, 0.66, 0.21 + fat)
        pen.circle(colour, 0.59, 0.66, 0.21 + fat)
    pen.line(shade(WOOD, -0.3), 0.055, (0.5, 0.4), (0.5, 0.27), (0.54, 0.15))
    pen.polygon(LEAF, (0.54, 0.24), (0.66, 0.1), (0.86, 0.09), (0.78, 0.23), (0.66, 0.29))
    pen.circle(shade(APPLE, 0.6), 0.32, 0.47, 0.06)
    if pen.px >= 22:
        pen.line(shade(LEAF, -0.4), 0.025, (0.57, 0.23), (0.8, 0.12))
        pen.circle(shade(APPLE, 0.6), 0.27, 0.58, 0.03)


def _shield(pen: Pen, tint: Colour | None) -> None:
    if pen.px < 7:
        pen.rect(SHIELD, 0, 0, 1, 0.75)
        pen.rect(SHIELD, 0.25, 0.75, 0.75, 1)
        pen.rect(WHITE, 0.25, 0.25, 0.75, 0.5)
        return
    if pen.px < 12:
        pen.rect(SHIELD, 0.125, 0.125, 0.875, 0.625)
        pen.rect(SHIELD, 0.25, 0.625, 0.75, 0.75)
        pen.rect(SHIELD, 0.375, 0.75, 0.625, 0.875)
        pen.rect(WHITE, 0.375, 0.25, 0.625, 0.75)
        pen.rect(WHITE, 0.25, 0.375, 0.75, 0.5)
        return
    for colour, fat in ((INK, 0.05), (shade(STEEL, 0.55), 0.01), (SHIELD, -0.045)):
        pen.polygon(
            colour,
            (0.13 - fat, 0.15 - fat), (0.87 + fat, 0.15 - fat), (0.87 + fat, 0.5), (0.78 + fat, 0.68 + fat / 2),
            (0.5, 0.92 + fat), (0.22 - fat, 0.68 + fat / 2), (0.13 - fat, 0.5),
        )  # fmt: skip
    pen.rect(WHITE, 0.435, 0.2, 0.565, 0.8)
    pen.rect(WHITE, 0.18, 0.34, 0.82, 0.46)
    if pen.px >= 22:
        pen.circle(shade(STEEL, -0.2), 0.5, 0.4, 0.11)
        pen.circle(shade(STEEL, 0.45), 0.49, 0.385, 0.075)


def _monster(pen: Pen, tint: Colour | None) -> None:
    """Two horns, two eyes and teeth; what it stands on looks out between horns and between feet."""
    if pen.px < 7:
        pen.rect(MONSTER, 0, 0.25, 1, 0.75)
        for x in (0.0, 0.75):
            pen.rect(MONSTER, x, 0, x + 0.25, 1)
        pen.rect(EYE, 0, 0.25, 0.25, 0.5)
        pen.rect(EYE, 0.75, 0.25, 1, 0.5)
        return
    if pen.px < 12:
        pen.rect(MONSTER, 0.125, 0.25, 0.875, 0.875)
        for x in (0.125, 0.75):
            pen.rect(MONSTER, x, 0.125, x + 0.125, 1)
        for x in (0.25, 0.625):
            pen.rect(EYE, x, 0.375, x + 0.125, 0.5)
        pen.rect(WHITE, 0.375, 0.625, 0.625, 0.75)
        return
    dark, horn = shade(MONSTER, -0.5), shade(WOOD, 0.65)
    for colour, fat in ((dark, 0.035), (horn, 0.0)):
        for side in (-1, 1):
            tip, inner, outer = 0.33 + fat, 0.12 - fat, 0.28 + fat
            pen.polygon(
                colour, (0.5 + side * inner, 0.34), (0.5 + side * outer, 0.4), (0.5 + side * tip, 0.11 - fat * 1.5)
            )
    for colour, fat in ((dark, 0.04), (MONSTER, 0.0)):
        pen.circle(colour, 0.5, 0.56, 0.29 + fat)
        pen.rect(colour, 0.21 - fat, 0.56, 0.79 + fat, 0.87 + fat, 0.04)
        for x in (0.265, 0.5, 0.735):
            pen.circle(colour, x, 0.885, 0.055 + fat)
    for x in (0.375, 0.625):
        pen.circle(EYE, x, 0.51, 0.1)
        pen.circle(INK, x + (0.5 - x) * 0.25, 0.525, 0.05)
    pen.line(dark, 0.055, (0.28, 0.39), (0.44, 0.455))
    pen.line(dark, 0.055, (0.72, 0.39), (0.56, 0.455))
    pen.rect(dark, 0.31, 0.67, 0.69, 0.79, 0.05)
    wide, teeth = (0.065, (0.335, 0.435, 0.5, 0.6)) if pen.px >= 22 else (0.09, (0.35, 0.56))
    for x in teeth:
        pen.polygon(WHITE, (x, 0.67), (x + wide, 0.67), (x + wide / 2, 0.77))


def _cage(pen: Pen, tint: Colour | None) -> None:
    """Bars over what is locked up."""
    bar = shade(STEEL, -0.15)
    if pen.px < 7:
        pen.rect(bar, 0, 0, 1, 0.25)
        pen.rect(bar, 0, 0.75, 1, 1)
        pen.rect(bar, 0.5, 0, 0.75, 1)
        return
    if pen.px < 12:
        for y in (0.0, 0.875):
            pen.rect(bar, 0, y, 1, y + 0.125)
        for x in (0.0, 0.5, 0.875):
            pen.rect(bar, x, 0, x + 0.125, 1)
        return
    for x in (0.06, 0.28, 0.5, 0.72, 0.94):
        pen.line(shade(STEEL, -0.5), 0.075, (x, 0.08), (x, 0.92))
        pen.line(shade(STEEL, 0.35), 0.03, (x - 0.008, 0.08), (x - 0.008, 0.92))
    for y in (0.07, 0.93):
        pen.rect(shade(STEEL, -0.5), 0.01, y - 0.055, 0.99, y + 0.055, 0.03)
        pen.rect(shade(STEEL, 0.2), 0.03, y - 0.03, 0.97, y + 0.01, 0.02)


def _stump(pen: Pen, tint: Colour | None) -> None:
    bark = shade(WOOD, -0.25)
    if pen.px < 7:
        pen.rect(bark, 0, 0.5, 1, 1)
        pen.rect(shade(WOOD, 0.5), 0.25, 0.5, 0.75, 0.75)
        return
    if pen.px < 12:
        pen.rect(bark, 0.25, 0.5, 0.75, 0.875)
        pen.rect(bark, 0.125, 0.75, 0.875, 0.875)
        pen.rect(shade(WOOD, 0.55), 0.25, 0.375, 0.75, 0.625)
        return
    pen.polygon(shade(bark, -0.4), (0.24, 0.5), (0.76, 0.5), (0.8, 0.78), (0.92, 0.9), (0.08, 0.9), (0.2, 0.78))
    pen.polygon(bark, (0.28, 0.5), (0.72, 0.5), (0.76, 0.78), (0.82, 0.86), (0.18, 0.86), (0.24, 0.78))
    for colour, width, height in ((shade(bark, -0.4), 0.28, 0.15), (shade(WOOD, 0.6), 0.24, 0.11)):
        _ellipse(pen, colour, 0.5, 0.5, width, height)
    if pen.px >= 22:
        for width in (0.16, 0.08):
            _ellipse(pen, shade(WOOD, 0.15), 0.5, 0.5, width, width * 0.46)
            _ellipse(pen, shade(WOOD, 0.6), 0.5, 0.5, width - 0.035, (width - 0.035) * 0.46)


def _tree(pen: Pen, tint: Colour | None) -> None:
    """A round crown on a trunk, which hides the stump."""
    if pen.px < 7:
        pen.rect(LEAF, 0, 0, 1, 0.75)
        pen.rect(shade(LEAF, 0.3), 0.25, 0, 0.5, 0.25)
        pen.rect(WOOD, 0.25, 0.75, 0.75, 1)
        return
    if pen.px < 12:
        pen.rect(shade(LEAF, -0.2), 0, 0.125, 1, 0.625)
        pen.rect(LEAF, 0.125, 0, 0.875, 0.625)
        pen.rect(shade(LEAF, 0.35), 0.25, 0.125, 0.5, 0.25)
        pen.rect(WOOD, 0.375, 0.625, 0.625, 1)
        return
    dark = shade(LEAF, -0.5)
    pen.polygon(shade(WOOD, -0.5), (0.4, 0.5), (0.6, 0.5), (0.64, 0.84), (0.74, 0.95), (0.26, 0.95), (0.36, 0.84))
    pen.polygon(WOOD, (0.43, 0.5), (0.57, 0.5), (0.6, 0.84), (0.65, 0.91), (0.35, 0.91), (0.4, 0.84))
    crown = (0.5, 0.26, 0.22), (0.28, 0.42, 0.2), (0.72, 0.42, 0.2), (0.5, 0.46, 0.22)
    for colour, fat in ((dark, 0.04), (LEAF, 0.0)):
        for x, y, radius in crown:
            pen.circle(colour, x, y, radius + fat)
    for x, y, radius in ((0.44, 0.2, 0.1), (0.24, 0.38, 0.08), (0.66, 0.36, 0.08)):
        pen.circle(shade(LEAF, 0.3), x, y, radius)
    if pen.px >= 22:
        for x, y in ((0.56, 0.32), (0.36, 0.5), (0.74, 0.5)):
            pen.circle(APPLE, x, y, 0.045)


def _drop(pen: Pen, tint: Colour | None) -> None:
    if pen.px < 12:
        pen.rect(GLASS, 0.25, 0.5, 0.75, 0.75)
        pen.rect(GLASS, 0.375, 0.25, 0.625, 0.875)
        return
    pen.polygon(GLASS, (0.5, 0.1), (0.7, 0.48), (0.3, 0.48))
    pen.circle(GLASS, 0.5, 0.6, 0.235)
    pen.circle(shade(GLASS, 0.65), 0.42, 0.63, 0.07)


def _ellipse(pen: Pen, colour: Colour, x: float, y: float, width: float, height: float) -> None:
    """A filled ellipse about (x, y), as a polygon; `width` and `height` are its half axes."""
    turns = [2 * pi * i / 32 for i in range(32)]
    pen.polygon(colour, *((x + width * cos(turn), y + height * sin(turn)) for turn in turns))


FIGURES = {
    "apple": Figure(_apple, APPLE), "shield": Figure(_shield, SHIELD), "monster": Figure(_monster, MONSTER),
    "cage": Figure(_cage, STEEL), "stump": Figure(_stump, WOOD), "tree": Figure(_tree, LEAF), "drop": Figure(_drop),
}  # fmt: skip
