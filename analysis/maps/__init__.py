"""Every class of maps that `decide` knows, one kind a file, behind one protocol (`MapClass`).

To add a class: write a file with a map and a class that satisfies `MapClass` (subclass `Groupwise` where maps are
chosen group by group), and add an instance to `MAP_CLASSES`.
"""

from __future__ import annotations

from .affine import Affine
from .cue import CUE_CLASSES
from .features import FEATURE_CLASSES
from .free import FREE_CLASSES
from .identity import Identity
from .lookup import Lookup
from .monotone import Monotone
from .offsets import Offsets
from .per_level import PER_LEVEL_CLASSES
from .protocol import MapClass, Refutation, ValueMap

__all__ = ["MAP_CLASSES", "VALUE_MAPS", "MapClass", "Refutation", "ValueMap"]

CLASSES: tuple[MapClass, ...] = (
    Identity("identity", "pool", "same units: u = ĝ", preference=True, vacuous=False),
    Affine("positive_affine", "pool", "cardinal preference: u = aĝ + b, a > 0", preference=True, vacuous=False),
    Offsets(
        "positive_affine_offsets",
        "cardinal preference up to level constants: u = aĝ + b_ω, one a > 0",
        preference=True,
        vacuous=False,
    ),
    Monotone("increasing", "pool", "ordinal preference, comparable across levels", preference=True, vacuous=False),
    Monotone(
        "non_decreasing",
        "pool",
        "weak ordinal preference: ties of u allowed",
        preference=False,
        vacuous=False,
        strict=False,
    ),
    Lookup("any", "pool", "information, sign-free: u = φ(ĝ), φ arbitrary", preference=False, vacuous=True),
    *CUE_CLASSES,
    *PER_LEVEL_CLASSES,
)

VALUE_MAPS: dict[str, MapClass] = {map_class.name: map_class for map_class in CLASSES}
"""The classes of maps from one mesa value to one base value: from narrow to wide, then those per cue or per level."""

MAP_CLASSES: dict[str, MapClass] = VALUE_MAPS | {one.name: one for one in (*FEATURE_CLASSES, *FREE_CLASSES)}
"""All classes by public name: those of `VALUE_MAPS`, maps of a vector objective, and the control that renames outcomes."""
