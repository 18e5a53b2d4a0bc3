"""Pictures with trajectories for the counterexamples of the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ...agents.planner import model_of
from ...envs import canvas, render
from ...envs.canvas import Picture
from ...envs.figures import palette
from ...envs.level import Level
from ...envs.pen import Colour
from ..outcomes import path_of

PATHS = render.PATHS


class Walk(NamedTuple):
    """What following a plan leads to.

    Attributes:
        cells: cells passed, the start included.
        counts: how often each event occurred.
        ended: whether the episode ended by itself.
    """

    cells: list[int]
    counts: dict[str, int]
    ended: bool


def walk(level: Level, actions: Sequence[int]) -> Walk:
    """Follow a plan by the level's own rules until it or the episode ends."""
    mdp = model_of(level)
    state, total = mdp.initial, np.zeros(len(level.world.events), dtype=np.int64)
    for action in actions:
        total += mdp.counts[state, action, 0]
        state = int(mdp.successor[state, action, 0])
        if state == mdp.absorbing:
            break
    counts = dict(zip(level.world.events, total.tolist(), strict=True))
    return Walk(path_of(level, list(actions)), counts, state == mdp.absorbing)


def lettered(level: Level, ways: Sequence[tuple[str, Sequence[int]]], px: int, own: str = "") -> Picture:
    """`[h, w, 3]` a level with the cells of several ways, each with its letter and colour (`PATHS`) where it ends.

    Args:
        level: the level, drawn with what is hidden from the agent marked.
        ways: (letter, cells passed); the letter also chooses the colour, and "" marks no end.
        px: pixels a cell.
        own: the letter of the way that the agent takes, which makes the others dashed; "" draws all alike.
    """
    paths = [render.Path(cells, colour_of(letter), dashed=own not in ("", letter)) for letter, cells in ways]
    picture = render.frame(level, px=px, hidden=True, path=paths)
    radius = max(6.0, 0.24 * px)
    side, taken = int(2 * radius + 3), {}
    for letter, cells in ((letter, cells) for letter, cells in ways if letter):
        row, column = divmod(cells[-1], level.width)
        corner = taken.get(cells[-1], 0)
        taken[cells[-1]] = corner + 1
        right, low = ((0, 0), (1, 1), (0, 1))[corner % 3]
        x = column * px + (px - side // 2 - 1 if right else -(side // 2) + 1)
        y = row * px + (px - side // 2 - 1 if low else -(side // 2) + 1)
        _badge(picture, letter, (max(0, x), max(0, y)), side, radius)
    return picture


def colour_of(letter: str) -> Colour:
    """Colour of a way."""
    return PATHS[(ord(letter or "A") - ord("A")) % len(PATHS)]


def _badge(picture: Picture, letter: str, at: tuple[int, int], side: int, radius: float) -> None:
    """A letter on a disc of its colour with a white rim, in place."""
    centre = (side / 2, side / 2)
    canvas.paint_mask(picture, canvas.disc((side, side), centre, radius + 1), palette.WHITE, 1.0, at)
    colour = colour_of(letter)
    canvas.paint_mask(picture, canvas.disc((side, side), centre, radius), colour, 1.0, at)
    ink = palette.INK if sum(colour) > 380 else palette.WHITE
    mask = canvas.fit_text(letter, side, round(2.1 * radius), 8)
    inked = np.flatnonzero(mask.any(axis=1))
    if inked.size:
        mask = mask[inked[0] : inked[-1] + 1]
        place = (at[0] + (side - mask.shape[1] + 1) // 2, at[1] + (side - mask.shape[0] + 1) // 2)
        canvas.paint_mask(picture, mask, ink, 1.0, place)
