"""Figures of the room: floor, walls, and the agent."""

from __future__ import annotations

from ..pen import Colour, Pen, shade
from .palette import ACCENT, FLOOR, GRID, INK, WALL, WHITE, Figure


def _floor(pen: Pen, tint: Colour | None) -> None:
    pen.rect(FLOOR, 0, 0, 1, 1)
    if pen.px >= 12:
        edge = 1 / pen.px
        pen.rect(GRID, 0, 0, 1, edge)
        pen.rect(GRID, 0, 0, edge, 1)


def _wall(pen: Pen, tint: Colour | None) -> None:
    pen.rect(WALL, 0, 0, 1, 1)
    if pen.px >= 12:
        edge = max(1.0, round(pen.px / 24)) / pen.px
        for light, near, far in ((0.09, 0.0, edge), (-0.14, 1 - edge, 1.0)):
            pen.rect(shade(WALL, light), 0, near, 1, far)
            pen.rect(shade(WALL, light), near, 0, far, 1)


def _agent(pen: Pen, tint: Colour | None) -> None:
    if pen.px < 6:
        pen.rect(ACCENT, 0, 0, 1, 1)
        if pen.px >= 4:
            pen.rect(WHITE, 0.25, 0.25, 0.75, 0.5)
        return
    if pen.small:
        pen.circle(WHITE, 0.5, 0.5, 0.52)
    if pen.px < 12:
        pen.circle(ACCENT, 0.5, 0.5, 0.44)
        pen.rect(WHITE, 0.25, 0.375, 0.4, 0.625)
        pen.rect(WHITE, 0.6, 0.375, 0.75, 0.625)
        return
    pen.circle(shade(ACCENT, -0.45), 0.5, 0.5, 0.44)
    pen.circle(ACCENT, 0.5, 0.5, 0.395)
    for x in (0.35, 0.65):
        pen.circle(WHITE, x, 0.44, 0.125)
        pen.circle(INK, x, 0.455, 0.066)
    if pen.px >= 22:
        pen.line(shade(ACCENT, -0.5), 0.05, (0.38, 0.66), (0.45, 0.7), (0.55, 0.7), (0.62, 0.66))


FIGURES = {"floor": Figure(_floor), "wall": Figure(_wall), "agent": Figure(_agent, ACCENT)}
