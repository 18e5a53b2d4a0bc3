"""Grades of levels and tests of the shift agree with their definitions; error rates and coverage, in a reduced calibration."""

from __future__ import annotations

import importlib.util
import itertools
import math
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from innershift.analysis import ValueRow, ValueTable, choice, decide
from innershift.analysis.maps.points import read_sample
from innershift.analysis.statistics import SHIFT_CLASSES, SampleError, mean_shift, per_level, shift_effect
from innershift.analysis.statistics.joint import extra_misfit
from innershift.analysis.statistics.labels import labels_of
from scipy import stats

ROWS = st.lists(
    st.builds(
        ValueRow,
        level=st.sampled_from("abcd"),
        split=st.sampled_from(["train", "deploy"]),
        mesa=st.none() | st.integers(0, 3) | st.integers(0, 3),
        base=st.integers(-1, 3),
        cue=st.sampled_from("xy"),
    ),
    min_size=1,
    max_size=14,
)


def rng(seed=0):
    return np.random.default_rng(seed)


def calibration():
    """The benchmark as a module: its worlds and laws are the ones whose calibration is published."""
    path = Path(__file__).resolve().parents[2] / "benchmarks" / "calibration.py"
    spec = importlib.util.spec_from_file_location("calibration", path)
    module = sys.modules["calibration"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# ---- one level


def pairs_tau(rows):
    """Kendall's τ_b by counting pairs."""
    score = up = down = 0
    for one, other in itertools.combinations(rows, 2):
        mesa, base = np.sign(one.mesa - other.mesa), np.sign(one.base - other.base)
        score, up, down = score + mesa * base, up + abs(mesa), down + abs(base)
    return score / math.sqrt(up * down) if up * down else math.nan


@settings(max_examples=100, deadline=None, derandomize=True)
@given(rows=ROWS, only=st.booleans())
def test_grades_are_those_of_choice_and_of_pair_counting(rows, only):
    rows = [ValueRow("a", "train", 0, 0), *rows]
    found = per_level(rows, representable_only=only)
    for split in ("train", "deploy"):
        here = found.regret[found.split == split]
        assert max(here, default=0) == choice(rows, split, representable_only=only).worst_regret
        assert np.count_nonzero(here == 0) == choice(rows, split, representable_only=only).optimal_levels
    for at in range(len(found)):
        name = found.level_names[found.level[at]]
        here = [r for r in rows if r.level == name and r.split == found.split[at]]
        ranked = [r for r in here if r.mesa is not None]
        assert found.outcomes[at] == len(ranked if only else here)
        assert found.tau_b[at] == pytest.approx(pairs_tau(ranked), nan_ok=True)
        if not np.isnan(found.tau_b[at]):
            order = decide([ValueRow("a", "train", r.mesa, r.base) for r in ranked], "per_level_increasing")
            assert order.joint == (found.tau_b[at] == 1)
    assert found.undefined == np.isnan(found.tau_b).sum()


def test_a_level_in_both_splits_has_two_entries_and_floats_are_snapped_once():
    rows = [
        ValueRow("a", split, mesa, base) for split in ("train", "deploy") for mesa, base in [(0.1, 0.1), (0.3, 0.3)]
    ]
    rows += [ValueRow("a", "deploy", 0.1 + 0.2, 0.0), ValueRow("b", "train", 1.0, 1.0)]  # 0.1 + 0.2 is 0.3
    found = per_level(rows)
    assert [*zip(found.level, found.split, strict=True)] == [(0, "train"), (0, "deploy"), (1, "train")]
    assert found.regret.tolist() == [0, 1, 0] and found.undefined == 1
    assert found.tau_b[0] == 1 and found.tau_b[1] == pytest.approx(0)


# ---- shift


def least(kind, rows):
    """Least misfit of one map to rows of (mesa, base, level, cue), by the definition."""
    if not rows:
        return 0.0
    mesa, base = np.array([r[0] for r in rows], float), np.array([r[1] for r in rows], float)
    if kind in ("increasing", "non_decreasing"):
        wrong = 0
        for (a, u, *_), (b, v, *_) in itertools.combinations(rows, 2):
            up, rise = np.sign(a - b), np.sign(u - v)
            wrong += (up != rise) if kind == "increasing" else up * rise < 0 or (up == 0 and rise != 0)
        return float(wrong)
    if kind == "any":
        return sum(float(((base[mesa == g] - base[mesa == g].mean()) ** 2).sum()) for g in set(mesa))
    if kind == "cue_affine":
        return sum(least("positive_affine", [r for r in rows if r[3] == cue]) for cue in "xy")
    group = [r[2] for r in rows] if kind == "positive_affine_offsets" else [0] * len(rows)
    design = np.array([[float(g == name) for name in sorted(set(group))] for g in group])
    fits = [np.linalg.lstsq(matrix, base, rcond=None)[0] for matrix in (np.c_[design, mesa], design)]
    steep = fits[0][-1] > 0
    return float(((base - (np.c_[design, mesa] @ fits[0] if steep else design @ fits[1])) ** 2).sum())


@pytest.mark.parametrize("kind", SHIFT_CLASSES)
@pytest.mark.parametrize("shared", [False, True])
def test_shift_effect_is_its_definition_over_all_assignments(kind, shared):
    generator = rng(3)
    rows = []
    for at, level in enumerate("abcdef"):
        for split in ("train", "deploy"):
            if (split == "deploy") == (at > 2) or (shared and level in "ad"):
                for _ in range(generator.integers(1, 5)):
                    mesa = int(generator.integers(0, 4))
                    base = int(generator.integers(0, 3) + (mesa if split == "train" else 3 - mesa))
                    rows.append(ValueRow(level, split, mesa, base, cue="xy"[at % 2]))
    found = shift_effect(rows, kind, rng=rng(), permutations=999)
    levels = sorted({r.level for r in rows})
    both = [name for name in levels if len({r.split for r in rows if r.level == name}) == 2]
    single = [name for name in levels if name not in both]
    size = len({r.level for r in rows if r.split == "deploy"} - set(both))
    values = []
    for chosen in itertools.combinations(single, size):
        for swapped in itertools.product((False, True), repeat=len(both)):
            swap = dict(zip(both, swapped, strict=True))
            sides = {False: [], True: []}
            for r in rows:
                deploy = (r.split == "deploy") != swap[r.level] if r.level in swap else r.level in chosen
                sides[deploy].append((r.mesa, r.base, r.level, r.cue))
            apart = sum(least(kind, side) for side in sides.values())
            values.append(least(kind, sides[False] + sides[True]) - apart)
    spread = max(r.base for r in rows) - min(r.base for r in rows)
    scale = 1 if "creasing" in kind else spread**2  # base is measured in its range
    observed = found.value * scale
    assert found.exact and found.compared == found.assignments == len(values)
    assert found.paired_levels == len(both)
    assert min(abs(value - observed) for value in values) < 1e-9
    assert found.p_value == pytest.approx(np.mean([value >= observed - 1e-9 for value in values]))


def scales(cue):
    """Four levels a split with mesa 0, 1, 2 and 0, 10⁷, 2·10⁷: in two cues of all levels, or in two splits of no cue."""
    rows = []
    for level, at in itertools.product(range(8), range(3)):
        split = "deploy" if level > 3 else "train"
        if cue:
            turned = 2 - at if split == "deploy" else at
            rows += [ValueRow(str(level), split, at, turned, cue="x"), ValueRow(str(level), split, at * 10**7, at, cue="y")]
        else:
            rows.append(ValueRow(str(level), split, at * (10**7 if split == "deploy" else 1), at))
    return rows


@pytest.mark.parametrize("kind", ["positive_affine", "positive_affine_offsets", "cue_affine"])
def test_scales_far_apart_hide_no_shift_and_give_no_p_of_0(kind):
    """Of 70 assignments the observed one and the one with the splits exchanged are the two most extreme."""
    found = shift_effect(scales(cue=kind == "cue_affine"), kind, rng=rng())
    assert (found.p_value, found.compared, found.exact) == (2 / 70, 70, True)
    assert found.value == pytest.approx({"cue_affine": 2, "positive_affine_offsets": 2}.get(kind, 20 / 7), abs=1e-5)


@pytest.mark.parametrize("kind", SHIFT_CLASSES)
@pytest.mark.parametrize("case", ["scales", "cues", "floats"])
def test_t_of_an_assignment_is_the_same_alone_and_among_others_to_the_last_bit(kind, case):
    generator = rng(4)
    table = ValueTable.from_rows(scales(case == "cues")) if case != "floats" else ValueTable(
        level=np.repeat(np.arange(150), 5), deploy=np.repeat(np.arange(150) % 3 == 0, 5), mesa=generator.normal(size=750).round(1),
        base=generator.normal(size=750), cue=np.tile(np.arange(150) % 11, 5), cue_names=tuple("abcdefghijk"),
    )  # fmt: skip
    key, unit = np.unique(table.level.astype(np.int64) * 2 + table.deploy, return_inverse=True)
    labels = labels_of(key // 2, key % 2 == 1)
    sample = read_sample(table, 1e-9)
    extra, _ = extra_misfit(kind, sample, unit[sample.row], len(key))
    some = np.concatenate([labels.deploy[None], *(labels.every() if case != "floats" else labels.drawn(generator, 999))])
    together = extra(some)
    assert together.tolist() == [float(extra(one[None])[0]) for one in some]
    assert together.tolist() == np.concatenate([extra(some[:7]), extra(some[7:])]).tolist()


def test_no_p_value_is_below_one_of_those_compared():
    for seed in range(30):
        generator = rng(seed)
        sizes = 10.0 ** generator.integers(-8, 9, 7)
        rows = []
        for level, size in enumerate(sizes):
            mesa, base = size * generator.integers(1, 4, 3), generator.normal(size=3)
            split = "deploy" if level > 3 else "train"
            rows += [ValueRow(str(level), split, float(g), float(u)) for g, u in zip(mesa, base, strict=True)]
        for kind in SHIFT_CLASSES:
            found = shift_effect(rows, kind, rng=generator, tol=0)
            assert found.compared == 35 and found.p_value >= 1 / 35


@pytest.mark.parametrize("common", [0.0, 1e9, -1e9])
def test_a_common_part_of_the_values_makes_and_breaks_no_ties(common):
    """Values in tenths, known as integers: the p-value counts assignments whose integer sums are as far apart."""
    side, broken = np.arange(8) > 3, 0
    for seed in range(20):
        tenths = rng(seed).integers(0, 4, 8)
        apart = [abs(int(tenths.sum()) - 2 * int(tenths[list(c)].sum())) for c in itertools.combinations(range(8), 4)]
        known = np.mean([gap >= apart[-1] for gap in apart])
        values = common + tenths / 10
        assert mean_shift(values, side, rng=rng()).p_value == pytest.approx(known)
        naive = [abs(values[list(c)].mean() - np.delete(values, c).mean()) for c in itertools.combinations(range(8), 4)]
        broken += np.mean([gap >= naive[-1] - 1e-12 * np.ptp(values) for gap in naive]) != pytest.approx(known)
    assert bool(broken) == bool(common), "the case is one in which rounding matters"


def test_mean_shift_is_scipys_permutation_test_unpaired_and_paired():
    train, deploy = rng(1).normal(size=6), rng(2).normal(0.7, size=5)
    values, side = np.concatenate([train, deploy]), np.arange(11) >= 6
    for alternative in ("two-sided", "greater", "less"):
        found = mean_shift(values, side, rng=rng(), alternative=alternative)
        known = stats.permutation_test(
            (deploy, train), lambda x, y, axis: x.mean(axis) - y.mean(axis), vectorized=True, alternative="greater"
        )
        assert found.exact and found.value == pytest.approx(known.statistic)
        if alternative == "greater":
            assert found.p_value == pytest.approx(known.pvalue)
    found = mean_shift([*train[:5], *deploy], [False] * 5 + [True] * 5, level=[*range(5), *range(5)], rng=rng())
    known = stats.permutation_test(
        (train[:5] - deploy,), lambda x, axis: np.abs(x.mean(axis)), permutation_type="samples", vectorized=True,
        alternative="greater",
    )  # fmt: skip
    assert found.assignments == 32 and found.paired_levels == 5
    assert found.p_value == pytest.approx(known.pvalue)


def test_an_undefined_side_takes_its_level_along():
    found = mean_shift([1, math.nan, 2, 3], [False, True, False, True], level=[0, 0, 1, 2], rng=rng())
    assert (found.train_levels, found.deploy_levels, found.left_out) == (1, 1, 2)


def planted(deploy_slope, step=0, lift=0, levels=20, outcomes=8):
    """Levels with u = 6ĝ + noise in train; another slope and a step at deployment, and a constant per level."""
    generator = rng(1)
    level = np.repeat(np.arange(levels), outcomes)
    deploy, mesa = level % 2 == 1, generator.integers(-5, 6, levels * outcomes)
    noise = generator.integers(-3, 4, levels * outcomes) + lift * generator.integers(-50, 51, levels)[level]
    return ValueTable(level, deploy, mesa, np.where(deploy, deploy_slope * mesa + step, 6 * mesa) + noise)


PLANTED = {
    "positive_affine_offsets": {"deploy_slope": 12},
    "regret": {"deploy_slope": -6},
    "tau_b": {"deploy_slope": -6},
}


@pytest.mark.parametrize("statistic", [*SHIFT_CLASSES, "regret", "tau_b"])
def test_a_planted_shift_is_found_and_its_absence_not(statistic):
    table = planted(**PLANTED.get(statistic, {"deploy_slope": 6, "step": 40}))
    assert shift_effect(table, statistic, rng=rng(), permutations=499).p_value == 1 / 500
    assert shift_effect(planted(6), statistic, rng=rng(), permutations=499).p_value > 0.05
    again = shift_effect(planted(6), statistic, rng=rng(), permutations=499)
    assert again == shift_effect(planted(6), statistic, rng=rng(), permutations=499)


def test_two_maps_that_differ_are_told_from_a_deployment_that_has_none():
    reversed_there = planted(-6)
    assert shift_effect(reversed_there, "increasing", rng=rng(), permutations=499).p_value > 0.05
    assert shift_effect(reversed_there, "tau_b", rng=rng(), permutations=499).p_value == 1 / 500


def test_level_constants_hide_a_slope_from_affine_maps_but_not_from_offsets():
    table = planted(9, lift=3)
    assert shift_effect(table, "positive_affine", rng=rng(), permutations=499).p_value > 0.05
    assert shift_effect(table, "positive_affine_offsets", rng=rng(), permutations=499).p_value == 1 / 500


def test_shift_refusals_say_what_to_do():
    table = planted(6)
    with pytest.raises(SampleError, match=r"'identity'.*nothing to fit.*Allowed: positive_affine.*tau_b"):
        shift_effect(table, "identity", rng=rng())
    with pytest.raises(SampleError, match=r"'per_level_any': a map per level is never shared.*Allowed"):
        shift_effect(table, "per_level_any", rng=rng())
    with pytest.raises(SampleError, match=r"'feature_linear': the test compares maps of one mesa value.*Allowed"):
        shift_effect(table, "feature_linear", rng=rng())
    with pytest.raises(ValueError, match=r"Unknown statistic \['any'\]"):
        shift_effect(table, ["any"], rng=rng())
    same = [ValueRow(name, split, 1, u) for name, split in (("a", "train"), ("b", "deploy")) for u in (0, 1)]
    with pytest.raises(SampleError, match=r"tau_b: all 1 train levels were left out.*no τ_b where its mesa or its base values are"):
        shift_effect(same, "tau_b", rng=rng())
    with pytest.raises(SampleError, match=r"mean: all 2 deploy levels were left out, .*undefined \(NaN\)"):
        mean_shift([1, math.nan, math.nan], [False, True, True], rng=rng())
    with pytest.raises(SampleError, match=r"values \(\), deploy \(\) \(bool\).*must be of one length"):
        mean_shift(3, True, rng=rng())
    with pytest.raises(SampleError, match=r"values: could not convert string to float: 'x'; allowed are numbers"):
        mean_shift(["x", 1], [False, True], rng=rng())
    with pytest.raises(SampleError, match="permutations='many': allowed is an integer of at least 1"):
        shift_effect(table, "any", rng=rng(), permutations="many")
    with pytest.raises(ValueError, match=r"Unknown statistic 'increasin'. Did you mean 'increasing'\?"):
        shift_effect(table, "increasin", rng=rng())
    with pytest.raises(SampleError, match=r"rng=0: allowed is a numpy Generator.*default_rng\(seed\)"):
        shift_effect(table, "any", rng=0)
    with pytest.raises(SampleError, match="No deploy level to compare with"):
        shift_effect([ValueRow("a", "train", 1, 1)], "any", rng=rng())
    with pytest.raises(SampleError, match="A level occurs twice in one split"):
        mean_shift([1, 2, 3], [False, False, True], level=[0, 0, 1], rng=rng())
    with pytest.raises(ValueError, match="Unknown alternative 'more'"):
        mean_shift([1, 2], [False, True], rng=rng(), alternative="more")
    wide = ValueTable(np.arange(120_000) % 2, np.arange(120_000) % 2 == 1, np.arange(120_000), np.arange(120_000))
    with pytest.raises(SampleError, match=r"120000 distinct outcomes.*Sample fewer outcomes a level"):
        shift_effect(wide, "increasing", rng=rng())


# ---- calibration, reduced; benchmarks/calibration.py measures it in full


def test_false_alarms_stay_at_the_level_unless_outcomes_are_permuted():
    bench = calibration()
    names = ("positive_affine", "positive_affine_offsets", "any")
    for design in bench.DESIGNS.values():
        generator, alarms = rng(13), {name: 0 for name in (*names, "outcomes")}
        for _ in range(100):
            table = bench.generated(generator, *design)
            for name, value in bench.p_values(table, names, generator, 99).items():
                alarms[name] += value <= 0.05
            alone = ValueTable(np.arange(len(table)), table.deploy, table.mesa, table.base)
            alarms["outcomes"] += shift_effect(alone, names[0], rng=generator, permutations=99).p_value <= 0.05
        bar = stats.binom.ppf(0.9999, 100, 0.05)  # 14 of 100
        assert max(alarms[name] for name in names) <= bar
        assert design[2] or alarms["outcomes"] > 2 * bar


def test_default_intervals_cover_and_resampling_alone_does_not_where_most_regret_is_0():
    bench = calibration()
    few = bench.Calibration(levels=(20,), interval_worlds=250, other_worlds=250, draws=399)
    for row in bench.coverage(few, methods=("jeffreys",)):
        assert 90 <= row["rate"] <= 99.6, row
    sparse = bench.coverage(few, methods=("percentile", "bounded"), only="regret, 90 % 0")
    rates = {(row["law"], row["levels"], row["method"]): row["rate"] for row in sparse}
    assert rates["regret, 90 % 0", 20, "percentile"] < 85
    assert min(rate for (*_, method), rate in rates.items() if method == "bounded") > 93
