"""Weights with the least largest error, max |F w − u|: a linear program, solved on few rows and checked on all."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog

from .vectors import Vectors

__all__ = ["fit_weights"]

ROUNDS = 100


def fit_weights(points: Vectors) -> tuple[float, np.ndarray, tuple[int, ...]]:
    """The best weights on features in the uniform norm (Chebyshev approximation).

    The program is solved on the rows that matter (constraint generation); its value is then recomputed from the rows
    that are active, which by duality bound the error of all weights from below.

    Args:
        points: at least one point.

    Returns:
        The least largest error (reward per episode), `[D]` weights that attain it, and the active points, at most one
        more than the rank of the features.
    """
    features = points.features.astype(float) / points.denominator
    values = points.values.astype(float) / (points.base_column.denominator if points.exact else 1)
    size = np.maximum(np.abs(features).max(axis=0), np.finfo(float).tiny)
    unit = float(np.abs(values).max()) or 1.0
    scaled, wanted = features / size, values / unit
    weights = np.linalg.lstsq(scaled, wanted, rcond=None)[0]
    rest = scaled @ weights - wanted
    most = 2 * scaled.shape[1] + 2
    kept = np.unique(np.r_[np.argsort(rest)[:most], np.argsort(rest)[-most:]])
    error, active = float(np.abs(rest).max()), kept
    for _ in range(ROUNDS):
        weights, bound, active = solved(scaled[kept], wanted[kept])
        active = kept[active]
        rest = np.abs(scaled @ weights - wanted)
        error = float(rest.max())
        if error <= bound + 1e-13:
            break
        worst = np.argsort(rest)[-most:]
        kept = np.unique(np.r_[kept, worst[rest[worst] > bound]])
    return error * unit, weights * unit / size, tuple(int(at) for at in active)


def solved(features: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, float, np.ndarray]:
    """(`[D]` best weights, least largest error, indices of the active rows) on few rows."""
    count, size = features.shape
    ones = np.ones((count, 1))
    program = linprog(
        np.r_[np.zeros(size), 1.0],
        A_ub=np.block([[features, -ones], [-features, -ones]]),
        b_ub=np.r_[values, -values],
        bounds=[(None, None)] * size + [(0, None)],
        method="highs",
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    force = program.ineqlin.marginals
    above, below = np.abs(force[:count]), np.abs(force[count:])
    active = np.flatnonzero(above + below > 1e-9)
    weights, error = program.x[:-1], float(program.x[-1])
    if len(active):  # the same optimum to the last digits: all active rows have the one error
        sign = np.where(above[active] > below[active], 1.0, -1.0)
        system = np.c_[features[active], -sign]
        sharp = np.linalg.lstsq(system, values[active] - system @ program.x, rcond=None)[0]
        better = program.x + sharp
        if np.abs(features @ better[:-1] - values).max() <= np.abs(features @ weights - values).max():
            weights, error = better[:-1], float(better[-1])
    return weights, error, active
