"""`choice`: its numbers are those of a plain loop over levels, and an increasing map leaves no regret."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from innershift.analysis import ValueRow, ValueTable, choice, decide

ROWS = st.lists(
    st.builds(
        ValueRow,
        level=st.sampled_from("abc"),
        split=st.sampled_from(["train", "deploy"]),
        mesa=st.none() | st.integers(0, 2) | st.integers(0, 2),
        base=st.integers(-1, 3),
    ),
    min_size=1,
    max_size=10,
)


def plain_loop(rows, split, representable_only=False):
    """(optimal, worst regret, raw regret) as the definition reads."""
    worst = raw = Fraction(0)
    for level in {r.level for r in rows if r.split == split}:
        here = [r for r in rows if r.level == level and r.split == split]
        liked = [r for r in here if r.mesa is not None]
        here = liked if representable_only else here
        if not here:
            continue
        top = max((r.mesa for r in liked), default=None)
        got = min((r.base for r in liked if r.mesa == top), default=min(r.base for r in here))
        best, low = max(r.base for r in here), min(r.base for r in here)
        raw = max(raw, Fraction(best - got))
        worst = max(worst, Fraction(best - got, best - low) if best > low else Fraction(0))
    return raw == 0, float(worst), float(raw)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(rows=ROWS, only=st.booleans(), unit=st.sampled_from([1, Fraction(1, 3), 10**25]))
def test_regret_equals_a_plain_loop(rows, only, unit):
    rows = [ValueRow("a", "train", 0, 0), *rows]
    scaled = [ValueRow(r.level, r.split, r.mesa, r.base * unit) for r in rows]
    for split in ("train", "deploy"):
        found = choice(scaled, split, representable_only=only)
        optimal, worst, raw = plain_loop(rows, split, only)
        assert (found.optimal, found.worst_regret) == (optimal, pytest.approx(worst))
        assert found.raw_regret == pytest.approx(raw * float(unit))
        assert found.optimal == (found.optimal_levels == found.levels)
        if found.chosen is not None:
            assert found.better.level == found.chosen.level == found.worst_level
            assert scaled[found.chosen_index] is found.chosen and scaled[found.better_index] is found.better
            assert (found.better.base > found.chosen.base) == (found.worst_regret > 0)
        floats = [ValueRow(r.level, r.split, r.mesa, r.base * 0.1) for r in rows]
        assert choice(floats, split, representable_only=only).worst_regret == pytest.approx(worst)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(rows=ROWS)
def test_an_increasing_map_on_deploy_leaves_no_regret_there(rows):
    rows = [ValueRow("a", "train", 0, 0), *(r for r in rows if r.mesa is not None)]
    regret = choice(rows, "deploy").worst_regret
    for name in ("identity", "positive_affine", "positive_affine_offsets", "increasing", "per_level_increasing"):
        assert not (decide(rows, name).deploy and regret > 0)


def test_ties_are_charged_at_their_worst():
    rows = [ValueRow("a", "train", 1, 4), ValueRow("a", "train", 1, 1), ValueRow("a", "train", 0, 0)]
    found = choice(rows, "train")
    assert not found.optimal and found.worst_regret == 0.75 and found.raw_regret == 3
    assert (found.chosen, found.better) == (rows[1], rows[0])


def test_what_no_plan_reaches_is_never_chosen_but_counts_as_lost():
    rows = [ValueRow("a", "train", 1, 4), ValueRow("a", "train", None, 8), ValueRow("a", "train", 0, 0)]
    assert choice(rows, "train").worst_regret == 0.5
    lenient = choice(rows, "train", representable_only=True)
    assert lenient.optimal and lenient.worst_regret == 0 and lenient.coverage == pytest.approx(2 / 3)


def test_a_level_in_which_nothing_can_be_chosen():
    rows = [ValueRow("a", "train", 1, 1), ValueRow("b", "train", None, 5), ValueRow("b", "train", None, 2)]
    found = choice(rows, "train")
    assert not found.optimal and found.worst_regret == 1 and found.raw_regret == 3
    assert found.worst_level == "b" and found.chosen is None and found.better == rows[1]
    assert choice(rows, "train", representable_only=True).levels == 1
    assert choice([rows[0], rows[1]], "train").optimal  # constant base: nothing to lose


def test_an_empty_deploy_side_is_vacuous_and_an_empty_train_side_refused():
    found = choice([ValueRow("a", "train", 1, 1)], "deploy")
    assert found.optimal and found.worst_regret == 0 and found.levels == 0 and found.chosen is None
    with pytest.raises(ValueError, match=r"No train rows to choose from.*choice\(rows, 'deploy'\)"):
        choice([ValueRow("a", "deploy", 1, 1)], "train")
    with pytest.raises(ValueError, match=r"Unknown split 'deployment'. Did you mean 'deploy'\? Allowed: train, deploy"):
        choice([ValueRow("a", "train", 1, 1)], "deployment")
    with pytest.raises(ValueError, match="No rows"):
        choice([], "train")


def test_many_rows_as_columns():
    generator = np.random.default_rng(1)
    level, mesa, base = (generator.integers(0, high, 3000) for high in (50, 9, 30))
    table = ValueTable(level=level, deploy=level % 2 == 1, mesa=mesa, base=base)
    rows = [table.row(index) for index in range(len(table))]
    for split in ("train", "deploy"):
        assert choice(table, split) == choice(rows, split)
        assert choice(table, split).worst_regret == pytest.approx(plain_loop(rows, split)[1])
