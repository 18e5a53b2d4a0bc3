"""`decide` on rows by hand: each line of the table of map classes, floats at their edges, and refusals by message."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from innershift.analysis import ValueRow, decide
from innershift.analysis.maps import VALUE_MAPS


def row(level, split, mesa, base, cue=None):
    return ValueRow(level=level, split=split, mesa=mesa, base=base, cue=cue)


def relabelled(rows):
    """The rows as train rows: joint does not look at the split."""
    return [row(r.level, "train", r.mesa, r.base, r.cue) for r in rows]


def test_witness_is_an_inversion_inside_one_level_where_there_is_one():
    rows = [
        row("a", "train", 0, 0),
        row("a", "train", 1, 10),
        row("b", "train", 2, 0),  # across levels: the larger fall, 10 to 0
        row("c", "train", 5, 8),
        row("c", "train", 6, 5),  # inside one level
    ]
    for name in ("positive_affine", "increasing", "non_decreasing"):
        decision = decide(rows, name)
        assert decision.witness == (rows[3], rows[4])
        assert decision.witness_kind == "inversion"
    across = decide(rows[:3], "increasing")
    assert across.witness == (rows[1], rows[2])


def test_mixed_witness_where_each_split_fits_alone():
    rows = [row("a", "train", 0, 0), row("a", "train", 1, 1), row("b", "deploy", 0, 1), row("b", "deploy", 1, 2)]
    for name, kind in (("any", "collision"), ("increasing", "split tie"), ("positive_affine", "split tie")):
        decision = decide(rows, name)
        assert decision.letters == "YY··"
        assert decision.witness_where == "joint" and decision.witness_kind == kind
        assert {r.split for r in decision.witness} == {"train", "deploy"}
    assert decide(rows, "positive_affine_offsets").letters == "YYYY"


@pytest.mark.parametrize(
    ("train", "deploy", "name", "letters"),
    [
        # One train mesa value leaves the slope open.
        ([("a", 1, 1)], [("b", 2, 2)], "positive_affine", "YYY·"),
        ([("a", 1, 1)], [("b", 1, 1)], "positive_affine", "YYYY"),
        # A slope of zero is no positive slope, nor strictly increasing.
        ([("a", 0, 5), ("a", 1, 5)], [], "positive_affine", "·Y··"),
        ([("a", 0, 5), ("a", 1, 5)], [], "increasing", "·Y··"),
        ([("a", 0, 5), ("a", 1, 5)], [], "non_decreasing", "YYYY"),
        # Squeezed between two train values of one base value.
        ([("a", 0, 5), ("a", 2, 5)], [("a", 1, 5)], "non_decreasing", "YYYY"),
        ([("a", 0, 4), ("a", 2, 5)], [("a", 1, 5)], "non_decreasing", "YYY·"),
        ([("a", 0, 5), ("a", 2, 5)], [("a", 1, 6)], "non_decreasing", "YY··"),
        # Offsets: a is pinned by one train level, so an unseen level only brings its own offset.
        ([("a", 0, 0), ("a", 1, 2)], [("b", 0, 7), ("b", 3, 13)], "positive_affine_offsets", "YYYY"),
        ([("a", 0, 0), ("a", 1, 2)], [("b", 0, 7), ("b", 3, 14)], "positive_affine_offsets", "YY··"),
        # No train level pins a: an unseen level of one value asks nothing of it, one of two values does.
        ([("a", 0, 0)], [("b", 0, 7), ("b", 0, 7)], "positive_affine_offsets", "YYYY"),
        ([("a", 0, 0)], [("b", 0, 7), ("b", 1, 8)], "positive_affine_offsets", "YYY·"),
        # A level in both splits keeps its offset.
        ([("a", 0, 0)], [("a", 1, 8)], "positive_affine_offsets", "YYY·"),
        ([("a", 0, 0)], [("a", 0, 1)], "positive_affine_offsets", "YY··"),
        ([("a", 0, 0), ("b", 0, 0), ("b", 1, 1)], [("a", 1, 2)], "positive_affine_offsets", "YY··"),
        # A map per level says nothing of a level that train has not.
        ([("a", 0, 0), ("a", 1, 1)], [("a", 1, 1)], "per_level_any", "YYYY"),
        ([("a", 0, 0), ("a", 1, 1)], [("b", 1, 1)], "per_level_any", "YYY·"),
        ([("a", 0, 0), ("a", 1, 1)], [("a", 2, 2)], "per_level_affine", "YYYY"),
        ([("a", 0, 0), ("a", 1, 1)], [("a", 2, 2)], "per_level_increasing", "YYY·"),
        # (argmin, −u) carries all the information and none of the preference.
        ([("a", 0, 0), ("a", 1, -1)], [("b", 0, 0), ("b", 1, -1)], "any", "YYYY"),
        ([("a", 0, 0), ("a", 1, -1)], [("b", 0, 0), ("b", 1, -1)], "increasing", "····"),
    ],
)
def test_the_table_of_design_1_4(train, deploy, name, letters):
    rows = [row(level, "train", mesa, base) for level, mesa, base in train]
    rows += [row(level, "deploy", mesa, base) for level, mesa, base in deploy]
    assert decide(rows, name).letters == letters


def test_cue_affine_transfers_only_where_train_knows_the_cue():
    seen = [row("a", "train", 0, 0, "x"), row("a", "train", 1, 2, "x"), row("b", "train", 0, 5, "y")]
    assert decide([*seen, row("c", "deploy", 4, 8, "x")], "cue_affine").letters == "YYYY"
    assert decide([*seen, row("c", "deploy", 4, 8, "y")], "cue_affine").letters == "YYY·"
    unseen = decide([*seen, row("c", "deploy", 4, 8, None)], "cue_affine")
    assert unseen.letters == "YYY·" and unseen.share_seen == 0
    assert decide([*seen, row("c", "deploy", 4, 9, "x")], "cue_affine").letters == "YY··"


def test_share_seen_counts_deploy_rows_and_every_on_seen_leaves_the_rest_out():
    rows = [row("a", "train", 0, 0), row("a", "train", 2, 2)]
    rows += [row("b", "deploy", 0, 0), row("b", "deploy", 0, 0), row("b", "deploy", 2, 2), row("b", "deploy", 1, 9)]
    decision = decide(rows, "increasing")
    assert decision.letters == "Y···" and decision.every_on_seen and decision.share_seen == 0.75
    wrong = decide([*rows, row("b", "deploy", 2, 3)], "increasing")
    assert not wrong.every_on_seen and wrong.share_seen == 0.8


@pytest.mark.parametrize("name", VALUE_MAPS)
def test_an_empty_deploy_side_is_vacuous(name):
    fits = decide([row("a", "train", 1, 1), row("a", "train", 2, 2)], name)
    assert fits.letters == "YYYY" and fits.share_seen == 1 and fits.deploy_rows == 0
    broken = decide([row("a", "train", 1, 2), row("a", "train", 1, 1)], name)
    assert broken.letters == "·Y··"


def test_unrepresentable_rows_carry_no_value_and_are_counted():
    rows = [
        row("a", "train", 0, 0),
        row("a", "train", None, 99),
        row("b", "deploy", None, 1),
        row("b", "deploy", None, 0),
    ]
    decision = decide(rows, "identity")
    assert decision.letters == "YYYY"
    assert (decision.coverage, decision.coverage_train, decision.coverage_deploy) == (0.25, 0.5, 0.0)
    assert (decision.train_rows, decision.deploy_rows) == (1, 0)


@pytest.mark.parametrize(("noise", "fits"), [(1e-16, True), (1e-13, True), (1e-6, False), (1e-8, False)])
@pytest.mark.parametrize("name", [name for name in VALUE_MAPS if "affine" in name])
def test_affine_allows_rounding_and_nothing_more(noise, fits, name):
    generator = np.random.default_rng(0)
    mesa = [k * 0.1 for k in range(10)]
    base = [2 * m + 1 + noise * 0.9 * float(s) for m, s in zip(mesa, generator.choice([-1, 1], 10), strict=True)]
    rows = [row("a", "train" if k < 5 else "deploy", *pair) for k, pair in enumerate(zip(mesa, base, strict=True))]
    decision = decide(rows, name)
    assert decision.joint is fits
    if fits:
        assert decision.map(0.3, level="a") == pytest.approx(1.6, abs=1e-9)
    else:
        assert not decide(relabelled(decision.witness), name).joint


def test_no_tiny_slope_fits_a_constant():
    rows = [row("a", "train", 0.0, 1.0), row("a", "train", 0.1, 1.0), row("a", "train", 0.2, 5.0)]
    for name in ("positive_affine", "positive_affine_offsets", "increasing", "per_level_affine"):
        assert not decide(rows[:2], name).joint
        assert not decide(rows, name).joint
    assert decide(rows, "non_decreasing").joint


def test_products_in_another_order_are_one_value():
    discount = 0.9
    running, rows = 1.0, []
    for depth in range(30):
        rows += [row("a", "train", discount**depth, depth), row("a", "train", running, depth)]
        running *= discount
    assert len({r.mesa for r in rows}) > 30  # really different floats
    assert decide(rows, "any").joint


def test_identity_of_floats_is_up_to_rounding():
    rows = [row("a", "train", 0.1 * 3, 0.3), row("a", "train", 1.0, 1.0)]
    assert decide(rows, "identity").every
    assert not decide([*rows, row("a", "train", 0.5, 0.5 + 1e-7)], "identity").joint
    assert decide([row("a", "train", 0.1 * 3, 0.3)], "identity").joint


def test_an_outlier_never_merges_what_a_float_can_tell():
    rows = [row("a", "train", -1e12, -1e12), row("a", "train", 0.0, 1.0), row("a", "train", 1.0, 0.0)]
    with pytest.raises(ValueError, match=r"Column 'mesa': 0.0 and 1.0 are 1 apart, neither equal"):
        decide(rows, "increasing")
    exact = [row(r.level, r.split, int(r.mesa), int(r.base)) for r in rows]
    assert decide(exact, "increasing").letters == "·Y··"


def test_a_line_allows_for_the_rounding_of_mesa_as_well():
    rows = [row("a", "train", 1e7 + k * 0.02, k * 0.02) for k in range(8)]
    for name in ("positive_affine", "positive_affine_offsets", "per_level_affine"):
        assert decide(rows, name).joint, name
    bent = [row("a", "train", 1e7 + k * 0.02, k * 0.02 + (k == 3) * 1e-3) for k in range(8)]
    assert not decide(bent, "positive_affine").joint


def test_extreme_numbers_end_in_numbers():
    assert decide([row("a", "train", 10**400, 0), row("a", "train", 1, 1)], "identity").misfit == math.inf
    for name in ("positive_affine", "positive_affine_offsets"):
        steep = decide([row("a", "train", 1e-300, 1e300), row("a", "train", 0.0, 0.0)], name)
        assert steep.joint and str(steep.map)
        high = decide([row("a", "train", 0.0, 1.7e308), row("b", "deploy", 1.0, 1.75e308)], name)
        assert high.joint and str(high.rival)
    close = decide([row("a", "train", 1.0000000000000002, 1.0)], "identity")
    assert close.joint and close.misfit == 0
    table = decide([row("a", "train", 1.0, 5), row("a", "train", 1.0000000000000024, 5)], "any")
    assert table.map(1.0) == table.map(1.0000000000000024) == 5


def test_tolerance_zero_takes_floats_as_they_are():
    rows = [row("a", "train", 0.1 * 3, 1.0), row("a", "train", 0.3, 0.0)]
    assert not decide(rows, "any").joint
    assert decide(rows, "any", tol=0).joint


def test_exact_numbers_have_no_tolerance_at_all():
    tiny = Fraction(1, 10**30)
    rows = [row("a", "train", k, 2 * k + 1) for k in range(3)]
    assert decide(rows, "positive_affine").joint
    rows[1] = row("a", "train", 1, 3 + tiny)
    for name in ("positive_affine", "positive_affine_offsets"):
        decision = decide(rows, name)
        assert not decision.joint and len(decision.witness) == 3
        assert decision.misfit == pytest.approx(float(tiny) / 8, rel=1e-6, abs=1e-15)
    wide = [row("a", "train", m, 3 * m + (m == 2**60)) for m in (0, 1, 2**60, 2**61)]
    assert not decide(wide, "positive_affine").joint
    assert decide([row("a", "train", m, 3 * m) for m in (0, 1, 2**60, 2**61, 10**40)], "positive_affine").every


def test_slack_is_the_least_change_that_ends_a_fit():
    steps = [row("a", "train", 0, 0), row("a", "train", 1, 2), row("a", "train", 2, 3), row("b", "deploy", 5, 10)]
    assert decide(steps, "increasing").slack == pytest.approx(0.05)  # half of 3 − 2, of a range of 10
    for share, holds in ((0.98, True), (1.02, False)):
        change = Fraction(share) * Fraction(1, 20) * 10
        moved = [steps[0], row("a", "train", 1, 2 + change), row("a", "train", 2, 3 - change), steps[3]]
        assert decide(moved, "increasing").joint is holds
    assert decide(steps, "any").slack == math.inf
    assert decide(steps, "non_decreasing").slack == pytest.approx(0.05)
    assert decide(steps[:2], "positive_affine").slack == pytest.approx(0.5)
    assert decide(steps[:1], "positive_affine").slack == math.inf
    assert decide(steps, "positive_affine").slack == 0  # a NO
    line = [row("a", "train", k, k) for k in range(3)]
    assert decide(line, "positive_affine").slack == decide(line, "identity").slack == 0  # a YES on the edge
    assert decide(line, "per_level_increasing").slack == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("name", "misfit"), [("identity", 0.5), ("positive_affine", 0.375), ("increasing", 0.25), ("any", 0.0)]
)
def test_misfit_by_hand(name, misfit):
    rows = [row("a", "train", 0, 0), row("a", "train", 1, 2), row("b", "deploy", 2, 1), row("b", "deploy", 3, 2)]
    assert decide(rows, name).misfit == pytest.approx(misfit)


def test_misfit_of_a_constant_base_is_zero_or_infinite():
    rows = [row("a", "train", 0, 1), row("a", "train", 1, 1)]
    assert decide(rows, "identity").misfit == math.inf
    assert decide(rows, "positive_affine").misfit == 0  # the closure has a = 0
    assert not decide(rows, "positive_affine").joint


ONE = row("a", "train", 1, 1)


@pytest.mark.parametrize(
    ("rows", "name", "message"),
    [
        ([], "any", r"No rows: nothing to decide. Give at least one row"),
        (
            [row("a", "deploy", 1, 1)],
            "any",
            r"No train rows: all 1 rows have split 'deploy'.*Add rows with split='train'",
        ),
        ([row("a", "train", None, 1)], "any", r"No train row has a mesa value.*Raise its budget"),
        (
            [ONE],
            "increasin",
            r"Unknown map class 'increasin'. Did you mean 'increasing'\? Allowed: identity, positive_",
        ),
        ([ONE], "per-level-any", r"Did you mean 'per_level_any'\?"),
        (
            [ONE, row("a", "trian", 1, 1)],
            "any",
            r"Unknown split \(row 1\) 'trian'. Did you mean 'train'\? Allowed: train",
        ),
        ([ONE, row("a", "train", math.nan, 1)], "any", r"Row 1: mesa is nan; allowed are finite.*has mesa=None"),
        ([row("a", "train", 1, -math.inf)], "any", r"Row 0: base is -inf; allowed are finite numbers"),
        ([row("a", "train", True, 1)], "any", r"Row 0: mesa is True, a bool.*Write 0 or 1"),
        (
            [row("a", "train", 1, "2")],
            "any",
            r"Row 0: base is '2'; allowed are int, fractions.Fraction and finite float",
        ),
        ([row("a", "train", 1, None)], "any", r"Row 0: base is None; allowed"),
        ([("a", "train", 1, 1)], "any", r"Row 0 is a tuple, not a ValueRow\(level=...,"),
        ([row("a", "train", 1, 1, cue=[])], "any", r"Levels and cues must be hashable"),
        ([row("a", "train", 10**400, 1), row("a", "train", 0.5, 1)], "any", r"'mesa' mixes floats.*use Fractions"),
    ],
)
def test_refusals_name_the_value_and_the_next_step(rows, name, message):
    with pytest.raises(ValueError, match=message):
        decide(rows, name)


def test_floats_too_close_to_tell_are_refused():
    rows = [row("a", "train", 0.0, 0), row("a", "train", 1.0, 1), row("a", "train", 1.0 + 1e-10, 1)]
    with pytest.raises(ValueError, match=r"Column 'mesa': 1.0 and 1.0000000001 are 1e-10 apart, neither equal"):
        decide(rows, "any")
    assert decide(rows, "any", tol=1e-6).joint
    chain = [row("a", "train", 0.0, 0)] + [row("a", "train", 1 + k * 9e-13, 1) for k in range(2000)]
    with pytest.raises(ValueError, match=r"a chain of nearly equal values runs from 1.0 to 1.0000000017991"):
        decide(chain, "any")
    with pytest.raises(ValueError, match=r"tol=0.5: allowed is 0 .* to 0.01"):
        decide(rows, "any", tol=0.5)
    with pytest.raises(ValueError, match=r"Column 'base' spans more than a float can hold. Rescale"):
        decide([row("a", "train", 1, 1.7e308), row("a", "train", 1, -1.7e308)], "any")
