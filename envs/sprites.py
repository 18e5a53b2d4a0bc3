"""Figures as pixels: own vector sprites (`figures/`) on a unit cell, drawn large, averaged down, cached as RGBA."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from functools import cache, lru_cache
from types import ModuleType

import numpy as np
import numpy.typing as npt

from .errors import KnobError, UnknownName
from .figures import FIGURES
from .figures.palette import TINTS
from .pen import Box, Colour, Pen, rgb

SMALLEST, LARGEST = 4, 96
"""Tile sizes, in pixels, that sprites are drawn for."""

WHOLE: Box = (0.0, 0.0, 1.0)


@cache
def pygame_quietly() -> ModuleType:
    """Pygame, imported at first need: without its greeting and without warnings of its package lookup."""
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "hide")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*pkg_resources")
        import pygame
        import pygame.pkgdata
    return pygame


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
        name: a key of `FIGURES`.
        px: side of the cell in pixels, 4 to 96.
        tint: what colours a tintable figure; None leaves it white.
        box: where in the cell the figure lies.

    Raises:
        UnknownName: no such figure.
        KnobError: a size outside 4 to 96.
    """
    if name not in FIGURES:
        raise UnknownName("sprite", name, FIGURES)
    check_px(px)
    times = max(4, -(-128 // px))
    pen = Pen(pygame_quietly(), px * times, px, box)
    FIGURES[name].draw(pen, tint)
    raw = np.frombuffer(pygame_quietly().image.tobytes(pen.surface, "RGBA"), dtype=np.uint8)
    large = raw.reshape(px, times, px, times, 4).astype(np.float32)
    alpha = large[..., 3:].mean(axis=(1, 3))
    colour = (large[..., :3] * large[..., 3:]).mean(axis=(1, 3)) / np.maximum(alpha, 1e-6)
    out = np.concatenate([colour, alpha], axis=-1).round().astype(np.uint8)
    out.setflags(write=False)
    return out
