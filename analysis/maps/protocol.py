"""What a class of maps must be able to do: decide, fit, certify, and say what train pins down.

Every class answers the four quantifiers through the same three facts (`agree.decide` puts them together):

    train, deploy, joint    decide() on the train, the deploy, and all points
    every                   joint, and seen() holds on all deploy points
    every_on_seen           decide() on train and those deploy points that are seen
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

import numpy as np

from ..rows import Number
from .points import Grouping, Points, Sample
from .vectors import Vectors

__all__ = ["Evidence", "MapClass", "Refutation", "ValueMap", "relative", "rounded"]


class ValueMap(Protocol):
    """A map from mesa values to base values; `str` of it is its formula.

    Called as `map(value)`; a class with one map per level (or an offset per level) needs `level=`, and one with a map
    per cue needs `cue=`; a map of vectors takes the features. Exact in, exact out: an int or Fraction gives a Fraction if
    the map came from exact rows.
    """

    def __call__(self, value: Any, *, level: Any = None, cue: Any = None) -> Number:
        """The base value (reward per episode) that the map gives to a mesa value."""
        ...


@dataclass(frozen=True)
class Refutation:
    """A few points that no map of a class can fit.

    Attributes:
        kind: in two or three words, what they show, such as `"inversion"`.
        points: indices of the points, by ascending mesa value.
    """

    kind: str
    points: tuple[int, ...]


class Evidence(Protocol):
    """What `decide` itself asks of points: which side they are on, and which rows they stand for.

    `analysis.maps.points.Points` for classes that map a number, `analysis.maps.vectors.Vectors` for those that map a
    vector.
    """

    in_train: Any
    in_deploy: Any
    deploy_row: np.ndarray
    deploy_count: np.ndarray
    exact: Any
    allowance: Any

    def __len__(self) -> int: ...
    def select(self, mask: Any) -> Any: ...  # noqa: D102
    def row_of(self, point: int) -> int: ...  # noqa: D102


class MapClass(Protocol):
    """One class of maps; every method takes points as `points` reads them.

    Attributes:
        name: public name, as given to `decide`.
        by: on what one map is used: all rows, a cue, or a level.
        description: what the class tests, in one line.
        preference: whether `every` under the class may support a claim of robustness (docs/objectives.md, section 3).
        vacuous: whether its joint and every say nothing of transfer; such columns are hatched.
    """

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def by(self) -> Grouping: ...  # noqa: D102
    @property
    def description(self) -> str: ...  # noqa: D102
    @property
    def preference(self) -> bool: ...  # noqa: D102
    @property
    def vacuous(self) -> bool: ...  # noqa: D102

    def points(self, sample: Sample, within_level: bool = False) -> Any:
        """The distinct points of the rows, as the class groups them.

        Args:
            sample: the representable rows.
            within_level: split groups further by level, to look for a refutation inside one level; None where that is
                nothing narrower.
        """
        ...

    def decide(self, points: Any) -> bool:
        """Whether some map of the class fits all points."""
        ...

    def seen(self, points: Any) -> np.ndarray:
        """`[P]` bool: all maps that fit the train points agree on this point (up to the class's nuisance)."""
        ...

    def fit(self, points: Any) -> ValueMap:
        """A map that fits all points; call it only where `decide` holds."""
        ...

    def rival(self, points: Any, target: int) -> ValueMap:
        """A map that fits train and misses point `target`, which must not be `seen`, where `decide` holds."""
        ...

    def certify(self, points: Any) -> Refutation | None:
        """Few points inside one group that no map fits, the plainest found, or None where every group fits."""
        ...

    def misfit(self, points: Any) -> float:
        """Least largest ``|φ(mesa) − base| / range(base)`` over the closure of the class; inf if the range is 0.

        `decide` calls it where the rows are floats or the class does not fit; an exact fit has misfit 0.
        """
        ...

    def slack(self, points: Any) -> float:
        """Least change of base values (sup-norm, / range) that makes a fit impossible, where `decide` holds.

        Points are moved, so rows that coincide in (group, mesa, base) move together.
        """
        ...


def rounded(exact: Fraction) -> float:
    """The nearest float, inf beyond them all."""
    try:
        return float(exact)
    except OverflowError:
        return math.inf


def relative(numerator: int, points: Points | Vectors) -> float:
    """A base difference as a share of the range of all base values; 0 / 0 is 0, and x / 0 is inf."""
    span = points.base_column.span
    if span == 0:
        return math.inf if numerator else 0.0
    return rounded(Fraction(int(numerator), span))
