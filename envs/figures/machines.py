"""Figures of Lever: crates, glass cases and numbered levers."""

from __future__ import annotations

from collections.abc import Callable

from ..pen import Colour, Pen, shade
from .palette import CRATE, GLASS, INK, KNOB, STEEL, Figure

LETTERED = 20
"""Pixels a cell from which pictures for people write a letter in place of a number in dots."""


def _item(pen: Pen, tint: Colour | None) -> None:
    """A small crate."""
    if pen.px < 7:
        pen.rect(CRATE, 0, 0, 1, 1)
        return
    dark = shade(CRATE, -0.45)
    edge = 0.125 if pen.px < 12 else 0.07
    pen.rect(dark, 0.125, 0.125, 0.875, 0.875, 0.04)
    pen.rect(CRATE, 0.125 + edge, 0.125 + edge, 0.875 - edge, 0.875 - edge)
    pen.line(dark, 0.16 if pen.px < 12 else 0.17, (0.22, 0.78), (0.78, 0.22))
    if pen.px >= 12:
        pen.line(shade(CRATE, 0.25), 0.08, (0.23, 0.77), (0.77, 0.23))


def _glass(pen: Pen, tint: Colour | None) -> None:
    """The item in a case: smaller, so that the case shows around it."""
    left, top, side = (0.25, 0.25, 0.5) if pen.px < 12 else (0.24, 0.28, 0.52)
    _item(pen.within(left, top, side), tint)


def _case(pen: Pen, tint: Colour | None) -> None:
    """A case of glass on a foot, open to view."""
    frame = shade(GLASS, -0.25)
    edge = 0.25 if pen.px < 7 else 0.125 if pen.px < 12 else 0.055
    low = 0.06 if pen.px >= 12 else 0.0
    for x0, y0, x1, y1 in (
        (low, low, 1 - low, low + edge), (low, low, low + edge, 1 - low),
        (1 - low - edge, low, 1 - low, 1 - low), (low, 1 - low - edge, 1 - low, 1 - low),
    ):  # fmt: skip
        pen.rect(frame, x0, y0, x1, y1)
    if pen.px >= 12:
        pen.rect(shade(GLASS, -0.6), low, 0.84, 1 - low, 0.95)
        pen.line(shade(GLASS, 0.2), 0.045, (0.18, 0.4), (0.4, 0.18))
        pen.line(shade(GLASS, 0.2), 0.03, (0.18, 0.53), (0.53, 0.18))


def _lever_at(pen: Pen, knob: tuple[float, float], colour: Colour) -> None:
    dark = shade(STEEL, -0.45)
    if pen.px < 12:
        x, y = knob
        pen.line(dark, 0.12, (0.5, 0.75), knob)
        pen.rect(dark, 0.125, 0.75, 0.875, 0.875)
        pen.rect(colour, round(x * 8 - 1) / 8, round(y * 8 - 1) / 8, round(x * 8 + 1) / 8, round(y * 8 + 1) / 8)
        return
    pen.line(dark, 0.13, (0.5, 0.75), knob)
    pen.rect(dark, 0.18, 0.7, 0.82, 0.88, 0.06)
    pen.rect(STEEL, 0.22, 0.74, 0.78, 0.84, 0.04)
    pen.circle(shade(colour, -0.45), *knob, 0.17)
    pen.circle(colour, *knob, 0.125)


def _lever(pen: Pen, tint: Colour | None) -> None:
    if pen.px < 7:
        pen.rect(KNOB, 0.25, 0, 0.75, 0.5)
        pen.rect(STEEL, 0, 0.5, 1, 1)
        return
    _lever_at(pen, (0.32, 0.26), KNOB)


def _lever_down(pen: Pen, tint: Colour | None) -> None:
    if pen.px < 7:
        pen.rect(STEEL, 0, 0.5, 1, 1)
        pen.rect(shade(STEEL, -0.45), 0, 0.5, 0.5, 1)
        return
    _lever_at(pen, (0.2, 0.56), shade(STEEL, 0.35))


def _bit(place: int) -> Callable[[Pen, Colour | None], None]:
    """One binary digit of a small number: a dot at the right edge, where an agent leaves it in view; 1 lies lowest."""

    def dot(pen: Pen, tint: Colour | None) -> None:
        if pen.px < LETTERED:
            top = 0.75 - 0.25 * place
            pen.rect(INK, 0.75 if pen.px < 7 else 0.875, top if pen.px < 7 else top + 0.125, 1, top + 0.25)

    return dot


FIGURES = {
    "item": Figure(_item, CRATE), "glass": Figure(_glass, CRATE), "case": Figure(_case, GLASS),
    "lever": Figure(_lever, KNOB), "lever_down": Figure(_lever_down, STEEL),
    "bit_1": Figure(_bit(0)), "bit_2": Figure(_bit(1)), "bit_4": Figure(_bit(2)), "bit_8": Figure(_bit(3)),
}  # fmt: skip
