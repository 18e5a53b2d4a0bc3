"""u = w · F with F the agent's own vector objective: information about the parts, whatever their sign."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from ..rows import Number
from .columns import number_text
from .least_error import fit_weights
from .points import Grouping, Sample
from .protocol import Refutation, relative
from .vectors import Span, Vectors, read_vectors

__all__ = ["FeatureMap", "Features"]


@dataclass(frozen=True)
class FeatureMap:
    """u = w · F; call it with the vector of features."""

    weights: tuple[Number, ...]

    def __call__(self, value: Sequence[Number], *, level: Any = None, cue: Any = None) -> Number:
        """The base value of a vector objective."""
        return sum((w * v for w, v in zip(self.weights, value, strict=True)), type(self.weights[0])(0))

    def __str__(self) -> str:
        terms = [f"{number_text(w)}·F{d}" for d, w in enumerate(self.weights, 1) if w]
        return "u = " + (" + ".join(terms).replace("+ -", "- ") or "0")


@dataclass(frozen=True)
class Features:
    """All linear forms on the agent's features, without a constant. Attributes as in `MapClass`.

    Exact rows are decided by exact ranks: ``rank[F] = rank[F u]`` says that a map fits, ``rowspace(F_deploy) ⊆
    rowspace(F_train)`` that train pins it. Float rows fit where the least largest error is within the allowance.
    """

    name: str
    description: str
    preference: bool = False
    vacuous: bool = True
    by: Grouping = "pool"

    def points(self, sample: Sample, within_level: bool = False) -> Vectors | None:
        """The distinct points, never grouped: a refutation needs as many rows as it needs, from wherever."""
        return None if within_level else read_vectors(sample)

    def decide(self, points: Vectors) -> bool:
        """Whether one linear form gives every point its base value."""
        if not len(points):
            return True
        if points.exact:
            return self._exact(points)[1] is None
        return fit_weights(points)[0] <= points.allowance

    def seen(self, points: Vectors) -> np.ndarray:
        """`[P]` bool: the features lie in the span of the train features."""
        train = points.features[points.in_train]
        if not len(points):
            return np.zeros(0, bool)
        if points.exact:
            return Span.of(train).holds(points.features)
        return inside_numerically(train, points.features, points.base_column.tol)

    def fit(self, points: Vectors) -> FeatureMap:
        """Weights that fit all points; 0 on features that nothing needs."""
        if points.exact:
            return self._exact(points)[0]
        return FeatureMap(tuple(float(w) for w in fit_weights(points)[1]))

    def rival(self, points: Vectors, target: int) -> FeatureMap:
        """The fitted weights plus a direction that train never sees and the target does."""
        fitted, train = self.fit(points), points.features[points.in_train]
        if points.exact:
            for vector in Span.of(train).null_vectors(points.features.shape[1]):
                if sum(v * int(f) for v, f in zip(vector, points.features[target], strict=True)):
                    return FeatureMap(tuple(w + v for w, v in zip(fitted.weights, vector, strict=True)))
        size = columns_size(points.features)
        wanted = points.features[target] / size
        unseen = (wanted - projected(train / size, wanted[None])[0]) / size  # no train row has any of this direction
        step = unseen * ((float(np.ptp(points.values)) or 1.0) / float(unseen @ points.features[target]))
        return FeatureMap(tuple(float(w + s) for w, s in zip(fitted.weights, step, strict=True)))

    def certify(self, points: Vectors) -> Refutation | None:
        """Rows whose features cancel and whose base values do not: a left null vector of F, as few rows as it needs."""
        if not len(points):
            return None
        if points.exact:
            wrong = self._exact(points)[1]
            return None if wrong is None else Refutation("features cancel", wrong)
        error, _, active = fit_weights(points)
        return None if error <= points.allowance else Refutation("features cancel", tuple(sorted(active)))

    def misfit(self, points: Vectors) -> float:
        """Least largest error over all weights, / range(u); double precision."""
        if not len(points) or (points.exact and self.decide(points)):
            return 0.0
        error, span = fit_weights(points)[0], points.base_column.span / points.base_column.denominator
        return error / span if span else relative(1 if error > points.base_column.allowance else 0, points)

    def slack(self, points: Vectors) -> float:
        """Inf where the points' features are independent, so that any base values fit; else 0."""
        rank = len(Span.of(points.features).rows) if points.exact else int(np.linalg.matrix_rank(points.features))
        return math.inf if rank == len(points) else 0.0

    def _exact(self, points: Vectors) -> tuple[FeatureMap, tuple[int, ...] | None]:
        """(weights that fit a basis of the points, points that refute them or None)."""
        span, values = Span.of(points.features), points.values
        column = [Fraction(int(values[row])) for row in span.rows]
        weights = [Fraction(0)] * points.features.shape[1]
        for pivot, weight in zip(span.pivots, span.extended(column), strict=True):
            weights[pivot] = weight * points.denominator / points.base_column.denominator
        fits = span.predicts(points.features, column, values)
        if fits.all():
            return FeatureMap(tuple(weights)), None
        wrong = int(np.flatnonzero(~fits)[0])
        shares = span.coefficients(points.features[wrong])
        needed = [row for row, share in zip(span.rows, shares, strict=True) if share]
        return FeatureMap(tuple(weights)), tuple(sorted({wrong, *needed}))


def columns_size(vectors: np.ndarray) -> np.ndarray:
    """`[D]` the largest size in each column of `[N, D]` vectors; 1 where all are 0."""
    size = np.abs(vectors).max(axis=0, initial=0)
    return np.where(size > 0, size, 1.0)


def projected(train: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """`[N, D]` the vectors' components in the row space of `[M, D]` train vectors, in double precision."""
    _, sizes, axes = np.linalg.svd(np.linalg.qr(train, mode="r"))
    kept = axes[: len(sizes)][sizes > 1e-12 * sizes.max(initial=0)]
    return vectors @ kept.T @ kept


def inside_numerically(train: np.ndarray, vectors: np.ndarray, tol: float) -> np.ndarray:
    """`[N]` bool: whether each vector is within `tol` of the row space of the train vectors, column by column."""
    size = columns_size(vectors)
    off = np.abs(vectors / size - projected(train / size, vectors / size))
    return off.max(axis=1, initial=0) <= max(tol, 1e-12)


FEATURE_CLASSES = (
    Features("feature_linear", "information in the agent's own components: u = w·F(o), w of any sign"),
)
