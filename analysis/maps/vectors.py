"""The distinct (features, base) points of a table, for classes that map a vector objective; ranks decided exactly."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from math import lcm

import numpy as np

from ..errors import NotApplicable
from .columns import Column, read_column
from .points import Sample, Sided, sorted_rows, tallied

__all__ = ["Span", "Vectors", "read_vectors"]


@dataclass(frozen=True, eq=False)
class Vectors(Sided):
    """`P` distinct points of D features and a base value.

    Attributes:
        features: `[P, D]` numerators (int64, or Python ints) over `denominator`, or floats.
        denominator: of the features; 1 for floats.
        base: `[P]` int64 rank of each base value in `base_column`.
        train_row: `[P]` index of the first train row at the point, −1 if none.
        deploy_row: `[P]` index of the first deploy row at the point, −1 if none.
        deploy_count: `[P]` number of deploy rows at the point.
        base_column: the ranked base values of all representable rows.
        exact: whether features and base are exact numbers.
    """

    features: np.ndarray
    denominator: int
    base: np.ndarray
    train_row: np.ndarray
    deploy_row: np.ndarray
    deploy_count: np.ndarray
    base_column: Column
    exact: bool

    def __len__(self) -> int:
        return len(self.base)

    def select(self, mask: np.ndarray) -> Vectors:
        """The points under a `[P]` mask, order kept."""
        names = ("features", "base", "train_row", "deploy_row", "deploy_count")
        return replace(self, **{name: getattr(self, name)[mask] for name in names})

    @property
    def allowance(self) -> float:
        """How far a base value may be from where a map puts it: 0 for exact numbers, reward per episode."""
        return 0.0 if self.exact else self.base_column.allowance

    @property
    def values(self) -> np.ndarray:
        """`[P]` base values: numerators over the column's denominator, or floats where not exact."""
        numerators = self.base_column.values[self.base]
        if self.exact:
            return numerators
        return numerators.astype(float) / self.base_column.denominator


def read_vectors(sample: Sample) -> Vectors:
    """The distinct points of the rows that carry a vector objective.

    Raises:
        NotApplicable: the rows carry none, or one of fewer than two components: the class is not applicable.
    """
    table = sample.table
    if table.features is None or table.features.shape[1] < 2:
        got = "no features" if table.features is None else f"features of {table.features.shape[1]} component"
        raise NotApplicable(
            f"feature_linear is not applicable: the rows carry {got}. It needs the agent's own vector objective, two or "
            "more declared components, as ValueRow(features=...); a single number is what 'positive_affine' maps."
        )
    features = table.features[sample.row]
    codes, columns = [], []
    for d in range(features.shape[1]):
        column = read_column(features[:, d], table.features_denominator, f"features[{d}]", sample.base.tol)
        codes.append(column.code)
        columns.append(column)
    order, new = sorted_rows(
        [*codes, sample.base.code], [len(column.values) for column in (*columns, sample.base)]
    )
    starts = np.flatnonzero(new)
    at = order[starts]
    exact = sample.base.exact and all(column.exact for column in columns)
    if exact:
        kept = [column.values[code[at]] for column, code in zip(columns, codes, strict=True)]
    else:
        kept = [ratio_floats(column)[code[at]] for column, code in zip(columns, codes, strict=True)]
    train_row, deploy_row, deploy_count = tallied(sample.row[order], table.deploy[sample.row[order]], starts)
    return Vectors(
        features=np.stack(kept, axis=1),
        denominator=table.features_denominator if exact else 1,
        base=sample.base.code[at],
        train_row=train_row,
        deploy_row=deploy_row,
        deploy_count=deploy_count,
        base_column=sample.base,
        exact=exact,
    )


def ratio_floats(column: Column) -> np.ndarray:
    """`[K]` the distinct values of a column as floats."""
    return np.array([int(value) / column.denominator for value in column.values])


@dataclass(frozen=True, eq=False)
class Span:
    """The row space of integer vectors, exactly.

    Attributes:
        rows: indices of the rows that form the basis.
        pivots: columns whose entries fix a vector of the space.
        inverse: `[k, k]` Fractions: the inverse of the basis at its pivots.
        basis: `[k, D]` Python ints.
    """

    rows: tuple[int, ...]
    pivots: tuple[int, ...]
    inverse: list[list[Fraction]]
    basis: list[list[int]]

    @classmethod
    def of(cls, vectors: np.ndarray) -> Span:
        """The span of `[N, D]` integer vectors, in O(N D²): whatever vector is left out joins the basis."""
        span = cls.through(vectors, [])
        while True:
            left_out = np.flatnonzero(~span.holds(vectors))
            if not len(left_out):
                return span
            span = cls.through(vectors, [*span.rows, int(left_out[0])])

    @classmethod
    def through(cls, vectors: np.ndarray, rows: list[int]) -> Span:
        """The span of some rows, which are made independent by exact elimination."""
        kept, pivots, reduced = [], [], []
        for row in rows:
            rest = [Fraction(int(v)) for v in vectors[row]]
            for pivot, other in zip(pivots, reduced, strict=True):
                share = rest[pivot]
                rest = [x - share * y for x, y in zip(rest, other, strict=True)]
            pivot = next((d for d, x in enumerate(rest) if x), None)
            if pivot is None:
                continue
            scale = rest[pivot]
            kept.append(row)
            pivots.append(pivot)
            reduced.append([x / scale for x in rest])
        basis = [[int(v) for v in vectors[row]] for row in kept]
        return cls(tuple(kept), tuple(pivots), inverted([[b[p] for p in pivots] for b in basis]), basis)

    def coefficients(self, vector: np.ndarray) -> list[Fraction]:
        """How a vector of the space is combined from the basis (for others: what agrees with it at the pivots)."""
        at = [int(vector[p]) for p in self.pivots]
        return [sum((a * self.inverse[i][k] for i, a in enumerate(at)), Fraction(0)) for k in range(len(at))]

    def extended(self, column: list[Fraction]) -> list[Fraction]:
        """`[k]` weights on the pivots that give each basis row the value in `column` (`[k]`)."""
        return [sum((x * y for x, y in zip(row, column, strict=True)), Fraction(0)) for row in self.inverse]

    def predicts(self, vectors: np.ndarray, column: list[Fraction], targets: np.ndarray) -> np.ndarray:
        """`[N]` bool: whether the linear form with these values on the basis gives each vector its target, exactly."""
        weights = self.extended(column)
        shared = lcm(*(w.denominator for w in weights)) if weights else 1
        whole = [int(w * shared) for w in weights]
        part = vectors[:, list(self.pivots)]
        size = max((abs(int(v)) for v in (part.max(initial=0), part.min(initial=0))), default=0)
        most = sum(abs(w) for w in whole) * size
        ends = max(abs(int(targets.max(initial=0))), abs(int(targets.min(initial=0)))) * shared
        if object in (vectors.dtype, targets.dtype) or max(most, ends) >= 2**62:
            total = np.zeros(len(vectors), object)
            for d, w in enumerate(whole):
                total = total + part[:, d].astype(object) * w
            return np.asarray(total == targets.astype(object) * shared, bool)
        return part @ np.array(whole, np.int64) == targets * shared if whole else targets == 0

    def holds(self, vectors: np.ndarray) -> np.ndarray:
        """`[N]` bool: whether each vector lies in the span, exactly."""
        inside = np.ones(len(vectors), bool)
        for d in range(vectors.shape[1]):
            if d not in self.pivots:
                inside &= self.predicts(vectors, [Fraction(b[d]) for b in self.basis], vectors[:, d])
        return inside

    def null_vectors(self, size: int) -> list[list[Fraction]]:
        """Vectors that span what is orthogonal to the space, in `size` dimensions."""
        found = []
        for d in range(size):
            if d not in self.pivots:
                vector = [Fraction(0)] * size
                vector[d] = Fraction(1)
                for pivot, weight in zip(self.pivots, self.extended([Fraction(b[d]) for b in self.basis]), strict=True):
                    vector[pivot] = -weight
                found.append(vector)
        return found


def inverted(matrix: list[list[Fraction]] | list[list[int]]) -> list[list[Fraction]]:
    """The inverse of an invertible matrix, by exact elimination."""
    size = len(matrix)
    rows = [[Fraction(v) for v in row] + [Fraction(i == j) for j in range(size)] for i, row in enumerate(matrix)]
    for d in range(size):
        pivot = next(i for i in range(d, size) if rows[i][d])
        rows[d], rows[pivot] = rows[pivot], rows[d]
        scale = rows[d][d]
        rows[d] = [x / scale for x in rows[d]]
        for i in range(size):
            if i != d and rows[i][d]:
                share = rows[i][d]
                rows[i] = [x - share * y for x, y in zip(rows[i], rows[d], strict=True)]
    return [row[size:] for row in rows]
