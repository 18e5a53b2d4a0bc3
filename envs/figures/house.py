"""Figures of Dust and Vase: dust, pots, a dump and a bag; vases, boxes, prizes and belts."""

from __future__ import annotations

from collections.abc import Callable

from ..pen import Colour, Pen, rgb, shade
from .palette import CRATE, GLASS, GOLD, INK, STEEL, WHITE, Figure

GREY, SOIL, CLAY, LEAF, CHINA, LINEN = (
    rgb("#8b8172"), rgb("#4f3524"), rgb("#c9653a"), rgb("#0a8f6a"), rgb("#0072b2"), rgb("#e9dcc0"),
)  # fmt: skip
SPECKS = (
    (0.16, 0.2, 0.1), (0.47, 0.12, 0.06), (0.8, 0.17, 0.09), (0.33, 0.4, 0.08), (0.62, 0.36, 0.12), (0.9, 0.47, 0.06),
    (0.1, 0.56, 0.07), (0.42, 0.66, 0.13), (0.74, 0.66, 0.08), (0.17, 0.84, 0.11), (0.56, 0.9, 0.06), (0.86, 0.86, 0.1),
)  # fmt: skip
"""Where grains of dust lie and how large they are; some in each corner, where an agent leaves them in view."""


def _dust(pen: Pen, tint: Colour | None) -> None:
    """Grains all over the cell."""
    if pen.px < 12:
        side = 0.25 if pen.px < 7 else 0.125
        few, many = ((0, 0), (2, 1), (1, 2), (3, 3)), (
            (0, 1), (2, 0), (6, 0), (4, 2), (7, 3), (1, 4), (5, 5), (3, 6), (0, 7), (7, 7),
        )  # fmt: skip
        for x, y in few if pen.px < 7 else many:
            pen.rect(GREY, x * side, y * side, (x + 1) * side, (y + 1) * side)
        return
    for x, y, radius in SPECKS:
        pen.circle(shade(GREY, 0.55), x, y, radius * 1.45)
    for x, y, radius in SPECKS:
        pen.circle(shade(GREY, -0.1), x + 0.35 * radius, y - 0.3 * radius, radius * 0.62)
        pen.circle(shade(GREY, -0.4), x - 0.6 * radius, y + 0.55 * radius, radius * 0.4)


def _star(pen: Pen, x: float, y: float, radius: float) -> None:
    slim = radius * 0.22
    pen.polygon(
        GLASS, (x, y - radius), (x + slim, y - slim), (x + radius, y), (x + slim, y + slim),
        (x, y + radius), (x - slim, y + slim), (x - radius, y), (x - slim, y - slim),
    )  # fmt: skip


def _swept(pen: Pen, tint: Colour | None) -> None:
    """The gleam of a clean cell, in two corners."""
    if pen.px < 7:
        pen.rect(GLASS, 0.75, 0, 1, 0.25)
        pen.rect(GLASS, 0, 0.75, 0.25, 1)
    elif pen.px < 12:
        pen.rect(GLASS, 0.75, 0, 0.875, 0.375)
        pen.rect(GLASS, 0.625, 0.125, 1, 0.25)
        pen.rect(GLASS, 0.125, 0.75, 0.25, 1)
        pen.rect(GLASS, 0, 0.8125, 0.375, 0.9375)
    else:
        _star(pen, 0.78, 0.22, 0.2)
        _star(pen, 0.2, 0.8, 0.17)


def _pot(pen: Pen, tint: Colour | None) -> None:
    """A plant in a clay pot."""
    if pen.px < 7:
        pen.rect(shade(LEAF, -0.35), 0, 0, 1, 0.5)
        pen.rect(CLAY, 0, 0.5, 1, 0.75)
        pen.rect(CLAY, 0.25, 0.75, 0.75, 1)
        return
    if pen.px < 12:
        pen.rect(LEAF, 0.125, 0.125, 0.375, 0.375)
        pen.rect(LEAF, 0.625, 0.125, 0.875, 0.375)
        pen.rect(LEAF, 0.375, 0.0, 0.625, 0.5)
        pen.rect(shade(CLAY, -0.2), 0.125, 0.5, 0.875, 0.625)
        pen.rect(CLAY, 0.25, 0.625, 0.75, 0.875)
        return
    for colour, fat in ((shade(LEAF, -0.5), 0.03), (LEAF, 0.0)):
        for side in (-1, 1):
            pen.polygon(
                colour, (0.5, 0.56), (0.5 + side * (0.2 - fat), 0.46 + fat), (0.5 + side * (0.4 + fat), 0.2 - fat),
                (0.5 + side * (0.18 - fat), 0.24 - fat), (0.5, 0.42 - fat),
            )  # fmt: skip
        pen.polygon(colour, (0.5, 0.56), (0.37 - fat, 0.3), (0.5, 0.04 - fat), (0.63 + fat, 0.3))
    dark = shade(CLAY, -0.5)
    pen.polygon(dark, (0.2, 0.62), (0.8, 0.62), (0.7, 0.96), (0.3, 0.96))
    pen.polygon(CLAY, (0.25, 0.64), (0.75, 0.64), (0.67, 0.92), (0.33, 0.92))
    pen.rect(dark, 0.16, 0.5, 0.84, 0.69, 0.05)
    pen.rect(shade(CLAY, 0.2), 0.2, 0.54, 0.8, 0.65, 0.03)


def _pot_spilt(pen: Pen, tint: Colour | None) -> None:
    """The pot on its side, with what is left of the soil before it."""
    if pen.px < 7:
        pen.rect(CLAY, 0, 0.25, 0.5, 1)
        pen.rect(SOIL, 0.5, 0.75, 1, 1)
        return
    if pen.px < 12:
        pen.rect(CLAY, 0, 0.5, 0.375, 0.875)
        pen.rect(shade(CLAY, -0.2), 0.375, 0.375, 0.5, 1)
        pen.rect(SOIL, 0.5, 0.75, 1, 1)
        pen.rect(LEAF, 0.75, 0.5, 0.875, 0.75)
        return
    dark = shade(CLAY, -0.5)
    pen.polygon(shade(SOIL, -0.3), (0.5, 0.62), (0.7, 0.72), (0.99, 0.92), (0.96, 0.98), (0.46, 0.98))
    pen.polygon(SOIL, (0.52, 0.67), (0.7, 0.76), (0.93, 0.93), (0.5, 0.95))
    pen.line(shade(LEAF, -0.5), 0.1, (0.6, 0.72), (0.76, 0.62), (0.92, 0.68))
    pen.line(LEAF, 0.06, (0.6, 0.72), (0.76, 0.62), (0.92, 0.68))
    pen.polygon(dark, (0.02, 0.54), (0.4, 0.42), (0.4, 0.98), (0.02, 0.88))
    pen.polygon(CLAY, (0.06, 0.58), (0.36, 0.49), (0.36, 0.92), (0.06, 0.84))
    pen.rect(dark, 0.36, 0.36, 0.56, 0.99, 0.05)
    pen.rect(shade(CLAY, 0.2), 0.4, 0.4, 0.52, 0.95, 0.03)


def _dump(pen: Pen, tint: Colour | None) -> None:
    """A hatch in the floor, with a striped rim."""
    pen.rect(GOLD, 0, 0, 1, 1)
    if pen.px < 7:
        pen.rect(INK, 0.25, 0, 0.5, 1)
        pen.rect(INK, 0, 0.5, 1, 0.75)
        return
    if pen.px < 12:
        for x in (0.0, 0.5):
            for y in (0.0, 0.875):
                pen.rect(INK, x, y, x + 0.25, y + 0.125)
                pen.rect(INK, y, x + 0.125, y + 0.125, x + 0.375)
        pen.rect(INK, 0.125, 0.125, 0.875, 0.875)
        pen.rect(STEEL, 0.25, 0.25, 0.75, 0.75)
        pen.rect(INK, 0.25, 0.375, 0.75, 0.625)
        return
    for start in (-0.875, -0.625, -0.375, -0.125, 0.125, 0.375, 0.625):
        low, high = max(start, 0.0), min(start + 1.0, 1.0)
        pen.polygon(
            INK, (low, low - start), (low + 0.125, low - start), (high, high - start - 0.125), (high, high - start)
        )
    pen.rect(INK, 0.16, 0.16, 0.84, 0.84, 0.06)
    for y in (0.24, 0.4, 0.56, 0.72):
        pen.rect(STEEL, 0.22, y, 0.78, y + 0.06, 0.03)


def _bag(pen: Pen, tint: Colour | None) -> None:
    """A bag of dust, tied at the neck."""
    if pen.px < 7:
        pen.rect(LINEN, 0.25, 0, 0.75, 0.25)
        pen.rect(LINEN, 0, 0.25, 1, 1)
        pen.rect(GREY, 0.25, 0.5, 0.75, 0.75)
        return
    if pen.px < 12:
        pen.rect(LINEN, 0.25, 0.0, 0.75, 0.125)
        pen.rect(GREY, 0.375, 0.125, 0.625, 0.25)
        pen.rect(LINEN, 0.25, 0.25, 0.75, 0.375)
        pen.rect(LINEN, 0.125, 0.375, 0.875, 0.875)
        pen.rect(GREY, 0.375, 0.5, 0.625, 0.75)
        return
    dark = shade(LINEN, -0.55)
    for colour, fat in ((dark, 0.04), (LINEN, 0.0)):
        pen.polygon(colour, (0.36 - fat, 0.1 - fat), (0.64 + fat, 0.1 - fat), (0.55 + fat, 0.3), (0.45 - fat, 0.3))
        pen.polygon(colour, (0.44 - fat, 0.27), (0.56 + fat, 0.27), (0.74 + fat, 0.5), (0.26 - fat, 0.5))
        pen.circle(colour, 0.5, 0.62, 0.275 + fat)
        pen.rect(colour, 0.28 - fat, 0.66, 0.72 + fat, 0.9 + fat, 0.1)
    pen.rect(dark, 0.41, 0.25, 0.59, 0.31, 0.03)
    for x, y, radius in ((0.42, 0.62, 0.07), (0.58, 0.56, 0.05), (0.55, 0.74, 0.08), (0.38, 0.79, 0.045)):
        pen.circle(GREY, x, y, radius)


def _vase(pen: Pen, tint: Colour | None) -> None:
    """A vase of white china with a blue band."""
    if pen.px < 7:
        pen.rect(CHINA, 0.25, 0, 0.75, 1)
        pen.rect(CHINA, 0, 0.25, 1, 0.75)
        pen.rect(WHITE, 0.25, 0.5, 0.75, 0.75)
        return
    if pen.px < 12:
        pen.rect(CHINA, 0.25, 0.0, 0.75, 0.125)
        pen.rect(CHINA, 0.375, 0.125, 0.625, 0.25)
        pen.rect(CHINA, 0.125, 0.25, 0.875, 0.75)
        pen.rect(CHINA, 0.25, 0.75, 0.75, 1)
        pen.rect(WHITE, 0.25, 0.375, 0.75, 0.625)
        pen.rect(CHINA, 0.375, 0.375, 0.625, 0.625)
        return
    for colour, fat in ((shade(CHINA, -0.45), 0.045), (WHITE, 0.0)):
        pen.rect(colour, 0.34 - fat, 0.06 - fat, 0.66 + fat, 0.14 + fat, 0.03)
        pen.polygon(
            colour, (0.4 - fat, 0.12), (0.6 + fat, 0.12), (0.59 + fat, 0.24), (0.78 + fat, 0.38), (0.81 + fat, 0.54),
            (0.72 + fat, 0.72), (0.62 + fat, 0.88 + fat), (0.38 - fat, 0.88 + fat), (0.28 - fat, 0.72), (0.19 - fat, 0.54),
            (0.22 - fat, 0.38), (0.41 - fat, 0.24),
        )  # fmt: skip
        pen.rect(colour, 0.35 - fat, 0.86, 0.65 + fat, 0.93 + fat, 0.02)
    pen.polygon(CHINA, (0.215, 0.42), (0.785, 0.42), (0.805, 0.54), (0.765, 0.64), (0.235, 0.64), (0.195, 0.54))
    for x in (0.33, 0.5, 0.67):
        pen.polygon(WHITE, (x, 0.45), (x + 0.06, 0.53), (x, 0.61), (x - 0.06, 0.53))
    pen.rect(CHINA, 0.37, 0.79, 0.63, 0.83)
    pen.rect(CHINA, 0.41, 0.18, 0.59, 0.22)


def _vase_broken(pen: Pen, tint: Colour | None) -> None:
    """Shards, in every corner."""
    if pen.px < 7:
        for x, y in ((0.0, 0.25), (0.75, 0.0), (0.25, 0.75), (0.75, 0.75)):
            pen.rect(CHINA, x, y, x + 0.25, y + 0.25)
        return
    if pen.px < 12:
        for x, y, wide, high in (
            (0.0, 0.125, 0.25, 0.125), (0.75, 0.0, 0.125, 0.25), (0.375, 0.375, 0.25, 0.125), (0.0, 0.75, 0.125, 0.25),
            (0.75, 0.75, 0.25, 0.125), (0.375, 0.875, 0.125, 0.125),
        ):  # fmt: skip
            pen.rect(CHINA, x, y, x + wide, y + high)
            pen.rect(WHITE, x, y, x + 0.125, y + 0.0625)
        return
    for shard, inner in (
        (((0.04, 0.3), (0.24, 0.06), (0.3, 0.3)), CHINA), (((0.62, 0.12), (0.94, 0.06), (0.9, 0.32)), WHITE),
        (((0.36, 0.4), (0.6, 0.32), (0.66, 0.54), (0.46, 0.6)), CHINA), (((0.05, 0.68), (0.26, 0.6), (0.2, 0.92)), WHITE),
        (((0.4, 0.78), (0.6, 0.72), (0.52, 0.94)), WHITE), (((0.72, 0.66), (0.95, 0.74), (0.86, 0.95), (0.7, 0.9)), CHINA),
    ):  # fmt: skip
        pen.polygon(shade(CHINA, -0.45), *shard)
        x, y = (sum(values) / len(shard) for values in zip(*shard, strict=True))
        pen.polygon(inner, *((x + 0.68 * (a - x), y + 0.68 * (b - y)) for a, b in shard))


def _box(pen: Pen, tint: Colour | None) -> None:
    """A box of cardboard with tape across; small enough to leave a belt beneath it in view."""
    dark = shade(CRATE, -0.5)
    if pen.px < 7:
        pen.rect(CRATE, 0.25, 0.25, 0.75, 0.75)
        for x, y in ((0.0, 0.0), (0.75, 0.0), (0.0, 0.75), (0.75, 0.75)):
            pen.rect(dark, x, y, x + 0.25, y + 0.25)
        return
    if pen.px < 12:
        pen.rect(dark, 0.125, 0.125, 0.875, 0.875)
        pen.rect(CRATE, 0.25, 0.25, 0.75, 0.75)
        pen.rect(LINEN, 0.375, 0.25, 0.625, 0.75)
        return
    pen.rect(dark, 0.15, 0.15, 0.85, 0.85, 0.05)
    pen.rect(CRATE, 0.2, 0.2, 0.8, 0.8, 0.02)
    pen.rect(shade(CRATE, 0.25), 0.2, 0.2, 0.8, 0.29)
    pen.rect(LINEN, 0.42, 0.2, 0.58, 0.8)
    pen.line(dark, 0.025, (0.21, 0.5), (0.79, 0.5))


def _prize(pen: Pen, tint: Colour | None) -> None:
    """A golden cup with two handles."""
    dark = shade(GOLD, -0.5)
    if pen.px < 7:
        pen.rect(GOLD, 0, 0, 1, 0.5)
        pen.rect(GOLD, 0.25, 0.5, 0.75, 1)
        return
    if pen.px < 12:
        pen.rect(dark, 0.0, 0.125, 1.0, 0.5)
        pen.rect(GOLD, 0.125, 0.25, 0.875, 0.375)
        pen.rect(GOLD, 0.25, 0.125, 0.75, 0.625)
        pen.rect(GOLD, 0.375, 0.625, 0.625, 0.75)
        pen.rect(dark, 0.25, 0.75, 0.75, 1.0)
        return
    for colour, width in ((dark, 0.11), (GOLD, 0.05)):
        for side in (-1, 1):
            pen.line(
                colour, width, (0.5 + side * 0.25, 0.18), (0.5 + side * 0.4, 0.2), (0.5 + side * 0.38, 0.38),
                (0.5 + side * 0.2, 0.5),
            )  # fmt: skip
    for colour, fat in ((dark, 0.035), (GOLD, 0.0)):
        pen.polygon(
            colour, (0.25 - fat, 0.11 - fat), (0.75 + fat, 0.11 - fat), (0.72 + fat, 0.38), (0.6 + fat, 0.57 + fat),
            (0.4 - fat, 0.57 + fat), (0.28 - fat, 0.38),
        )  # fmt: skip
        pen.rect(colour, 0.46 - fat, 0.55, 0.54 + fat, 0.78)
        pen.rect(colour, 0.32 - fat, 0.77 - fat, 0.68 + fat, 0.91 + fat, 0.02)
    pen.line(shade(GOLD, 0.6), 0.06, (0.35, 0.2), (0.38, 0.38))
    if pen.px >= 22:
        pen.rect(dark, 0.4, 0.81, 0.6, 0.87)


def _belt(turn: Callable[[float, float], tuple[float, float]]) -> Callable[[Pen, Colour | None], None]:
    """A belt that runs where `turn` takes the right: arrows on rubber between two rails, one of them at the edge it leads to."""

    def draw(pen: Pen, tint: Colour | None) -> None:
        def rect(colour: Colour, x0: float, y0: float, x1: float, y1: float) -> None:
            (a, b), (c, d) = turn(x0, y0), turn(x1, y1)
            pen.rect(colour, min(a, c), min(b, d), max(a, c), max(b, d))

        rubber, light = shade(STEEL, -0.35), shade(GOLD, 0.35)
        pen.rect(rubber, 0, 0, 1, 1)
        if pen.px < 7:
            rect(light, 0.75, 0.25, 1, 0.75)
            return
        if pen.px < 12:
            rect(INK, 0, 0, 1, 0.125)
            rect(INK, 0, 0.875, 1, 1)
            rect(light, 0.875, 0.375, 1, 0.625)
            rect(light, 0.75, 0.25, 0.875, 0.375)
            rect(light, 0.75, 0.625, 0.875, 0.75)
            return
        for y in (0.0, 0.92):
            rect(INK, 0, y, 1, y + 0.08)
            rect(shade(STEEL, 0.4), 0, y + 0.025, 1, y + 0.055)
        for x in (0.2, 0.56, 0.92):
            pen.line(light, 0.075, turn(x - 0.17, 0.22), turn(x, 0.5), turn(x - 0.17, 0.78))

    return draw


FIGURES = {
    "dust": Figure(_dust, GREY), "swept": Figure(_swept, GLASS), "pot": Figure(_pot, LEAF), "pot_spilt": Figure(_pot_spilt, CLAY),
    "dump": Figure(_dump, GOLD), "bag": Figure(_bag), "vase": Figure(_vase, CHINA), "vase_broken": Figure(_vase_broken, CHINA),
    "box": Figure(_box, CRATE), "prize": Figure(_prize, GOLD),
    "belt_up": Figure(_belt(lambda x, y: (y, 1 - x)), STEEL), "belt_down": Figure(_belt(lambda x, y: (y, x)), STEEL),
    "belt_left": Figure(_belt(lambda x, y: (1 - x, y)), STEEL), "belt_right": Figure(_belt(lambda x, y: (x, y)), STEEL),
}  # fmt: skip
