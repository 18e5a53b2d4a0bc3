"""Whether the statistics for sampled levels keep their promises: false alarms, power, coverage, false claims of survival.

Worlds are generated level by level, with everything inside a level dependent: its outcomes share an offset, a slope and a
range of mesa values. In null worlds both splits follow one law. ``false alarms`` counts p ≤ 5 % in null worlds; the last row
permutes outcomes instead of levels, to show what that mistake costs. ``power`` plants an effect. ``coverage`` counts how often a
nominal 95 % interval holds the true mean; each law has it in closed form or as the mean of a finite population of levels. ``false
survival`` counts claims of survival where the true loss equals the margin. ``families`` counts null worlds with any false
claim along the chain. Numbers are percent. A mark ! stands by error rates above 5 % by more than chance, and by coverages
outside 93 % to 97 %.
"""

from __future__ import annotations

import json
import platform
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import scipy
import tyro
from innershift.analysis import ValueTable
from innershift.analysis.statistics import (
    METHODS,
    REGRET,
    SHIFT_CLASSES,
    TAU,
    SampleError,
    cluster_bootstrap,
    equivalence_test,
    gatekeeping,
    mean_shift,
    per_level,
    shift_effect,
    survival_gap,
)
from rich.console import Console
from rich.progress import track
from rich.table import Table
from scipy import stats

Law = Callable[[np.random.Generator, int], np.ndarray]
POWER = {  # statistic: the planted effect, and its sizes
    "positive_affine": ("slope", (0.25, 0.5, 1.0)),
    "positive_affine_offsets": ("slope", (0.25, 0.5, 1.0)),
    "cue_affine": ("slope", (0.25, 0.5, 1.0)),
    "any": ("bump", (1.0, 2.0, 4.0)),
    "increasing": ("slope", (0.5, 1.0, 2.0)),
    "non_decreasing": ("slope", (0.5, 1.0, 2.0)),
    "regret": ("flip", (0.1, 0.25, 0.5)),
    "tau_b": ("flip", (0.1, 0.25, 0.5)),
}
DESIGNS = {"own levels": (24, 16, 0), "few deploy levels": (30, 6, 0), "half shared": (20, 20, 10)}


@dataclass(frozen=True)
class Calibration:
    """Measure error rates, power and coverage; print tables and write the numbers as JSON.

    Attributes:
        worlds: null worlds per design (every second one for regret and τ_b, which take longer).
        power_worlds: worlds per planted effect.
        interval_worlds: samples per cell of the default interval's coverage, and of the default test's false survival.
        other_worlds: samples per cell of the other methods, and of the survival gap's coverage.
        levels: numbers of levels of the intervals.
        permutations: label assignments a test compares.
        draws: resamples of an interval.
        seed: of all worlds.
        quick: a thirtieth of the worlds, in some seconds; shows that it runs, not how well it is calibrated.
        out: where to write the JSON.
    """

    worlds: int = 2000
    power_worlds: int = 150
    interval_worlds: int = 2000
    other_worlds: int = 250
    levels: tuple[int, ...] = (10, 20, 50, 200)
    permutations: int = 199
    draws: int = 999
    seed: int = 0
    quick: bool = False
    out: Annotated[Path, tyro.conf.arg(aliases=["-o"])] = field(default=Path("runs/benchmarks/calibration.json"))

    def rng(self, *label: object) -> np.random.Generator:
        """Randomness of one cell, whatever is run before it."""
        return np.random.default_rng((self.seed, zlib.crc32(repr(label).encode())))


def generated(
    rng: np.random.Generator,
    train: int,
    deploy: int,
    shared: int = 0,
    *,
    slope: float = 0.0,
    bump: float = 0.0,
    flip: float = 0.0,
) -> ValueTable:
    """Levels of 4 to 16 outcomes, u rising noisily with ĝ, the last `shared` train levels also at deployment.

    At deployment the slope is larger by `slope`, odd mesa values gain `bump`, and a share `flip` of levels has −u.
    """
    ids = np.concatenate([np.arange(train), np.arange(train - shared, train - shared + deploy)])
    side = np.arange(train + deploy) >= train
    lift, steep, centre = (rng.normal(size=train + deploy)[ids] for _ in range(3))
    unit = np.repeat(np.arange(len(ids)), rng.integers(4, 17, len(ids)))
    mesa = np.rint(2 * centre[unit] + rng.normal(0, 2, len(unit)))
    rise = 1 + 0.3 * steep[unit] + slope * side[unit]
    base = rise * mesa + lift[unit] + bump * side[unit] * (mesa % 2) + rng.normal(size=len(unit))
    base = np.where((side & (rng.random(len(ids)) < flip))[unit], -base, base)
    cue = ids[unit] % 2
    whole = np.rint(4 * base).astype(np.int64)
    return ValueTable(ids[unit], side[unit], mesa.astype(np.int64), whole, cue=cue, cue_names=("x", "y"))


def p_values(table: ValueTable, statistics: Iterable[str], rng: np.random.Generator, permutations: int) -> dict:
    """p-value of each statistic on one world."""
    found = {}
    names = list(statistics)
    grades = per_level(table) if {"regret", "tau_b"} & set(names) else None
    for name in names:
        if name in SHIFT_CLASSES or grades is None:
            found[name] = shift_effect(table, name, rng=rng, permutations=permutations).p_value
        else:
            values = getattr(grades, name)
            test = mean_shift(values, grades.deploy, level=grades.level, rng=rng, permutations=permutations)
            found[name] = test.p_value
    return found


def false_alarms(settings: Calibration) -> tuple[list[dict], list[dict]]:
    """(share of null worlds with p ≤ 5 % by design and statistic, share with any false claim along the chain)."""
    results, families = [], []
    for design, (train, deploy, shared) in DESIGNS.items():
        rng, names = settings.rng("null", design), [*SHIFT_CLASSES, "regret", "tau_b"]
        alarms: dict[str, list[bool]] = {name: [] for name in [*names, "positive_affine, outcomes permuted"]}
        up, down = [], []
        for world in track(range(settings.worlds), f"null worlds, {design}", transient=True):
            table = generated(rng, train, deploy, shared)
            found = p_values(table, names if world % 2 else SHIFT_CLASSES, rng, settings.permutations)
            chain = {name: found[name] for name in ("positive_affine", "increasing", "non_decreasing", "any")}
            up.append(bool(gatekeeping(chain, "fails").shown))
            down.append(min(chain.values()) <= 0.05)
            wrong = replace(table, level=np.arange(len(table)), level_names=None)
            test = shift_effect(wrong, "positive_affine", rng=rng, permutations=settings.permutations)
            found["positive_affine, outcomes permuted"] = test.p_value
            for name, value in found.items():
                alarms[name].append(value <= 0.05)
        results += [{"design": design, "statistic": name, **alarm(hits)} for name, hits in alarms.items()]
        families += [
            {"design": design, "order": "narrowest first, stop at the first p > 5 %", **alarm(up)},
            {"design": design, "order": "widest first, stop at the first p ≤ 5 %", **alarm(down)},
        ]
    return results, families


def power(settings: Calibration) -> list[dict]:
    """Share of worlds with p ≤ 5 % by statistic and size of the planted effect, at 24 train and 16 deploy levels."""
    results = []
    for name, (effect, sizes) in track(POWER.items(), "power", transient=True):
        for size in sizes:
            rng, hits = settings.rng("power", name, size), []
            for _ in range(settings.power_worlds):
                table = generated(rng, 24, 16, **{effect: size})
                hits.append(p_values(table, [name], rng, settings.permutations)[name] <= 0.05)
            results.append({"statistic": name, "effect": effect, "size": size, "rate": percent(hits)})
    return results


def zeros(share: float, rest: Law) -> Law:
    """Values of `rest`, but 0 with a probability."""
    return lambda rng, size: np.where(rng.random(size) < share, 0.0, rest(rng, size))


@cache
def laws(settings: Calibration) -> dict[str, tuple[Law, float, tuple[float, float]]]:
    """Laws of a number per level: how it is drawn, its true mean, its bounds."""
    grades = per_level(generated(settings.rng("population"), 1000, 1000, flip=0.2))
    regret, tau = grades.regret, grades.tau_b[~np.isnan(grades.tau_b)]
    quarters = (0.25, 0.5, 1.0)
    return {
        "regret, none 0": (lambda rng, size: rng.beta(2, 5, size), 2 / 7, REGRET),
        "regret, 50 % 0": (zeros(0.5, lambda rng, size: rng.random(size)), 0.25, REGRET),
        "regret, 70 % 0, steps": (zeros(0.7, lambda rng, size: rng.choice(quarters, size)), 0.175, REGRET),
        "regret, 80 % 0, small": (zeros(0.8, lambda rng, size: rng.beta(1, 3, size)), 0.05, REGRET),
        "regret, 90 % 0": (zeros(0.9, lambda rng, size: rng.random(size)), 0.05, REGRET),
        "regret, 90 % 0, else 1": (zeros(0.9, lambda _, size: np.ones(size)), 0.1, REGRET),
        "regret, generated": (lambda rng, size: rng.choice(regret, size), float(regret.mean()), REGRET),
        "τ_b, 60 % 1": (lambda rng, size: 1 - 2 * zeros(0.6, lambda r, s: r.beta(1.2, 2, s))(rng, size), 0.7, TAU),
        "τ_b, spread": (lambda rng, size: 2 * rng.beta(2, 1, size) - 1, 1 / 3, TAU),
        "τ_b, all near 0.8": (lambda rng, size: 2 * rng.beta(18, 2, size) - 1, 0.8, TAU),
        "τ_b, generated": (lambda rng, size: rng.choice(tau, size), float(tau.mean()), TAU),
    }


def coverage(settings: Calibration, methods: Iterable[str] = METHODS, only: str = "") -> list[dict]:
    """Coverage and mean width of nominal 95 % intervals by law (whose name begins with `only`), levels and method."""
    results = []
    known = [law for law in laws(settings).items() if law[0].startswith(only)]
    cells = [(law, levels) for law in known for levels in settings.levels]
    for (name, (law, mean, bounds)), levels in track(cells, "coverage", transient=True):
        for method in methods:
            rng, hits, widths = settings.rng("coverage", name, levels, method), [], []
            for _ in range(settings.interval_worlds if method == "jeffreys" else settings.other_worlds):
                values = law(rng, levels)
                try:
                    found = cluster_bootstrap(values, rng, draws=settings.draws, method=method, bounds=bounds)
                    low, high = found.low, found.high
                except SampleError:  # all levels alike, refused: no interval, so none that covers
                    low = high = float("nan")
                hits.append(low <= mean + 1e-12 and mean - 1e-12 <= high)
                widths.append(high - low)
            row = {"law": name, "levels": levels, "method": method, "rate": percent(hits), "worlds": len(hits)}
            results.append(row | {"width": float(np.nanmean(widths))})
    return results


def gap_coverage(settings: Calibration) -> list[dict]:
    """Coverage of the survival gap's interval: a shift of 0, and one that makes most levels lose."""
    results, known = [], laws(settings)
    pairs = (("regret, 80 % 0, small", "regret, 80 % 0, small"), ("regret, 90 % 0", "regret, 50 % 0"))
    for (held, shifted), levels in track([(pair, n) for pair in pairs for n in settings.levels], "gap", transient=True):
        rng, hits = settings.rng("gap", held, shifted, levels), []
        truth = known[shifted][1] - known[held][1]
        for _ in range(settings.other_worlds):
            samples = [known[name][0](rng, levels) for name in (held, held, shifted)]
            found = survival_gap(*samples, rng, draws=settings.draws).gap
            hits.append(found.low <= truth <= found.high)
        results.append({"held out": held, "deploy": shifted, "levels": levels, "rate": percent(hits)})
    return results


def false_survival(settings: Calibration) -> list[dict]:
    """Share of claims of survival where the mean loss equals the margin (an error), and where it is half of it (power)."""
    results, known = [], laws(settings)
    cells = [(name, n) for name in known if name.startswith("regret") for n in settings.levels]
    for name, levels in track(cells, "false survival", transient=True):
        law, mean, _ = known[name]
        for method in ("bounded", "jeffreys", "studentised"):
            rng, claims, powered = settings.rng("survival", name, levels, method), [], []
            for _ in range(settings.interval_worlds if method == "bounded" else settings.other_worlds):
                values = law(rng, levels)
                try:
                    test = equivalence_test(values, mean, rng, method=method, draws=settings.draws)
                    claims.append(test.survives)
                    powered.append(test.bound < 2 * mean)
                except SampleError:
                    claims.append(False)
                    powered.append(False)
            row = {"law": name, "levels": levels, "method": method, **alarm(claims)}
            results.append(row | {"power": percent(powered)})
    return results


def percent(hits: list[bool]) -> float:
    """Share of true ones, in percent."""
    return 100 * float(np.mean(hits))


def alarm(hits: list[bool]) -> dict[str, Any]:
    """An error rate, and whether it is above 5 % by more than chance: p < 0.001 in that many worlds."""
    beyond = stats.binomtest(sum(hits), len(hits), 0.05, alternative="greater").pvalue < 0.001
    return {"rate": percent(hits), "worlds": len(hits), "too_high": bool(beyond)}


def shown(title: str, rows: list[dict], row: tuple[str, ...], column: str, cell: Callable[[dict], str]) -> Table:
    """Results as a table: one line for each value of `row`, one column for each of `column`."""
    table = Table(title=title)
    for heading in row:
        table.add_column(heading, no_wrap=True)
    headings = list(dict.fromkeys(result[column] for result in rows))
    for heading in headings:
        table.add_column(str(heading), justify="right")
    for key in dict.fromkeys(tuple(result[name] for name in row) for result in rows):
        cells = {result[column]: cell(result) for result in rows if tuple(result[name] for name in row) == key}
        table.add_row(*map(str, key), *(cells.get(heading, "") for heading in headings))
    return table


def rate(result: dict) -> str:
    """A rate as a table shows it; with ! an error rate above 5 % beyond chance, or a coverage outside 93 % to 97 %."""
    marked = result["too_high"] if "too_high" in result else not 93 <= result["rate"] <= 97
    return f"{result['rate']:.1f}{'!' if marked else ''}"


def run(settings: Calibration) -> dict[str, Any]:
    """All tables, printed as they come."""
    if settings.quick:
        names = ("worlds", "power_worlds", "interval_worlds", "other_worlds")
        settings = replace(settings, **{name: max(getattr(settings, name) // 30, 5) for name in names})
    console = Console(width=110)

    def tables() -> Iterator[tuple[str, list[dict], Table]]:
        alarms, families = false_alarms(settings)
        yield (
            "false_alarms",
            alarms,
            shown(f"False alarms at 5 %, {settings.worlds} null worlds", alarms, ("statistic",), "design", rate),
        )
        title = "Null worlds with any false claim along the chain"
        yield "families", families, shown(title, families, ("order",), "design", rate)
        found = power(settings)
        sizes = [result | {"step": ("small", "medium", "large")[at % 3]} for at, result in enumerate(found)]
        title = "Power at 5 %, 24 train and 16 deploy levels (size: detected)"
        cell = lambda result: f"{result['size']:g}: {result['rate']:.0f}"  # noqa: E731
        yield "power", found, shown(title, sizes, ("statistic", "effect"), "step", cell)
        found = coverage(settings)
        width = lambda result: f"{rate(result)} ({result['width']:.2f})"  # noqa: E731
        title = f"Coverage of 95 % intervals (mean width), {settings.interval_worlds} samples for jeffreys"
        yield "coverage", found, shown(title, found, ("law", "levels"), "method", width)
        found = gap_coverage(settings)
        yield "gap", found, shown("Coverage of the survival gap", found, ("held out", "deploy"), "levels", rate)
        found = false_survival(settings)
        both = lambda result: f"{rate(result)} ({result['power']:.0f})"  # noqa: E731
        title = "Survival claimed where the loss is the margin (where it is half of it)"
        yield "false_survival", found, shown(title, found, ("law", "levels"), "method", both)

    report: dict[str, Any] = {"settings": asdict(settings) | {"out": str(settings.out)}, "machine": machine()}
    for name, rows, table in tables():
        report[name] = rows
        console.print(table)
    return report


def machine() -> dict[str, str]:
    """What the numbers were computed with."""
    return {"python": platform.python_version(), "numpy": np.__version__, "scipy": scipy.__version__}


def main() -> None:
    """Reads the options, measures, prints and writes."""
    settings = tyro.cli(Calibration, description=__doc__)
    report = run(settings)
    settings.out.parent.mkdir(parents=True, exist_ok=True)
    settings.out.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"Written to {settings.out}")


if __name__ == "__main__":
    main()
