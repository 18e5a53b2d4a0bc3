"""Processes that work through jobs, and end at once when told to, whatever they are doing.

An executor of the standard library waits for what is running, and a worker of it that is ended while it hands over a
result leaves the others waiting for ever. Here each worker has a pipe of its own, and nothing waits but `wait`.
"""

from __future__ import annotations

import pickle
import traceback
from collections.abc import Callable, Sequence
from multiprocessing import Pipe, Process
from multiprocessing import connection as pipes
from multiprocessing.connection import Connection
from signal import SIG_IGN, SIGINT, signal
from typing import Any


class Workers:
    """Works through `jobs` from first to last; a context, at whose end no process lives on.

    Attributes:
        done: what came of each job that is finished, by its place: what `work` returned, or the exception that it raised.
    """

    def __init__(self, work: Callable[[Any], Any], jobs: Sequence[Any], count: int) -> None:
        """Prepare `count` processes at most, each of which calls `work` on one job after the other."""
        self.done: dict[int, Any] = {}
        self._work, self._jobs, self._count = work, jobs, min(count, len(jobs))
        self._next = 0
        self._busy: dict[Connection, int] = {}
        self._open: list[Connection] = []
        self._processes: list[Process] = []

    def __enter__(self) -> Workers:
        """Start."""
        for _ in range(self._count):
            ours, theirs = Pipe()
            process = Process(target=_serve, args=(theirs, self._work), daemon=True)
            process.start()
            theirs.close()
            self._processes.append(process)
            self._open.append(ours)
            self._give(ours)
        return self

    def __exit__(self, *_: object) -> None:
        """End every process, at work or not."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.join()
        for ours in self._open:
            ours.close()

    def wait(self, timeout: float | None = None) -> None:
        """Wait until some job is finished, or `timeout` seconds; 0 only takes in what is finished."""
        for ours in pipes.wait(list(self._busy), timeout):
            assert isinstance(ours, Connection)
            place = self._busy.pop(ours)
            try:
                self.done[place] = ours.recv()
            except EOFError:
                self.done[place] = RuntimeError(
                    f"The process that worked on job {place + 1} of {len(self._jobs)} was ended from outside, perhaps for want "
                    "of memory; try fewer workers."
                )
                if not self._busy:  # nobody is left for the rest
                    self.done.update({rest: self.done[place] for rest in range(self._next, len(self._jobs))})
            else:
                self._give(ours)

    def _give(self, ours: Connection) -> None:
        """Hand the next job to an idle process."""
        if self._next < len(self._jobs):
            ours.send(self._jobs[self._next])
            self._busy[ours] = self._next
            self._next += 1


def _serve(ours: Connection, work: Callable[[Any], Any]) -> None:
    """Work on what comes until nothing more can come; Ctrl-C is for the process that started this one."""
    signal(SIGINT, SIG_IGN)
    while True:
        try:
            job = ours.recv()
        except EOFError:
            return
        try:
            outcome = work(job)
        except Exception as error:
            outcome = _portable(error)
        ours.send(outcome)


def _portable(error: Exception) -> Exception:
    """An error that arrives in another process: itself where it can, with its traceback where it tells of a bug."""
    if not isinstance(error, (ValueError, OSError)):
        error.add_note(traceback.format_exc())
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
