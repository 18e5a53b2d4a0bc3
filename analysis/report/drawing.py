"""Pictures with trajectories: the verb `render`, and the counterexamples of the page."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ...agents.controls import RandomAgent
from ...agents.planner import PlannerAgent, model_of
from ...agents.zoo import Agent, entry_named, zoo
from ...envs import canvas, render, sprites
from ...envs.canvas import Picture
from ...envs.figures import palette
from ...envs.level import Level
from ...envs.pen import Colour
from ...envs.shift import LevelDistribution
from ...envs.world import World
from ...envs.worlds import world_named
from ..outcomes import path_of
from .sentences import deed, numbers

if TYPE_CHECKING:
    from rich.text import Text

PATHS = render.PATHS
ARROWS = {-1: "←", 1: "→"}


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


# The verb `render` -------------------------------------------------------------------------------------------------


class _Shown(NamedTuple):
    """One level of the verb: what it is called, what the agent does there, and what that is worth."""

    title: str
    level: Level
    walk: Walk | None
    worth: str
    line: str


def render_pair(
    world: str,
    agent: str = "",
    seed: int = 0,
    shift: float = 1.0,
    level: Path | None = None,
    px: int = 32,
    out: Path | None = None,
    ansi: bool = False,
) -> Path | None:
    """Draw a training level beside a shifted one, or one level from a file, with the way that an agent takes.

    Args:
        world: name and knobs of a world.
        agent: name of a row of the zoo, or a part of it; "" draws the levels alone.
        seed: seed of the levels.
        shift: how far the knob is moved in the second level, 0 to 1.
        level: a file with an ASCII drawing, drawn instead of the pair.
        px: pixels a cell.
        out: PNG file to write; None is the world's name in the current folder.
        ansi: print to the terminal instead of writing a picture.

    Returns:
        The file that was written, or None.

    Raises:
        ValueError: unknown world or agent, a setting out of range, a file that is no level, or no folder to write to.
    """
    from rich.console import Console

    place = world_named(world)
    sprites.check_px(px)
    target = Path(f"{place.name}.png") if out is None else out
    if not ansi:
        _check_target(target)
    train, moved = level_pair(place, seed, shift)
    if level is None:
        levels = [("training", train), ("deployment", moved)]
    else:
        levels = [(level.name, place.parse(_read(level)))]
    actor = entry_named(agent, zoo(place, [train])).agent if agent else None
    shown = [_show(title, one, actor, seed) for title, one in levels]
    console = Console()
    if ansi:
        _print(console, shown)
    else:
        pictures = [_picture(one, px) for one in shown]
        _write(target, pictures[0] if len(pictures) == 1 else render.side_by_side(pictures[0], pictures[1]))
        console.print(str(target), soft_wrap=True, markup=False, highlight=False)
    for one in shown:
        console.print(one.line, soft_wrap=True, markup=False, highlight=False)
    if unseen := ", ".join(dict.fromkeys(name for one in shown for name in one.level.world.hidden(one.level))):
        console.print(f"dashed cell in the picture: {unseen}" if not ansi else f"not drawn: {unseen}", highlight=False)
    return None if ansi else target


def level_pair(world: World, seed: int, shift: float = 1.0) -> tuple[Level, Level]:
    """The training level and the shifted level that the command line shows of a world for a seed."""
    check_seed(seed)
    laws = LevelDistribution.train(world), LevelDistribution.of(world, shift, 1.0, "deploy")
    train, moved = (law.sample(np.random.default_rng([seed, i])) for i, law in enumerate(laws))
    return train, moved


def check_seed(seed: int) -> None:
    """Raise `ValueError` for a seed that no generator takes."""
    if seed < 0:
        raise ValueError(f"--seed {seed}: must be at least 0.")


def _check_target(target: Path) -> None:
    if target.suffix.lower() not in (".png", ""):
        raise ValueError(f"--out {target}: pictures are PNG files; write {target.with_suffix('.png')}.")
    if target.is_dir():
        raise ValueError(f"--out {target}: that is a folder; name a PNG file in it.")
    if not target.parent.is_dir():
        raise ValueError(f"--out {target}: there is no folder {target.parent}; make it first, or name another place.")


def _write(target: Path, picture: Picture) -> None:
    try:
        target.write_bytes(render.png(picture))
    except OSError as error:
        raise ValueError(
            f"--out {target}: cannot be written ({error.strerror or error}); name another file, or make room there."
        ) from None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ValueError(f"--level {path}: there is no such file; it holds an ASCII drawing of a level.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"--level {path}: cannot be read as text ({error}).") from None


def _show(title: str, level: Level, agent: Agent | None, seed: int) -> _Shown:
    """Let the agent act on a level and say what came of it."""
    if agent is None:
        return _Shown(title, level, None, "", f"{title}: {level.id}, {level.to_mdp().n_states:,} states")
    policy = agent.policy(level)
    went = walk(level, _random_plan(level, seed) if isinstance(agent, RandomAgent) else policy.actions())
    world, counts = level.world, np.array([list(went.counts.values())])
    whole, denominator = world.exact(world.base)
    worth = f"reward {numbers([int(counts[0] @ whole) / denominator])[0]}"
    if isinstance(agent, PlannerAgent):
        own = agent.objective.values(level, counts)
        worth += f", own objective {numbers([int(own.numerators[0]) / own.denominator])[0]}"
    events = [f"{event} {n}" for event, n in went.counts.items() if n] + ["ended"] * went.ended
    line = f"{title}: {worth}, for {deed(went.counts, set(world.base))} ({', '.join(events) or 'no events'})"
    return _Shown(title, level, went, worth, line)


def _random_plan(level: Level, seed: int) -> list[int]:
    """One episode of the agent that acts at random."""
    return np.random.default_rng([seed, 2]).integers(0, 5, level.horizon).tolist()


def _picture(shown: _Shown, px: int) -> Picture:
    path = [] if shown.walk is None else [render.Path(shown.walk.cells, None, shown.worth)]
    return render.frame(shown.level, px=px, hidden=True, path=path, title=shown.title)


def _print(console: object, shown: Sequence[_Shown]) -> None:
    """Levels side by side in the terminal, the way of the agent as arrows."""
    from rich.columns import Columns
    from rich.console import Console
    from rich.panel import Panel

    assert isinstance(console, Console)
    colour = console.color_system is not None
    panels = [Panel(arrowed(one, colour), title=one.title, subtitle=one.worth or None, expand=False) for one in shown]
    console.print(Columns(panels))


def arrowed(shown: _Shown, colour: bool) -> Text:
    """A level as text, an arrow in the second column of each cell that the agent leaves; ● where it comes to rest."""
    from rich.text import Text

    lines = list(Text.from_ansi(render.ansi(shown.level, colour=colour)).split("\n", allow_blank=True))
    if shown.walk is None:
        return Text("\n").join(lines)
    marks: dict[int, str] = {}
    cells = [cell for i, cell in enumerate(shown.walk.cells) if i == 0 or cell != shown.walk.cells[i - 1]]
    for here, there in itertools.pairwise(cells):
        mark = ARROWS.get(there - here, "↓" if there > here else "↑")
        marks[here] = mark if marks.get(here, mark) == mark else "•"
    marks[cells[-1]] = "●"
    top = len(lines) - shown.level.height
    for cell, mark in marks.items():
        row, column = divmod(cell, shown.level.width)
        line = lines[top + row]
        line.pad_right(max(0, 2 * column + 2 - len(line.plain)))
        lines[top + row] = line[: 2 * column + 1] + Text(mark, style="bold magenta") + line[2 * column + 2 :]
    return Text("\n").join(lines)
