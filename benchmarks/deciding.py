"""How long `decide` takes, class by class, from a thousand rows to a million, and how long it takes to compare rewards.

Rows are int64 columns: levels of about a hundred outcomes, half of them train, with base values that fit the class
(``yes``: the whole pass is needed, and the map) or nearly do (``no``: a witness and the misfit are needed as well).
The growth exponent is the slope of log seconds over log rows or states; 1 is linear. The plain loop is what one would write in an
evening: Fractions and dicts over `ValueRow`s, train, deploy and joint, and
no certificate.

Rewards are compared on a square map of sparse transitions: five actions, each of which slips into a random one now and
then; one reward is paid at one cell, the other at twenty.
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
from typing import Annotated, Literal

import numpy as np
import tyro
from innershift.analysis import ValueRow, ValueTable, choice, decide, rewards
from innershift.analysis.maps import MAP_CLASSES
from rich.console import Console
from rich.table import Table
from scipy import sparse

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
    """Time map classes on growing tables and reward measures on growing maps; print tables and write JSON.

    Attributes:
        parts: what to time.
        rows: numbers of rows to time, ascending.
        plain_rows: number of rows at which the plain loop is timed; it takes seconds at a million.
        states: numbers of states to compare rewards on, ascending; rounded down to squares.
        slip: probability that an action is replaced by a random one.
        discount: of the rewards.
        repeats: runs of each cell; the fastest counts. Regrets run once.
        seed: of the generated rows and rewards.
        out: where to write the JSON.
    """

    parts: tuple[Literal["decide", "rewards"], ...] = ("decide", "rewards")
    rows: tuple[int, ...] = (1_000, 10_000, 100_000, 1_000_000)
    plain_rows: int = 10_000
    states: tuple[int, ...] = (1_000, 10_000, 100_000)
    slip: float = 0.1
    discount: float = 0.95
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
    features = None
    if name == "feature_linear":
        features = generator.integers(-1000, 1000, (rows, 4))
        base = features @ np.array([3, -2, 5, 1])
    if not fits and name == "free":
        mesa = np.where(level == 0, 0, mesa)  # one level that cannot tell its outcomes apart
    elif not fits:
        base = np.where(generator.random(rows) < 0.001, -base, base)
    cue = (level % 3).astype(np.int32)
    return ValueTable(
        level=level, deploy=level % 2 == 1, mesa=mesa, base=base, cue=cue, cue_names=("x", "y", "z"), features=features
    )


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


def empty_table(title: str, names: tuple[str, ...], numbers: tuple[str, ...]) -> Table:
    """A table with columns of names, then of numbers."""
    table = Table(title=title)
    for heading in names:
        table.add_column(heading, no_wrap=True)
    for heading in numbers:
        table.add_column(heading, justify="right")
    return table


def run_decide(settings: Deciding, console: Console) -> list[dict]:
    """All timings of `decide` and `choice`, by class and by answer."""
    results = []
    headings = (*(f"{count:.3g}" for count in settings.rows), "growth", "plain / ours")
    table = empty_table("Seconds to decide (int64 rows)", ("class", "answer"), headings)
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
            if name in PLAIN_FIT:
                small = generated(name, settings.plain_rows, fits, settings.seed)
                rows = [small.row(index) for index in range(len(small))]
                slow = seconds(partial(plain, rows, name), 1)
                ratio = slow / seconds(partial(call, small), settings.repeats)
            answer, growth = "yes" if fits else "no", exponent(settings.rows, times)
            results.append({"class": name, "answer": answer, "seconds": times, "growth": growth, "plain_ratio": ratio})
            shown = [f"{value:.2g}" for value in times]
            table.add_row(name, answer, *shown, f"{growth:.2f}", f"{ratio:.1f}×" if ratio else "")
    console.print(table)
    return results


def square(states: int, slip: float) -> sparse.csr_array:
    """`[S * 5, S]` transitions of a square map: stay, or a step in four directions unless a wall is there."""
    side = int(states**0.5)
    place = np.arange(side * side)
    steps = [(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)]
    ends = [np.clip(place % side + x, 0, side - 1) + side * np.clip(place // side + y, 0, side - 1) for x, y in steps]
    entries = [(slip / 5, action, other) for action in range(5) for other in range(5)]
    entries += [(1 - slip, action, action) for action in range(5)]
    chance = np.repeat([weight for weight, _, _ in entries], len(place))
    rows = np.concatenate([place * 5 + action for _, action, _ in entries])
    columns = np.concatenate([ends[other] for _, _, other in entries])
    matrix = sparse.csr_array(sparse.coo_array((chance, (rows, columns)), shape=(5 * len(place), len(place))))
    matrix.eliminate_zeros()
    return matrix


def arrivals(transition: sparse.csr_array, goals: np.ndarray) -> sparse.csr_array:
    """`[S * A, S]` reward 1 for each transition that leads to a goal."""
    paid = sparse.diags_array(np.isin(np.arange(transition.shape[1]), goals).astype(float))
    matrix = sparse.csr_array((transition > 0).astype(float) @ paid)
    matrix.eliminate_zeros()
    return matrix


def run_rewards(settings: Deciding, console: Console) -> list[dict]:
    """All timings of reward distances and regrets."""
    generator, made = np.random.default_rng(settings.seed), []
    for count in settings.states:
        transition = square(count, settings.slip)
        size = transition.shape[1]
        start = np.bincount([0], minlength=size)
        made.append(
            (transition, start, arrivals(transition, size - 1), arrivals(transition, generator.integers(size, size=20)))
        )
    discount = settings.discount
    calls: dict[str, Callable[..., float]] = {
        "STARC val": lambda t, s, a, b: rewards.starc_distance(t, a, b, discount),
        "STARC minimal": lambda t, s, a, b: rewards.starc_distance(t, a, b, discount, "minimal"),
        "STARC minimal, weighted": lambda t, s, a, b: rewards.starc_distance(
            t, a, b, discount, "minimal", weighted=True
        ),
        "EPIC": lambda t, s, a, b: rewards.epic_distance(a, b, discount),
        "DARD": lambda t, s, a, b: rewards.dard_distance(t, a, b, discount),
        "optimal-policy regret": lambda t, s, a, b: rewards.optimal_policy_regret(t, s, a, b, discount),
        "worst-case regret": lambda t, s, a, b: rewards.worst_case_regret(t, s, a, b, discount),
    }
    sizes = tuple(transition.shape[1] for transition, *_ in made)
    headings = (*(f"{size:,}" for size in sizes), "growth")
    table, results = empty_table("Seconds to compare two rewards (states, 5 actions)", ("measure",), headings), []
    with console.status("timing …"):
        for name, call in calls.items():
            repeats = 1 if "regret" in name else settings.repeats
            times = [seconds(partial(call, *inputs), repeats) for inputs in made]
            growth = exponent(sizes, times)
            results.append({"measure": name, "states": sizes, "seconds": times, "growth": growth})
            table.add_row(name, *(f"{value:.2g}" for value in times), f"{growth:.2f}")
    console.print(table)
    return results


def run(settings: Deciding) -> dict:
    """All timings that were asked for."""
    console = Console()
    report = {"settings": asdict(settings) | {"out": str(settings.out)}, "machine": machine()}
    if "decide" in settings.parts:
        report["results"] = run_decide(settings, console)
    if "rewards" in settings.parts:
        report["rewards"] = run_rewards(settings, console)
    return report


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
