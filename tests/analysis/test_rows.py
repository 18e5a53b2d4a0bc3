"""`ValueTable`: columns in, the same rows out; malformed columns are refused by name."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from innershift.analysis import ValueRow, ValueTable, decide

PLAIN = {
    "level": np.array([0, 1]),
    "deploy": np.array([False, True]),
    "mesa": np.array([0, 3]),
    "base": np.array([1, 2]),
}


def test_rows_come_back_as_they_were():
    rows = [
        ValueRow("a", "train", Fraction(1, 3), 2, plan="up", cue=("red", 1)),
        ValueRow("b", "deploy", None, Fraction(5, 7)),
    ]
    table = ValueTable.from_rows(iter(rows))
    assert len(table) == 2 and [table.row(0), table.row(1)] == rows
    assert (table.mesa_denominator, table.base_denominator) == (3, 7)
    assert table.mesa.tolist() == [1, 0] and table.base.tolist() == [14, 5]
    assert table.representable.tolist() == [True, False]


def test_rows_are_made_from_columns_when_asked():
    table = ValueTable(
        **PLAIN,
        mesa_denominator=2,
        representable=np.array([True, False]),
        level_names=("first", "second"),
        cue=np.array([1, 0]),
        cue_names=("dry", "wet"),
        plan=lambda index: f"plan {index}",
    )
    assert table.row(0) == ValueRow("first", "train", 0, 1, "plan 0", "wet")
    assert table.row(1) == ValueRow("second", "deploy", None, 2, "plan 1", "dry")
    assert ValueTable(**PLAIN, mesa_denominator=2).row(1) == ValueRow("1", "deploy", Fraction(3, 2), 2)
    assert ValueTable(**PLAIN, plan=["x", "y"]).row(1).plan == "y"


@pytest.mark.parametrize(
    ("values", "dtype", "denominator"),
    [
        ([1, 2], np.int64, 1),
        ([1, np.int32(2)], np.int64, 1),
        ([Fraction(1, 2), np.int64(2)], np.int64, 2),
        ([1, 2**70], object, 1),
        ([Fraction(1, 2**70), 1], object, 2**70),
        ([1, 0.5], np.float64, 1),
        ([Fraction(1, 2), np.float32(2)], np.float64, 1),
    ],
)
def test_column_types(values, dtype, denominator):
    table = ValueTable.from_rows(ValueRow("a", "train", value, value) for value in values)
    assert table.mesa.dtype == dtype and table.mesa_denominator == denominator
    assert table.base.dtype == dtype and table.base_denominator == denominator


@pytest.mark.parametrize("dtype", [np.int8, np.uint16, np.uint64, np.int64, object, np.float32])
def test_any_width_of_number_decides_alike(dtype):
    columns = {**PLAIN, "mesa": np.array([0, 3], dtype), "base": np.array([1, 7], dtype)}
    assert decide(ValueTable(**columns), "increasing").letters == "YYY·"
    assert decide(ValueTable(**columns), "positive_affine").map(3) == 7


def test_the_largest_integers_are_compared_exactly():
    top = np.array([2**63 - 1, -(2**63)])
    table = ValueTable(**{**PLAIN, "mesa": top, "base": top - np.array([1, 0])})
    assert table.mesa.dtype == object
    assert decide(ValueTable(**{**PLAIN, "mesa": top, "base": top}), "identity").joint
    assert not decide(table, "identity").joint


def test_values_of_unreached_outcomes_are_ignored():
    columns = {**PLAIN, "mesa": np.array([1.0, np.nan]), "representable": np.array([True, False])}
    assert decide(ValueTable(**columns), "identity").every


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"level": np.zeros(0, int)}, "No rows: nothing to decide"),
        ({"level": np.array(["a", "b"])}, "Column 'level' must be codes 0, 1, ..."),
        ({"level": np.array([0, -1])}, "Column 'level' must be codes"),
        ({"level_names": ("only",)}, "Level code 1 has no name: level_names holds 1"),
        ({"deploy": np.array([0, 1])}, r"Column 'deploy' must be bool \(true: deploy, false: train\), got int64"),
        ({"deploy": np.array([True])}, r"Column 'deploy' has shape \(1,\), 'level' has \(2,\)"),
        ({"mesa": np.array([1])}, r"Column 'mesa' has shape \(1,\), 'level' has \(2,\)"),
        ({"mesa": np.array([True, False])}, "Column 'mesa' has dtype bool; allowed are integers"),
        ({"base": np.array(["1", "2"])}, "Column 'base' has dtype <U1; allowed are integers"),
        ({"base": np.array([1, None])}, "Column 'base' has dtype object; allowed are integers"),
        ({"base": np.array([0.0, np.nan])}, "Row 1: base is nan; allowed are finite numbers"),
        ({"mesa": np.array([0.0, np.inf])}, "Row 1: mesa is inf.*representable=False"),
        ({"mesa_denominator": 0}, "mesa_denominator must be a positive integer, got 0"),
        ({"mesa": np.array([0.0, 1.0]), "mesa_denominator": 2}, "holds floats, so mesa_denominator must be 1, got 2"),
        ({"cue": np.array([0, 1])}, "Column 'cue' must be codes into the 1 cue_names; name every cue"),
        ({"representable": np.array([1, 0])}, "Column 'representable' must be bool, got int64"),
    ],
)
def test_malformed_columns_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        ValueTable(**{**PLAIN, **change})


def test_one_level_has_one_code():
    with pytest.raises(ValueError, match=r"Level name 'a' stands twice in level_names"):
        ValueTable(np.array([0, 1]), np.zeros(2, bool), np.arange(2), np.arange(2), level_names=("a", "a"))
