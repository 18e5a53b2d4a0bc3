"""Pictures of levels: tiles for networks, frames with paths and values for people, and ASCII for terminals.

`tiles` turns observation planes into pixels and nothing else; the other drawings stand on it. A cell's figures follow
from the channels that are set there: the wall lies lowest, the agent on top, tints colour the shapes in their cell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .canvas import Picture, Points, Window, dashed, disc, fit_text, line, paint_mask, paint_sprite, png, polygon, text
from .errors import KnobError
from .level import Level
from .sprites import ACCENT, FLOOR, INK, INKS, KNOB, LARGEST, SMALL, SMALLEST, STEEL, WALL, WHITE, WHOLE
from .sprites import Box, Colour, blended_tint, shade, sprite, tint_named
from .world import Channel, World

__all__ = ["Path", "Window", "ansi", "frame", "heat", "png", "side_by_side", "tiled", "tiles", "value_map"]

SHAPES = ("square", "circle", "triangle")
PATHS: tuple[Colour, ...] = (shade(ACCENT, -0.15), INK, KNOB)
"""Colours of the first, second and third path that bring none of their own."""

HEAT = np.array(
    [tint_named(c) for c in ("#ffefbd", "#dce4a6", "#aed99b", "#7bcd9c", "#42bea5", "#00adae", "#0099b0", "#0184a9", "#396f98")]
)
"""`[9, 3]` pale yellow to blue in even steps of lightness, for values from least to greatest."""


class Path(NamedTuple):
    """A trajectory to draw: its cells in order, and optionally a colour and words for the legend."""

    cells: Sequence[int]
    colour: str | Colour | None = None
    label: str = ""


# Tiles -----------------------------------------------------------------------------------------------------------


def agent_box(alone: bool) -> Box:
    """Where the agent lies in its cell: smaller over something else."""
    return WHOLE if alone else SMALL


def layers(channels: Sequence[Channel], px: int) -> list[tuple[str, Box]]:
    """The sprites and their boxes that a cell with these channels shows, lowest first."""
    names = [channel.sprite for channel in channels if channel.sprite]
    things = [name for name in names if name not in ("wall", "agent")]
    box: Box = WHOLE
    if "tone" in names and px >= 12:
        box = (0.43, 0.25, 0.5)
    elif "tone" in names or "sign" in names:
        box = (0.18, 0.18, 0.64) if px >= 8 else (0.25, 0.25, 0.5)
    drawn: list[tuple[str, Box]] = [(name, WHOLE) for name in ("wall", "sign", "tone") if name in names]
    if "sign" in names and not any(name in SHAPES for name in names):
        drawn.append(("scratches", WHOLE))
    drawn += [(name, box if name in SHAPES else WHOLE) for name in things if name not in ("sign", "tone")]
    return drawn + [("agent", agent_box(len(drawn) == 0))] * ("agent" in names)


def figure(channels: Sequence[Channel], px: int) -> npt.NDArray[np.uint8]:
    """`[px, px, 4]` all that a cell with these channels shows, on nothing: colours and straight alpha."""
    tint = blended_tint([channel.tint for channel in channels if channel.tint and not channel.sprite])
    colour = np.zeros((px, px, 3), dtype=np.float32)
    alpha = np.zeros((px, px, 1), dtype=np.float32)
    for name, box in layers(channels, px):
        over = sprite(name, px, tint if name in SHAPES else None, box).astype(np.float32)
        share = over[..., 3:] / 255
        colour = over[..., :3] * share + colour * (1 - share)
        alpha = share + alpha * (1 - share)
    return np.rint(np.concatenate([colour / np.maximum(alpha, 1e-6), alpha * 255], axis=-1)).astype(np.uint8)


class _Atlas:
    """The tiles of one set of channels in one size, each drawn when it is first met."""

    def __init__(self, channels: tuple[Channel, ...], px: int) -> None:
        shown = [i for i, channel in enumerate(channels) if channel.sprite or channel.tint]
        if len(shown) > 20:
            raise KnobError(f"{len(shown)} channels are drawn; tiles tell at most 20 apart.")
        self.channels = [channels[i] for i in shown]
        self.weights = np.zeros(len(channels), dtype=np.float32)
        self.weights[shown] = 1 << np.arange(len(shown))
        self.px = px
        self.number = np.full(1 << len(shown), -1, dtype=np.int32)
        self.rows = np.zeros((px, 0), dtype=np.dtype((np.void, 3 * px)))

    def add(self, codes: npt.NDArray[np.intp]) -> None:
        """Draw the tiles of new codes."""
        drawn = []
        for code in codes:
            tile = np.array(sprite("floor", self.px)[..., :3])
            paint_sprite(tile, figure([c for i, c in enumerate(self.channels) if code >> i & 1], self.px), (0, 0))
            drawn.append(tile.reshape(self.px, -1).view(self.rows.dtype))
        self.rows = np.ascontiguousarray(np.concatenate([self.rows, *drawn], axis=1))
        self.number[codes] = np.arange(self.rows.shape[1] - codes.size, self.rows.shape[1])

    def assemble(self, planes: npt.NDArray[np.generic]) -> Picture:
        """See `tiles`."""
        codes = (planes.astype(np.float32) @ self.weights).astype(np.intp)
        numbers = self.number[codes]
        if (numbers < 0).any():
            self.add(np.unique(codes[numbers < 0]))
            numbers = self.number[codes]
        *batch, height, width = numbers.shape
        out = np.empty((*batch, height, self.px, width), dtype=self.rows.dtype)
        for y in range(self.px):
            out[..., y, :] = self.rows[y][numbers]
        return out.view(np.uint8).reshape(*batch, height * self.px, width * self.px, 3)


@cache
def _atlas(channels: tuple[Channel, ...], px: int) -> _Atlas:
    return _Atlas(channels, px)


def _check_px(px: int) -> None:
    if not isinstance(px, (int, np.integer)) or not SMALLEST <= px <= LARGEST:
        raise KnobError(f"px {px!r} is not a whole number of pixels a cell from {SMALLEST} to {LARGEST}.")


def tiles(world: World, planes: npt.NDArray[np.generic], px: int) -> Picture:
    """Observations as pixels; every distinct set of visible channels is drawn once and then only copied.

    Args:
        world: whose channels the planes are.
        planes: `[..., H, W, C]` binary observation planes, with any leading dimensions.
        px: side of a cell in pixels, 4 to 96.

    Returns:
        `[..., H * px, W * px, 3]` red, green, blue.

    Raises:
        KnobError: a size outside 4 to 96.
    """
    _check_px(px)
    return _atlas(world.channels, int(px)).assemble(planes)


# Pictures for people ---------------------------------------------------------------------------------------------


def frame(
    level: Level,
    fields: npt.NDArray[np.int32] | None = None,
    px: int = 32,
    hidden: bool = False,
    path: Sequence[int] | Sequence[Path | tuple[Sequence[int], str | Colour | None, str]] | None = None,
    title: str | None = None,
) -> Picture:
    """A picture of a state for people.

    Args:
        level: the level.
        fields: `[F]` the state; None is the start.
        px: side of a cell in pixels, 4 to 96.
        hidden: also mark the cells that matter but are not drawn.
        path: cells of one trajectory, or several as `Path` or (cells, colour, label).
        title: one line above the picture.

    Returns:
        `[h, w, 3]` the cells, `px` each, with a title row above and a legend of labelled paths below if asked for.

    Raises:
        KnobError: a size outside 4 to 96.
    """
    planes = level.planes(fields)
    picture = tiles(level.world, planes, px)
    marks = level.world.hidden(level) if hidden else {}
    for cells in marks.values():
        for cell in cells:
            _outline(picture, _corner(level, cell, px), px)
    paths = _paths(path)
    _draw_paths(picture, level, planes, paths, px)
    for words, cells in marks.items():
        for cell in cells:
            _caption(picture, words, _corner(level, cell, px), px)
    _letters(picture, level, px)
    legend = [(colour, label) for _, colour, label in paths if label]
    return _stack([_title(title, picture.shape[1]), picture, *_legend(legend, picture.shape[1])])


def value_map(
    level: Level,
    values: npt.NDArray[np.floating],
    px: int = 32,
    fields: npt.NDArray[np.int32] | None = None,
    title: str | None = None,
) -> Picture:
    """A heat map of one number a cell under the figures, with the numbers where there is room (28 pixels a cell).

    Args:
        level: the level.
        values: `[H * W]` number of each cell, nan where there is none.
        px: side of a cell in pixels, 4 to 96.
        fields: `[F]` the state whose figures lie on top; None is the start.
        title: one line above the picture.

    Returns:
        `[h, w, 3]` with a scale from the least to the greatest value below.
    """
    _check_px(px)
    values = np.asarray(values, dtype=np.float64).ravel()
    if values.size != level.walls.size:
        raise KnobError(f"{values.size} values for {level.walls.size} cells; give one a cell, nan where there is none.")
    planes = level.planes(fields).reshape(values.size, -1)
    known = np.isfinite(values)
    least, most = (values[known].min(), values[known].max()) if known.any() else (0.0, 0.0)
    colours = heat((values - least) / (most - least if most > least else 1.0))
    colours[~known] = FLOOR
    picture = np.repeat(np.repeat(colours.reshape(level.height, level.width, 3), px, axis=0), px, axis=1)
    for cell in np.flatnonzero(known & ~level.walls.ravel()):
        x, y = _corner(level, int(cell), px)
        picture[y, x : x + px] = picture[y : y + px, x] = shade(tuple(colours[cell].tolist()), -0.08)
    for cell in np.flatnonzero(planes.any(axis=1)):
        shown = [channel for channel, on in zip(level.world.channels, planes[cell], strict=True) if on]
        paint_sprite(picture, figure(shown, px), _corner(level, int(cell), px))
    for cell in np.flatnonzero(known) if px >= 28 else ():
        back = shade(tuple(colours[cell].tolist()), 0.5)
        _caption(picture, _short(values[cell]), _corner(level, int(cell), px), px, back if planes[cell].any() else None)
    _letters(picture, level, px)
    return _stack([_title(title, picture.shape[1]), picture, _scale(least, most, picture.shape[1])])


def heat(shares: npt.NDArray[np.floating]) -> Picture:
    """`[..., 3]` colours of shares (`[...]`, 0 to 1) of the way from the least to the greatest value; nan counts as 0."""
    place = np.clip(np.nan_to_num(shares), 0, 1) * (len(HEAT) - 1)
    return np.stack([np.interp(place, np.arange(len(HEAT)), HEAT[:, i]) for i in range(3)], axis=-1).round().astype(np.uint8)


def tiled(frames: npt.NDArray[np.uint8], gap: int = 2) -> Picture:
    """Frames of a batch (`[B, h, w, 3]`) as one near-square mosaic (`[H, W, 3]`), in reading order."""
    count, height, width, _ = frames.shape
    columns = min(range(1, count + 1), key=lambda n: abs(n * (width + gap) - -(-count // n) * (height + gap)))
    rows = -(-count // columns)
    out = np.empty((rows * (height + gap) - gap, columns * (width + gap) - gap, 3), dtype=np.uint8)
    out[:] = WHITE
    for i, picture in enumerate(frames):
        y, x = i // columns * (height + gap), i % columns * (width + gap)
        out[y : y + height, x : x + width] = picture
    return out


def side_by_side(left: Picture, right: Picture, captions: tuple[str, str] = ("", "")) -> Picture:
    """Two pictures (`[h, w, 3]`, sizes may differ) on one white canvas, each under its caption."""
    height, gap = max(left.shape[0], right.shape[0]), 16
    columns = []
    for picture, words in zip((left, right), captions, strict=True):
        padded = np.full((height, picture.shape[1], 3), 255, dtype=np.uint8)
        top = (height - picture.shape[0]) // 2
        padded[top : top + picture.shape[0]] = picture
        columns.append(_stack([_title(words if any(captions) else None, picture.shape[1]), padded]))
    between = np.full((columns[0].shape[0], gap, 3), 255, dtype=np.uint8)
    return np.concatenate([columns[0], between, columns[1]], axis=1)


# ASCII -----------------------------------------------------------------------------------------------------------


def ansi(level: Level, fields: npt.NDArray[np.int32] | None = None, colour: bool = True) -> str:
    """A state as text, two columns a cell, with the header lines that a player may see above it.

    Args:
        level: the level.
        fields: `[F]` the state; None is the start.
        colour: colour by terminal codes; without them the text is the same.
    """
    world, planes = level.world, level.planes(fields)
    state = level if fields is None else world.resume(level, fields)
    seen = {"horizon", *world.read(planes).header, *(symbol for symbol, _ in state.things)}
    lines = state.draw().splitlines()
    head, grid = lines[: -level.height], lines[-level.height :]
    out = [words for words in head if words.split(":")[0] in seen]
    for r, row in enumerate(grid):
        cells = [char * 2 if char == "#" else f"{char} " for char in row]
        if colour:
            cells = [_coloured(cell, planes[r, c], world) for c, cell in enumerate(cells)]
            out.append("".join(cells))
        else:
            out.append("".join(cells).rstrip())
    return "\n".join(out)


def _coloured(cell: str, bits: npt.NDArray[np.uint8], world: World) -> str:
    """Two characters in the colour of what stands in the cell; walls as solid blocks."""
    shown = [channel for channel, on in zip(world.channels, bits, strict=True) if on]
    tints = [channel.tint for channel in shown if channel.tint]
    names = [channel.sprite for channel in shown if channel.sprite]
    if cell == "##":
        return f"\x1b[38;5;{_cube(WALL)};48;5;{_cube(WALL)}m{cell}\x1b[0m"
    if "agent" in names:
        return f"\x1b[1;38;5;{_cube(ACCENT)}m{cell}\x1b[0m"
    inks = [INKS[name] for name in names if name in INKS and name != "wall"]
    if not tints and not inks:
        return f"\x1b[38;5;{_cube(STEEL)}m{cell}\x1b[0m"
    return f"\x1b[1;38;5;{_cube(blended_tint(tints) or inks[-1])}m{cell}\x1b[0m"


def _cube(colour: Colour) -> int:
    """The nearest colour of the 6 x 6 x 6 cube that terminals have."""
    r, g, b = (max(0, round((c - 55) / 40)) for c in colour)
    return 16 + 36 * r + 6 * g + b


# Marks -----------------------------------------------------------------------------------------------------------


def _corner(level: Level, cell: int, px: int) -> tuple[int, int]:
    """Left and top of a cell, in pixels."""
    return cell % level.width * px, cell // level.width * px


def _outline(picture: Picture, at: tuple[int, int], px: int) -> None:
    """A dashed outline just inside a cell."""
    inset, width = max(1.0, 0.08 * px), max(1.0, px / 20)
    low, high = inset, px - inset
    mask = np.zeros((px, px), dtype=np.float32)
    corners = np.array([(low, low), (high, low), (high, high), (low, high), (low, low)])
    for side in pairwise(corners):
        for dash in dashed(np.array(side), max(1.5, px / 8), max(1.5, px / 10)):
            line((px, px), dash, width, mask)
    paint_mask(picture, mask, INK, 0.8, at)


def _caption(picture: Picture, words: str, at: tuple[int, int], px: int, back: Colour | None = FLOOR) -> None:
    """Small words at the foot of a cell, on a plate of colour `back`, if they fit."""
    mask = fit_text(words, px - 4, max(11, round(px * 0.36)))
    if not mask.shape[1] or text(words, 11).shape[1] > px - 4:
        return
    x, y = at[0] + (px - mask.shape[1]) // 2, at[1] + px - mask.shape[0] - max(1, px // 24)
    if back is not None:
        paint_mask(picture, np.ones((mask.shape[0], mask.shape[1] + 2), np.float32), back, 0.8, (x - 1, y))
    paint_mask(picture, mask, INK, 1.0, (x, y))


def _letters(picture: Picture, level: Level, px: int) -> None:
    """The world's labels, at the top right of their cells."""
    if px < 20:
        return
    for cell, words in level.world.labels(level).items():
        mask = fit_text(words, px * 0.5, max(14, round(px * 0.5)))
        x, y = _corner(level, cell, px)
        paint_mask(picture, mask, INK, 1.0, (x + px - mask.shape[1] - max(2, px // 12), y + max(1, px // 24)))


def _short(value: float) -> str:
    """A number in few characters: `.85`, `-.02`, `12`."""
    return f"{value:.2f}".replace("0.", ".", 1) if abs(value) < 1 else f"{value:.3g}"


def _title(words: str | None, width: int) -> Picture:
    """`[rows, width, 3]` a line of text on white; no rows without words."""
    if words is None:
        return np.empty((0, width, 3), dtype=np.uint8)
    strip = np.full((26, width, 3), 255, dtype=np.uint8)
    mask = fit_text(words, width - 8, 20, 14)
    paint_mask(strip, mask, INK, 1.0, ((width - mask.shape[1]) // 2, (26 - mask.shape[0]) // 2))
    return strip


def _legend(entries: Sequence[tuple[Colour, str]], width: int) -> list[Picture]:
    """`[20, width, 3]` each: a stroke of the colour and the label, one row an entry."""
    rows = []
    for colour, label in entries:
        row = np.full((20, width, 3), 255, dtype=np.uint8)
        paint_mask(row, line((20, width), np.array([(6.0, 10.0), (22.0, 10.0)]), 4), colour)
        mask = fit_text(label, width - 36, 18, 13)
        paint_mask(row, mask, INK, 1.0, (30, (20 - mask.shape[0]) // 2))
        rows.append(row)
    return rows


def _scale(least: float, most: float, width: int) -> Picture:
    """`[22, width, 3]` the colours of a heat map between its least and its greatest value."""
    strip = np.full((22, width, 3), 255, dtype=np.uint8)
    low, high = (fit_text(_short(value), width / 4, 16) for value in (least, most))
    start, end = low.shape[1] + 8, width - high.shape[1] - 8
    if end > start:
        strip[6:16, start:end] = heat(np.linspace(0, 1, end - start))
    paint_mask(strip, low, INK, 1.0, (3, (22 - low.shape[0]) // 2))
    paint_mask(strip, high, INK, 1.0, (width - high.shape[1] - 3, (22 - high.shape[0]) // 2))
    return strip


def _stack(rows: Sequence[Picture]) -> Picture:
    return np.ascontiguousarray(np.concatenate(rows, axis=0))


# Paths -----------------------------------------------------------------------------------------------------------


def _paths(
    path: Sequence[int] | Sequence[Path | tuple[Sequence[int], str | Colour | None, str]] | None,
) -> list[tuple[list[int], Colour, str]]:
    """Every path with its colour and label; a cell that repeats (a bump, a wait) stands once."""
    if path is None or len(path) == 0:
        return []
    several = [Path(path)] if isinstance(path[0], (int, np.integer)) else [Path(*entry) for entry in path]  # type: ignore
    out = []
    for i, (cells, colour, label) in enumerate(several):
        kept = [int(cell) for k, cell in enumerate(cells) if k == 0 or cell != cells[k - 1]]
        named = PATHS[i % len(PATHS)] if colour is None else tint_named(colour) if isinstance(colour, str) else colour
        out += [(kept, named, label)] * bool(kept)
    return out


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
    if before is not None:
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


def _lanes(paths: Sequence[Sequence[int]]) -> list[dict[tuple[int, int], float]]:
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


def _draw_paths(
    picture: Picture,
    level: Level,
    planes: npt.NDArray[np.uint8],
    paths: Sequence[tuple[list[int], Colour, str]],
    px: int,
) -> None:
    """Paths over the things and under the agent, in place."""
    shape = (picture.shape[0], picture.shape[1])
    thick, rim = max(1.2, px * 0.095), max(0.8, px * 0.04)
    for (cells, colour, _), lanes in zip(paths, _lanes([cells for cells, _, _ in paths]), strict=True):
        points = route(cells, level.width, px, lanes)
        start = (float(points[0][0]), float(points[0][1]))
        stroke, edge = disc(shape, start, px * 0.13), disc(shape, start, px * 0.13 + rim)
        if len(points) > 1:
            way = points[-1] - points[-2]
            way /= np.linalg.norm(way)
            aside, tip = np.array([-way[1], way[0]]), points[-1]
            head = np.array([tip, tip - px * (0.3 * way - 0.19 * aside), tip - px * (0.3 * way + 0.19 * aside)])
            shaft = np.concatenate([points[:-1], [tip - px * 0.25 * way]])
            line(shape, shaft, thick, stroke)
            polygon(shape, head, stroke)
            line(shape, shaft, thick + 2 * rim, edge)
            line(shape, np.concatenate([head, head[:1]]), 2 * rim, edge)
            polygon(shape, head, edge)
        paint_mask(picture, edge, WHITE, 0.85)
        paint_mask(picture, stroke, colour)
    on = [i for i, channel in enumerate(level.world.channels) if channel.sprite == "agent"]
    for cell in np.flatnonzero(planes[..., on].any(axis=-1)) if paths else ():
        shown = [c for c, bit in zip(level.world.channels, planes.reshape(-1, planes.shape[-1])[cell], strict=True) if bit]
        name, box = layers(shown, px)[-1]
        paint_sprite(picture, sprite(name, px, None, box), _corner(level, int(cell), px))
