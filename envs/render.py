"""Pictures of levels: tiles for networks, frames with paths and values for people, and ASCII for terminals.

`tiles` turns observation planes into pixels and nothing else; the other drawings stand on it. A cell's figures follow
from the channels that are set there: the wall lies lowest, the agent on top, tints colour the shapes in their cell.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import cycle, groupby
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from . import canvas, pen, sprites
from .canvas import Picture, Window, png
from .errors import KnobError
from .figures import FIGURES, machines, palette
from .level import Level
from .pen import Box, Colour
from .sprites import WHOLE, sprite
from .world import Channel, World

__all__ = ["Path", "Window", "ansi", "frame", "png", "side_by_side", "tiled", "tiles", "value_map"]

SHAPES = ("square", "circle", "triangle")
PATHS: tuple[Colour, ...] = (pen.shade(palette.ACCENT, -0.15), palette.INK, palette.KNOB)
"""Colours of the first, second and third path that bring none of their own."""
LEGIBLE = 14
"""The least size of words in a cell; a capital is about half as many pixels high."""

class Path(NamedTuple):
    """A trajectory to draw: its cells in order, and optionally a colour, words for the legend, and dashes for its line."""

    cells: Sequence[int]
    colour: str | Colour | None = None
    label: str = ""
    dashed: bool = False


# Tiles -----------------------------------------------------------------------------------------------------------


def layers(channels: Sequence[Channel], px: int) -> list[tuple[str, Box]]:
    """The sprites and their boxes that a cell with these channels shows, lowest first."""
    names = [channel.sprite for channel in channels if channel.sprite]
    things = [name for name in names if name not in ("wall", "agent")]
    large, middling = (0.17, 0.17, 0.66), (0.25, 0.25, 0.5)
    box, small = WHOLE, large if px >= 12 else middling
    if "tone" in names and px >= 12:
        box = (0.41, 0.27, 0.48)
    elif "tone" in names or "sign" in names:
        box = large if px >= 12 else WHOLE if px >= 7 else middling
    drawn: list[tuple[str, Box]] = [(name, WHOLE) for name in ("wall", "sign", "tone") if name in names]
    if "sign" in names and not any(name in SHAPES for name in names):
        drawn.append(("scratches", WHOLE))
    drawn += [(name, box if name in SHAPES else WHOLE) for name in things if name not in ("sign", "tone")]
    return drawn + [("agent", small if drawn else WHOLE)] * ("agent" in names)


def figure(channels: Sequence[Channel], px: int) -> npt.NDArray[np.uint8]:
    """`[px, px, 4]` all that a cell with these channels shows, on nothing: colours and straight alpha."""
    tint = sprites.blended_tint([channel.tint for channel in channels if channel.tint and not channel.sprite])
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
            shown = [channel for i, channel in enumerate(self.channels) if code >> i & 1]
            canvas.paint_sprite(tile, figure(shown, self.px), (0, 0))
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
    sprites.check_px(px)
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
        hidden: also mark the cells that matter but are not drawn, with their names where there is room.
        path: cells of one trajectory, or several as `Path` or (cells, colour, label).
        title: one line above the picture.

    Returns:
        `[h, w, 3]` the cells, `px` each, with a title row above and a legend of labelled paths below if asked for.

    Raises:
        KnobError: a size outside 4 to 96, or a path that leaves the level.
    """
    planes = level.planes(fields)
    picture = tiles(level.world, planes, px)
    marks = level.world.hidden(level) if hidden else {}
    for words, cells in marks.items():
        for cell in cells:
            canvas.outline(picture, _corner(level, cell, px), px)
            _caption(picture, words, _corner(level, cell, px), px, palette.FLOOR, True)
    paths = _paths(path, level.walls.size)
    _draw_paths(picture, level, planes, paths, px)
    _letters(picture, level, px)
    legend = [(path.colour, path.label) for path in paths if path.label]
    return _stack([canvas.title_row(title, picture.shape[1]), picture, *canvas.legend_rows(legend, picture.shape[1])])


def value_map(
    level: Level,
    values: npt.NDArray[np.floating],
    px: int = 32,
    fields: npt.NDArray[np.int32] | None = None,
    title: str | None = None,
    path: Sequence[int] | Sequence[Path | tuple[Sequence[int], str | Colour | None, str]] | None = None,
    hidden: bool = False,
) -> Picture:
    """A heat map of one number a cell under the figures, with the numbers where there is room (28 pixels a cell).

    Args:
        level: the level.
        values: `[H * W]` number of each cell, nan where there is none; walls show none.
        px: side of a cell in pixels, 4 to 96.
        fields: `[F]` the state whose figures lie on top; None is the start.
        title: one line above the picture.
        path: as in `frame`, without a legend.
        hidden: also mark the cells that matter but are not drawn.

    Returns:
        `[h, w, 3]` with a scale from the least to the greatest value below.
    """
    sprites.check_px(px)
    values = np.asarray(values, dtype=np.float64).ravel()
    if values.size != level.walls.size:
        raise KnobError(f"{values.size} values for {level.walls.size} cells; give one a cell, nan where there is none.")
    planes = level.planes(fields).reshape(values.size, -1)
    known = np.isfinite(values) & ~level.walls.ravel()
    least, most = (values[known].min(), values[known].max()) if known.any() else (0.0, 0.0)
    colours = canvas.heat((values - least) / (most - least if most > least else 1.0))
    colours[~known] = palette.FLOOR
    picture = np.repeat(np.repeat(colours.reshape(level.height, level.width, 3), px, axis=0), px, axis=1)
    for cell in np.flatnonzero(known):
        x, y = _corner(level, int(cell), px)
        picture[y, x : x + px] = picture[y : y + px, x] = pen.shade(tuple(colours[cell].tolist()), -0.08)
    for cell in np.flatnonzero(planes.any(axis=1)):
        shown = [channel for channel, on in zip(level.world.channels, planes[cell], strict=True) if on]
        canvas.paint_sprite(picture, figure(shown, px), _corner(level, int(cell), px))
    for cell in {cell for cells in level.world.hidden(level).values() for cell in cells} if hidden else ():
        canvas.outline(picture, _corner(level, cell, px), px)
    paths = _paths(path, values.size)
    _draw_paths(picture, level, planes, paths, px)
    crossed = {cell for way in paths for cell in way.cells}
    for cell in np.flatnonzero(known) if px >= 28 else ():
        back, over = tuple(colours[cell].tolist()), bool(planes[cell].any()) or int(cell) in crossed
        _caption(picture, canvas.short(values[cell]), _corner(level, int(cell), px), px, back, over)
    _letters(picture, level, px)
    return _stack([canvas.title_row(title, picture.shape[1]), picture, canvas.scale_row(least, most, picture.shape[1])])


def tiled(frames: npt.NDArray[np.uint8], gap: int = 2) -> Picture:
    """Frames of a batch (`[B, h, w, 3]`) as one near-square mosaic (`[H, W, 3]`), in reading order."""
    count, height, width, _ = frames.shape
    columns = min(range(1, count + 1), key=lambda n: abs(n * (width + gap) - -(-count // n) * (height + gap)))
    rows = -(-count // columns)
    out = np.empty((rows * (height + gap) - gap, columns * (width + gap) - gap, 3), dtype=np.uint8)
    out[:] = palette.WHITE
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
        columns.append(_stack([canvas.title_row(words if any(captions) else None, picture.shape[1]), padded]))
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
    tint = sprites.blended_tint([channel.tint for channel in shown if channel.tint])
    inks = [ink for channel in shown if channel.sprite and (ink := FIGURES[channel.sprite].ink)]
    if cell == "##":
        return f"\x1b[38;5;{_terminal(palette.WALL)};48;5;{_terminal(palette.WALL)}m{cell}\x1b[0m"
    if any(channel.sprite == "agent" for channel in shown):
        return f"\x1b[1;38;5;{_terminal(palette.ACCENT)}m{cell}\x1b[0m"
    if tint is None and not inks:
        return f"\x1b[38;5;{_terminal(palette.STEEL)}m{cell}\x1b[0m"
    return f"\x1b[1;38;5;{_terminal(pen.shade(tint or inks[-1], 0.2))}m{cell}\x1b[0m"


@cache
def _terminal(colour: Colour) -> int:
    """The nearest of the 240 fixed colours that terminals have: a cube of 6 x 6 x 6, and 24 greys."""
    steps = (0, 95, 135, 175, 215, 255)
    fixed = [(r, g, b) for r in steps for g in steps for b in steps] + [(8 + 10 * i,) * 3 for i in range(24)]
    return 16 + int(((np.array(fixed) - colour) ** 2).sum(axis=1).argmin())


# Marks -----------------------------------------------------------------------------------------------------------


def _corner(level: Level, cell: int, px: int) -> tuple[int, int]:
    """Left and top of a cell, in pixels."""
    return cell % level.width * px, cell // level.width * px


def _caption(picture: Picture, words: str, at: tuple[int, int], px: int, back: Colour, plate: bool) -> None:
    """Small words at the foot of a cell, on a plate of `back` if asked for; none where they do not fit legibly."""
    if canvas.text(words, LEGIBLE).shape[1] > px - 4:
        return
    mask = canvas.fit_text(words, px - 4, max(LEGIBLE, round(px * 0.36)), LEGIBLE)
    x, y = at[0] + (px - mask.shape[1]) // 2, at[1] + px - mask.shape[0] - max(1, px // 12)
    if plate:
        canvas.paint_mask(picture, np.ones((mask.shape[0], mask.shape[1] + 2), np.float32), back, 0.8, (x - 1, y))
    canvas.paint_mask(picture, mask, palette.INK if sum(back) > 330 else palette.WHITE, 1.0, (x, y))


def _letters(picture: Picture, level: Level, px: int) -> None:
    """The world's labels, at the top right of their cells."""
    if px < machines.LETTERED:
        return
    for cell, words in level.world.labels(level).items():
        mask = canvas.fit_text(words, px * 0.5, max(14, round(px * 0.5)))
        x, y = _corner(level, cell, px)
        right, top = x + px - max(2, px // 12), y + max(1, px // 24)
        canvas.paint_mask(picture, mask, palette.INK, 1.0, (right - mask.shape[1], top))


def _stack(rows: Sequence[Picture]) -> Picture:
    return np.ascontiguousarray(np.concatenate(rows, axis=0))


# Paths -----------------------------------------------------------------------------------------------------------


class _Drawn(NamedTuple):
    """A path as it is drawn."""

    cells: list[int]
    colour: Colour
    label: str
    dashed: bool


def _paths(
    path: Sequence[int] | Sequence[Path | tuple[Sequence[int], str | Colour | None, str]] | None, cells: int
) -> list[_Drawn]:
    """Every path with its colour; a cell that repeats (a bump, a wait) stands once."""
    several: list[Path] = []
    for entry in () if path is None else path:
        if isinstance(entry, (int, np.integer)):
            several = [Path(path)]  # type: ignore[arg-type]
            break
        several.append(entry if isinstance(entry, Path) else Path(*entry))
    out = []
    for entry, default in zip(several, cycle(PATHS), strict=False):
        kept = [int(cell) for cell, _ in groupby(entry.cells)]
        if outside := [cell for cell in kept if not 0 <= cell < cells]:
            raise KnobError(f"path: cell {outside[0]} is not in the level; its cells are 0 to {cells - 1}.")
        colour = sprites.tint_named(entry.colour) if isinstance(entry.colour, str) else entry.colour or default
        out += [_Drawn(kept, colour, entry.label, entry.dashed)] * bool(kept)
    return out


def _draw_paths(
    picture: Picture, level: Level, planes: npt.NDArray[np.uint8], paths: Sequence[_Drawn], px: int
) -> None:
    """Paths over the things and under the agent, in place."""
    for path, lanes in zip(paths, canvas.lanes_of([path.cells for path in paths]), strict=True):
        canvas.arrow(picture, canvas.route(path.cells, level.width, px, lanes), path.colour, px, path.dashed)
    for cell, bits in enumerate(planes.reshape(-1, planes.shape[-1])) if paths else ():
        shown = [channel for channel, on in zip(level.world.channels, bits, strict=True) if on]
        name, box = (layers(shown, px) or [("", WHOLE)])[-1]
        if name == "agent":
            canvas.paint_sprite(picture, sprite(name, px, None, box), _corner(level, cell, px))
