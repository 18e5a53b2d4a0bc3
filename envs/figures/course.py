"""Figures of Runner and Supervisor: what lies along a course, and what a supervisor has put up."""

from __future__ import annotations

import math
from collections.abc import Callable

from ..pen import Colour, Pen, rgb, shade
from .palette import GLASS, GOLD, INK, KNOB, STEEL, WALL, WHITE, WOOD, Figure

BEETLE, SIGNAL, BLOSSOM, SOIL = rgb("#d55e00"), rgb("#0072b2"), rgb("#f0e442"), shade(WOOD, -0.2)


def _coin(pen: Pen, tint: Colour | None) -> None:
    if pen.px < 7:
        pen.rect(GOLD, 0.25, 0, 0.75, 1)
        pen.rect(GOLD, 0, 0.25, 1, 0.75)
        return
    pen.circle(shade(GOLD, -0.5), 0.5, 0.5, 0.46)
    pen.circle(GOLD, 0.5, 0.5, 0.41)
    if pen.px < 12:
        pen.rect(shade(GOLD, 0.65), 0.375, 0.25, 0.5, 0.75)
        return
    pen.circle(shade(GOLD, -0.28), 0.5, 0.5, 0.31)
    pen.circle(shade(GOLD, 0.28), 0.5, 0.5, 0.27)
    points = ((math.pi * k / 5, (0.2, 0.085)[k % 2]) for k in range(10))
    pen.polygon(shade(GOLD, -0.5), *((0.5 + r * math.sin(turn), 0.5 - r * math.cos(turn)) for turn, r in points))


def _gap(pen: Pen, tint: Colour | None) -> None:
    """A hole with a crumbling edge."""
    if pen.px < 12:
        edge = 0.25 if pen.px < 7 else 0.125
        pen.rect(WOOD, 0, 0, 1, 1)
        pen.rect(INK, edge, edge, 1 - edge, 1 - edge)
        return
    outline = (0.05, 0.3), (0.2, 0.07), (0.5, 0.12), (0.78, 0.05), (0.95, 0.28), (0.9, 0.55), (0.96, 0.8), (0.7, 0.95)
    outline += (0.44, 0.9), (0.18, 0.94), (0.04, 0.7), (0.1, 0.5)
    for colour, share, drop in ((shade(WOOD, 0.3), 1.0, 0.0), (SOIL, 0.86, 0.02), (rgb("#15161a"), 0.74, 0.05)):
        pen.polygon(colour, *((0.5 + share * (x - 0.5), 0.5 + drop + share * (y - 0.5)) for x, y in outline))


def _patrol(down: bool) -> Callable[[Pen, Colour | None], None]:
    """A beetle from above, its head where it goes."""

    def draw(pen: Pen, tint: Colour | None) -> None:
        def at(x: float, y: float) -> tuple[float, float]:
            return (x, 1 - y) if down else (x, y)

        def box(colour: Colour, x0: float, y0: float, x1: float, y1: float) -> None:
            pen.rect(colour, x0, 1 - y1 if down else y0, x1, 1 - y0 if down else y1)

        if pen.px < 7:
            box(BEETLE, 0, 0.25, 1, 1)
            box(INK, 0.25, 0, 0.75, 0.5)
            return
        if pen.px < 12:
            for y in (0.375, 0.625, 0.875):
                box(INK, 0, y, 1, y + 0.125)
            box(BEETLE, 0.125, 0.375, 0.875, 1)
            box(INK, 0.25, 0.125, 0.75, 0.375)
            box(WHITE, 0.25, 0.125, 0.375, 0.25)
            box(WHITE, 0.625, 0.125, 0.75, 0.25)
            return
        for side in (-1, 1):
            for y, tip in ((0.46, 0.3), (0.6, 0.6), (0.74, 0.9)):
                pen.line(INK, 0.055, at(0.5 + side * 0.2, y), at(0.5 + side * 0.38, (y + tip) / 2), at(0.5 + side * 0.45, tip))
            pen.line(INK, 0.045, at(0.5 + side * 0.08, 0.2), at(0.5 + side * 0.2, 0.04))
        pen.circle(INK, *at(0.5, 0.27), 0.17)
        for colour, fat in ((shade(BEETLE, -0.55), 0.035), (BEETLE, 0.0)):
            for y in (0.53, 0.6, 0.67):
                pen.circle(colour, *at(0.5, y), 0.27 + fat)
        pen.line(shade(BEETLE, -0.55), 0.04, at(0.5, 0.3), at(0.5, 0.94))
        for x in (0.41, 0.59):
            pen.circle(WHITE, *at(x, 0.21), 0.055)
        if pen.px >= 22:
            for x, y in ((0.37, 0.5), (0.63, 0.5), (0.35, 0.68), (0.65, 0.68), (0.42, 0.82), (0.58, 0.82)):
                pen.circle(shade(BEETLE, -0.55), *at(x, y), 0.045)

    return draw


def _finish(pen: Pen, tint: Colour | None) -> None:
    """A chequered flag."""
    if pen.px < 12:
        side = 0.5 if pen.px < 7 else 0.25
        steps = round(1 / side)
        for i in range(steps):
            for j in range(steps):
                pen.rect(INK if (i + j) % 2 else WHITE, i * side, j * side, (i + 1) * side, (j + 1) * side)
        return
    pen.line(shade(WOOD, 0.45), 0.075, (0.16, 0.09), (0.16, 0.94))
    side = 0.18
    for i in range(4):
        for j in range(3):
            left, top = 0.2 + i * side, 0.09 + j * side + (0.03 if i in (1, 2) else 0.0)
            pen.rect(INK if (i + j) % 2 else WHITE, left, top, left + side, top + side)


def _arrow(turns: int) -> Callable[[Pen, Colour | None], None]:
    """A tile that points: right after no quarter turn, then down, left and up; its corners tell where, whoever stands on it."""

    def turned(x: float, y: float) -> tuple[float, float]:
        for _ in range(turns):
            x, y = 1 - y, x
        return x, y

    def draw(pen: Pen, tint: Colour | None) -> None:
        if pen.px < 12:
            edge = 0.25 if pen.px < 7 else 0.125
            pen.rect(GLASS, 0, 0, 1, 1)
            for k in range(1 if pen.px < 7 else 3):
                for y0, y1 in ((k * edge, (k + 1) * edge), (1 - (k + 1) * edge, 1 - k * edge)):
                    (ax, ay), (bx, by) = turned(1 - (3 - k) * edge if pen.px >= 7 else 0.75, y0), turned(1, y1)
                    pen.rect(INK, min(ax, bx), min(ay, by), max(ax, bx), max(ay, by))
            return
        tile = (0.03, 0.03), (0.55, 0.03), (0.98, 0.5), (0.55, 0.97), (0.03, 0.97)
        inner = ((0.5 + 0.88 * (x - 0.47), 0.5 + 0.88 * (y - 0.5)) for x, y in tile)
        pen.polygon(shade(GLASS, -0.55), *(turned(*point) for point in tile))
        pen.polygon(GLASS, *(turned(x - 0.03, y) for x, y in inner))
        pen.line(WHITE, 0.11, *(turned(*point) for point in ((0.4, 0.2), (0.68, 0.5), (0.4, 0.8))))

    return draw


def _eye_open(pen: Pen, tint: Colour | None) -> None:
    if pen.px < 7:
        pen.rect(WHITE, 0, 0.25, 1, 0.75)
        pen.rect(SIGNAL, 0.25, 0.25, 0.75, 0.75)
        return
    if pen.px < 12:
        pen.rect(WHITE, 0, 0.375, 1, 0.625)
        pen.rect(WHITE, 0.125, 0.25, 0.875, 0.75)
        pen.rect(SIGNAL, 0.375, 0.25, 0.625, 0.75)
        return
    _almond(pen, shade(WALL, -0.6), 0.5, 0.36)
    _almond(pen, WHITE, 0.44, 0.29)
    pen.circle(shade(SIGNAL, -0.4), 0.5, 0.5, 0.23)
    pen.circle(shade(SIGNAL, 0.2), 0.5, 0.5, 0.19)
    pen.circle(INK, 0.5, 0.5, 0.1)
    pen.circle(WHITE, 0.43, 0.43, 0.05)


def _eye_shut(pen: Pen, tint: Colour | None) -> None:
    lid = shade(STEEL, 0.5)
    if pen.px < 12:
        low = 0.5 if pen.px < 7 else 0.625
        pen.rect(lid, 0, low, 1, low + (0.25 if pen.px < 7 else 0.125))
        if pen.px >= 7:
            for x in (0.125, 0.5, 0.75):
                pen.rect(lid, x, 0.75, x + 0.125, 0.875)
        return
    arc = [(0.08 + 0.84 * k / 12, 0.42 + 0.24 * math.sin(math.pi * k / 12)) for k in range(13)]
    pen.line(lid, 0.075, *arc)
    for k in (2, 4, 6, 8, 10):
        x, y = arc[k]
        pen.line(lid, 0.055, (x, y), (x + (x - 0.5) * 0.28, y + 0.15))


def _almond(pen: Pen, colour: Colour, wide: float, tall: float) -> None:
    """The outline of an eye about the middle; `wide` and `tall` are its half axes."""
    upper = [(0.5 - wide + 2 * wide * k / 16, tall * math.sin(math.pi * k / 16) ** 1.3) for k in range(17)]
    pen.polygon(colour, *((x, 0.5 - y) for x, y in upper), *((x, 0.5 + y) for x, y in reversed(upper)))


def _shortcut(pen: Pen, tint: Colour | None) -> None:
    """A bed of flowers, which is shorter to cross than to go round."""
    pen.rect(SOIL, 0, 0, 1, 1)
    if pen.px < 7:
        for x, y in ((0, 0), (0.75, 0.0), (0.0, 0.75), (0.75, 0.75), (0.25, 0.5), (0.5, 0.25)):
            pen.rect(BLOSSOM, x, y, x + 0.25, y + 0.25)
        return
    if pen.px < 12:
        for x, y in ((0, 0), (0.75, 0.0), (0.0, 0.75), (0.75, 0.75), (0.375, 0.375)):
            pen.rect(BLOSSOM, x, y, x + 0.25, y + 0.25)
        return
    for y in (0.34, 0.66):
        pen.line(shade(SOIL, -0.35), 0.05, (0.0, y), (1.0, y))
    for x, y in ((0.16, 0.16), (0.84, 0.16), (0.16, 0.84), (0.84, 0.84), (0.5, 0.5), (0.5, 0.13), (0.5, 0.87)):
        for k in range(5):
            turn = 2 * math.pi * k / 5
            pen.circle(BLOSSOM, x + 0.075 * math.sin(turn), y - 0.075 * math.cos(turn), 0.065)
        pen.circle(BEETLE, x, y, 0.05)


def _trodden(pen: Pen, tint: Colour | None) -> None:
    """The bed with footprints in place of flowers."""
    pen.rect(SOIL, 0, 0, 1, 1)
    print_ = shade(SOIL, -0.65)
    if pen.px < 12:
        for x, y in ((0, 0.75), (0.25, 0.25), (0.5, 0.5), (0.75, 0)):
            pen.rect(print_, x, y, x + 0.25, y + 0.25)
        return
    for y in (0.34, 0.66):
        pen.line(shade(SOIL, -0.35), 0.05, (0.0, y), (1.0, y))
    for x, y in ((0.14, 0.8), (0.42, 0.58), (0.5, 0.86), (0.56, 0.2), (0.86, 0.36), (0.88, 0.08), (0.14, 0.3)):
        pen.circle(print_, x, y, 0.085)
        pen.circle(print_, x + 0.035, y - 0.1, 0.05)


def _plate(pen: Pen, plate: Colour, sign: Colour) -> None:
    """A plate in the floor with the sign of a switch."""
    pen.rect(plate, 0, 0, 1, 1)
    if pen.px < 12:
        edge = 0.25 if pen.px < 7 else 0.125
        pen.rect(sign, 0.5 - edge, 0, 0.5 + edge, 0.5)
        pen.rect(sign, edge, 1 - 2 * edge, 1 - edge, 1 - edge)
        return
    pen.circle(sign, 0.5, 0.54, 0.32)
    pen.circle(plate, 0.5, 0.54, 0.22)
    pen.rect(plate, 0.38, 0.1, 0.62, 0.5)
    pen.line(sign, 0.1, (0.5, 0.18), (0.5, 0.5))


def _live(pen: Pen, tint: Colour | None) -> None:
    """An off-switch that is live, with a warning along its edge."""
    _plate(pen, KNOB, INK)
    if pen.px < 12:
        edge = 0.25 if pen.px < 7 else 0.125
        for x, y in ((0, 0), (1 - edge, 0.0), (0.0, 1 - edge), (1 - edge, 1 - edge)):
            pen.rect(INK, x, y, x + edge, y + edge)
        return
    for k in range(6):
        for y in (0.0, 0.93):
            pen.polygon(INK, (k / 6, y), (k / 6 + 0.09, y), (k / 6 + 0.05, y + 0.07), (k / 6 - 0.04, y + 0.07))


def _off(pen: Pen, tint: Colour | None) -> None:
    """An off-switch that is off."""
    _plate(pen, shade(STEEL, 0.35), shade(STEEL, -0.3))


def _button(pen: Pen, tint: Colour | None) -> None:
    """A raised button that fills its base."""
    if pen.px < 12:
        edge = 0.25 if pen.px < 7 else 0.125
        pen.rect(SIGNAL, 0, 0, 1, 1 - edge)
        pen.rect(INK, 0, 1 - edge, 1, 1)
        if pen.px >= 7:
            pen.rect(shade(SIGNAL, 0.6), 0.125, 0.125, 0.875, 0.25)
        return
    pen.rect(shade(STEEL, -0.55), 0.04, 0.4, 0.96, 0.97, 0.12)
    pen.rect(STEEL, 0.08, 0.44, 0.92, 0.92, 0.1)
    for colour, fat in ((shade(SIGNAL, -0.55), 0.035), (SIGNAL, 0.0)):
        pen.rect(colour, 0.14 - fat, 0.1 - fat, 0.86 + fat, 0.72 + fat, 0.26)
    pen.rect(shade(SIGNAL, 0.4), 0.22, 0.16, 0.78, 0.38, 0.11)


def _pressed(pen: Pen, tint: Colour | None) -> None:
    """A button that is down: its base, and no more than a rim."""
    if pen.px < 12:
        edge = 0.25 if pen.px < 7 else 0.125
        pen.rect(INK, 0, 0.5, 1, 1)
        pen.rect(SIGNAL, edge, 0.5, 1 - edge, 0.5 + edge)
        return
    pen.rect(shade(STEEL, -0.55), 0.04, 0.4, 0.96, 0.97, 0.12)
    pen.rect(STEEL, 0.08, 0.44, 0.92, 0.92, 0.1)
    pen.rect(shade(SIGNAL, -0.55), 0.16, 0.52, 0.84, 0.78, 0.12)
    pen.rect(SIGNAL, 0.2, 0.6, 0.8, 0.75, 0.08)


def _stopped(pen: Pen, tint: Colour | None) -> None:
    """The board of a stop sign behind whom the off-switch has stopped."""
    board = shade(BEETLE, -0.4)
    if pen.px < 7:
        pen.rect(board, 0, 0, 1, 1)
        return
    for colour, reach in ((WHITE, 0.54), (board, 0.49)) if pen.px >= 12 else ((board, 0.54),):
        corners = (math.pi * (k + 0.5) / 4 for k in range(8))
        pen.polygon(colour, *((0.5 + reach * math.sin(turn), 0.5 - reach * math.cos(turn)) for turn in corners))


FIGURES = {
    "coin": Figure(_coin, GOLD), "gap": Figure(_gap, INK), "finish": Figure(_finish, WHITE),
    "patrol_up": Figure(_patrol(down=False), BEETLE), "patrol_down": Figure(_patrol(down=True), BEETLE),
    "arrow_right": Figure(_arrow(0), GLASS), "arrow_down": Figure(_arrow(1), GLASS),
    "arrow_left": Figure(_arrow(2), GLASS), "arrow_up": Figure(_arrow(3), GLASS),
    "eye_open": Figure(_eye_open, SIGNAL), "eye_shut": Figure(_eye_shut, STEEL),
    "shortcut": Figure(_shortcut, BLOSSOM), "shortcut_trodden": Figure(_trodden, SOIL),
    "off_switch_live": Figure(_live, KNOB), "off_switch": Figure(_off, STEEL),
    "button": Figure(_button, SIGNAL), "button_pressed": Figure(_pressed, SIGNAL), "stopped": Figure(_stopped),
}  # fmt: skip
