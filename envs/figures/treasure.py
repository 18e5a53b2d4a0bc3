"""Figures of things worth having: cheese, keys and chests."""

from __future__ import annotations

from ..pen import Colour, Pen, shade
from .palette import CHEESE, GOLD, WOOD, Figure


def _cheese(pen: Pen, tint: Colour | None) -> None:
    if pen.px < 7:
        pen.rect(CHEESE, 0, 0.25, 1, 1)
        pen.rect(CHEESE, 0.5, 0, 1, 1)
        return
    if pen.px >= 12:
        outline = (0.1, 0.52), (0.68, 0.2), (0.9, 0.48), (0.9, 0.82), (0.1, 0.82), (0.1, 0.52)
        pen.line(shade(CHEESE, -0.45), 0.09, *outline)
    pen.polygon(shade(CHEESE, 0.45), (0.08, 0.53), (0.68, 0.18), (0.92, 0.53))
    pen.rect(CHEESE, 0.08, 0.52, 0.92, 0.84)
    pen.circle(shade(CHEESE, -0.3), 0.32, 0.68, 0.085)
    pen.circle(shade(CHEESE, -0.3), 0.68, 0.66, 0.11)
    if pen.px >= 22:
        pen.circle(shade(CHEESE, -0.3), 0.49, 0.77, 0.045)
        pen.circle(shade(CHEESE, -0.05), 0.6, 0.38, 0.06)


def _key(pen: Pen, tint: Colour | None) -> None:
    if pen.px < 7:
        pen.rect(GOLD, 0, 0.25, 1, 0.75)
        return
    edge = shade(GOLD, -0.5)
    if pen.px < 12:
        gold = shade(GOLD, -0.15)
        pen.rect(gold, 0, 0.25, 0.5, 0.75)
        pen.rect(edge, 0.125, 0.375, 0.375, 0.625)
        pen.rect(gold, 0.5, 0.375, 1, 0.625)
        pen.rect(gold, 0.75, 0.625, 1, 0.75)
        return
    for colour, fat in ((edge, 0.04), (GOLD, 0.0)):
        pen.circle(colour, 0.29, 0.5, 0.21 + fat)
        pen.rect(colour, 0.4, 0.44 - fat, 0.92 + fat, 0.56 + fat)
        pen.rect(colour, 0.64 - fat, 0.5, 0.72 + fat, 0.7 + fat)
        pen.rect(colour, 0.82 - fat, 0.5, 0.92 + fat, 0.74 + fat)
    pen.circle(edge, 0.27, 0.5, 0.09)


def _chest(pen: Pen, tint: Colour | None) -> None:
    dark = shade(WOOD, -0.45)
    if pen.px < 7:
        pen.rect(WOOD, 0, 0, 1, 1)
        pen.rect(GOLD, 0.25, 0.25, 0.75, 0.5)
        return
    if pen.px < 12:
        pen.rect(WOOD, 0.125, 0.125, 0.875, 0.875)
        pen.rect(dark, 0.125, 0.375, 0.875, 0.5)
        pen.rect(GOLD, 0.375, 0.375, 0.625, 0.625)
        return
    pen.rect(dark, 0.08, 0.18, 0.92, 0.86, 0.12)
    pen.rect(shade(WOOD, 0.15), 0.13, 0.23, 0.87, 0.46, 0.09)
    pen.rect(WOOD, 0.13, 0.5, 0.87, 0.81, 0.03)
    for x in (0.2, 0.72):
        pen.rect(GOLD, x, 0.18, x + 0.08, 0.86)
    pen.rect(dark, 0.39, 0.38, 0.61, 0.66, 0.04)
    pen.rect(GOLD, 0.42, 0.41, 0.58, 0.63, 0.03)
    pen.circle(dark, 0.5, 0.5, 0.04)


FIGURES = {"cheese": Figure(_cheese, CHEESE), "key": Figure(_key, GOLD), "chest": Figure(_chest, WOOD)}
