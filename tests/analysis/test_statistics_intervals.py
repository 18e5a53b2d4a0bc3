"""Intervals, bounds, claims and families of tests: each agrees with its definition or a known special case."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from innershift.analysis.statistics import (
    CHAIN,
    METHODS,
    REGRET,
    TAU,
    SampleError,
    cluster_bootstrap,
    equivalence_test,
    gatekeeping,
    holm,
    survival_gap,
    violations_bound,
    zero_violations_bound,
)
from scipy import stats


def rng(seed=0):
    return np.random.default_rng(seed)


# ---- intervals


@pytest.mark.parametrize(("hits", "levels"), [(0, 12), (1, 20), (7, 30), (20, 20)])
def test_on_violations_the_bootstraps_are_the_intervals_of_jeffreys_and_of_clopper_and_pearson(hits, levels):
    values = np.arange(levels) < hits
    found = cluster_bootstrap(values, rng(), draws=40_000, bounds=REGRET)
    law = stats.beta(hits + 0.5, levels - hits + 0.5)
    assert (found.low, found.high) == pytest.approx((law.ppf(0.025), law.ppf(0.975)), abs=0.006)
    found = cluster_bootstrap(values, rng(), draws=40_000, bounds=REGRET, method="bounded")
    known = stats.binomtest(hits, levels).proportion_ci(0.95, "exact")
    assert (found.low, found.high) == pytest.approx((known.low, known.high), abs=0.006)
    found = equivalence_test(values, 0.5, rng(), draws=40_000)
    assert found.bound == pytest.approx(violations_bound(hits, levels), abs=0.006)


@pytest.mark.parametrize("method", METHODS)
def test_all_methods_agree_on_many_ordinary_levels_and_move_with_the_units(method):
    values = rng(7).beta(3, 3, 2000)
    error = values.std(ddof=1) / math.sqrt(2000)
    found = cluster_bootstrap(values, rng(), draws=4999, method=method, bounds=REGRET)
    assert found.estimate == values.mean() and found.method == method
    wide = 1.15 if method == "bounded" else 1.08
    assert 1 / wide < (found.high - found.low) / (2 * 1.96 * error) < wide
    moved = cluster_bootstrap(2 * values - 1, rng(), draws=4999, method=method, bounds=TAU)
    assert (moved.low, moved.high) == pytest.approx((2 * found.low - 1, 2 * found.high - 1))
    assert moved == cluster_bootstrap(2 * values - 1, rng(), draws=4999, method=method, bounds=TAU)


def test_studentised_is_students_t_on_normal_values():
    values = rng(8).normal(5, 2, 15)
    found = cluster_bootstrap(values, rng(), draws=20_000)
    known = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert found.method == "studentised"
    assert (found.low, found.high) == pytest.approx((known.low, known.high), abs=0.35)


def test_undefined_levels_are_left_out_and_counted():
    found = cluster_bootstrap([0.5, math.nan, 1.0, -1.0], rng(), bounds=TAU)
    assert (found.levels, found.left_out) == (3, 1) and found.estimate == pytest.approx(1 / 6)
    assert "95% jeffreys, 3 levels, 1 undefined left out" in str(found)


def test_a_statistic_of_levels_is_resampled_by_level():
    values = rng(9).random(40)
    found = cluster_bootstrap(lambda levels: values[levels].mean(), rng(), draws=999, levels=40)
    known = cluster_bootstrap(values, rng(), draws=999, method="bca")
    assert found.method == "bca"
    assert (found.low, found.high) == pytest.approx((known.low, known.high), abs=0.01)
    with pytest.raises(SampleError, match="allowed for a callable: bca, percentile"):
        cluster_bootstrap(lambda levels: 0.0, rng(), method="jeffreys", levels=4)
    with pytest.raises(SampleError, match="say how many levels"):
        cluster_bootstrap(lambda levels: 0.0, rng())


@pytest.mark.parametrize("method", ["bca", "percentile"])
def test_a_callable_that_shows_nothing_is_refused_and_not_nan(method):
    with pytest.raises(SampleError, match=r"has the value 0\.5 for all 99 resamples.*there is no interval"):
        cluster_bootstrap(lambda levels: 0.5, rng(), levels=9, draws=99, method=method)
    for wrong in (math.nan, None, "x", [1.0]):
        with pytest.raises(SampleError, match=r"The callable gave .* for the levels .*allowed is one finite number"):
            cluster_bootstrap(lambda levels, wrong=wrong: wrong, rng(), levels=9, draws=99, method=method)
    with pytest.raises(SampleError, match=r"bounds=\(0.0, 1.0\) goes with an array"):
        cluster_bootstrap(lambda levels: float(levels[0]), rng(), levels=9, bounds=REGRET, method=method)


def test_a_statistic_without_bca_limits_is_pointed_to_percentile():
    def twice(levels):  # leaving one level out never changes it
        return float(len(np.unique(levels)) > 4)

    with pytest.raises(SampleError, match=r"method='bca' finds no limits.*Use method='percentile'"):
        cluster_bootstrap(twice, rng(), levels=9, draws=499)
    assert cluster_bootstrap(twice, rng(), levels=9, draws=499, method="percentile").high == 1


def test_interval_refusals_say_what_to_do():
    with pytest.raises(SampleError, match="draws='x': allowed is an integer of at least 1"):
        cluster_bootstrap([0.0, 1.0], rng(), draws="x", bounds=REGRET)
    with pytest.raises(SampleError, match="draws=nan: allowed is an integer"):
        cluster_bootstrap([0.0, 1.0], rng(), draws=math.nan, bounds=REGRET)
    with pytest.raises(SampleError, match="level='x': allowed is a number strictly between 0 and 1"):
        cluster_bootstrap([0.0, 1.0], rng(), level="x", bounds=REGRET)
    for wrong in ((0, 0.5, 1), (1, 0), (0, math.inf), ("a", "b"), 1):
        with pytest.raises(SampleError, match=r"bounds=.*: allowed is \(low, high\) with low < high"):
            cluster_bootstrap([0.0, 1.0], rng(), bounds=wrong)
    with pytest.raises(SampleError, match="values: could not convert string to float"):
        cluster_bootstrap(["a", "b"], rng())
    with pytest.raises(SampleError, match=r"-0.2 is outside bounds=\(0.0, 1.0\).*τ_b \(-1.0, 1.0\)"):
        cluster_bootstrap([0.1, -0.2], rng(), bounds=REGRET)
    with pytest.raises(SampleError, match=r"1 levels with a value \(2 undefined\); at least 2"):
        cluster_bootstrap([math.nan, 0.1, math.nan], rng())
    for method in ("bca", "percentile", "studentised"):
        with pytest.raises(SampleError, match=r"All levels have the value 0.0.*Use method='jeffreys'"):
            cluster_bootstrap([0.0] * 9, rng(), bounds=REGRET, method=method)
    with pytest.raises(SampleError, match="method='jeffreys' needs bounds"):
        cluster_bootstrap([0.0, 1.0], rng(), method="jeffreys")
    with pytest.raises(SampleError, match=r"draws=20: a tail of 0.025 needs at least 39"):
        cluster_bootstrap([0.0, 1.0], rng(), draws=20, bounds=REGRET)
    with pytest.raises(ValueError, match=r"Unknown method 'BCa'. Did you mean 'bca'\?"):
        cluster_bootstrap([0.0, 1.0], rng(), method="BCa")
    with pytest.raises(SampleError, match=r"one number per level"):
        cluster_bootstrap([[0.0, 1.0]], rng())


def test_the_gap_leaves_overfitting_out():
    generator = rng(10)
    train, held, deploy = generator.random(80) * 0.1, generator.random(80) * 0.5, generator.random(80) * 0.5
    found = survival_gap(train, held, deploy, rng())
    assert found.gap.estimate == pytest.approx(deploy.mean() - held.mean())
    assert found.total.estimate == pytest.approx(found.overfitting.estimate + found.gap.estimate)
    assert found.gap.low < 0 < found.gap.high and found.overfitting.low > 0.1 and found.total.low > 0.1
    assert survival_gap(train, train + 0.01, deploy, rng()).gap.low > 0.1
    assert survival_gap(train, held, deploy, rng(), bounds=None).gap.method == "studentised"


# ---- bounds and claims


def test_violation_bounds_are_exact_and_cover():
    for levels in (1, 20, 59, 300):
        assert zero_violations_bound(levels) == pytest.approx(1 - 0.05 ** (1 / levels))
        assert violations_bound(0, levels) == pytest.approx(zero_violations_bound(levels))
        assert violations_bound(levels, levels) == 1
    assert violations_bound(3, 50, 0.9) == pytest.approx(stats.beta.ppf(0.9, 4, 47))
    bounds = np.array([violations_bound(hits, 30) for hits in range(31)])
    for share in np.linspace(0.01, 0.99, 99):
        assert stats.binom.pmf(np.arange(31), 30, share)[bounds >= share].sum() >= 0.95
    with pytest.raises(SampleError, match="violations=5: allowed is 0 to the number of levels, 4"):
        violations_bound(5, 4)
    with pytest.raises(SampleError, match="confidence=95: allowed is a number strictly between 0 and 1"):
        zero_violations_bound(4, 95)
    with pytest.raises(SampleError, match="violations='a': allowed is an integer of at least 0"):
        violations_bound("a", 5)
    with pytest.raises(SampleError, match="levels=nan: allowed is an integer of at least 1"):
        violations_bound(1, math.nan)
    with pytest.raises(SampleError, match="levels=0: allowed is an integer of at least 1"):
        zero_violations_bound(0)


def test_survival_is_claimed_below_the_margin_only():
    few, many = [0.0] * 5, [0.0] * 100
    undecided, shown = equivalence_test(few, 0.1, rng()), equivalence_test(many, 0.1, rng())
    assert undecided.outcome == "undecided" and "neither survival nor failure" in undecided.verdict
    assert shown.survives and shown.verdict.startswith("Survives: the loss is at most 0.0")
    assert shown.bound == pytest.approx(zero_violations_bound(100), rel=0.1)
    failed = equivalence_test([0.5, 0.4, 0.6] * 10, 0.1, rng())
    assert failed.outcome == "exceeds" and "Does not survive: the loss is at least" in str(failed)
    for margin in (0.02, 0.025, 0.03, 0.035):
        found = equivalence_test(many, margin, rng())
        assert found.survives == (found.p_value <= 0.05) == (found.bound < margin)
    with pytest.raises(SampleError, match="margin=1: allowed is a number between 0 and 1, both excluded"):
        equivalence_test(many, 1, rng())
    with pytest.raises(ValueError, match="Unknown method 'bca'"):
        equivalence_test(many, 0.1, rng(), method="bca")


def test_where_all_losses_are_at_a_bound_the_limits_are_exact_whatever_the_draws():
    """58 clean levels leave 5.034 %, 59 leave 4.951 %: no seed may say that 58 are enough for 5 %."""
    for seed in range(20):
        one, two = (equivalence_test([0.0] * levels, 0.05, rng(seed), draws=199) for levels in (58, 59))
        assert (one.outcome, two.outcome) == ("undecided", "survives")
        assert (one.bound, two.bound) == pytest.approx((zero_violations_bound(58), zero_violations_bound(59)), rel=1e-12)
    assert one.p_value == pytest.approx(0.95**58) and one.lower == 0
    for hits in (0, 1, 7, 30):
        known = stats.binomtest(hits, 30).proportion_ci(0.9, "exact")
        found = equivalence_test(2 * (np.arange(30) < hits) - 1, 0.2, rng(), bounds=TAU)
        assert (found.lower, found.bound) == pytest.approx((2 * known.low - 1, 2 * known.high - 1))
        assert found.p_value == pytest.approx(stats.binomtest(hits, 30, 0.6, alternative="less").pvalue)


def test_no_survival_by_the_luck_of_the_draws():
    """A loss at the lower bound but for a hair is simulated; at the exact limit half of all seeds would claim survival."""
    values, exact = [1e-6] + [0.0] * 57, zero_violations_bound(58)
    at = [equivalence_test(values, exact, rng(seed), draws=999) for seed in range(60)]
    assert not any(found.survives for found in at)
    assert all(found.bound >= exact and found.p_value > 0.05 and found.lower <= 1e-6 for found in at)
    near = [equivalence_test(values, exact * 1.1, rng(seed)) for seed in range(5)]
    assert all(found.survives and found.bound < exact * 1.1 and found.p_value <= 0.05 for found in near)
    scarce = equivalence_test(values, 0.9, rng(), draws=19)
    assert scarce.survives and scarce.p_value <= 0.05, "a claim that more draws can settle is settled"


@pytest.mark.parametrize("wrong", [math.inf, -math.inf, math.nan, -0.1, "x", None, True])
@pytest.mark.parametrize("more", [{}, {"reference": [0.0, 0.1]}, {"bounds": None, "method": "studentised"}])
def test_margins_that_mean_nothing_are_refused(wrong, more):
    with pytest.raises(SampleError, match=rf"margin={wrong!r}: allowed is a (finite )?number"):
        equivalence_test([0.1, 0.2, 0.3], wrong, rng(), **more)


def test_against_held_out_levels_the_loss_is_the_difference():
    held, deploy = rng(11).random(300) * 0.5, rng(12).random(300) * 0.5
    assert not equivalence_test(deploy, 0.1, rng()).survives
    found = equivalence_test(deploy, 0.1, rng(), reference=held)
    assert found.survives and found.estimate == pytest.approx(deploy.mean() - held.mean())


# ---- several tests


@settings(max_examples=200, deadline=None, derandomize=True)
@given(values=st.lists(st.floats(0, 1), min_size=1, max_size=5))
def test_holm_is_the_closed_test_of_bonferroni(values):
    names = "abcde"[: len(values)]
    p_values = dict(zip(names, values, strict=True))
    for name, adjusted in holm(p_values).items():
        sets = [s for size in range(1, 6) for s in itertools.combinations(names, size) if name in s]
        closed = max(min(1, len(s) * min(p_values[member] for member in s)) for s in sets)
        assert adjusted == pytest.approx(closed)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(values=st.lists(st.floats(0, 0.1), min_size=5, max_size=5), claim=st.sampled_from(["survives", "fails"]))
def test_gatekeeping_is_the_closed_test_of_nested_hypotheses(values, claim):
    p_values = dict(zip(CHAIN, values, strict=True))
    found = gatekeeping(p_values, claim)
    for at, name in enumerate(CHAIN):  # a hypothesis falls with every intersection it is part of, which is one of them
        narrower = CHAIN[: at + 1] if claim == "fails" else CHAIN[at:]
        assert (name in found.shown) == all(p_values[other] <= 0.05 for other in narrower)
    assert found.order == (CHAIN if claim == "fails" else CHAIN[::-1])


def test_gatekeeping_says_what_it_claims():
    found = gatekeeping({"any": 0.001, "increasing": 0.02, "identity": 0.4}, "survives")
    assert found.shown == ("any", "increasing") and found.adjusted == (0.001, 0.02, 0.4)
    assert "survives under any, increasing (family-wise error ≤ 0.05); not shown for identity" in str(found)
    assert "No class is shown to fail at 0.05" in str(gatekeeping({"identity": 0.3, "any": 0.001}, "fails"))
    with pytest.raises(ValueError, match="Unknown class of the chain 'per_level_any'"):
        gatekeeping({"per_level_any": 0.5}, "fails")
    with pytest.raises(ValueError, match="Unknown claim 'holds'"):
        gatekeeping({"any": 0.5}, "holds")
    with pytest.raises(SampleError, match=r"p-value 1\.5: allowed is 0 to 1"):
        holm({"a": 1.5})
    with pytest.raises(SampleError, match="No p-values"):
        holm({})
    for family in (holm, lambda p_values: gatekeeping(p_values, "fails")):
        with pytest.raises(SampleError, match=r"p_values=\[0.1\]: allowed is a mapping from name to p-value"):
            family([0.1])
        for wrong in ("x", None, math.nan):
            with pytest.raises(SampleError, match=rf"p-value {wrong!r}: allowed is 0 to 1 \(given for 'any'\)"):
                family({"any": wrong})
