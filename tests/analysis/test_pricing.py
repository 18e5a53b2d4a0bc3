"""Prices of maps: a rich class survives by letters and saves nothing; good objectives save in the right order."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from innershift.analysis import ValueRow, ValueTable
from innershift.analysis.errors import AnalysisError
from innershift.analysis.pricing import (
    PRICED_CLASSES,
    coded,
    fit_steps,
    permuted_gains,
    price,
    residual_bits,
    search_maps,
)

NOTHING = residual_bits(np.zeros(1, np.int64))  # a perfect map still says "no residual"
PREFERENCES = ("identity", "positive_affine", "increasing")


def world(g, levels=12, options=8, unit=1, shift=lambda level: 0):
    """Levels of both splits with u uniform on 0..30 (and a level effect); g(u, rng, split, level number)."""
    rng, rows = np.random.default_rng(0), []
    for split, level, _ in product(("train", "deploy"), range(levels), range(options)):
        u = int(rng.integers(0, 31)) + shift(level)
        rows.append(ValueRow(f"{split} {level}", split, g(u, rng, split, level), u * unit, cue=level % 2))
    return rows


def noisy(size):
    return world(lambda u, rng, split, level: 10 * u + int(rng.integers(-size, size + 1)))


GOOD = world(lambda u, *_: u)
RANDOM = world(lambda u, rng, *_: int(rng.integers(0, 10**12)))
PROXY = world(lambda u, rng, split, _: u if split == "train" else int(rng.integers(0, 31)))


def by_class(rows, *names, **options):
    return {priced.map_class: priced for priced in price(rows, names or None, **options)}


def best_gain(rows, names=PREFERENCES):
    return max(priced.gain_bits for priced in price(rows, names))


def test_a_rich_class_survives_by_letters_and_saves_no_bits():
    assert len({row.mesa for row in RANDOM}) == len(RANDOM)
    found = by_class(RANDOM)
    for name in ("any", "per_level_any"):
        assert found[name].letters == "YYY·" and found[name].residual_bits == NOTHING
        assert found[name].gain_bits < 0 and not found[name].saves
    assert not any(priced.saves for priced in found.values())
    truth = by_class(GOOD)
    assert all(truth[name].saves for name in ("identity", "positive_affine", "increasing", "any"))
    assert not truth["per_level_any"].saves, "eight entries for eight rows: the table holds no less than u"


def test_objectives_come_out_in_the_right_order():
    affine, cube = world(lambda u, *_: 3 * u + 2), world(lambda u, *_: u**3)
    gains = [best_gain(rows) for rows in (GOOD, affine, cube, RANDOM)]
    assert gains == sorted(gains, reverse=True) and gains[2] > 0 > gains[3] and len(set(gains)) == 4
    assert [search_maps(rows, math.inf, PREFERENCES).map_class for rows in (GOOD, affine, cube)] == list(PREFERENCES)
    reverse = by_class(world(lambda u, *_: -u))
    assert reverse["any"].saves and not any(reverse[name].saves for name in PREFERENCES)  # information, no preference


def test_gain_falls_with_noise_and_a_noisy_objective_keeps_some():
    sizes = (0, 5, 10, 20, 40, 80, 300)
    found = [by_class(noisy(size), "positive_affine")["positive_affine"] for size in sizes]
    residuals, late = ([getattr(priced, name) for priced in found] for name in ("residual_bits", "deploy_bits"))
    assert residuals == sorted(residuals) and late == sorted(late) and all(map(math.isfinite, residuals + late))
    assert residuals[0] == NOTHING and found[4].letters == "····" and found[4].saves and not found[-1].saves
    assert best_gain(GOOD) > found[1].gain_bits > found[4].gain_bits > found[-1].gain_bits


def test_a_proxy_saves_in_training_and_costs_at_deployment():
    for name, priced in by_class(PROXY, *PREFERENCES, "any").items():
        assert priced.gain_bits == by_class(GOOD, name)[name].gain_bits > 0 > priced.deploy_gain_bits
    assert all(priced.deploy_gain_bits > 0 for priced in price(GOOD, PREFERENCES))


def test_what_memorises_has_nothing_to_say_of_new_levels_and_values():
    for name, priced in by_class(GOOD, "per_level_affine", "per_level_increasing", "per_level_any").items():
        assert priced.deploy_bits == priced.deploy_free_bits, name
    assert by_class(RANDOM, "any")["any"].deploy_gain_bits == 0
    again = [ValueRow(row.level, "deploy", row.mesa, row.base) for row in GOOD if row.split == "train"]
    same = by_class([*(row for row in GOOD if row.split == "train"), *again], "per_level_any", "positive_affine_offsets")
    for priced in same.values():  # the same levels: what was paid for can be used
        assert priced.deploy_bits == NOTHING
    moved = world(lambda u, rng, split, level: u + 7 * level)
    offsets = by_class(moved)
    assert max(offsets, key=lambda name: offsets[name].gain_bits) == "positive_affine_offsets"
    assert offsets["positive_affine_offsets"].map_bits == pytest.approx(13 * math.log2(31))
    assert offsets["positive_affine_offsets"].deploy_bits == pytest.approx(NOTHING + 12 * math.log2(31))
    cue = by_class(world(lambda u, rng, split, level: (level % 2 + 1) * u), "cue_affine", "positive_affine", "identity")
    assert cue["cue_affine"].map_bits == pytest.approx(4 * math.log2(31))
    assert cue["cue_affine"].gain_bits > max(cue[name].gain_bits for name in ("positive_affine", "identity"))


def test_search_within_a_budget():
    cube, lattice = world(lambda u, *_: u**3), math.log2(31)
    assert search_maps(cube, 0).map_class == "identity"
    assert search_maps(cube, 2 * lattice).map_class == "positive_affine"
    assert search_maps(cube, math.inf).map_class == "increasing"
    totals = [search_maps(cube, budget).total_bits for budget in (0, 5, 10, 100, 1000)]
    assert totals == sorted(totals, reverse=True) and len(set(totals)) > 2
    assert search_maps(GOOD, 1000).map_class == "identity"
    with pytest.raises(ValueError, match=r"No map within 3 bits; the cheapest, positive_affine, takes 9\.9\."):
        search_maps(cube, 3, ["positive_affine", "any"])


@pytest.mark.parametrize("rows", [GOOD, noisy(20), RANDOM, world(lambda u, rng, *_: int(rng.integers(0, 3)))])
def test_the_permutation_null_is_centred_at_or_below_nothing(rows):
    for name in PRICED_CLASSES:
        gains = permuted_gains(rows, name, np.random.default_rng(1), draws=20)
        assert gains.shape == (20,) and np.isfinite(gains).all() and gains.mean() <= 0
    assert rows is not GOOD or gains.max() < best_gain(rows)
    one, two = (permuted_gains(rows, "any", np.random.default_rng(seed), draws=3) for seed in (1, 1))
    assert (one == two).all()


def test_the_null_shows_a_gain_that_is_only_the_level():
    """Levels differ, ĝ tells which level it is and nothing within it: the gain is real and the null has it too."""
    rows = world(
        lambda u, rng, split, level: 300 * level + int(rng.integers(0, 31)), levels=60, options=3, shift=lambda level: 300 * level
    )
    told = by_class(rows, "positive_affine")["positive_affine"]
    assert told.saves and told.gain_bits > 100
    null = permuted_gains(rows, "positive_affine", np.random.default_rng(0), 40)
    assert null.min() < told.gain_bits < null.max()


def test_noise_is_not_bought():
    """No-hypercompression: u uniform on its lattice, ĝ of few values; `saves` is an event of probability < 1/10."""
    rng, bought = np.random.default_rng(0), 0
    for _ in range(40):
        level, u, g = np.repeat(np.arange(6), 4), rng.integers(0, 9, 24), rng.integers(0, 3, 24)
        table = ValueTable(level=level, deploy=np.zeros(24, bool), mesa=g, base=u)
        bought += sum(priced.saves for priced in price(table))
    assert bought <= 1


def test_residual_code_is_a_code_and_grows():
    for count, most in ((1, 4000), (2, 150), (3, 40)):
        whole = list(product(range(-most, most + 1), repeat=count)) if count < 3 else []
        if count == 3:
            sizes = np.arange(1, most + 1)  # 4s² + 2 points of size s in three dimensions
            kraft = 2.0 ** -residual_bits(np.zeros(3, np.int64))
            kraft += sum((4 * s * s + 2) * 2.0 ** -residual_bits(np.array([s, 0, 0])) for s in sizes)
        else:
            bits = {s: residual_bits(np.array([s] + [0] * (count - 1))) for s in range(count * most + 1)}
            kraft = sum(2.0 ** -bits[sum(map(abs, r))] for r in whole)
        assert 0.2 < kraft <= 1
    sizes = [residual_bits(np.array([s, 0, -s, 1])) for s in (0, 1, 2, 5, 50, 10**6, 10**11)]
    assert sizes == sorted(sizes) and all(map(math.isfinite, sizes)) and residual_bits(np.zeros(0, np.int64)) == 0


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(st.integers(0, 2), st.booleans(), st.integers(-3, 3), st.integers(-4, 4)), min_size=1, max_size=9),
    st.sampled_from([Fraction(1), Fraction(2, 7), Fraction(-1)]), st.integers(-2, 2), st.booleans(),
)  # fmt: skip
def test_what_fits_leaves_no_residual_and_prices_ignore_units(spec, slope, start, follow):
    """Where `decide` says that a class fits training, its priced map fits too; u in other units costs the same."""
    rows = [ValueRow("0", "train", 0, start)]
    for level, deploy, g, u in spec:
        base = slope * g + start if follow else u
        rows.append(ValueRow(str(level), "deploy" if deploy else "train", g, base, cue=level))
    found = price(rows)
    for priced in found:
        assert priced.letters[0] == "·" or priced.residual_bits == NOTHING, priced
        assert priced.total_bits == priced.map_bits + priced.residual_bits >= 0 and priced.deploy_bits >= 0
        assert priced.gain_bits == priced.free_bits - priced.total_bits
        assert priced.rows == sum(row.split == "train" for row in rows)
    unit = Fraction(10**25, 3)
    scaled = price([ValueRow(r.level, r.split, r.mesa * unit, r.base * unit, cue=r.cue) for r in rows])
    assert scaled == found


def test_steps_have_the_least_residual_of_all_increasing_maps():
    rng = np.random.default_rng(0)
    for _ in range(40):
        g, u = rng.integers(0, 4, 7), rng.integers(0, 5, 7)
        data = coded(ValueTable(level=np.zeros(7, int), deploy=np.zeros(7, bool), mesa=g, base=u), None)
        told = fit_steps(data, np.arange(7))[1](np.arange(7))[0]
        ranked = data.rank.max() + 1
        least = min(
            sum(abs(int(u) - values[rank]) for u, rank in zip(data.u, data.rank, strict=True))
            for values in product(range(data.top + 1), repeat=int(ranked)) if list(values) == sorted(values)
        )  # fmt: skip
        assert np.abs(data.u - told).sum() == least
        assert (np.diff(told[np.argsort(data.rank, kind="stable")]) >= 0).all()


def test_floats_are_sent_to_a_stated_resolution():
    floats = [ValueRow(r.level, r.split, r.mesa * 0.1, r.base * 0.1) for r in GOOD]
    exact = [ValueRow(r.level, r.split, r.mesa * Fraction(1, 10), r.base * Fraction(1, 10)) for r in GOOD]
    assert price(floats, PREFERENCES, 0.1) == price(exact, PREFERENCES) == price(exact, PREFERENCES, Fraction(1, 10))
    coarse, fine = (by_class(exact, "identity", resolution=step)["identity"] for step in (1, Fraction(1, 100)))
    assert coarse.free_bits < by_class(exact, "identity")["identity"].free_bits < fine.free_bits
    with pytest.raises(ValueError, match=r"floats and have no lattice: give resolution="):
        price(floats)
    for wrong in (0, -1, math.nan, math.inf, "x", True):
        with pytest.raises(AnalysisError, match=rf"resolution={wrong!r}: allowed is a positive number"):
            price(exact, resolution=wrong)
    with pytest.raises(ValueError, match=r"lattice points of 1/1000000000000; at most 2\^40"):
        price(exact, resolution=Fraction(1, 10**12))


def test_other_messages_and_a_flat_u():
    for ask in (lambda name: price(GOOD, [name]), lambda name: permuted_gains(GOOD, name, np.random.default_rng(0))):
        with pytest.raises(ValueError, match=r"Unknown priced map class 'afine'"):
            ask("afine")
    for wrong in ("identity", 5):
        with pytest.raises(AnalysisError, match=rf"classes={wrong!r}: allowed is a sequence of names"):
            price(GOOD, wrong)
    with pytest.raises(AnalysisError, match=r"Unknown priced map class \['any'\]"):
        price(GOOD, [["any"]])
    for wrong in ("x", None, math.nan, True):
        with pytest.raises(AnalysisError, match=rf"budget_bits={wrong!r}: allowed is a number of bits"):
            search_maps(GOOD, wrong)
    for wrong in (-1, 0, "x"):
        with pytest.raises(AnalysisError, match=rf"draws={wrong!r}: allowed is an integer of at least 1"):
            permuted_gains(GOOD, "any", np.random.default_rng(0), draws=wrong)
    with pytest.raises(AnalysisError, match=r"rng=5: allowed is a numpy Generator"):
        permuted_gains(GOOD, "any", 5)
    with pytest.raises(ValueError, match=r"No train rows"):
        price([ValueRow("a", "deploy", 1, 1)])
    flat = price([ValueRow("a", "train", g, 5) for g in (1, 2, 3)] + [ValueRow("a", "train", None, 9)])
    assert all(not priced.saves and priced.rows == 3 and priced.deploy_bits == 0 for priced in flat)


def test_having_picked_the_class_is_paid_for():
    few = [ValueRow("a", "train", u, u) for u in (0, 1, 2)]
    alone, among = by_class(few, "identity")["identity"], by_class(few)["identity"]
    assert 0 < alone.gain_bits == among.gain_bits < math.log2(len(PRICED_CLASSES))
    assert alone.saves and not among.saves
