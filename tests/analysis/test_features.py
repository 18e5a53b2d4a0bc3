"""feature_linear against exact ranks by plain elimination, on rows that do and do not fit."""

from __future__ import annotations

import math
import random
from fractions import Fraction

import numpy as np
import pytest
from innershift.analysis import ValueRow, ValueTable, decide
from innershift.analysis.maps.least_error import fit_weights
from innershift.analysis.maps.points import read_sample
from innershift.analysis.maps.vectors import Span, read_vectors
from scipy.optimize import linprog


def rank(matrix) -> int:
    """Rank by elimination in Fractions."""
    rows, found = [[Fraction(v) for v in row] for row in matrix], 0
    for column in range(len(rows[0]) if rows else 0):
        pivot = next((i for i in range(found, len(rows)) if rows[i][column]), None)
        if pivot is None:
            continue
        rows[found], rows[pivot] = rows[pivot], rows[found]
        for i in range(len(rows)):
            if i != found and rows[i][column]:
                share = rows[i][column] / rows[found][column]
                rows[i] = [x - share * y for x, y in zip(rows[i], rows[found], strict=True)]
        found += 1
    return found


def fits(rows) -> bool:
    return rank([r.features for r in rows]) == rank([(*r.features, r.base) for r in rows])


def as_train(rows):
    return [ValueRow(r.level, "train", 0, r.base, features=r.features) for r in rows]


def random_rows(generator: random.Random) -> list[ValueRow]:
    size = generator.choice([2, 3])
    weights = [generator.randint(-2, 2) for _ in range(size)]
    rows = []
    for number in range(generator.randint(1, 6)):
        features = tuple(
            generator.choice([0, 0, 1, 2, -1]) if generator.random() < 0.8 else Fraction(generator.randint(-3, 3), 3)
            for _ in range(size)
        )
        base = sum(w * f for w, f in zip(weights, features, strict=True))
        base = base if generator.random() < 0.9 else generator.randint(-2, 2)
        split = "train" if number == 0 else generator.choice(["train", "deploy"])
        rows.append(ValueRow(generator.choice("ab"), split, 0, base, features=features))
    return rows


def test_quantifiers_and_certificates_equal_ranks_by_hand():
    generator, patterns = random.Random(0), set()
    for _ in range(700):
        rows = random_rows(generator)
        train, deploy = ([r for r in rows if r.split == split] for split in ("train", "deploy"))
        found = decide(rows, "feature_linear")
        joint = fits(rows)
        every = joint and rank([r.features for r in train]) == rank([r.features for r in rows])
        assert (found.train, found.deploy, found.joint, found.every) == (fits(train), fits(deploy), joint, every), rows
        if found.joint:
            assert found.misfit == 0 and all(found.map(r.features) == r.base for r in rows)
            assert found.slack == (math.inf if rank([r.features for r in rows]) == len({(r.features, r.base) for r in rows}) else 0)
        else:
            assert not fits(found.witness)
            assert all(fits(found.witness[:i] + found.witness[i + 1 :]) for i in range(len(found.witness)))
        if found.rival is not None:
            assert all(found.rival(r.features) == r.base for r in train)
            assert found.rival(found.rival_row.features) != found.rival_row.base
        patterns.add(found.letters)
    assert patterns == {"YYYY", "YYY·", "YY··", "·Y··", "Y···", "····"}


def test_floats_decide_like_the_fractions_they_stand_for():
    generator = random.Random(1)
    for _ in range(250):
        rows = random_rows(generator)
        noisy = [
            ValueRow(r.level, r.split, 0, float(r.base) * 0.1, features=tuple(float(f) * 0.3 for f in r.features))
            for r in rows
        ]
        exact, found = decide(rows, "feature_linear"), decide(noisy, "feature_linear")
        assert found.letters == exact.letters
        assert found.misfit == exact.misfit or found.misfit == pytest.approx(exact.misfit, abs=1e-10)
        if found.joint:
            assert all(found.map(r.features) == pytest.approx(r.base, abs=1e-8) for r in noisy)
        else:
            assert not decide(as_train(found.witness), "feature_linear").joint


def test_the_least_error_equals_a_linear_program_on_all_rows():
    generator = np.random.default_rng(0)
    for size in (2, 4):
        features, base = generator.integers(-9, 10, (3000, size)), generator.integers(-99, 100, 3000)
        table = ValueTable(np.zeros(3000, int), np.zeros(3000, bool), base, base, features=features)
        error, weights, active = fit_weights(read_vectors(read_sample(table, 1e-9)))
        ones = np.ones((3000, 1))
        whole = linprog(
            np.r_[np.zeros(size), 1],
            A_ub=np.block([[features, -ones], [-features, -ones]]),
            b_ub=np.r_[base, -base],
            bounds=[(None, None)] * (size + 1),
        )
        assert error == pytest.approx(whole.fun, rel=1e-7)
        assert np.abs(features @ weights - base).max() == pytest.approx(error, rel=1e-12)
        assert len(active) <= size + 1


def test_ranks_of_numbers_beyond_64_bits_are_exact():
    huge = np.array([[10**30, 1], [1, 10**30], [10**30 + 1, 10**30 + 1]], object)
    assert len(Span.of(huge).rows) == 2 and Span.of(huge[:1]).holds(huge).tolist() == [True, False, False]


def test_a_single_number_is_not_applicable():
    with pytest.raises(ValueError, match=r"feature_linear is not applicable: the rows carry no features\. It needs"):
        decide([ValueRow("a", "train", 1, 1)], "feature_linear")
    with pytest.raises(ValueError, match=r"features of 1 component\. It needs .* two or more declared components"):
        decide([ValueRow("a", "train", 1, 1, features=(1,))], "feature_linear")
    with pytest.raises(ValueError, match=r"Row 1: features is \(1,\), other rows have 2 components"):
        decide([ValueRow("a", "train", 1, 1, features=(1, 2)), ValueRow("a", "train", 1, 1, features=(1,))], "any")
    with pytest.raises(ValueError, match=r"Row 1: features is nan; allowed are finite numbers"):
        rows = [ValueRow("a", "train", 1, 1, features=(1, 2)), ValueRow("a", "train", 1, 1, features=(1, math.nan))]
        decide(rows, "feature_linear")


def test_unrepresentable_rows_need_no_features():
    rows = [ValueRow("a", "train", 0, 3, features=(1, 2)), ValueRow("a", "train", None, 99)]
    assert decide(rows, "feature_linear").joint
    table = ValueTable.from_rows(rows)
    assert table.row(1) == rows[1] and decide(table, "feature_linear").coverage == 0.5
    columns = ValueTable(table.level, table.deploy, table.mesa, table.base, representable=table.representable,
                         features=table.features, level_names=["a"])  # fmt: skip
    assert columns.row(0) == rows[0] and columns.row(1).features is None


def test_formulas():
    rows = [ValueRow("a", "train", 0, Fraction(1, 2), features=(1, 0)), ValueRow("a", "train", 0, -2, features=(0, 1))]
    assert str(decide(rows, "feature_linear").map) == "u = 1/2·F1 - 2·F2"


@pytest.mark.parametrize(
    ("train", "deploy"),
    [(((1.0, 2.0), 1.0), ((0.0, 1.0), 1.0)), (((1.0, 0.0), 1.0), ((1.0, 5.0), 3.0)), (((1e6, 2.0), 1.0), ((0.0, 1e-3), 1.0))],
)
def test_a_rival_of_floats_fits_training_and_misses_deployment(train, deploy):
    rows = [ValueRow("a", "train", 0.0, train[1], features=train[0]), ValueRow("b", "deploy", 0.0, deploy[1], features=deploy[0])]
    found = decide(rows, "feature_linear")
    assert found.letters == "YYY·"
    assert found.rival(train[0]) == pytest.approx(train[1], rel=1e-9)
    assert abs(found.rival(deploy[0]) - deploy[1]) > 0.1
