"""Overfitting apart from the shift: held-out train levels are the yardstick for deployment levels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .checks import REGRET, Bounds, defined
from .intervals import Interval, contrast

__all__ = ["SurvivalGap", "survival_gap"]


@dataclass(frozen=True)
class SurvivalGap:
    """Three differences of mean loss, and `total = overfitting + gap`.

    Attributes:
        overfitting: held-out train levels minus train levels: what any new level costs.
        gap: deployment levels minus held-out train levels: what the shift costs beyond that.
        total: deployment levels minus train levels: what is seen if nothing is held out.
    """

    overfitting: Interval
    gap: Interval
    total: Interval

    def __str__(self) -> str:
        return f"shift beyond overfitting {self.gap}; overfitting {self.overfitting}; together {self.total}"


def survival_gap(
    train: npt.ArrayLike,
    held_out: npt.ArrayLike,
    deploy: npt.ArrayLike,
    rng: np.random.Generator,
    *,
    draws: int = 9999,
    level: float = 0.95,
    method: str | None = None,
    bounds: Bounds | None = REGRET,
) -> SurvivalGap:
    """Difference in differences of a loss per level: (deploy − train) − (held out − train), with intervals.

    The train mean cancels in it: the gap is deploy − held out, whatever the train levels show; they tell how large
    overfitting is. The loss is any number per level of something chosen on the train levels (a map's error, an
    agent's regret), of which larger is worse. The three sets are independent samples of levels. Where deployment has
    the same levels as the held-out set, under another budget or horizon, give the differences per level to
    `cluster_bootstrap` instead.

    Args:
        train: `[L]` loss per level on which the thing was chosen; NaN where undefined.
        held_out: `[H]` loss per level of the train distribution that took no part in the choice.
        deploy: `[D]` loss per level of the deployment distribution.
        rng: randomness.
        draws: number of resamples.
        level: confidence level of each interval.
        method: as in `cluster_bootstrap`.
        bounds: lowest and highest loss a level can have, known beforehand; None where there are none.

    Returns:
        The three differences, in the loss's units.

    Raises:
        SampleError: as in `cluster_bootstrap`, for any of the three.
        UnknownNameError: no such method.
    """
    named = {"train": train, "held_out": held_out, "deploy": deploy}
    read = {name: defined(name, values, bounds=bounds) for name, values in named.items()}

    def minus(one: str, other: str) -> Interval:
        (left, left_gone), (right, right_gone) = read[one], read[other]
        low, high, used = contrast([left, right], rng, draws, level, method, bounds)
        estimate = float(np.mean(left) - np.mean(right))
        return Interval(estimate, low, high, level, used, len(left) + len(right), left_gone + right_gone)

    return SurvivalGap(minus("held_out", "train"), minus("deploy", "held_out"), minus("deploy", "train"))
