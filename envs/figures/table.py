"""Figures of CheeseDish: what a table is laid with, each at its own place in the cell, so that a pile shows all of it."""

from __future__ import annotations

from ..pen import Colour, Pen, rgb, shade
from .palette import Figure

PORCELAIN, SILVER, WINE, CLAY, LINEN = rgb("#a9c4dc"), rgb("#59626e"), rgb("#2f8fc4"), rgb("#b4552d"), rgb("#7a4f93")
HALO = 0.025
"""How far the light edge reaches that sets a thing off from what it lies on."""


def _dish(pen: Pen, tint: Colour | None) -> None:
    """A plate, which fills the cell and lies lowest."""
    if pen.px < 7:
        pen.rect(PORCELAIN, 0, 0, 1, 1)
        return
    pen.circle(shade(PORCELAIN, -0.5), 0.5, 0.5, 0.5)
    pen.circle(PORCELAIN, 0.5, 0.5, 0.46)
    if pen.px >= 12:
        pen.circle(shade(PORCELAIN, -0.25), 0.5, 0.5, 0.34)
        pen.circle(shade(PORCELAIN, 0.55), 0.5, 0.5, 0.31)


def _fork(pen: Pen, tint: Colour | None) -> None:
    """At the left."""
    if pen.px < 7:
        pen.rect(SILVER, 0, 0.25, 0.25, 0.75)
        return
    if pen.px < 12:
        for x0, y0, x1, y1 in ((0, 0.25, 0.125, 0.5), (0.25, 0.25, 0.375, 0.5), (0, 0.5, 0.375, 0.625)):
            pen.rect(SILVER, x0, y0, x1, y1)
        pen.rect(SILVER, 0.125, 0.625, 0.25, 0.875)
        return
    for colour, fat in ((shade(SILVER, 0.75), HALO), (SILVER, 0.0)):
        pen.rect(colour, 0.1 - fat, 0.5 - fat, 0.17 + fat, 0.96 + fat, 0.03)
        pen.rect(colour, 0.03 - fat, 0.4 - fat, 0.24 + fat, 0.53 + fat, 0.05)
        for x in (0.03, 0.11, 0.19):
            pen.rect(colour, x - fat, 0.22 - fat, x + 0.05 + fat, 0.5)


def _spoon(pen: Pen, tint: Colour | None) -> None:
    """At the right."""
    if pen.px < 7:
        pen.rect(SILVER, 0.75, 0.25, 1, 0.75)
        return
    if pen.px < 12:
        pen.rect(SILVER, 0.75, 0.25, 1, 0.5)
        pen.rect(SILVER, 0.75, 0.5, 0.875, 0.875)
        return
    for colour, fat in ((shade(SILVER, 0.75), HALO), (SILVER, 0.0)):
        pen.rect(colour, 0.83 - fat, 0.5, 0.9 + fat, 0.96 + fat, 0.03)
        pen.circle(colour, 0.865, 0.35, 0.105 + fat)
        pen.circle(colour, 0.865, 0.42, 0.105 + fat)
    pen.circle(shade(SILVER, 0.35), 0.865, 0.37, 0.05)


def _glass(pen: Pen, tint: Colour | None) -> None:
    """A wine glass, at the top left."""
    if pen.px < 7:
        pen.rect(WINE, 0, 0, 0.25, 0.25)
        return
    if pen.px < 12:
        for x0, y0, x1, y1 in ((0, 0, 0.375, 0.125), (0.125, 0.125, 0.25, 0.25), (0, 0.25, 0.375, 0.375)):
            pen.rect(WINE, x0, y0, x1, y1)
        return
    for colour, fat in ((shade(WINE, 0.75), HALO), (WINE, 0.0)):
        pen.rect(colour, 0.04 - fat, 0.03 - fat, 0.36 + fat, 0.16, 0.02)
        pen.circle(colour, 0.2, 0.16, 0.16 + fat)
        pen.rect(colour, 0.17 - fat, 0.28, 0.23 + fat, 0.44)
        pen.rect(colour, 0.08 - fat, 0.42 - fat, 0.32 + fat, 0.47 + fat, 0.02)
    pen.rect(shade(WINE, 0.6), 0.08, 0.05, 0.32, 0.13)


def _mug(pen: Pen, tint: Colour | None) -> None:
    """With a handle, at the top right."""
    if pen.px < 7:
        pen.rect(CLAY, 0.75, 0, 1, 0.25)
        return
    if pen.px < 12:
        pen.rect(CLAY, 0.625, 0, 0.875, 0.375)
        pen.rect(CLAY, 0.875, 0.125, 1, 0.25)
        return
    for colour, fat in ((shade(CLAY, 0.75), HALO), (CLAY, 0.0)):
        pen.circle(colour, 0.86, 0.2, 0.11 + fat)
        pen.rect(colour, 0.54 - fat, 0.03 - fat, 0.84 + fat, 0.38 + fat, 0.05)
    pen.circle(shade(CLAY, 0.75), 0.875, 0.2, 0.05)
    pen.rect(CLAY, 0.54, 0.03, 0.84, 0.38, 0.05)
    pen.rect(shade(CLAY, -0.45), 0.58, 0.06, 0.8, 0.12, 0.02)


def _napkin(pen: Pen, tint: Colour | None) -> None:
    """A folded cloth, at the foot."""
    if pen.px < 7:
        pen.rect(LINEN, 0.25, 0.75, 0.75, 1)
        return
    if pen.px < 12:
        pen.rect(LINEN, 0.375, 0.75, 0.625, 0.875)
        pen.rect(LINEN, 0.25, 0.875, 0.75, 1)
        return
    pen.polygon(shade(LINEN, 0.75), (0.5, 0.52), (0.86, 1), (0.14, 1))
    pen.polygon(LINEN, (0.5, 0.58), (0.8, 0.98), (0.2, 0.98))
    pen.polygon(shade(LINEN, 0.35), (0.5, 0.58), (0.5, 0.98), (0.2, 0.98))


FIGURES = {
    "dish": Figure(_dish, PORCELAIN), "fork": Figure(_fork, SILVER), "spoon": Figure(_spoon, SILVER),
    "wineglass": Figure(_glass, WINE), "mug": Figure(_mug, CLAY), "napkin": Figure(_napkin, LINEN),
}  # fmt: skip
