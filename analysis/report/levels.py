"""What the verb `levels` prints: drawn levels, how far each tells the proxies from the reward, and the smallest that does."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table
from rich.text import Text

from ...envs import render
from ...envs.errors import KnobError
from ...envs.files import read_levels, write_levels
from ...envs.level import Level
from ...envs.shift import LevelDistribution
from ...envs.world import ACTIONS, STAY, World
from ...envs.worlds import world_named
from ..gap import Gap, binned, distinguishing_gap
from ..smallest import agent_wanting, smallest_level

BAR = 40
"""Columns of the longest bar of a histogram."""
LONG = 3
"""So often an action is written out in a row before it is counted."""


def chosen_levels(world: World, split: str, shift: float, count: int, seed: int, folder: Path | None) -> list[Level]:
    """Levels of a file or folder, or drawn from a law.

    Args:
        world: their world.
        split: "train" or "deploy", the law they are drawn from.
        shift: how far the knob is moved at deployment.
        count: how many are drawn.
        seed: the seed they are drawn with.
        folder: a file or folder of drawings to take instead; None draws.

    Raises:
        KnobError: another split.
        LevelError: no levels in the folder.
    """
    if split not in ("train", "deploy"):
        raise KnobError(f"--split {split!r}: write train or deploy.")
    if folder is not None:
        return read_levels(world, folder)
    law = LevelDistribution.train(world) if split == "train" else LevelDistribution.of(world, shift, 1.0, "deploy")
    return law.levels(seed, count)


def show_levels(
    spec: str, split: str, shift: float, count: int, seed: int, folder: Path | None, gap: bool, proxies: Sequence[str],
    edges: Sequence[float], out: Path | None,
) -> None:  # fmt: skip
    """Print levels, with `gap` how they tell proxies from the reward, and write them to files if asked to.

    Args:
        spec: name and knobs of a world.
        split: as for `chosen_levels`, like `shift`, `count`, `seed` and `folder`.
        shift: see there.
        count: see there.
        seed: see there.
        folder: see there.
        gap: compute gaps and bin the levels by them.
        proxies: names of proxies; empty takes all.
        edges: ascending shares that part the bins.
        out: folder that gets a file for each level, in a folder for each bin of the first proxy where gaps are computed.
    """
    world, console = world_named(spec), Console()
    levels = chosen_levels(world, split, shift, count, seed, folder)
    if not gap:
        for level in levels:
            _show(console, level, f"horizon {level.horizon}")
        _write(console, levels, out)
        return
    names = tuple(proxies) or tuple(world.proxies)
    binned([], edges)  # wrong names and edges are refused before anything is computed
    for name in names:
        agent_wanting(world, name)
    _make(out)
    gaps = {
        name: [distinguishing_gap(level, agent_wanting(world, name)) for level in _tracked(console, levels, name)] for name in names
    }
    console.print(_table(levels, gaps))
    for name in names:
        _histogram(console, name, binned(gaps[name], edges), edges)
    console.print(
        "loses: base reward lost an episode by an agent that wants the proxy, if its ties break best .. worst for the base; then "
        "the worst as a share of what lies between the best and the worst policy, by which levels are binned.",
        style="dim",
    )
    if out is not None:
        for words, members in zip(_words(edges), binned(gaps[names[0]], edges), strict=True):
            _write(console, [one.level for one in members], out / words)


def show_smallest(spec: str, first: str, second: str, seed: int, least: float, out: Path | None) -> None:
    """Search for the smallest level on which two objectives choose differently, and print it."""
    world, console = world_named(spec), Console()
    agents = agent_wanting(world, first), agent_wanting(world, second)
    _make(out)
    with console.status("drawing levels") as status:
        found = smallest_level(world, *agents, seed=seed, least=least, on_progress=lambda words: status.update(words))
    level = found.level
    _show(console, level, f"{found.tried:,} boards tried")
    chance = ", if chance does what is likeliest" if world.branches > 1 else ""
    for words, agent in zip((first, second), agents, strict=True):
        console.print(f"who wants {words}{chance}: {_told(agent.policy(level).actions())}", highlight=False)
    console.print(f"Every plan that is best for {first} loses at least {found.loss:g} by {second}.", highlight=False)
    console.print(
        "Every smaller open board with these things was tried: none tells them apart."
        if found.proved
        else "Smaller boards may exist: not all were tried."
    )
    _write(console, [level], out)


def _show(console: Console, level: Level, words: str) -> None:
    """Print a level below its id, its size and these words, with what the agent stands on, which the drawing hides."""
    console.print(f"[bold]{level.id}[/]  {level.height - 2} x {level.width - 2}, {words}", highlight=False)
    for symbol in (symbol for symbol, cell in level.things if cell == level.agent):
        console.print(f"under: {symbol} ({level.world.symbols[symbol]})", markup=False, highlight=False)
    console.print(Text.from_ansi(render.ansi(level, colour=console.color_system is not None)))


def _told(plan: Sequence[int]) -> str:
    """A plan in words, long runs with their length, without the waiting at its end."""
    runs = [(ACTIONS[action], len(list(run))) for action, run in itertools.groupby(plan)]
    if runs and runs[-1][0] == ACTIONS[STAY]:
        runs.pop()
    return " ".join(f"{act}×{n}" if n > LONG else " ".join([act] * n) for act, n in runs) or "stays where it is"


def _tracked(console: Console, levels: Sequence[Level], name: str) -> Iterable[Level]:
    return track(levels, f"gap of {name}", console=console, transient=True, disable=not console.is_terminal)


def _table(levels: Sequence[Level], gaps: dict[str, list[Gap]]) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("level", no_wrap=True)
    table.add_column("best", justify="right")
    for name in gaps:
        table.add_column(f"{name} loses", justify="right", overflow="fold")
    for i, level in enumerate(levels):
        rows = [of[i] for of in gaps.values()]
        cells = []
        for one in rows:
            low, high = float(one.optimistic), float(one.pessimistic)
            span = f"{high:.2f}" if abs(high - low) < 5e-3 else f"{low:.2f} .. {high:.2f}"
            cells.append(f"[{'green' if high < 5e-3 else 'red'}]{span}[/] [dim]{one.share:4.0%}[/]")
        table.add_row(level.id, f"{float(rows[0].best):.2f}", *cells)
    return table


def _words(edges: Sequence[float]) -> list[str]:
    """What the bins are called."""
    ends = [0.0, *edges, 1.0]
    return [f"gap-{low:g}-{high:g}" for low, high in itertools.pairwise(ends)]


def _histogram(console: Console, name: str, bins: Sequence[Sequence[Gap]], edges: Sequence[float]) -> None:
    ends = [0.0, *edges, 1.0]
    most = max(map(len, bins))
    mean = np.mean([one.share for members in bins for one in members])
    console.print(f"\n[bold]{name}[/]: levels by share of the base reward lost (mean {mean:.1%})", highlight=False)
    for low, high, members in zip(ends[:-1], ends[1:], bins, strict=True):
        bar = "█" * round(BAR * len(members) / most) if members else ""
        closing = "]" if high == 1.0 else ")"
        console.print(f"  \\[{low:6.1%}, {high:6.1%}{closing} {len(members):4d} [cyan]{bar}[/]", highlight=False)


def _make(out: Path | None) -> None:
    """Make the folder before anything is computed for it."""
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)


def _write(console: Console, levels: Sequence[Level], out: Path | None) -> None:
    if out is not None and levels:
        files = write_levels(levels, out)
        console.print(f"{len(files)} files in {out}", soft_wrap=True, highlight=False, markup=False)
