"""What people see of results: the terminal table, the page, the pictures."""

from __future__ import annotations

from contextlib import closing
from json import dumps
from pathlib import Path

from ...agents.zoo import zoo
from ..bench import Entries, Settings, clear, run
from ..controls import levels, tally
from ..store import CONTROLS, RESULTS, read_results
from .page import write_page

__all__ = ["bench_with_progress", "write_page"]


def bench_with_progress(settings: Settings, folder: Path, workers: int = 1, entries: Entries = zoo) -> None:
    """Run the bench under a progress bar, write `report.html`, print the table; Ctrl-C and errors keep what is finished.

    Args:
        settings: what to run.
        folder: where results and the page go.
        workers: processes to use.
        entries: the agents of each world, given the world and its training levels.

    Raises:
        KeyboardInterrupt: again, once page and table of what is finished are written.
        Exception: what a job raised, likewise.
    """
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from .terminal import print_table

    settings.check(entries)
    clear(folder, settings)
    console, jobs, stopped = Console(), settings.jobs(), None
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("compiling (once), then judging", total=len(jobs))
        try:
            with closing(run(settings, folder, workers, entries)) as done:
                for world, seed in done:
                    bar.update(task, advance=1, description=f"judged {escape(world)}, seed {seed}")
        except (Exception, KeyboardInterrupt) as error:
            stopped = error
    results = read_results(folder)
    if results:
        interrupted = isinstance(stopped, KeyboardInterrupt)
        try:
            cells, wrong = (0, []) if interrupted else tally(*levels(settings.seed, 4))
            if cells:
                (folder / CONTROLS).write_text(dumps({"cells": cells, "wrong": wrong}) + "\n", encoding="utf-8")
            page = write_page(folder)
        except KeyboardInterrupt:
            console.print(f"results  {folder / RESULTS}", "Interrupted while writing the page.", sep="\n", markup=False)
            raise
        print_table(results)
        if cells:
            console.print(f"Planted controls: {cells - len(wrong)} of {cells} verdicts as planted (innershift controls).")
        for line in wrong:
            console.print(f"NOT AS PLANTED, a bug: {line}", style="bold red", markup=False)
        for what, path in (("results", folder / RESULTS), ("report", page)):
            console.print(f"{what:7}  {path}", soft_wrap=True, markup=False)
    if stopped is not None:
        finished = len({(row.world, row.seed) for row in results})
        how = "Interrupted" if isinstance(stopped, KeyboardInterrupt) else "Ended by an error"
        above = "what is finished is above" if finished else "nothing was finished"
        console.print(f"{how} after {finished} of {len(jobs)} jobs; {above}.")
        raise stopped
