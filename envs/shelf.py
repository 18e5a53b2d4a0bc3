"""Levels side by side as arrays, from which many rows of a batch start at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .level import Level


class Shelf(NamedTuple):
    """N levels of one world and shape at their starts.

    Attributes:
        levels, ids, phases: `[N]` the levels, their names, and the laws that drew them.
        solid: `[N, height * width]` 1 where the agent cannot go.
        params: `[N, P]` what the rules know of each level.
        fields: `[N, F]` the fields at the start.
        planes: `[N, height * width * C]` what is seen at the start.
        horizon: `[N]` steps until each is truncated.
    """

    levels: npt.NDArray[np.object_]
    ids: npt.NDArray[np.object_]
    phases: npt.NDArray[np.object_]
    solid: npt.NDArray[np.uint8]
    params: npt.NDArray[np.int32]
    fields: npt.NDArray[np.int32]
    planes: npt.NDArray[np.uint8]
    horizon: npt.NDArray[np.int64]

    @classmethod
    def of(cls, levels: Sequence[Level]) -> Shelf:
        """The arrays of at least one level."""
        names = np.empty((3, len(levels)), dtype=object)
        for i, level in enumerate(levels):
            names[:, i] = level, level.id, level.phase
        themselves, ids, phases = names
        return cls(
            themselves,
            ids,
            phases,
            np.stack([level.solid for level in levels]),
            np.stack([level.params for level in levels]),
            np.stack([level.start for level in levels]),
            np.stack([level.planes().ravel() for level in levels]),
            np.array([level.horizon for level in levels], dtype=np.int64),
        )
