"""`decide` on generated rows: its certificates hold up, and it is blind to what should not matter."""

from __future__ import annotations

import itertools
import pickle
import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from innershift.analysis import ValueRow, ValueTable, decide, measures
from innershift.analysis.maps import VALUE_MAPS

CHAINS = (
    ("identity", "positive_affine", "increasing", "non_decreasing", "any"),
    (
        "identity",
        "positive_affine",
        "positive_affine_offsets",
        "per_level_affine",
        "per_level_increasing",
        "per_level_any",
    ),
    ("positive_affine", "cue_affine"),
)


def row(level, split, mesa, base, cue=None, plan=""):
    return ValueRow(level=level, split=split, mesa=mesa, base=base, cue=cue, plan=plan)


@st.composite
def row_sets(draw, max_rows: int = 9, numbers=None):
    """Rows that mostly follow one function of mesa and a constant per level, with a few that do not."""
    table = draw(
        st.sampled_from([[0, 1, 2, 3, 4], [0, 2, 4, 6, 8], [0, 1, 4, 9, 16], [0, 1, 1, 2, 2], [3, 1, 2, 0, 4]])
    )
    lift = draw(st.sampled_from([(0, 0, 0), (0, 3, -1)]))
    unit = draw(st.just(1) if numbers is None else numbers)
    rows = []
    for number in range(draw(st.integers(1, max_rows))):
        level, mesa = draw(st.integers(0, 2)), draw(st.integers(0, 4))
        base = draw(st.integers(-2, 9)) if draw(st.integers(0, 7)) == 7 else table[mesa] + lift[level]
        split = "train" if number == 0 else draw(st.sampled_from(["train", "deploy"]))
        rows.append(row("abc"[level], split, mesa * unit, base * unit, cue=draw(st.sampled_from([None, "x"]))))
    return rows


def relabelled(rows):
    """The rows as train rows: joint does not look at the split."""
    return [row(r.level, "train", r.mesa, r.base, r.cue) for r in rows]


def applied(value_map, r):
    return value_map(r.mesa, level=r.level, cue=r.cue)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(rows=row_sets())
def test_implications_between_quantifiers_and_classes(rows):
    found = {name: decide(rows, name) for name in VALUE_MAPS}
    for decision in found.values():
        assert decision.every <= decision.joint <= min(decision.train, decision.deploy)
        assert decision.every <= decision.every_on_seen <= decision.train
        assert decision.joint <= decision.every_on_seen
        assert decision.joint == (decision.map is not None) == (decision.witness is None)
        assert (decision.rival is not None) == (decision.joint and not decision.every)
    for chain in CHAINS:
        for narrow, wide in itertools.pairwise(chain):
            for quantifier in ("train", "deploy", "joint"):
                assert getattr(found[narrow], quantifier) <= getattr(found[wide], quantifier), (narrow, wide)
            assert found[narrow].misfit >= found[wide].misfit - 1e-12


@pytest.mark.parametrize("name", VALUE_MAPS)
@settings(max_examples=80, deadline=None, derandomize=True)
@given(rows=row_sets(numbers=st.sampled_from([1, Fraction(1, 3), 10**25, Fraction(1, 10**400), 10**400])))
def test_certificates_hold(name, rows):
    decision = decide(rows, name)
    if decision.map is not None:
        assert decision.misfit == 0
        for r in rows:
            assert applied(decision.map, r) == r.base
        assert len(str(decision.map)) < 500
    if decision.rival is not None:
        for r in rows:
            if r.split == "train":
                assert applied(decision.rival, r) == r.base
        assert decision.rival_row is not None and decision.rival_row.split == "deploy"
        assert applied(decision.rival, decision.rival_row) != decision.rival_row.base
        assert rows[decision.rival_index] is decision.rival_row
    if decision.witness is not None:
        limit = {"identity": 1, "positive_affine_offsets": 4}.get(name, 3 if "affine" in name else 2)
        assert 1 <= len(decision.witness) <= limit
        assert not decide(relabelled(decision.witness), name).joint
        assert tuple(rows[at] for at in decision.witness_index) == decision.witness
        for left_out in range(len(decision.witness)):  # nothing in it could be spared
            rest = [r for at, r in enumerate(decision.witness) if at != left_out]
            assert not rest or decide(relabelled(rest), name).joint
        where = "train" if not decision.train else "deploy" if not decision.deploy else "joint"
        assert decision.witness_where == where
        splits = {r.split for r in decision.witness}
        assert splits == {"train", "deploy"} if where == "joint" else splits == {where}


@pytest.mark.parametrize("name", VALUE_MAPS)
@settings(max_examples=40, deadline=None, derandomize=True)
@given(rows=row_sets(), seed=st.integers(0, 99))
def test_order_duplicates_and_units_do_not_matter(name, rows, seed):
    expected = decide(rows, name)
    more = rows + random.Random(seed).choices(rows, k=3)
    random.Random(seed).shuffle(more)
    for other, same_share in ((more, False), (rows[::-1], True)):
        decision = decide(other, name)
        assert decision.letters == expected.letters
        assert decision.misfit == pytest.approx(expected.misfit, abs=1e-12)
        assert decision.slack == expected.slack
        assert decision.every_on_seen == expected.every_on_seen
        assert decision.witness_where == expected.witness_where
        assert not same_share or decision.share_seen == expected.share_seen


@pytest.mark.parametrize("name", VALUE_MAPS)
@settings(max_examples=40, deadline=None, derandomize=True)
@given(rows=row_sets(), unit=st.sampled_from([0.1, 1 / 3, 1e-7, 12345.678]))
def test_floats_decide_like_the_fractions_they_stand_for(name, rows, unit):
    expected = decide(rows, name)
    noisy = [row(r.level, r.split, r.mesa * unit * 3 / 3, (r.base + 7) * unit - 7 * unit, r.cue) for r in rows]
    decision = decide(noisy, name)
    assert decision.letters == expected.letters
    assert decision.share_seen == expected.share_seen
    assert decision.misfit == pytest.approx(expected.misfit, abs=1e-9)
    assert not decision.exact and expected.exact
    if decision.map is not None:
        for r in noisy:
            assert applied(decision.map, r) == pytest.approx(r.base, abs=1e-8 * unit)
    if decision.rival is not None:
        assert abs(applied(decision.rival, decision.rival_row) - decision.rival_row.base) > 1e-3 * unit


@settings(max_examples=60, deadline=None, derandomize=True)
@given(rows=row_sets())
def test_a_table_decides_like_its_rows(rows):
    levels, cues = list(dict.fromkeys(r.level for r in rows)), list(dict.fromkeys(r.cue for r in rows))
    table = ValueTable(
        level=np.array([levels.index(r.level) for r in rows]),
        deploy=np.array([r.split == "deploy" for r in rows]),
        mesa=np.array([r.mesa for r in rows]) * 5,
        base=np.array([r.base for r in rows]) * 2,
        mesa_denominator=5,
        base_denominator=2,
        level_names=levels,
        cue=np.array([cues.index(r.cue) for r in rows]),
        cue_names=cues,
    )
    for name in VALUE_MAPS:
        one, two = decide(rows, name), decide(table, name)
        assert one == two
        assert str(one.map) == str(two.map) and str(one.rival) == str(two.rival)


def test_a_decision_survives_pickling():
    rows = [row("a", "train", 0, 0), row("a", "train", 1, 2), row("b", "deploy", 2, 4)]
    for name in VALUE_MAPS:
        decision = decide(rows, name)
        again = pickle.loads(pickle.dumps(decision))
        assert again == decision and str(again.map) == str(decision.map)


@pytest.mark.parametrize("name", VALUE_MAPS)
@settings(max_examples=60, deadline=None, derandomize=True)
@given(rows=row_sets())
def test_measures_of_each_quantifier_are_those_of_its_rows_alone(name, rows):
    found, whole = measures(rows, name), decide(rows, name)
    spread = max(r.base for r in rows) - min(r.base for r in rows)
    assert found.misfit["joint"] == whole.misfit and found.slack["joint"] == whole.slack
    for side in ("train", "deploy"):
        part = [r for r in rows if r.split == side]
        if not part:
            assert found.misfit[side] == 0
            continue
        alone = decide(relabelled(part), name)
        own = max(r.base for r in part) - min(r.base for r in part)
        if own:
            assert found.misfit[side] == pytest.approx(alone.misfit * own / spread, abs=1e-12)
            assert found.slack[side] == pytest.approx(alone.slack * own / spread)
        assert (found.slack[side] > 0) <= getattr(whole, side)
    assert found.slack["every"] in (0.0, whole.slack) and (found.slack["every"] > 0) <= whole.every


def test_a_squeezed_value_is_let_loose_by_any_change():
    rows = [row("a", "train", 0, 5), row("a", "train", 2, 5), row("a", "train", 3, 9), row("a", "deploy", 1, 5)]
    assert decide(rows, "non_decreasing").every
    assert measures(rows, "non_decreasing").slack["every"] == 0
    assert measures(rows[:3], "non_decreasing").slack["every"] == measures(rows[:3], "non_decreasing").slack["joint"]
