"""Figures of Leader and Lava: beacons, a leader and its flag, a goal, lava and water."""

from __future__ import annotations

import math

from ..pen import Colour, Pen, shade
from .palette import COAL, FLAME, GLASS, HOME, INK, LAVA, STEEL, WATER, WHITE, Figure


def _bowl(pen: Pen, filled: Colour) -> None:
    """A bowl on a foot, low in the cell, where who stands before it leaves it in view."""
    dark = shade(STEEL, -0.5)
    if pen.px < 7:
        pen.rect(filled, 0, 0.5, 0.75, 1)
    elif pen.px < 12:
        pen.rect(filled, 0, 0.625, 0.875, 0.875)
        pen.rect(dark, 0.25, 0.875, 0.625, 1)
    else:
        pen.polygon(dark, (0.36, 0.7), (0.64, 0.7), (0.82, 0.98), (0.18, 0.98))
        pen.polygon(STEEL, (0.4, 0.75), (0.6, 0.75), (0.74, 0.94), (0.26, 0.94))
        pen.polygon(dark, (0.04, 0.56), (0.96, 0.56), (0.76, 0.82), (0.24, 0.82))
        pen.polygon(filled, (0.12, 0.61), (0.88, 0.61), (0.73, 0.77), (0.27, 0.77))


def _beacon(pen: Pen, tint: Colour | None) -> None:
    """A beacon that is dark."""
    _bowl(pen, COAL)


def _beacon_lit(pen: Pen, tint: Colour | None) -> None:
    """A beacon that burns."""
    if pen.px >= 12:
        for colour, x0, x1, top in ((shade(LAVA, 0.1), 0.1, 0.9, 0.04), (FLAME, 0.2, 0.8, 0.22)):
            side, low = 0.3 * (x1 - x0), 0.6
            pen.polygon(colour, (x0, low), (x0 + 0.04, top + 0.18), (x0 + side, top + 0.26), (0.5, top), (0.5, low))
            pen.polygon(colour, (x1, low), (x1 - 0.04, top + 0.18), (x1 - side, top + 0.26), (0.5, top), (0.5, low))
    elif pen.px >= 7:
        pen.rect(FLAME, 0.25, 0.25, 0.625, 0.625)
    _bowl(pen, FLAME)


def _leader(pen: Pen, tint: Colour | None) -> None:
    """A bird with a crest, of another build and colour than the agent."""
    dark = shade(GLASS, -0.55)
    if pen.px < 7:
        pen.rect(GLASS, 0, 0, 0.75, 0.75)
        pen.rect(dark, 0.5, 0.25, 0.75, 0.5)
        return
    if pen.px < 12:
        pen.rect(dark, 0.125, 0, 0.25, 0.25)
        pen.rect(GLASS, 0.125, 0.125, 0.75, 0.75)
        pen.rect(INK, 0.5, 0.25, 0.625, 0.375)
        pen.rect(LAVA, 0.75, 0.375, 0.875, 0.5)
        return
    for colour, fat in ((dark, 0.035), (GLASS, 0.0)):
        pen.polygon(colour, (0.04 - fat, 0.34 - fat), (0.36, 0.44), (0.36, 0.74 + fat), (0.2, 0.7 + fat))
        pen.circle(colour, 0.46, 0.53, 0.23 + fat)
        pen.circle(colour, 0.6, 0.34, 0.18 + fat)
    pen.line(dark, 0.05, (0.52, 0.16), (0.44, 0.04))
    pen.line(dark, 0.05, (0.6, 0.14), (0.58, 0.02))
    pen.polygon(shade(LAVA, 0.15), (0.75, 0.26), (0.96, 0.37), (0.75, 0.45))
    pen.circle(WHITE, 0.64, 0.31, 0.075)
    pen.circle(INK, 0.66, 0.31, 0.045)
    pen.polygon(shade(GLASS, -0.25), (0.26, 0.48), (0.56, 0.5), (0.36, 0.68))


def _flag(pen: Pen, tint: Colour | None) -> None:
    """A pennant at the top left."""
    if pen.px < 7:
        pen.rect(HOME, 0, 0, 0.5, 0.25)
        return
    if pen.px < 12:
        pen.rect(INK, 0, 0, 0.125, 1)
        pen.rect(HOME, 0.125, 0, 0.5, 0.25)
        return
    pen.rect(INK, 0.04, 0.02, 0.1, 0.98)
    pen.polygon(shade(HOME, -0.4), (0.1, 0.02), (0.5, 0.16), (0.1, 0.3))
    pen.polygon(HOME, (0.1, 0.06), (0.42, 0.16), (0.1, 0.26))


def _goal(pen: Pen, tint: Colour | None) -> None:
    """A round target."""
    if pen.px < 7:
        pen.rect(HOME, 0, 0, 1, 1)
        pen.rect(WHITE, 0.25, 0.25, 0.75, 0.75)
        return
    edge = shade(HOME, -0.35)
    for colour, radius in ((edge, 0.47), (HOME, 0.42), (WHITE, 0.29), (HOME, 0.17)):
        if pen.px >= 12 or colour != edge:
            pen.circle(colour, 0.5, 0.5, radius if pen.px >= 12 else radius + 0.06)


def _lava(pen: Pen, tint: Colour | None) -> None:
    """Glowing, under a broken crust."""
    crust, glow = shade(LAVA, -0.45), FLAME
    pen.rect(LAVA, 0, 0, 1, 1)
    if pen.px < 7:
        for x, colour in ((0, crust), (0.25, glow), (0.5, glow), (0.75, crust)):
            pen.rect(colour, x, x, x + 0.25, x + 0.25)
        return
    if pen.px < 12:
        for x, y in ((0, 0.125), (0.5, 0), (0.75, 0.625), (0.125, 0.75)):
            pen.rect(crust, x, y, x + 0.25, y + 0.125)
        pen.rect(glow, 0.375, 0.25, 0.5, 0.625)
        pen.rect(glow, 0.5, 0.5, 0.75, 0.625)
        return
    pen.polygon(crust, (0.06, 0.08), (0.34, 0.04), (0.44, 0.22), (0.26, 0.38), (0.06, 0.3))
    pen.polygon(crust, (0.6, 0.12), (0.92, 0.06), (0.96, 0.36), (0.7, 0.4))
    pen.polygon(crust, (0.08, 0.56), (0.3, 0.52), (0.42, 0.74), (0.3, 0.94), (0.06, 0.9))
    pen.polygon(crust, (0.58, 0.6), (0.84, 0.54), (0.95, 0.76), (0.8, 0.95), (0.54, 0.88))
    pen.line(glow, 0.05, (0.02, 0.46), (0.3, 0.44), (0.5, 0.5), (0.72, 0.48), (0.98, 0.46))
    pen.line(glow, 0.05, (0.52, 0.03), (0.5, 0.5), (0.48, 0.97))


def _water(pen: Pen, tint: Colour | None) -> None:
    """Waves."""
    light = shade(WATER, 0.55)
    pen.rect(WATER, 0, 0, 1, 1)
    if pen.px < 12:
        for y in (0.0, 0.75) if pen.px < 7 else (0.0, 0.375, 0.75):
            pen.rect(light, 0, y, 1, y + (0.25 if pen.px < 7 else 0.125))
        return
    for y in (0.2, 0.5, 0.8):
        pen.line(light, 0.06, *((x / 8, y + (0.07 if x % 2 else -0.05)) for x in range(9)))


def _burnt(pen: Pen, tint: Colour | None) -> None:
    """A ragged burst about whom lava has burnt."""
    if pen.px < 7:
        pen.rect(COAL, 0, 0, 1, 0.25)
        pen.rect(COAL, 0, 0.25, 0.25, 0.75)
        return
    for colour, reach in ((COAL, 0.56), (shade(LAVA, 0.2), 0.46)) if pen.px >= 12 else ((COAL, 0.6),):
        points = ((math.pi * k / 9, (reach, 0.66 * reach)[k % 2]) for k in range(18))
        pen.polygon(colour, *((0.5 + radius * math.sin(turn), 0.5 - radius * math.cos(turn)) for turn, radius in points))


FIGURES = {
    "beacon": Figure(_beacon, STEEL), "beacon_lit": Figure(_beacon_lit, FLAME), "leader": Figure(_leader, GLASS),
    "flag": Figure(_flag), "goal": Figure(_goal, HOME), "lava": Figure(_lava, LAVA), "water": Figure(_water, WATER),
    "burnt": Figure(_burnt),
}  # fmt: skip
