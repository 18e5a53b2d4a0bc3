"""What people see of results: the terminal table, the page, the pictures."""

from __future__ import annotations

from pathlib import Path

from ...agents.zoo import zoo
from ..bench import Entries, Settings, run
from ..store import read_results
from .page import write_page

__all__ = ["bench_with_progress", "write_page"]


def bench_with_progress(settings: Settings, folder: Path, workers: int = 1, entries: Entries = zoo) -> None:
    """Run the bench under a progress bar, print the table, write `report.html`; Ctrl-C keeps what is finished.

    Args:
        settings: what to run.
        folder: where results and the page go.
        workers: processes to use.
        entries: the agents of each world, given the world and its training levels.

    Raises:
        KeyboardInterrupt: again, once table and page of what is finished are written.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from .terminal import print_table

    settings.check(entries)
    console = Console()
    jobs = settings.jobs()
    stopped = False
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("compiling (once), then judging", total=len(jobs))
        try:
            for world, seed in run(settings, folder, workers, entries):
                bar.update(task, advance=1, description=f"judged {world}, seed {seed}")
        except KeyboardInterrupt:
            stopped = True
    results = read_results(folder)
    if results:
        print_table(results)
        page = write_page(folder)
        console.print(f"results  {folder / 'results.jsonl'}", soft_wrap=True)
        console.print(f"report   {page}", soft_wrap=True)
    if stopped:
        finished = len({(row.world, row.seed) for row in results})
        console.print(f"Interrupted after {finished} of {len(jobs)} jobs; what is finished is above.")
        raise KeyboardInterrupt
