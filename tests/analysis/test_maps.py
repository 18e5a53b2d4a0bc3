"""The maps themselves: total and monotone where they say so, printable, and silent where they know nothing."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from innershift.analysis import ValueRow, ValueTable, decide
from innershift.analysis.maps import MAP_CLASSES
from innershift.analysis.maps.chebyshev import fit_lines
from innershift.analysis.maps.points import read_sample, unequal_products


def rows_of(pairs, level="a", split="train"):
    return [ValueRow(level, split, mesa, base) for mesa, base in pairs]


def test_the_registry_says_what_may_be_claimed():
    claims = {name for name, rule in MAP_CLASSES.items() if rule.preference}
    assert claims == {"identity", "positive_affine", "positive_affine_offsets", "increasing"}
    hatched = {name for name, rule in MAP_CLASSES.items() if rule.vacuous}
    assert hatched == {"any", "cue_affine", "per_level_affine", "per_level_increasing", "per_level_any",
               "feature_linear", "free"}  # fmt: skip
    assert all(rule.name == name and len(rule.description) < 100 for name, rule in MAP_CLASSES.items())


@settings(max_examples=80, deadline=None, derandomize=True)
@given(
    knots=st.dictionaries(st.fractions(-5, 5, max_denominator=9), st.fractions(0, 3, max_denominator=9), min_size=1),
    probes=st.lists(st.fractions(-9, 9), min_size=2, max_size=6, unique=True),
)
def test_an_increasing_map_is_one_everywhere(knots, probes):
    total, pairs = Fraction(0), []
    for mesa in sorted(knots):
        total += knots[mesa] + Fraction(1, 100)
        pairs.append((mesa, total))
    found = decide(rows_of(pairs) + rows_of([(Fraction(11, 2), 99)], "b", "deploy"), "increasing")
    for value_map in (found.map, found.rival):
        assert all(value_map(mesa) == base for mesa, base in pairs)
        probes = sorted({*probes, *knots, Fraction(11, 2)})
        values = [value_map(probe) for probe in probes]
        assert all(isinstance(value, Fraction) for value in values)
        assert all(low < high for low, high in itertools.pairwise(values))


def test_formulas():
    line = rows_of([(0, 1), (1, 3)])
    other = rows_of([(0, 0), (2, 4)], "b", "deploy")
    curve = rows_of([(k, k * k) for k in range(9)])
    formulas = {
        ("identity", "u = ĝ"): rows_of([(1, 1)]),
        ("positive_affine", "u = 2·ĝ + 1"): line,
        ("positive_affine", "u = 1/3·ĝ - 1"): rows_of([(0, -1), (3, 0)]),
        ("positive_affine", "u = 2·ĝ + 0.1"): rows_of([(0, 0.1), (0.1, 0.3), (0.2, 0.5)]),
        ("positive_affine_offsets", "u = 2·ĝ + b_level, b[a] = 1, b[b] = 0"): line + other,
        ("per_level_affine", "level a: u = 2·ĝ + 1; level b: u = 2·ĝ"): line + other,
        ("increasing", "u = φ(ĝ): 0 ↦ 0, 1 ↦ 1, 2 ↦ 4, …, 8 ↦ 64"): curve,
        ("any", "u = table(ĝ): 0 ↦ 0, 1 ↦ 1, 2 ↦ 4, …, 8 ↦ 64"): curve,
    }
    for (name, formula), rows in formulas.items():
        assert str(decide(rows, name).map) == formula
    many = [row for k in range(7) for row in rows_of([(0, k), (1, k + 1)], f"l{k}")]
    assert str(decide(many, "per_level_affine").map).endswith("level l2: u = ĝ + 2; … (7 levels)")
    assert str(decide(many, "positive_affine_offsets").map).endswith("b[l2] = 2, … (7 levels)")


def test_maps_say_where_they_know_nothing():
    rows = rows_of([(0, 1), (1, 3)])
    with pytest.raises(ValueError, match=r"no entry for 7; it knows the values of its rows: u = table\(ĝ\): 0 ↦ 1"):
        decide(rows, "any").map(7)
    for name in ("per_level_any", "positive_affine_offsets"):
        with pytest.raises(ValueError, match=r"No map for level 'z'. Call the map with level=..., one of: 'a'"):
            decide(rows, name).map(1, level="z")
    with pytest.raises(ValueError, match=r"No map for cue 'red'. Call the map with cue=..., one of: None"):
        decide(rows, "cue_affine").map(1, cue="red")
    assert decide(rows, "per_level_affine").map(Fraction(1, 2), level="a") == 2


def test_a_rival_differs_only_in_its_own_level():
    rows = rows_of([(0, 1), (1, 3)]) + rows_of([(0, 0), (1, 1)], "b", "deploy")
    rival = decide(rows, "per_level_increasing").rival
    assert [rival(0, level="a"), rival(1, level="a")] == [1, 3]
    assert rival(0, level="b") != 0


@pytest.mark.parametrize("shared", [False, True])
def test_lines_of_least_error_beat_a_fine_grid_of_slopes(shared):
    generator = np.random.default_rng(2)
    for _ in range(20):
        count = int(generator.integers(1, 60))
        level = generator.integers(0, 4, count)
        mesa, base = generator.integers(-50, 50, count), generator.integers(-50, 50, count)
        base = base + generator.choice([0, 3]) * mesa
        table = ValueTable(level=level, deploy=np.zeros(count, bool), mesa=mesa, base=base)
        points = read_sample(table, 1e-9).points("level")
        fit = fit_lines(points, shared)
        span = max(base.max() - base.min(), 1)

        def widths(slope, level=level, mesa=mesa, base=base):
            rest = base - slope * mesa
            return np.array([np.ptp(rest[level == group]) for group in np.unique(level)])

        grid = np.array([widths(slope) for slope in np.linspace(0, 8, 1001)])
        least = grid.max(axis=1).min() if shared else grid.min(axis=0).max()
        attained = widths(float(fit.slope))
        worst = int(np.flatnonzero(np.unique(level) == points.group[fit.left[0]])[0])
        assert fit.residual * 2 * span <= least + 1e-9
        assert fit.residual * 2 * span == pytest.approx(attained.max() if shared else attained[worst])


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    a=st.integers(-(2**54), 2**54),
    b=st.integers(-(2**54), 2**54),
    k=st.integers(1, 2**10),
    off=st.sampled_from([0, 0, 1, 2**10, 2**54]),
)
def test_products_beyond_int64_are_compared_exactly(a, b, k, off):
    c, d = a // k, b * k
    if abs(d) >= 2**55:
        c, d = b, a
    d = d + off if abs(d + off) < 2**55 else d
    columns = [np.array([value]) for value in (a, b, c, d)]
    assert bool(unequal_products(*columns)[0]) == (a * b != c * d)
    assert bool(unequal_products(*(column.astype(object) for column in columns))[0]) == (a * b != c * d)


def test_products_that_agree_modulo_two_to_the_64_are_told_apart():
    a, b, c, d = (np.array([value]) for value in (2**40, 2**40, 2**40, 0))
    assert a * b == c * d  # wraps to zero
    assert unequal_products(a, b, c, d)[0]
    assert not unequal_products(a, b, b, a)[0]


def test_affine_on_wide_integers_is_exact():
    mesa = np.arange(-(2**51), 2**51, 2**42)
    base = 3 * mesa + 1
    level = np.arange(len(mesa)) % 5
    columns = {"level": level, "deploy": level > 2, "mesa": mesa}
    for name in ("positive_affine", "positive_affine_offsets", "per_level_affine"):
        assert decide(ValueTable(**columns, base=base), name).joint
        for at in (0, 100, len(mesa) - 1):
            changed = base.copy()
            changed[at] += 1
            assert not decide(ValueTable(**columns, base=changed), name).joint
