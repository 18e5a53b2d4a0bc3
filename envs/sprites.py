"""Every figure of a drawing: own vector sprites on a unit cell, drawn large, averaged down, cached as RGBA.

A sprite is one short function that draws with a `Pen` in coordinates from 0 to 1. Colours follow Okabe and Ito, with
the three tints moved apart in lightness, so that they differ for every reader and in greyscale.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from types import ModuleType

import numpy as np
import numpy.typing as npt

from .errors import KnobError, UnknownName
from .pen import Box, Colour, Pen, rgb, shade

SMALLEST, LARGEST = 4, 96
"""Tile sizes, in pixels, that sprites are drawn for."""

WHOLE: Box = (0.0, 0.0, 1.0)


FLOOR, GRID, WALL = rgb("#f5f2eb"), rgb("#e4dfd3"), rgb("#4a4f59")
INK, WHITE, ACCENT = rgb("#24272e"), rgb("#ffffff"), rgb("#c2559d")
GOLD, WOOD, CRATE, STEEL, GLASS = rgb("#e6a800"), rgb("#85542a"), rgb("#b9824a"), rgb("#7d838e"), rgb("#56b4e9")
CHEESE, PANEL, KNOB = rgb("#f5c518"), rgb("#1f6470"), rgb("#e69f00")

TINTS: dict[str, Colour] = {"red": rgb("#d55e00"), "green": rgb("#4ccba0"), "blue": rgb("#00508f")}
"""Vermillion, bluish green and blue; their lightness L* is about 54, 74 and 33."""


@cache
def pygame_quietly() -> ModuleType:
    """Pygame, imported at first need: without its greeting and without warnings of its package lookup."""
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "hide")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*pkg_resources")
        import pygame
        import pygame.pkgdata
    return pygame


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


LETTERED = 20
"""Pixels a cell from which pictures for people write a letter in place of a number in dots."""


def _bit(place: int) -> Callable[[Pen, Colour | None], None]:
    """One binary digit of a small number: a dot at the right edge, where an agent leaves it in view; 1 lies lowest."""

    def dot(pen: Pen, tint: Colour | None) -> None:
        if pen.px < LETTERED:
            top = 0.75 - 0.25 * place
            pen.rect(INK, 0.75 if pen.px < 7 else 0.875, top if pen.px < 7 else top + 0.125, 1, top + 0.25)

    return dot


SPRITES: dict[str, Callable[[Pen, Colour | None], None]] = {
    "floor": _floor, "wall": _wall, "agent": _agent, "cheese": _cheese, "square": _square, "circle": _circle,
    "triangle": _triangle, "sign": _sign, "scratches": _scratches, "tone": _tone, "key": _key, "chest": _chest,
    "item": _item, "glass": _glass, "case": _case, "lever": _lever, "lever_down": _lever_down,
    "bit_1": _bit(0), "bit_2": _bit(1), "bit_4": _bit(2), "bit_8": _bit(3),
}  # fmt: skip
"""What draws each figure."""


def tint_named(name: str) -> Colour:
    """The colour of a channel's tint: a name in `TINTS`, or `#rrggbb`.

    Raises:
        UnknownName: neither of the two.
    """
    if name.startswith("#") and len(name) == 7:
        return rgb(name)
    if name not in TINTS:
        raise UnknownName("tint", name, TINTS)
    return TINTS[name]


def blended_tint(names: Sequence[str]) -> Colour | None:
    """The mean of the named tints; None without any."""
    if not names:
        return None
    r, g, b = (round(sum(values) / len(names)) for values in zip(*(tint_named(name) for name in names), strict=True))
    return r, g, b


def check_px(px: int) -> None:
    """Raise `KnobError` unless `px` is a tile size that sprites are drawn for."""
    if not isinstance(px, (int, np.integer)) or not SMALLEST <= px <= LARGEST:
        raise KnobError(f"px {px!r} is not a whole number of pixels a cell from {SMALLEST} to {LARGEST}.")


@lru_cache(maxsize=4096)
def sprite(name: str, px: int, tint: Colour | None = None, box: Box = WHOLE) -> npt.NDArray[np.uint8]:
    """`[px, px, 4]` one figure on a transparent cell: red, green, blue and straight alpha; read-only.

    Args:
        name: a key of `SPRITES`.
        px: side of the cell in pixels, 4 to 96.
        tint: what colours a tintable figure; None leaves it white.
        box: where in the cell the figure lies.

    Raises:
        UnknownName: no such figure.
        KnobError: a size outside 4 to 96.
    """
    if name not in SPRITES:
        raise UnknownName("sprite", name, SPRITES)
    check_px(px)
    times = max(4, -(-128 // px))
    pen = Pen(pygame_quietly(), px * times, px, box)
    SPRITES[name](pen, tint)
    raw = np.frombuffer(pygame_quietly().image.tobytes(pen.surface, "RGBA"), dtype=np.uint8)
    large = raw.reshape(px, times, px, times, 4).astype(np.float32)
    alpha = large[..., 3:].mean(axis=(1, 3))
    colour = (large[..., :3] * large[..., 3:]).mean(axis=(1, 3)) / np.maximum(alpha, 1e-6)
    out = np.concatenate([colour, alpha], axis=-1).round().astype(np.uint8)
    out.setflags(write=False)
    return out
