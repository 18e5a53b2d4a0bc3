"""How long `decide` takes, class by class, from a thousand rows to a million, and how that compares with plain loops.

Rows are int64 columns: levels of about a hundred outcomes, half of them train, with base values that fit the class
(``yes``: the whole pass is needed, and the map) or nearly do (``no``: a witness and the misfit are needed as well).
The growth exponent is the slope of log seconds over log rows; 1 is linear. The plain loop is what one would write in an
evening: Fractions and dicts over `ValueRow`s, train, deploy and joint, and
no certificate.
"""

from __future__ import annotations

import itertools
import json
import platform
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Annotated

import numpy as np
import tyro
from innershift.analysis import ValueRow, ValueTable, choice, decide
from innershift.analysis.maps import MAP_CLASSES
from rich.console import Console
from rich.table import Table

LINEAR = ("positive_affine", "positive_affine_offsets", "cue_affine", "per_level_affine")
PLAIN_FIT = {
    "identity": ("same", "pool"),
    "positive_affine": ("line", "pool"),
    "positive_affine_offsets": ("offsets", "level"),
    "increasing": ("rising", "pool"),
    "non_decreasing": ("weakly", "pool"),
    "any": ("table", "pool"),
    "cue_affine": ("line", "cue"),
    "per_level_affine": ("line", "level"),
    "per_level_increasing": ("rising", "level"),
    "per_level_any": ("table", "level"),
}


@dataclass(frozen=True)
class Deciding:
    """Time every map class on growing tables; print a table and write the numbers as JSON.

    Attributes:
        rows: numbers of rows to time, ascending.
        plain_rows: number of rows at which the plain loop is timed; it takes seconds at a million.
        repeats: runs of each cell; the fastest counts.
        seed: of the generated rows.
        out: where to write the JSON.
    """

    rows: tuple[int, ...] = (1_000, 10_000, 100_000, 1_000_000)
    plain_rows: int = 10_000
    repeats: int = 3
    seed: int = 0
    out: Annotated[Path, tyro.conf.arg(aliases=["-o"])] = field(default=Path("runs/benchmarks/deciding.json"))


def generated(name: str, rows: int, fits: bool, seed: int) -> ValueTable:
    """Rows a class fits, or fits but for one base value in a thousand."""
    generator = np.random.default_rng(seed)
    level = generator.integers(0, max(rows // 100, 2), rows).astype(np.int32)
    reach = 50 if not fits and "any" in name else 10**6  # a table is refuted where values recur
    mesa = generator.integers(-reach, reach, rows)
    base = mesa if name == "identity" else 3 * mesa + 2 if name in LINEAR else mesa**3
    if not fits:
        base = np.where(generator.random(rows) < 0.001, -base, base)
    cue = (level % 3).astype(np.int32)
    return ValueTable(level=level, deploy=level % 2 == 1, mesa=mesa, base=base, cue=cue, cue_names=("x", "y", "z"))


def plain(rows: list[ValueRow], name: str) -> tuple[bool, bool, bool]:
    """(train, deploy, joint) by plain loops."""
    kind, by = PLAIN_FIT[name]
    train, deploy = ([r for r in rows if r.split == split] for split in ("train", "deploy"))
    return plain_fits(train, kind, by), plain_fits(deploy, kind, by), plain_fits(rows, kind, by)


def plain_fits(rows: list[ValueRow], kind: str, by: str) -> bool:
    """Whether some map fits the rows, group by group."""
    groups = defaultdict(list)
    for r in rows:
        groups[{"pool": 0, "cue": r.cue, "level": r.level}[by]].append(r)
    slopes = set()
    for some in groups.values():
        if kind == "same":
            if any(r.mesa != r.base for r in some):
                return False
            continue
        table: dict = {}
        if any(table.setdefault(r.mesa, r.base) != r.base for r in some):
            return False
        if kind == "table":
            continue
        ordered = sorted(table.items())
        steps = list(itertools.pairwise(ordered))
        if any(high[1] < low[1] if kind == "weakly" else high[1] <= low[1] for low, high in steps):
            return False
        found = (
            {Fraction(high[1] - low[1], high[0] - low[0]) for low, high in steps}
            if kind in ("line", "offsets")
            else set()
        )
        slopes = slopes | found if kind == "offsets" else found
        if len(slopes) > 1:
            return False
    return True


def seconds(work: Callable[[], object], repeats: int) -> float:
    """The fastest of some runs."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def exponent(sizes: tuple[int, ...], times: list[float]) -> float:
    """The slope of log seconds over log rows, over the larger half of the sizes (fixed costs rule the small ones)."""
    kept = slice(max(len(sizes) // 2 - 1, 0), None)
    return float(np.polyfit(np.log(sizes[kept]), np.log(times[kept]), 1)[0]) if len(sizes[kept]) > 1 else float("nan")


def run(settings: Deciding) -> dict:
    """All timings, by class and by answer."""
    console, results = Console(), []
    table = Table(title="Seconds to decide (int64 rows)")
    table.add_column("class", no_wrap=True)
    table.add_column("answer")
    for heading in (*(f"{count:.3g}" for count in settings.rows), "growth", "plain / ours"):
        table.add_column(heading, justify="right")
    with console.status("timing …"):
        for name, fits in itertools.product([*MAP_CLASSES, "choice"], (True, False)):
            made = [generated(name, count, fits, settings.seed) for count in settings.rows]
            call = partial(choice, split="deploy") if name == "choice" else partial(decide, map_class=name)
            if name != "choice" and decide(made[-1], name).joint != fits:
                raise ValueError(
                    f"{name}: the largest table should be a {'YES' if fits else 'NO'}; try another --seed."
                )
            times = [seconds(partial(call, columns), settings.repeats) for columns in made]
            ratio = None
            if name != "choice":
                small = generated(name, settings.plain_rows, fits, settings.seed)
                rows = [small.row(index) for index in range(len(small))]
                slow = seconds(partial(plain, rows, name), 1)
                ratio = slow / seconds(partial(call, small), settings.repeats)
            answer, growth = "yes" if fits else "no", exponent(settings.rows, times)
            results.append({"class": name, "answer": answer, "seconds": times, "growth": growth, "plain_ratio": ratio})
            shown = [f"{value:.2g}" for value in times]
            table.add_row(name, answer, *shown, f"{growth:.2f}", f"{ratio:.1f}×" if ratio else "")
    console.print(table)
    return {"settings": asdict(settings) | {"out": str(settings.out)}, "machine": machine(), "results": results}


def machine() -> dict:
    """What the numbers were taken on."""
    return {"python": platform.python_version(), "numpy": np.__version__, "platform": platform.platform()}


def main() -> None:
    """Reads the options, times, prints and writes."""
    settings = tyro.cli(Deciding, description=__doc__)
    report = run(settings)
    settings.out.parent.mkdir(parents=True, exist_ok=True)
    settings.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(f"Written to {settings.out}")


if __name__ == "__main__":
    main()
