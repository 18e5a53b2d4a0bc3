"""A map chosen level by level: ORDER within levels, or a mere control; never a word on a level not seen."""

from __future__ import annotations

from .affine import Affine
from .lookup import Lookup
from .monotone import Monotone

__all__ = ["PER_LEVEL_CLASSES"]

PER_LEVEL_CLASSES = (
    Affine(
        name="per_level_affine",
        by="level",
        description="cardinal preference within each level: u = aĝ + b with (a > 0, b) chosen for each level",
        preference=False,
        vacuous=True,
    ),
    Monotone(
        name="per_level_increasing",
        by="level",
        description="the ORDER relation: within each level ĝ and u rank outcomes alike",
        preference=False,
        vacuous=True,
    ),
    Lookup(
        name="per_level_any",
        by="level",
        description="vacuity control: within each level u is some function of ĝ",
        preference=False,
        vacuous=True,
    ),
)
