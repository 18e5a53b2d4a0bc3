"""u = a_c ĝ + b_c, a line per declared cue: a dictionary per context, which is information and no transfer."""

from __future__ import annotations

from .affine import Affine

__all__ = ["CUE_CLASSES"]

CUE_CLASSES = (
    Affine(
        name="cue_affine",
        by="cue",
        description="a dictionary per context: u = aĝ + b with (a > 0, b) chosen for each declared cue",
        preference=False,
        vacuous=True,
    ),
)
