"""Figures of Doors: coloured shapes, a sign and a loudspeaker."""

from __future__ import annotations

from ..pen import Colour, Pen, rgb, shade
from .palette import PANEL, WHITE, WOOD, Figure


def _square(pen: Pen, tint: Colour | None) -> None:
    fill = tint or WHITE
    if pen.px < 6:
        pen.rect(fill, 0, 0, 1, 1)
        return
    pen.rect(shade(fill, -0.35), 0.125, 0.125, 0.875, 0.875, 0.06)
    edge = 0.05 if pen.px >= 12 else 0.0
    pen.rect(fill, 0.125 + edge, 0.125 + edge, 0.875 - edge, 0.875 - edge, 0.03)


def _circle(pen: Pen, tint: Colour | None) -> None:
    fill = tint or WHITE
    if pen.px < 6:
        pen.rect(fill, 0.25, 0, 0.75, 1)
        pen.rect(fill, 0, 0.25, 1, 0.75)
        return
    pen.circle(shade(fill, -0.35), 0.5, 0.5, 0.42)
    pen.circle(fill, 0.5, 0.5, 0.37 if pen.px >= 12 else 0.42)


def _triangle(pen: Pen, tint: Colour | None) -> None:
    fill = tint or WHITE
    if pen.px < 6:
        pen.rect(fill, 0.25, 0, 0.75, 1)
        pen.rect(fill, 0, 0.5, 1, 1)
        return
    pen.polygon(shade(fill, -0.35), (0.5, 0.07), (0.94, 0.875), (0.06, 0.875))
    if pen.px < 12:
        pen.polygon(fill, (0.5, 0.07), (0.94, 0.875), (0.06, 0.875))
    else:
        pen.polygon(fill, (0.5, 0.17), (0.86, 0.825), (0.14, 0.825))


def _sign(pen: Pen, tint: Colour | None) -> None:
    """A wooden board; a shape that shares the cell is written on it."""
    pen.rect(WOOD, 0, 0, 1, 1)
    if pen.px >= 12:
        pen.rect(shade(WOOD, -0.5), 0, 0, 1, 1, 0.1)
        pen.rect(shade(WOOD, 0.4), 0.04, 0.04, 0.96, 0.96, 0.08)
        pen.rect(WOOD, 0.09, 0.09, 0.91, 0.91, 0.05)


def _scratches(pen: Pen, tint: Colour | None) -> None:
    """What stands on a sign that names nothing."""
    scratch = shade(WOOD, 0.45)
    pen.line(scratch, 0.07, (0.25, 0.35), (0.7, 0.27), (0.3, 0.55), (0.75, 0.45), (0.3, 0.75), (0.72, 0.68))


def _tone(pen: Pen, tint: Colour | None) -> None:
    """A loudspeaker at the left of a panel; the shape that shares the cell stands at its right."""
    pen.rect(PANEL, 0, 0, 1, 1)
    if pen.px >= 12:
        pen.rect(shade(PANEL, -0.5), 0, 0, 1, 1, 0.1)
        pen.rect(shade(PANEL, 0.35), 0.04, 0.04, 0.96, 0.96, 0.08)
        pen.rect(PANEL, 0.09, 0.09, 0.91, 0.91, 0.05)
        speaker = rgb("#ffe08a")
        pen.polygon(speaker, (0.13, 0.42), (0.21, 0.42), (0.34, 0.27), (0.34, 0.73), (0.21, 0.58), (0.13, 0.58))
        if pen.px >= 22:
            pen.line(speaker, 0.035, (0.4, 0.4), (0.43, 0.5), (0.4, 0.6))


FIGURES = {
    "square": Figure(_square), "circle": Figure(_circle), "triangle": Figure(_triangle),
    "sign": Figure(_sign, WOOD), "scratches": Figure(_scratches), "tone": Figure(_tone, PANEL),
}  # fmt: skip
