"""What a batch tells beside observations and rewards, in the form that Gymnasium gives it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .engine import Batch

Bits = npt.NDArray[np.bool_]


class Infos:
    """Builds the infos of a batch as Gymnasium's `SyncVectorEnv` does: beside each key `k` a mask `_k`, here and below.

    They are new arrays each time, safe to keep. What stays the same from step to step is kept, so that the cost does not
    grow with the number of rows.
    """

    def __init__(self, batch: Batch) -> None:
        """Infos of this batch, whose ghosts are in place."""
        world, ghosts = batch.world, batch.ghosts
        kinds = () if ghosts is None else tuple(world.symbols[symbol] for symbol in ghosts.symbols)
        parts = ("events", "base", "proxies", "level_id", "phase", *(("ghosts",) if kinds else ()))
        named = tuple(world.events), tuple(world.proxies), kinds, parts
        self._batch = batch
        self._events, self._proxies, self._kinds, self._parts = (n + tuple(f"_{name}" for name in n) for n in named)
        ends = np.cumsum([len(names) for names in named]).tolist()
        self._slices = [slice(*pair) for pair in zip([0, *ends], ends, strict=False)]
        self._true = np.ones((ends[-1], batch.clock.size), dtype=np.bool_)

    def of(self, mask: Bits | None) -> dict[str, Any]:
        """The infos of the rows in `mask` (`[B]`), None for all."""
        batch = self._batch
        counts, scores, ids, phases = batch.events.T.copy(), batch.scores.copy(), batch.ids.copy(), batch.phases.copy()
        masks = self._true.copy()
        met = None if batch.ghosts is None else batch.ghosts.met.copy()
        if mask is not None:
            masks &= mask
            for array in (counts, scores) if met is None else (counts, scores, met):
                array[:, ~mask] = 0
            ids[~mask] = phases[~mask] = None
        masks = [*masks]
        base, *proxies = scores
        of_events, of_proxies, of_kinds, of_parts = self._slices
        events = dict(zip(self._events, [*counts, *masks[of_events]], strict=True))
        paid = dict(zip(self._proxies, [*proxies, *masks[of_proxies]], strict=True))
        parts = [events, base, paid, ids, phases]
        if met is not None:
            parts.append(dict(zip(self._kinds, [*met, *masks[of_kinds]], strict=True)))
        return dict(zip(self._parts, parts + masks[of_parts], strict=True))
