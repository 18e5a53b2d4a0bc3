"""What the command line prints of a census: the count in a sentence, the curve, examples and the levels that tell."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import groupby, pairwise
from pathlib import Path

from rich.columns import Columns
from rich.console import Console
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from ...envs.worlds import world_named
from ..census.rows import (
    EXAMPLES,
    KEPT,
    POINTS,
    TEACHING,
    CensusSettings,
    ExampleRow,
    PointRow,
    TeachingRow,
    read_rows,
)
from ..census.sweep import run
from ..store import read_levels
from .sentences import deed, numbers, percent
from .terminal import formula, world_title

WIDE = 8
"""Cells of a bar."""
MIXES_ABREAST, LEVELS_DRAWN = 3, 6


def census_with_progress(settings: CensusSettings, folder: Path) -> None:
    """Take a census under a progress bar and print it; Ctrl-C keeps what is finished.

    Args:
        settings: what to count.
        folder: where the JSON lines go.

    Raises:
        KeyboardInterrupt: again, once what is finished is printed.
        ValueError: settings that cannot run.
    """
    settings.check()
    console, stopped, finished = Console(), False, 0
    total = len(settings.jobs) + 2
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("compiling (once), then counting", total=total)
        try:
            for part in run(settings, folder):
                finished += 1
                bar.update(task, advance=1, description=f"counted: {part}")
        except KeyboardInterrupt:
            stopped = True
    print_census(settings, folder, console)
    if stopped:
        console.print(f"Interrupted after {finished} of {total} parts; what is finished is above.")
        raise KeyboardInterrupt


def print_census(settings: CensusSettings, folder: Path, console: Console) -> None:
    """Print what the files of a census hold, in at most 80 columns."""
    points = read_rows(folder / POINTS, PointRow)
    console.print(f"[bold]{world_title(world_named(settings.world))}[/]", highlight=False)
    console.print(_the_class(settings, points), "", highlight=False)
    if not points:
        console.print("Nothing is counted yet.")
        return
    console.print(_headline(settings, points), "", highlight=False)
    for table in _curves(points):
        console.print(table, "")
    console.print(_legend(settings), "", highlight=False)
    examples = read_rows(folder / EXAMPLES, ExampleRow)
    if examples:
        console.print("[bold]Optimal in training, and not at deployment[/]")
        for row in examples:
            console.print(_example(row), highlight=False)
        console.print("")
    for row in read_rows(folder / TEACHING, TeachingRow):
        _print_teaching(row, folder, console)
    console.print(f"counts      {folder / POINTS}", soft_wrap=True, highlight=False)
    console.print(f"objectives  {folder / KEPT}", soft_wrap=True, highlight=False)


def _the_class(settings: CensusSettings, points: Sequence[PointRow]) -> str:
    """Which objectives are counted."""
    by_values = groupby(settings.grid.items(), key=lambda item: item[1])
    grids = [f"{_listed(values)} on {', '.join(event for event, _ in items)}" for values, items in by_values]
    moved = settings.moved or (world_named(settings.world).base.get("moved", Fraction(0)),)
    text = f"Objectives counted: all weights {'; '.join(grids)}; {_listed(moved)} on moved."
    if points and points[0].kinds < points[0].objectives:
        text += (
            f" Of these {points[0].objectives:,} objectives {points[0].kinds:,} differ in more than scale, as far as "
            "these levels can show."
        )
    for name, proxy in world_named(settings.world).proxies.items():
        if proxy.depth is not None:
            text += (
                f" All are planned to the end of the episode; the proxy {name!r} looks {proxy.depth} actions ahead and is "
                "not among them."
            )
    return text


def _headline(settings: CensusSettings, points: Sequence[PointRow]) -> str:
    """The count in words, for the first mixture and seed."""
    row = [p for p in points if (p.mix, p.seed) == (points[0].mix, points[0].seed)][-1]
    earn = (
        "earn everything there is"
        if not Fraction(settings.tolerance)
        else (f"lose at most {settings.tolerance} of the most there is")
    )
    shifted = f", {percent(row.mix)} of them shifted on average" if row.mix else ""
    text = (
        f"Of {row.objectives:,} objectives [bold]{row.optimal:,}[/] {earn} in {_many(row.levels, 'training level')}{shifted}; "
        f"[bold]{row.robust:,}[/] of them ({percent(row.robust / row.optimal if row.optimal else None)}) still do in "
        f"{_many(settings.deploy_levels, 'deployment level')}. "
    )
    if row.robust < row.optimal:
        text += "Equal training score does not fix the objective."
    elif row.optimal:
        text += "In this class, and on these levels, training score does fix what is earned at deployment."
    else:
        text += "None of them is good enough in training; take a grid that holds the base reward."
    if row.kinds_optimal < row.optimal:
        text += f" (Counting multiples once: {row.kinds_optimal:,} and {row.kinds_robust:,}.)"
    if (row.lucky_optimal, row.lucky_robust) != (row.optimal, row.robust):
        text += f" If every tie fell out well, it would be {row.lucky_optimal:,} and {row.lucky_robust:,}."
    return text


def _curves(points: Sequence[PointRow]) -> list[Table]:
    """Objectives left by number of levels (rows) and mixture (columns)."""
    mixes = list(dict.fromkeys(p.mix for p in points))
    tables = []
    for start in range(0, len(mixes), MIXES_ABREAST):
        shown = mixes[start : start + MIXES_ABREAST]
        table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
        table.add_column("training\nlevels", justify="right")
        for mix in shown:
            table.add_column(f"{percent(mix)} of them shifted\nleft, still optimal", no_wrap=True)
        for levels in dict.fromkeys(p.levels for p in points):
            cells = [[p for p in points if (p.mix, p.levels) == (mix, levels)] for mix in shown]
            table.add_row(str(levels), *map(_cell, cells))
        tables.append(table)
    return tables


def _cell(points: Sequence[PointRow]) -> str:
    """Objectives left, and the share that stays optimal, for the middle one of the seeds."""
    if not points:
        return ""
    row = sorted(points, key=lambda p: (p.optimal, p.robust))[len(points) // 2]
    share = row.robust / row.optimal if row.optimal else 0
    full = round(share * WIDE)
    bar = f"[green]{'█' * full}[/][red]{'░' * (WIDE - full)}[/]" if row.optimal else "none left"
    return f"{row.optimal:>6,} {percent(share):>5} {bar}" if row.optimal else f"{0:>6} {bar}"


def _legend(settings: CensusSettings) -> str:
    """How to read the curve."""
    text = (
        "left: objectives that are optimal on all training levels so far, whichever way ties fall. % and bar: the share "
        "of them that is optimal on every deployment level too."
    )
    if settings.seeds > 1:
        text += f" Middle of {settings.seeds} seeds; all of them are in {POINTS}."
    unseen = 1 - 0.05 ** (1 / settings.deploy_levels)
    text += (
        (
            f" Deployment is a sample: an objective that is optimal on all {_many(settings.deploy_levels, 'level')} fails on at "
            f"most {unseen:.1%} of that law (95 % sure, for one objective named beforehand)."
        )
        .replace("%", " %")
        .replace("  ", " ")
    )
    return f"[dim]{text}[/]"


def _example(row: ExampleRow) -> str:
    """One objective that training could not tell from the reward."""
    weights = {event: Fraction(weight) for event, weight in row.weights.items()}
    worth = numbers([row.earned, row.possible])
    named = f" (the proxy {row.proxy!r})" if row.proxy else ""
    return (
        f"• {formula(weights)}{named}: on {row.level} it prefers {deed(row.chosen, weights)} and earns {worth[0]}; "
        f"{deed(row.better, weights)} would earn {worth[1]}."
    )


def _print_teaching(row: TeachingRow, folder: Path, console: Console) -> None:
    """The fewest levels that only robust objectives pass, drawn."""
    console.print("[bold]The fewest levels that tell[/]")
    if not row.levels:
        console.print(
            f"None is needed: all {row.robust:,} objectives are optimal on all {row.pool} levels.", "", highlight=False
        )
        return
    one = len(row.levels) == 1
    which, where = ("this one", "on it") if one else (f"these {len(row.levels)}", "on one of these")
    robust = "1 is" if row.robust == 1 else f"{row.robust:,} are"
    least = "No fewer will do" if len(row.levels) == row.least else f"At least {row.least} are needed"
    console.print(
        f"An objective that is optimal on {which} of {row.pool} levels is optimal on all of them: {robust}, and "
        f"each of the other {row.told_apart:,} fails {where}. {least} (greedy choice takes {row.greedy}).",
        highlight=False,
    )
    drawings = {level.id: level.drawing for level in read_levels(folder)}
    shown = list(zip(row.levels, row.splits, strict=True))[:LEVELS_DRAWN]
    words = {"train": "training", "deploy": "deployment"}
    panels = [
        Panel(Text(drawings[i]), title=words[split], subtitle=i.split("-")[-1], expand=False) for i, split in shown
    ]
    console.print(Columns(panels))
    if len(row.levels) > len(shown):
        console.print(f"The other {len(row.levels) - len(shown)} are named in {folder / TEACHING}.", highlight=False)
    console.print("")


def _listed(values: Sequence[object]) -> str:
    """`−1, 0, 1/2`, or `−1 to 2 by 1/10` where many are evenly spaced."""
    exact = sorted(Fraction(str(value)) for value in values)
    steps = {b - a for a, b in pairwise(exact)}
    if len(exact) > 5 and len(steps) == 1:
        return f"{exact[0]} to {exact[-1]} by {steps.pop()}".replace("-", "−")
    return ", ".join(f"{float(v):g}" if v.denominator > 9 else str(v) for v in exact).replace("-", "−")


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
