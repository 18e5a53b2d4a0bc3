"""What a map costs: it survives for free only if map and residual together take fewer bits than u without ĝ.

A crude two-part code (Rissanen 1978, Modeling by shortest data description; Grünwald 2007, The Minimum Description Length
Principle, ch. 1). Sender and receiver share the rows' levels, cues and ĝ, and the lattice of u: its least value, its step
and its number of points L, over both splits. What is sent is u, without loss. The decisions:

* lattice     exact u are multiples of one rational step, so residuals are whole and finite; floats need `resolution`.
* parameter   a lattice value, log2 L bits. A line is sent as its values at the least and the greatest ĝ, so that exact
              lines cost two values and leave no residual; ½·log2 N each is the large-sample stand-in for this.
* step        of a monotone or lookup map: where it begins, log2 N, and its value, log2 L; N is the rows of its group. The
              first begins at the first row, so that its log2 N bits are free to say how many steps there are.
* map         identity 0; a line 2 values; offsets a rise and a value a level; cue_ and per_level_ one map a group.
              Fits: medians, isotonic medians, rounded least-squares lines; increasing maps are priced by their closure. A
              class may have shorter codes, so a gain over the ĝ-free codes below is a lower bound.
* prediction  rounded to the lattice and pulled into [0, L), where the receiver knows u to be.
* residual    S = Σ|r| by the universal integer code (Rissanen 1983), then the rows as two-sided geometric with that S, in
              N·asinh(S/N) + S·asinh(N/S) nats: 0 for a perfect map, growing with S.
* without ĝ   the least of: each u by itself (N·log2 L), one constant, a constant a level. So one entry a row never saves.
* choosing    `saves` asks for more than log2(classes on offer). Where u is noise, uniform on its lattice, a gain of that
              and k bits more has probability at most 2⁻ᵏ (no-hypercompression, Grünwald 2007, ch. 3).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeAlias

import numpy as np

from .agree import check_train, decide
from .errors import AnalysisError, unknown_name
from .maps.columns import Column
from .maps.points import read_sample
from .rows import SPLITS, ValueRow, ValueTable, as_table
from .statistics.checks import check_count, check_generator, is_number

__all__ = ["PRICED_CLASSES", "Priced", "permuted_gains", "price", "search_maps"]

Rows: TypeAlias = Iterable[ValueRow] | ValueTable
Predict: TypeAlias = Callable[[np.ndarray], tuple[np.ndarray, float]]  # rows -> lattice places (−1: says nothing), bits
Fit: TypeAlias = Callable[["Coded", np.ndarray], tuple[float, Predict]]  # data, training rows -> bits of the map, map
MOST = 2**40  # lattice points; keeps sums of residuals inside int64


@dataclass(frozen=True)
class Priced:
    """One class of maps, fitted on the training rows; all but `rows` in bits.

    Attributes:
        map_class: the class.
        map_bits: to send the map.
        residual_bits: to send the training rows given the map; `total_bits` is both.
        free_bits: to send the training rows without ĝ.
        gain_bits: free − total, what ĝ under this class is worth.
        saves: the gain exceeds the price of having picked the class.
        letters: `decide`'s train, deploy, joint, every: what survives where nothing is paid.
        deploy_bits: held out: the deployment rows given the training map, which is paid. Rows on which it says nothing
            (an unseen value of a lookup, an unseen level or cue) go without ĝ; an offset of an unseen level is paid.
        deploy_free_bits: the same rows without ĝ, by training's constants; `deploy_gain_bits` is free − held out.
        rows: number of training rows that are representable; only such rows are sent.
    """

    map_class: str
    map_bits: float
    residual_bits: float
    total_bits: float
    free_bits: float
    gain_bits: float
    saves: bool
    letters: str
    deploy_bits: float
    deploy_free_bits: float
    deploy_gain_bits: float
    rows: int


@dataclass(frozen=True, eq=False)
class Coded:
    """`M` representable rows on the lattice of u.

    Attributes:
        u: `[M]` lattice place of u; `rank`: `[M]` rank of ĝ.
        mesa: `[K]` Python ints, the distinct ĝ ascending, up to scale; `same`: `[K]` lattice place that each is itself.
        group: `"level"` and `"cue"` -> `[M]` codes; `split`: `"train"` and `"deploy"` -> row numbers.
        value_bits: log2 L; `top` is L − 1.
    """

    u: np.ndarray
    rank: np.ndarray
    mesa: np.ndarray
    same: np.ndarray
    group: dict[str, np.ndarray]
    split: dict[str, np.ndarray]
    value_bits: float
    top: int


def price(
    rows: Rows, classes: Sequence[str] | None = None, resolution: Fraction | float | int | None = None
) -> tuple[Priced, ...]:
    """Prices classes of maps by two-part code; see the top of the file for every decision.

    Args:
        rows: ValueRows or a table; those with mesa=None are left out.
        classes: names in `PRICED_CLASSES`, none for all.
        resolution: to which u is sent, in reward per episode; None takes the lattice of exact u. Letters ignore it.

    Returns:
        One entry for each class, in the order given.

    Raises:
        AnalysisError: floats without a resolution, one that is not positive or too fine, or as `decide` raises.
        UnknownNameError: a class without a price.
    """
    names = priced_names(classes)
    table = as_table(rows)
    data = coded(table, resolution)
    train, deploy = (data.split[name] for name in SPLITS)
    free, deploy_free, found = free_bits(data, train), free_bits(data, deploy, train), []
    for name in names:
        map_bits, predict = PRICED_CLASSES[name](data, train)
        residual = residual_bits(data.u[train] - predict(train)[0])
        told, new_bits = predict(deploy)
        silent = told < 0
        held = new_bits + residual_bits((data.u[deploy] - told)[~silent]) + free_bits(data, deploy[silent], train)
        total, letters = map_bits + residual, decide(table, name).letters
        gain, saves = free - total, free - total > math.log2(len(names))
        late = held, deploy_free, deploy_free - held
        found.append(Priced(name, map_bits, residual, total, free, gain, saves, letters, *late, len(train)))
    return tuple(found)


def search_maps(
    rows: Rows, budget_bits: float, classes: Sequence[str] | None = None, resolution: Fraction | float | None = None
) -> Priced:
    """The class with the shortest training code among those whose map fits in a budget; the cheaper map of equals.

    Raises:
        AnalysisError: a budget that is no number, no map is that cheap, or as `price` raises.
    """
    if not is_number(budget_bits) or math.isnan(budget_bits):
        raise AnalysisError(f"budget_bits={budget_bits!r}: allowed is a number of bits, math.inf for any map.")
    found = price(rows, classes, resolution)
    within = [priced for priced in found if priced.map_bits <= budget_bits]
    if not within:
        least = min(found, key=lambda priced: priced.map_bits)
        raise AnalysisError(f"No map within {budget_bits} bits; the cheapest, {least.map_class}, takes {least.map_bits:.1f}.")
    return min(within, key=lambda priced: (priced.total_bits, priced.map_bits))


def permuted_gains(
    rows: Rows, map_class: str, rng: np.random.Generator, draws: int = 200, resolution: Fraction | float | None = None
) -> np.ndarray:
    """The null: `[draws]` gains in bits with ĝ permuted within each training level, so that only level effects remain.

    A gain is worth having where it exceeds these: where levels differ and ĝ tells which, part of it is theirs. Raises as
    `price` does, and SampleError for draws below 1 or no generator.
    """
    check_generator(rng)
    draws, (map_class,) = check_count("draws", draws, 1), priced_names([map_class])
    data = coded(as_table(rows), resolution)
    train, gains = data.split["train"], np.zeros(draws)
    level, free = data.group["level"][train], free_bits(data, train)
    for draw in range(draws):
        rank = data.rank.copy()
        mixed = np.lexsort((rng.random(len(train)), level))
        rank[train[np.argsort(level, kind="stable")]] = data.rank[train[mixed]]
        bits, predict = PRICED_CLASSES[map_class](replace(data, rank=rank), train)
        gains[draw] = free - bits - residual_bits(data.u[train] - predict(train)[0])
    return gains


def priced_names(classes: Sequence[str] | None) -> tuple[str, ...]:
    """The classes asked for, all if none are."""
    if isinstance(classes, str) or not isinstance(classes, Iterable | None):
        raise AnalysisError(f"classes={classes!r}: allowed is a sequence of names, such as ['identity', 'any'], or None for all.")
    names = tuple(classes or PRICED_CLASSES)
    for name in names:
        if not isinstance(name, str) or name not in PRICED_CLASSES:
            raise unknown_name("priced map class", name, PRICED_CLASSES)
    return names


# The code ------------------------------------------------------------------------------------------------------------


def coded(table: ValueTable, resolution: Fraction | float | int | None) -> Coded:
    """Rows on the lattice of u."""
    check_train(table)
    sample = read_sample(table, 1e-9)
    base, mesa, at = sample.base, sample.mesa, sample.row
    low = base.fraction(0)
    if resolution is not None:
        if not is_number(resolution) or not 0 < resolution < math.inf:
            raise AnalysisError(f"resolution={resolution!r}: allowed is a positive number, in reward per episode.")
        step = Fraction(str(resolution))  # as written: 0.01 is 1/100
        low = math.floor(low / step + Fraction(1, 2)) * step
    elif base.exact:
        step = Fraction(math.gcd(*(base.values - base.values[0]).tolist()) or 1, base.denominator)
    else:
        raise AnalysisError("The base values are floats and have no lattice: give resolution=, such as 0.01.")
    place = places(base, low, step)
    top = int(place[-1])
    if top >= MOST:
        raise AnalysisError(f"u spans {top + 1:,} lattice points of {step}; at most 2^40. Give a coarser resolution=.")
    deploy, group = table.deploy[at], {"level": table.level[at], "cue": table.cue[at]}
    same = np.clip(places(mesa, low, step), 0, top).astype(np.int64)
    split = {"train": np.flatnonzero(~deploy), "deploy": np.flatnonzero(deploy)}
    u, values = place.astype(np.int64)[base.code], mesa.values.astype(object)
    return Coded(u, mesa.code, values, same, group, split, math.log2(top + 1), top)


def places(column: Column, low: Fraction, step: Fraction) -> np.ndarray:
    """`[K]` Python ints: the lattice places nearest to a column's distinct values."""
    above = column.values.astype(object) * low.denominator - column.denominator * low.numerator
    return nearest(above * step.denominator, column.denominator * low.denominator * step.numerator)


def nearest(above: np.ndarray, below: int) -> np.ndarray:
    """Whole numbers nearest to quotients of Python ints, halves up."""
    return (2 * above + below) // (2 * below)


def residual_bits(misses: np.ndarray) -> float:
    """Bits of `[n]` whole residuals: their total size, then the rows as two-sided geometric of that size."""
    count, size = len(misses), int(np.abs(misses).sum())
    if not count:
        return 0.0
    bits, log = math.log2(2.865064), math.log2(size + 1)
    while log > 0:
        bits, log = bits + log, math.log2(log)
    return bits + (count * math.asinh(size / count) + (size and size * math.asinh(count / size))) / math.log(2)


def free_bits(data: Coded, rows: np.ndarray, known: np.ndarray | None = None) -> float:
    """Bits of rows without ĝ; constants of the `known` rows, and of their levels, are there already."""
    if not len(rows):
        return 0.0
    u, bits = data.u[rows], data.value_bits
    levels = data.group["level"]
    have = {} if known is None else {code: middle(data.u[known[at]]) for code, at in parts(levels[known])}
    centre, new = np.zeros(len(rows), np.int64), 0
    for code, at in parts(levels[rows]):
        centre[at] = have[code] if code in have else middle(u[at])
        new += code not in have
    constant = bits + residual_bits(u - middle(u)) if known is None else residual_bits(u - middle(data.u[known]))
    return min(len(rows) * bits, constant, new * bits + residual_bits(u - centre))


def middle(u: np.ndarray) -> int:
    """The lower median."""
    return int(np.partition(u, (len(u) - 1) // 2)[(len(u) - 1) // 2])


def parts(codes: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Each code with the places where it stands."""
    order = np.argsort(codes, kind="stable")
    for at in np.split(order, np.flatnonzero(np.diff(codes[order])) + 1) if len(codes) else ():
        yield int(codes[at[0]]), at


# The maps ----------------------------------------------------------------------------------------------------------


def fit_line(data: Coded, at: np.ndarray) -> tuple[float, Predict]:
    """The least-squares line of slope ≥ 0, through lattice values at the least and the greatest ĝ."""
    u, rank = data.u[at], data.rank[at]
    low, width = int(data.mesa[rank.min()]), int(data.mesa[rank.max()] - data.mesa[rank.min()])
    first = last = middle(u)
    x = ((data.mesa[rank] - low) / (width or 1)).astype(float)
    if (slope := fitted_slope(x - x.mean(), u)) > 0:
        start = u.mean() - slope * x.mean()
        first, last = (int(min(max(np.rint(end), 0), data.top)) for end in (start, start + slope))
    return 2 * data.value_bits, lambda rows: (np.clip(first + rising(data, rows, low, last - first, width), 0, data.top), 0.0)


def fit_offsets(data: Coded, at: np.ndarray) -> tuple[float, Predict]:
    """One rise over the ĝ of the level where that is widest, and for each level its value at its least ĝ."""
    x, width, whole = np.zeros(len(at)), 0, int(data.mesa[-1] - data.mesa[0]) or 1
    for _, inside in parts(data.group["level"][at]):
        mesa = data.mesa[data.rank[at[inside]]]
        width = max(width, int(mesa.max() - mesa.min()))
        x[inside] = (mesa - mesa.min()) / whole
        x[inside] -= x[inside].mean()
    rise = int(min(max(np.rint(fitted_slope(x, data.u[at]) * (width / whole)), 0), data.top))

    def fit_one(data: Coded, rows: np.ndarray) -> tuple[float, Predict]:
        low = int(data.mesa[data.rank[rows].min()])
        start = min(max(middle(data.u[rows] - rising(data, rows, low, rise, width)), 0), data.top)
        return data.value_bits, lambda rows: (np.clip(start + rising(data, rows, low, rise, width), 0, data.top), 0.0)

    bits, predict = each(fit_one, "level", anew=True)(data, at)
    return data.value_bits + bits, predict


def fitted_slope(x: np.ndarray, u: np.ndarray) -> float:
    """The least-squares slope of u on a centred x; 0 where x is constant."""
    return float((x * (u - u.mean())).sum() / across) if (across := float((x**2).sum())) else 0.0


def rising(data: Coded, rows: np.ndarray, low: int, rise: int, width: int) -> np.ndarray:
    """`[n]` how far a line that rises by `rise` over `width` has risen above its value at `low`, in lattice steps."""
    kinds, back = np.unique(data.rank[rows], return_inverse=True)
    return np.clip(nearest(rise * (data.mesa[kinds] - low), width or 1), -2 * MOST, 2 * MOST).astype(np.int64)[back]


def fit_steps(data: Coded, at: np.ndarray) -> tuple[float, Predict]:
    """Weakly increasing steps of least Σ|r|, each reaching to the next: pool adjacent violators, by medians.

    Robertson and Wright 1980, Algorithms in order restricted statistical inference. Quadratic where ĝ is reversed.
    """
    blocks: list[tuple[int, np.ndarray, int]] = []
    for rank, inside in parts(data.rank[at]):
        blocks.append((rank, data.u[at[inside]], middle(data.u[at[inside]])))
        while len(blocks) > 1 and blocks[-2][2] >= blocks[-1][2]:
            (start, left, _), (_, right, _) = blocks[-2:]
            pooled = np.concatenate([left, right])
            blocks[-2:] = [(start, pooled, middle(pooled))]
    starts, values = (np.array([block[i] for block in blocks]) for i in (0, 2))
    bits = len(blocks) * (math.log2(len(at)) + data.value_bits)
    return bits, lambda rows: (values[np.maximum(np.searchsorted(starts, data.rank[rows], "right") - 1, 0)], 0.0)


def fit_table(data: Coded, at: np.ndarray) -> tuple[float, Predict]:
    """A median for each value of ĝ, and nothing on others."""
    found = {rank: middle(data.u[at[inside]]) for rank, inside in parts(data.rank[at])}
    bits = len(found) * (math.log2(len(at)) + data.value_bits)
    return bits, lambda rows: (np.array([found.get(rank, -1) for rank in data.rank[rows].tolist()], np.int64), 0.0)


def each(fit: Fit, by: str, anew: bool = False) -> Fit:
    """A map for each level or cue. On others it says nothing or, `anew`, is fitted and paid when they come."""

    def fit_each(data: Coded, at: np.ndarray) -> tuple[float, Predict]:
        made = {code: fit(data, at[inside]) for code, inside in parts(data.group[by][at])}

        def predict(rows: np.ndarray) -> tuple[np.ndarray, float]:
            told, paid = np.full(len(rows), -1, np.int64), 0.0
            for code, inside in parts(data.group[by][rows]):
                bits, one = made.get(code) or (fit(data, rows[inside]) if anew else (0.0, None))
                paid += 0.0 if code in made else bits
                if one is not None:
                    told[inside] = one(rows[inside])[0]
            return told, paid

        return sum(bits for bits, _ in made.values()), predict

    return fit_each


PRICED_CLASSES: dict[str, Fit] = {
    "identity": lambda data, at: (0.0, lambda rows: (data.same[data.rank[rows]], 0.0)),
    "positive_affine": fit_line,
    "positive_affine_offsets": fit_offsets,
    "increasing": fit_steps,
    "non_decreasing": fit_steps,
    "any": fit_table,
    "cue_affine": each(fit_line, "cue"),
    "per_level_affine": each(fit_line, "level"),
    "per_level_increasing": each(fit_steps, "level"),
    "per_level_any": each(fit_table, "level"),
}
"""Classes with a price, by name: how they are fitted and sent."""
