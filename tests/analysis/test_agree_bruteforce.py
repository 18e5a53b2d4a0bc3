"""Every boolean of `decide` against maps written out one by one, and misfit against a linear program.

A class of maps is infinite; on few rows a finite part of it says the same. Values of a map matter only at the mesa
values that occur, and there only by which base values they equal and how they are ordered. So between, below and above
the base values that occur a few fresh values stand for all others: as many as there are mesa values for strictly
increasing maps (all of them may fall in one gap), one for the others. Of lines, those through two points matter, and
for each point and for none some line that hits nothing else.
"""

from __future__ import annotations

import itertools
import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from innershift.analysis import ValueRow, decide
from innershift.analysis.maps import VALUE_MAPS
from scipy.optimize import linprog

BASE_KIND = {
    "identity": ("identity", "pool"),
    "positive_affine": ("affine", "pool"),
    "positive_affine_offsets": ("offsets", "level"),
    "increasing": ("increasing", "pool"),
    "non_decreasing": ("non_decreasing", "pool"),
    "any": ("any", "pool"),
    "cue_affine": ("affine", "cue"),
    "per_level_affine": ("affine", "level"),
    "per_level_increasing": ("increasing", "level"),
    "per_level_any": ("any", "level"),
}


@st.composite
def row_sets(draw, max_rows: int = 6):
    """Few small rows, most of them on one function of mesa plus a constant per level, some not."""
    table = draw(st.lists(st.integers(0, 2), min_size=4, max_size=4))
    shape = draw(st.sampled_from(["free", "rising", "line", "same"]))
    table = {"free": table, "rising": sorted(table), "line": [0, 1, 2, 3], "same": [0, 1, 2, 3]}[shape]
    lift = draw(st.sampled_from([{"a": 0, "b": 0, "c": 0}, {"a": 0, "b": 1, "c": 0}]))
    wrong = draw(st.sampled_from([0, 0, 1]))
    levels = st.sampled_from("abc"[: draw(st.integers(1, 3))])
    rows = []
    for number in range(draw(st.integers(1, max_rows))):
        level, mesa = draw(levels), draw(st.integers(0, 3))
        base = min(table[mesa] + lift[level], 3) if number >= wrong else draw(st.integers(0, 2))
        split = "train" if number == 0 else draw(st.sampled_from(["train", "deploy"]))
        rows.append(ValueRow(level, split, mesa, base, cue=draw(st.sampled_from([None, None, "x"]))))
    return draw(st.permutations(rows))


def group_of(row: ValueRow, by: str):
    return {"pool": 0, "cue": row.cue, "level": row.level}[by]


def tables(kind: str, rows: list[ValueRow]) -> list[dict]:
    """All maps that matter, for an order class, as dicts from the mesa values of the rows."""
    domain = sorted({row.mesa for row in rows})
    known = sorted({row.base for row in rows})
    fresh = len(domain) if kind == "increasing" else 1
    edges = [known[0] - 1, *known, known[-1] + 1]
    inner = {
        low + Fraction((high - low) * k, fresh + 1)
        for low, high in itertools.pairwise(edges)
        for k in range(1, fresh + 1)
    }
    grid = sorted(inner | set(known))
    choose = {
        "increasing": lambda: itertools.combinations(grid, len(domain)),
        "non_decreasing": lambda: itertools.combinations_with_replacement(grid, len(domain)),
        "any": lambda: itertools.product(grid, repeat=len(domain)),
    }[kind]
    return [dict(zip(domain, values, strict=True)) for values in choose()]


def slopes(rows: list[ValueRow]) -> list[Fraction]:
    """Positive slopes between any two rows, and two that no two rows have."""
    found = {
        Fraction(one.base - two.base, one.mesa - two.mesa)
        for one, two in itertools.combinations(rows, 2)
        if one.mesa != two.mesa
    }
    return sorted({slope for slope in found if slope > 0} | {Fraction(7, 11), Fraction(23, 9)})


def lines(rows: list[ValueRow]) -> list[dict]:
    """All lines that matter, as dicts."""
    domain = {row.mesa for row in rows}
    made = []
    for slope in slopes(rows):
        for offset in {row.base - slope * row.mesa for row in rows} | {Fraction(1, 97)}:
            made.append({mesa: slope * mesa + offset for mesa in domain})
    return made


def brute_group(kind: str, rows: list[ValueRow]) -> dict:
    """The quantifiers over one group's maps."""
    if kind == "identity":
        family = [{row.mesa: row.mesa for row in rows}]
    else:
        family = lines(rows) if kind == "affine" else tables(kind, rows)
    train = [row for row in rows if row.split == "train"]
    deploy = [row for row in rows if row.split == "deploy"]

    def fits(table, some):
        return all(table[row.mesa] == row.base for row in some)

    fit_train = [table for table in family if fits(table, train)]
    pinned = [row for row in deploy if len({table[row.mesa] for table in fit_train}) == 1]
    return {
        "train": bool(fit_train),
        "deploy": any(fits(table, deploy) for table in family),
        "joint": any(fits(table, deploy) for table in fit_train),
        "every": bool(fit_train) and all(fits(table, deploy) for table in fit_train),
        "on_seen": bool(fit_train) and all(fits(table, pinned) for table in fit_train),
        "pinned": len(pinned),
        "deploy_rows": len(deploy),
    }


def brute_offsets(rows: list[ValueRow]) -> dict:
    """The quantifiers over (a, b per level): train's levels' offsets universally, the others existentially."""
    levels = sorted({row.level for row in rows})
    train_levels = [level for level in levels if any(r.level == level and r.split == "train" for r in rows)]

    def fits(slope, offsets, split):
        return all(r.base == slope * r.mesa + offsets[r.level] for r in rows if r.split == split)

    found: dict = {"train": False, "deploy": False, "joint": False}
    train_fitting: dict = {}
    for slope in slopes(rows):
        options = [{r.base - slope * r.mesa for r in rows if r.level == level} | {Fraction(1, 97)} for level in levels]
        for chosen in itertools.product(*options):
            offsets = dict(zip(levels, chosen, strict=True))
            train, deploy = fits(slope, offsets, "train"), fits(slope, offsets, "deploy")
            found["train"] |= train
            found["deploy"] |= deploy
            found["joint"] |= train and deploy
            if train:
                key = slope, tuple(offsets[level] for level in train_levels)
                train_fitting[key] = train_fitting.get(key, False) or deploy
    found["every"] = bool(train_fitting) and all(train_fitting.values())
    return found


def brute(name: str, rows: list[ValueRow]) -> dict:
    """The quantifiers; a choice per group fits if it fits in each group."""
    kind, by = BASE_KIND[name]
    if kind == "offsets":
        return brute_offsets(rows)
    parts = [brute_group(kind, [r for r in rows if group_of(r, by) == g]) for g in {group_of(r, by) for r in rows}]
    found = {key: all(part[key] for part in parts) for key in ("train", "deploy", "joint", "every", "on_seen")}
    count = sum(part["deploy_rows"] for part in parts)
    found["share"] = sum(part["pinned"] for part in parts) / count if count else 1.0
    return found


@pytest.mark.parametrize("name", VALUE_MAPS)
@settings(max_examples=100, deadline=None, derandomize=True)
@given(rows=row_sets())
def test_every_boolean_equals_brute_force(name, rows):
    decision, expected = decide(rows, name), brute(name, rows)
    for quantifier in ("train", "deploy", "joint", "every"):
        assert getattr(decision, quantifier) == expected[quantifier], quantifier
    if "on_seen" in expected:
        assert decision.every_on_seen == expected["on_seen"]
        if expected["train"]:
            assert decision.share_seen == expected["share"]


@pytest.mark.parametrize("name", VALUE_MAPS)
def test_random_rows_reach_every_pattern_the_class_allows(name):
    """Guards the test above: its kind of rows reaches YES and NO of every quantifier, not only easy cases."""
    generator, patterns = random.Random(3), set()
    for _ in range(900):
        table = generator.choice([[0, 1, 2, 3], [0, 0, 1, 2], [0, 2, 1, 2], [1, 3, 5, 7]])
        rows = []
        for number in range(generator.randint(2, 6)):
            mesa = generator.randrange(4)
            base = generator.randrange(3) if generator.random() < 0.2 else table[mesa]
            split = "train" if number == 0 else generator.choice(["train", "deploy"])
            rows.append(ValueRow(generator.choice("ab"), split, mesa, base, cue=generator.choice("xy")))
        decision = decide(rows, name)
        assert decision.every <= decision.joint <= (decision.train and decision.deploy)
        patterns.add(decision.letters)
    expected = {"····", "Y···", "·Y··", "YYYY"}
    if name != "identity":
        expected |= {"YY··", "YYY·"}
    assert patterns == expected


def program_misfit(name: str, rows: list[ValueRow]) -> float:
    """Least largest error by linear programming: variables are each group's map (values or a, b) and the error."""
    kind, by = BASE_KIND[name]
    groups = sorted({group_of(r, by) for r in rows}, key=repr)
    low, high = min(r.base for r in rows), max(r.base for r in rows)
    if kind == "identity":
        worst = max(abs(r.mesa - r.base) for r in rows)
    else:
        columns: dict = {}

        def column(key):
            return columns.setdefault(key, len(columns))

        error, bounds, matrix, right = column("error"), {0: (0, None)}, [], []
        for row in rows:
            g = group_of(row, by)
            if kind in ("affine", "offsets"):
                slope = column(("a", 0 if kind == "offsets" else g))
                bounds[slope] = (0, None)
                terms = {slope: row.mesa, column(("b", g)): 1}
            else:
                terms = {column((g, row.mesa)): 1}
            for sign in (1, -1):
                matrix.append({**{at: sign * factor for at, factor in terms.items()}, error: -1})
                right.append(sign * row.base)
        if kind in ("increasing", "non_decreasing"):
            for g in groups:
                domain = sorted({r.mesa for r in rows if group_of(r, by) == g})
                for one, two in itertools.pairwise(domain):
                    matrix.append({column((g, one)): 1, column((g, two)): -1})
                    right.append(0)
        dense = np.zeros((len(matrix), len(columns)))
        for at, terms in enumerate(matrix):
            for where, factor in terms.items():
                dense[at, where] = factor
        cost = np.eye(len(columns))[error]
        limits = [bounds.get(at, (None, None)) for at in range(len(columns))]
        worst = linprog(cost, A_ub=dense, b_ub=right, bounds=limits).fun
    if high == low:
        return 0.0 if worst < 1e-9 else float("inf")
    return worst / float(high - low)


@pytest.mark.parametrize("name", VALUE_MAPS)
@settings(max_examples=25, deadline=None, derandomize=True)
@given(rows=row_sets(max_rows=7), factor=st.sampled_from([1, Fraction(5, 3), 10**20]))
def test_misfit_equals_a_linear_program(name, rows, factor):
    decision = decide([ValueRow(r.level, r.split, r.mesa, r.base, cue=r.cue) for r in rows], name)
    assert decision.misfit == pytest.approx(program_misfit(name, rows), abs=1e-8)
    if name != "identity":  # the other classes are blind to the unit of u
        scaled = [ValueRow(r.level, r.split, r.mesa, r.base * factor, cue=r.cue) for r in rows]
        assert decide(scaled, name).misfit == pytest.approx(decision.misfit, abs=1e-12)
        assert decide(scaled, name).letters == decision.letters
