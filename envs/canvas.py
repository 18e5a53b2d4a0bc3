"""Marks on a picture: smooth lines, arrows, text, PNG bytes and a window, over plain arrays of pixels.

A picture is a `[h, w, 3]` array of 0 to 255. A mask is a `[h, w]` array of coverage from 0 to 1, by which `paint_mask`
lays a colour over a picture. Points are (x, y) in pixels from the top left.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from .figures.palette import INK, WHITE
from .pen import Colour, rgb
from .sprites import pygame_quietly

Picture = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.float32]
Points = npt.NDArray[np.float64]


HEAT = np.array(
    [
        rgb("#ffefbd"), rgb("#dce4a6"), rgb("#aed99b"), rgb("#7bcd9c"), rgb("#42bea5"),
        rgb("#00adae"), rgb("#0099b0"), rgb("#0184a9"), rgb("#396f98"),
    ]
)  # fmt: skip
"""`[9, 3]` pale yellow to blue in even steps of lightness, for values from least to greatest."""
FINER = 4
"""How many times larger than shown text is drawn."""


def paint_mask(picture: Picture, mask: Mask, colour: Colour, alpha: float = 1.0, at: tuple[int, int] = (0, 0)) -> None:
    """Lay `colour` over `picture` where `mask` covers, in place.

    Args:
        picture: `[h, w, 3]` what is painted on.
        mask: `[rows, columns]` coverage, 0 to 1; what hangs over the edge is cut off.
        colour: red, green, blue.
        alpha: opacity at full coverage.
        at: (x, y) of the mask's top left in the picture.
    """
    x, y = at
    top, left = max(0, -y), max(0, -x)
    under = picture[y + top : y + mask.shape[0], x + left : x + mask.shape[1]]
    share = (mask[top : top + under.shape[0], left : left + under.shape[1]] * np.float32(alpha))[..., None]
    under[:] = np.rint(under + (np.array(colour, dtype=np.float32) - under) * share)


def paint_sprite(picture: Picture, figure: npt.NDArray[np.uint8], at: tuple[int, int]) -> None:
    """Lay an RGBA figure (`[rows, columns, 4]`) over `picture` with its top left at (x, y), in place."""
    x, y = at
    under = picture[y : y + figure.shape[0], x : x + figure.shape[1]]
    under[:] = np.rint(under + (figure[..., :3] - under.astype(np.float32)) * (figure[..., 3:] / np.float32(255)))


def line(shape: tuple[int, int], points: Points, width: float, mask: Mask | None = None) -> Mask:
    """`[h, w]` coverage of a line with round joints through `points` (`[n, 2]`), joined with `mask` if given."""
    mask = np.zeros(shape, dtype=np.float32) if mask is None else mask
    reach = width / 2 + 1
    for (x0, y0), (x1, y1) in pairwise(points):
        left, right = int(max(0, min(x0, x1) - reach)), int(min(shape[1], max(x0, x1) + reach + 1))
        top, bottom = int(max(0, min(y0, y1) - reach)), int(min(shape[0], max(y0, y1) + reach + 1))
        if left >= right or top >= bottom:
            continue
        y, x = np.mgrid[top:bottom, left:right] + 0.5
        dx, dy = x1 - x0, y1 - y0
        along = np.clip(((x - x0) * dx + (y - y0) * dy) / max(dx * dx + dy * dy, 1e-9), 0, 1)
        distance = np.hypot(x - x0 - along * dx, y - y0 - along * dy)
        part = mask[top:bottom, left:right]
        np.maximum(part, np.clip(width / 2 + 0.5 - distance, 0, 1), out=part, casting="same_kind")
    return mask


def disc(shape: tuple[int, int], centre: tuple[float, float], radius: float, mask: Mask | None = None) -> Mask:
    """`[h, w]` coverage of a disc, joined with `mask` if given."""
    return line(shape, np.array([centre, centre]), 2 * radius, mask)


def polygon(shape: tuple[int, int], corners: Points, mask: Mask | None = None) -> Mask:
    """`[h, w]` coverage of a convex polygon (`[n, 2]`, clockwise on the screen), joined with `mask` if given."""
    mask = np.zeros(shape, dtype=np.float32) if mask is None else mask
    (left, top), (right, bottom) = np.floor(corners.min(axis=0)) - 2, np.ceil(corners.max(axis=0)) + 2
    left, right = int(np.clip(left, 0, shape[1])), int(np.clip(right, 0, shape[1]))
    top, bottom = int(np.clip(top, 0, shape[0])), int(np.clip(bottom, 0, shape[0]))
    y, x = np.mgrid[top:bottom, left:right] + 0.5
    outside = np.full(y.shape, -np.inf)
    for (x0, y0), (x1, y1) in pairwise([*corners, corners[0]]):
        length = np.hypot(x1 - x0, y1 - y0)
        outside = np.maximum(outside, ((x - x0) * (y1 - y0) - (y - y0) * (x1 - x0)) / length)
    part = mask[top:bottom, left:right]
    np.maximum(part, np.clip(0.5 - outside, 0, 1), out=part, casting="same_kind")
    return mask


def dashed(points: Points, dash: float, gap: float) -> Iterable[Points]:
    """Cut a polyline (`[n, 2]`) into dashes of about `dash` pixels with about `gap` between, evenly from end to end."""
    steps = np.hypot(*np.diff(points, axis=0).T)
    walked = np.concatenate([[0.0], np.cumsum(steps)])
    count = max(1, round(walked[-1] / (dash + gap)))
    period = walked[-1] / count
    for i in range(count):
        stops = np.linspace(i * period, i * period + period * dash / (dash + gap), 6)
        yield np.stack([np.interp(stops, walked, points[:, axis]) for axis in (0, 1)], axis=1)


@cache
def _font(size: int) -> Any:
    """Pygame's own font in `size`, or None where this build of pygame has no fonts."""
    try:
        font = pygame_quietly().font
        font.init()
        return font.Font(None, size)
    except (ImportError, NotImplementedError, OSError, RuntimeError):
        return None


@lru_cache(maxsize=1024)
def text(words: str, size: int) -> Mask:
    """`[rows, columns]` coverage of one line of text, cut to its ink at the sides; no columns without fonts.

    Drawn large and averaged down, like the figures, so that letters stand where the font has them and not on whole pixels.
    """
    font = _font(FINER * size)
    if font is None or not words.strip():
        return np.zeros((size, 0), dtype=np.float32)
    surface = font.render(words, True, (255, 255, 255), (0, 0, 0))
    width, height = surface.get_size()
    raw = np.frombuffer(pygame_quietly().image.tobytes(surface, "RGB"), dtype=np.uint8).reshape(height, width, 3)[..., 0]
    padded = np.pad(raw, ((0, -height % FINER), (0, -width % FINER))).astype(np.float32)
    mask: Mask = padded.reshape(-(-height // FINER), FINER, -1, FINER).mean(axis=(1, 3)) * np.float32(1 / 255)
    inked = np.flatnonzero(mask.any(axis=0))
    mask = mask[:, inked[0] : inked[-1] + 1] if inked.size else mask[:, :0]
    mask.setflags(write=False)
    return mask


def fit_text(words: str, width: float, size: int, smallest: int = 11) -> Mask:
    """Text in the largest size up to `size` that is at most `width` pixels wide, else cut short with "...".

    Returns:
        `[rows, columns]` coverage; no columns where not even "..." fits.
    """
    for fewer in range(size, smallest - 1, -1):
        if text(words, fewer).shape[1] <= width:
            return text(words, fewer)
    for kept in range(len(words) - 1, 0, -1):
        mask = text(words[:kept].rstrip() + "...", smallest)
        if mask.shape[1] <= width:
            return mask
    return np.zeros((smallest, 0), dtype=np.float32)


def title_row(words: str | None, width: int) -> Picture:
    """`[rows, width, 3]` a line of text on white; no rows without words."""
    if words is None:
        return np.empty((0, width, 3), dtype=np.uint8)
    strip = np.full((26, width, 3), 255, dtype=np.uint8)
    mask = fit_text(words, width - 8, 20, 14)
    paint_mask(strip, mask, INK, 1.0, ((width - mask.shape[1]) // 2, (26 - mask.shape[0]) // 2))
    return strip


def legend_rows(entries: Sequence[tuple[Colour, str]], width: int) -> list[Picture]:
    """`[20, width, 3]` each: a stroke of the colour and the label, one row an entry."""
    rows = []
    for colour, label in entries:
        row = np.full((20, width, 3), 255, dtype=np.uint8)
        paint_mask(row, line((20, width), np.array([(6.0, 10.0), (22.0, 10.0)]), 4), colour)
        mask = fit_text(label, width - 36, 18, 13)
        paint_mask(row, mask, INK, 1.0, (30, (20 - mask.shape[0]) // 2))
        rows.append(row)
    return rows


def heat(shares: npt.NDArray[np.floating]) -> Picture:
    """`[..., 3]` colours of shares (`[...]`, 0 to 1) of the way from the least to the greatest value; nan is 0."""
    place = np.clip(np.nan_to_num(shares), 0, 1) * (len(HEAT) - 1)
    parts = [np.interp(place, np.arange(len(HEAT)), HEAT[:, i]) for i in range(3)]
    return np.stack(parts, axis=-1).round().astype(np.uint8)


def short(value: float) -> str:
    """A number in few characters: `.85`, `-.02`, `0`, `12`."""
    rounded = round(float(value), 2) + 0.0
    words = f"{rounded:.2f}" if 0 < abs(rounded) < 10 else f"{rounded:.0f}"
    return words.replace("0.", ".", 1) if abs(rounded) < 1 else words


def scale_row(least: float, most: float, width: int) -> Picture:
    """`[22, width, 3]` the colours of a heat map between its least and its greatest value."""
    strip = np.full((22, width, 3), 255, dtype=np.uint8)
    low, high = (fit_text(short(value), width / 4, 16) for value in (least, most))
    start, end = low.shape[1] + 8, width - high.shape[1] - 8
    if end > start:
        strip[6:16, start:end] = heat(np.linspace(0, 1, end - start))
    paint_mask(strip, low, INK, 1.0, (3, (22 - low.shape[0]) // 2))
    paint_mask(strip, high, INK, 1.0, (width - high.shape[1] - 3, (22 - high.shape[0]) // 2))
    return strip


def outline(picture: Picture, at: tuple[int, int], px: int) -> None:
    """A dashed square just inside the cell with its top left at (x, y), in place."""
    low, high, width = max(1.0, 0.08 * px), px - max(1.0, 0.08 * px), max(1.0, px / 20)
    mask = np.zeros((px, px), dtype=np.float32)
    corners = np.array([(low, low), (high, low), (high, high), (low, high), (low, low)])
    for side in pairwise(corners):
        for dash in dashed(np.array(side), max(1.5, px / 8), max(1.5, px / 10)):
            line((px, px), dash, width, mask)
    paint_mask(picture, mask, INK, 0.8, at)


def arrow(picture: Picture, points: Points, colour: Colour, px: int, dashes: bool = False) -> None:
    """A line through `points` (`[n, 2]`) with a dot where it starts, a head where it ends and a white rim, in place."""
    shape = (picture.shape[0], picture.shape[1])
    thick, rim = max(1.2, px * 0.095), max(0.8, px * 0.04)
    start = (float(points[0][0]), float(points[0][1]))
    stroke, edge = disc(shape, start, px * 0.13), disc(shape, start, px * 0.13 + rim)
    if len(points) > 1:
        way = points[-1] - points[-2]
        way /= np.linalg.norm(way)
        aside, tip = np.array([-way[1], way[0]]), points[-1]
        head = np.array([tip, tip - px * (0.3 * way - 0.19 * aside), tip - px * (0.3 * way + 0.19 * aside)])
        shaft = np.concatenate([points[:-1], [tip - px * 0.25 * way]])
        for mask, more in ((stroke, 0.0), (edge, 2 * rim)):
            for part in dashed(shaft, px * 0.3, px * 0.22) if dashes else (shaft,):
                line(shape, part, thick + more, mask)
            line(shape, np.concatenate([head, head[:1]]), more, mask)
            polygon(shape, head, mask)
    paint_mask(picture, edge, WHITE, 0.85)
    paint_mask(picture, stroke, colour)


def route(cells: Sequence[int], width: int, px: int, lanes: Mapping[tuple[int, int], float]) -> Points:
    """`[n, 2]` a smooth line through the centres of `cells` that keeps to its lanes.

    Args:
        cells: cells in order, no two equal in a row.
        width: columns of the level.
        px: side of a cell in pixels.
        lanes: how far to the right of the way, in cells, it runs on a step (from, to); 0 where none is given.
    """
    centre = {cell: np.array([cell % width + 0.5, cell // width + 0.5]) for cell in cells}
    points = [centre[cells[0]]]
    before: tuple[Points, Points] | None = None
    for a, b in pairwise(cells):
        way = (centre[b] - centre[a]) / np.linalg.norm(centre[b] - centre[a])
        aside = np.array([-way[1], way[0]]) * lanes.get((a, b), 0.0)
        if before is None:
            points.append(centre[a] + 0.3 * way + aside)
        elif before[0] @ way > 0.9:
            points += [centre[a] - 0.3 * way + before[1], centre[a] + 0.3 * way + aside]
        elif before[0] @ way < -0.9:
            points += [centre[a] + 0.1 * before[0] + before[1], centre[a] + 0.1 * before[0] + aside]
        else:
            points.append(centre[a] + before[1] + aside)
        before = (way, aside)
    if before is None:
        return np.array(points) * px
    points.append(centre[cells[-1]] - 0.2 * before[0] + before[1])
    return _rounded(np.array(points), 0.3) * px


def _rounded(points: Points, radius: float) -> Points:
    """The polyline (`[n, 2]`) with each corner replaced by a parabola that starts `radius` before it."""
    out = [points[:1]]
    share = np.linspace(0, 1, 9)[:, None]
    for before, here, after in zip(points, points[1:], points[2:], strict=False):
        to, on = before - here, after - here
        start = here + to * min(0.5, radius / max(float(np.hypot(*to)), 1e-9))
        end = here + on * min(0.5, radius / max(float(np.hypot(*on)), 1e-9))
        out.append((1 - share) ** 2 * start + 2 * share * (1 - share) * here + share**2 * end)
    return np.concatenate([*out, points[-1:]])


def lanes_of(paths: Sequence[Sequence[int]]) -> list[dict[tuple[int, int], float]]:
    """For each path, how far beside the middle it runs on each step that is walked more than once."""
    walked: dict[tuple[int, int], list[int]] = {}
    for i, cells in enumerate(paths):
        for step in dict.fromkeys(pairwise(cells)):
            walked.setdefault(step, []).append(i)
    out: list[dict[tuple[int, int], float]] = [{} for _ in paths]
    for (a, b), users in walked.items():
        both_ways = (b, a) in walked
        for k, i in enumerate(users):
            lane = 0.13 + 0.15 * k if both_ways else 0.18 * (k - (len(users) - 1) / 2)
            out[i][a, b] = min(lane, 0.4)
    return out


def png(frame: Picture) -> bytes:
    """A picture (`[h, w, 3]`) as the bytes of a PNG file; the same picture gives the same bytes."""
    height, width, _ = frame.shape
    rows = np.zeros((height, 1 + 3 * width), dtype=np.uint8)
    rows[:, 1:] = np.ascontiguousarray(frame, dtype=np.uint8).reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


class Window:
    """A window for people to watch in; opens at the first picture, and stays closed once a person closes it.

    Attributes:
        title: what the window is called.
        fps: pictures a second that `show` holds to; 0 does not wait.
        closed: whether the window was closed.
    """

    def __init__(self, title: str = "innershift", fps: float = 0.0) -> None:
        """Open nothing yet."""
        self.title, self.fps, self.closed = title, fps, False
        self._surface: Any = None
        self._clock: Any = None

    def show(self, frame: Picture) -> bool:
        """Show a picture (`[h, w, 3]`) and wait for its turn; False once the window was closed."""
        if self.closed:
            return False
        pygame = pygame_quietly()
        size = (frame.shape[1], frame.shape[0])
        if self._surface is None:
            pygame.display.init()
            self._clock = pygame.time.Clock()
        if self._surface is None or self._surface.get_size() != size:
            self._surface = pygame.display.set_mode(size)
            pygame.display.set_caption(self.title)
        picture = np.ascontiguousarray(frame, dtype=np.uint8)
        self._surface.blit(pygame.image.frombuffer(picture.tobytes(), size, "RGB"), (0, 0))
        pygame.display.flip()
        if any(event.type == pygame.QUIT for event in pygame.event.get()):
            self.close()
            return False
        if self.fps:
            self._clock.tick(self.fps)
        return True

    def close(self) -> None:
        """Close the window, if it is open; may be called again."""
        self.closed = True
        if self._surface is not None:
            self._surface = None
            pygame_quietly().display.quit()
