"""The picture of a game for a window of any size: the level, what is laid over it, the counters, and the keys in words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ...envs import canvas, render
from ...envs.canvas import Picture
from ...envs.figures.palette import INK, STEEL, WHITE
from ...envs.pen import Colour, shade
from ...envs.sprites import LARGEST, SMALLEST
from .game import HELP, Game, signed
from .overlays import Overlay, own_worth, spread

ACCENT = render.PATHS[0]
GREY = shade(STEEL, -0.25)
SIZES = range(22, 11, -1)
"""Sizes of text, the largest first; the least is still legible."""
ROOMY = 24
"""Pixels a cell from which on larger text is worth more than larger cells."""
PAD = 8


class Words(NamedTuple):
    """A piece of text that is not broken, and its colour."""

    text: str
    colour: Colour = INK


def text_rows(pieces: Sequence[Words], width: int, size: int, listed: bool = False, middle: bool = False) -> Picture:
    """`[h, width, 3]` pieces of text on white; one that is too long is broken between words.

    Args:
        pieces: the text.
        width: in pixels.
        size: of the text.
        listed: a row for each piece; else as many a row as there is room for.
        middle: rows in the middle; else on the left.
    """
    rows: list[list[tuple[canvas.Mask, Colour]]] = []
    gap, room = size * 3 // 4, 0
    for piece in pieces:
        whole = canvas.text(piece.text, size).shape[1] <= width
        for i, part in enumerate([piece.text] if whole else re.split(r"(?<=/)| ", piece.text)):
            mask = canvas.fit_text(part, width, size, size)
            if mask.shape[1] + gap > room or (listed and not i):
                rows.append([])
                room = width + gap
            room -= mask.shape[1] + gap
            rows[-1].append((mask, piece.colour))
    tall = canvas.text("Mg", size).shape[0] + 2
    out = np.full((tall * len(rows), width, 3), 255, dtype=np.uint8)
    for i, row in enumerate(rows):
        x = (width - sum(mask.shape[1] + gap for mask, _ in row) + gap) // 2 if middle else 0
        for mask, colour in row:
            canvas.paint_mask(out, mask, colour, 1.0, (x, i * tall + 1))
            x += mask.shape[1] + gap
    return out


def counters(game: Game) -> list[Words]:
    """Step, reward, and what the proxies and the watched agent's objective would have paid so far."""
    now, world = game.now, game.deck.world
    told = [
        Words(f"step {now.clock} of {game.level.horizon}"),
        Words(f"reward {signed(now.worth(world.base))}", ACCENT),
    ]
    told += [Words(f"proxy {name} {signed(now.worth(proxy.weights))}") for name, proxy in world.proxies.items()]
    own = own_worth(game.agent, game.episode)
    return told + ([] if own is None else [Words(f"own objective {signed(own)}")])


def happened(game: Game) -> list[Words]:
    """How often each event has occurred; those of the last step stand out."""
    now = game.now
    return [
        Words(f"{event} {n}", ACCENT if new else GREY)
        for event, n, new in zip(game.deck.world.events, now.totals, now.latest, strict=True)
        if n
    ]


def banner(game: Game) -> list[Words]:
    """What is said over the level once its episode is over."""
    how = "The episode is over." if game.now.finished else "Time is up."
    return [
        Words(how),
        Words(f"Reward {signed(game.now.worth(game.deck.world.base))}.", ACCENT),
        Words("R again, U back, N next."),
    ]


def window_picture(game: Game, overlay: Overlay, size: tuple[int, int], busy: bool = False) -> Picture:
    """The whole window.

    Args:
        game: the game.
        overlay: what is laid over the level.
        size: width and height of the window in pixels.
        busy: whether to say that something is being computed.

    Returns:
        `[height, width, 3]` with the text beside the level or below it, whichever leaves larger cells.
    """
    width, height = size
    px, text, beside = _layout(game, overlay, size, busy)
    out = np.full((height, width, 3), 255, dtype=np.uint8)
    grid = _grid(game, overlay, px)
    free = (width - text.shape[1] - 2 * PAD, height) if beside else (width, height - text.shape[0] - 2 * PAD)
    left, top = (max(0, (room - side) // 2) for room, side in zip(free, grid.shape[1::-1], strict=True))
    _put(out, grid, (left, top))
    _put(out, text, (free[0] + PAD, PAD) if beside else (PAD, max(top + grid.shape[0] + PAD, free[1] + PAD)))
    return out


def _put(out: Picture, part: Picture, at: tuple[int, int]) -> None:
    """Copy a part into a picture at (x, y), in place; what hangs over the edge is cut off."""
    x, y = at
    under = out[y : y + part.shape[0], x : x + part.shape[1]]
    under[:] = part[: under.shape[0], : under.shape[1]]


def _layout(game: Game, overlay: Overlay, size: tuple[int, int], busy: bool) -> tuple[int, Picture, bool]:
    """Pixels a cell, the text, and whether it stands beside the level: the largest text that leaves roomy cells."""
    width, height = size
    best: tuple[int, Picture, bool] = (0, np.empty((0, 0, 3), dtype=np.uint8), False)
    for kept in range(4, -1, -1):
        for words in SIZES:
            column = max(9 * words, min(16 * words, width - height * game.level.width // game.level.height - 2 * PAD))
            for beside, listed, across in (
                (True, True, column),
                (True, False, column),
                (False, False, width - 2 * PAD),
            ):
                left = width - across - 2 * PAD if beside else width
                if kept and (across <= 4 * words or left < SMALLEST * game.level.width):
                    continue
                text = _text(game, overlay, max(1, across), words, busy, kept, listed)
                high = height if beside else height - text.shape[0] - 2 * PAD
                px = min(left // game.level.width, high // game.level.height, LARGEST)
                if text.shape[0] + 2 * PAD <= height and px >= SMALLEST and px > best[0]:
                    best = px, text, beside
            if best[0] >= ROOMY:
                return best
        if best[0]:
            return best
    return max(SMALLEST, best[0]), best[1], best[2]


def _text(game: Game, overlay: Overlay, width: int, size: int, busy: bool, kept: int, listed: bool) -> Picture:
    """The first `kept` of: title and note, counters with events, what is laid over, keys."""
    note = "solving ..." if busy else game.note
    head = [Words(game.title), *([Words(f"agent {game.agent.name}", GREY)] if game.agent else [])]
    laid = [Words(overlay.title), *([Words(overlay.why, GREY)] if overlay.why else [])] if overlay.title else []
    blocks = [
        [text_rows(head + ([Words(note, ACCENT)] if note else []), width, size, listed)],
        [text_rows(counters(game), width, size, listed), text_rows(happened(game), width, size)],
        [text_rows(laid, width, size), *(canvas.scale_row(*span, width) for span in [spread(overlay)] if span)],
        [text_rows([Words(piece, GREY) for piece in HELP], width, size, listed)],
    ]
    gap = np.full((size // 2, width, 3), 255, dtype=np.uint8)
    shown = [np.concatenate(block) for block in blocks[:kept]]
    parts = [part for block in shown if block.shape[0] for part in (block, gap)]
    return np.concatenate([np.empty((0, width, 3), dtype=np.uint8), *parts[:-1]])


def _grid(game: Game, overlay: Overlay, px: int) -> Picture:
    """The level with what is laid over it, and a banner once the episode is over."""
    level, fields = game.level, game.now.fields
    if overlay.values is not None:
        grid = render.value_map(level, overlay.values, px, fields, hidden=True)[: level.height * px]
    else:
        way = [render.Path(overlay.way)] if len(overlay.way) > 1 else []
        grid = render.frame(level, fields, px, hidden=True, path=way)
    if game.now.ended:
        words = text_rows(banner(game), max(1, grid.shape[1] - 2 * PAD), max(SIZES[-1], min(26, px // 2)), middle=True)
        plate = np.full((words.shape[0] + 2 * PAD, grid.shape[1], 3), WHITE, dtype=np.uint8)
        _put(plate, words, (PAD, PAD))
        _put(grid, plate, (0, max(0, (grid.shape[0] - plate.shape[0]) // 2)))
    return grid
