"""A census of one world, from settings to JSON lines: how objectives thin out, which stay, and which levels tell."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ...agents.planning.exhaustive import TooManyProfiles
from ...envs.level import Level
from ...envs.shift import LevelDistribution
from ...envs.world import World
from ...envs.worlds import world_named
from ..store import LEVELS, SETTINGS, LevelRow, append
from .objectives import Menu, Objectives, Scores, curve, liked, menu, objectives_of, score
from .rows import (
    EXAMPLES,
    KEPT,
    POINTS,
    TEACHING,
    CensusSettings,
    ExampleRow,
    ObjectiveRow,
    PointRow,
    TeachingRow,
)
from .teaching import teaching_set

EXAMPLES_SHOWN = 3


def run(settings: CensusSettings, folder: Path) -> Iterator[str]:
    """Take the census, appending to the files in `folder` as parts are finished; yields the name of each part.

    Stop at any time: what is stored stays readable. There is one part for deployment, one a job and one for the levels.

    Args:
        settings: what to count.
        folder: made if need be; older results in it are replaced.
    """
    settings.check()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SETTINGS).write_text(json.dumps(asdict(settings), indent=1) + "\n", encoding="utf-8")
    for name in (LEVELS, POINTS, KEPT, EXAMPLES, TEACHING):
        (folder / name).write_text("", encoding="utf-8")
    count = _Count(settings)
    deploy = count.levels(LevelDistribution.of(count.world, settings.shift, 1.0, "deploy"), settings.deploy_levels, 1)
    after = count.scores(deploy)
    _append(folder / LEVELS, _drawn(deploy, count.world, "deploy", settings.seed))
    yield "deployment"
    first: tuple[list[Level], Scores] | None = None
    for mix, seed in settings.jobs:
        law = LevelDistribution.of(count.world, settings.shift, mix, "train")
        train = count.levels(law, settings.train_levels, 0, seed)
        before = count.scores(train)
        kinds = count.kinds([*train, *deploy])
        _append(folder / LEVELS, _drawn(train, count.world, "train", seed))
        _append(folder / POINTS, _points(settings, mix, seed, before, after, kinds))
        if first is None:
            first = train, before
            kept = np.flatnonzero(before.everywhere("worst", settings.tolerance))
            _append(folder / KEPT, count.kept(kept, kinds, after))
            _append(folder / EXAMPLES, count.examples(kept, after, deploy))
        yield f"mix {mix:g}, seed {seed}"
    if first is not None:
        _append(folder / TEACHING, [_teaching(settings, first[0], deploy, first[1], after)])
    yield "teaching set"


class _Count:
    """The objectives of a census, and what they do on each level met so far."""

    def __init__(self, settings: CensusSettings) -> None:
        self.settings = settings
        self.world = world_named(settings.world)
        self.objectives: Objectives = objectives_of(self.world, settings.grid, settings.moved or None)
        self._menus: dict[str, Menu] = {}
        self._columns: dict[str, Scores] = {}

    def levels(self, law: LevelDistribution, count: int, stream: int, seed: int | None = None) -> list[Level]:
        """Levels of a law; `stream` keeps training and deployment apart."""
        return law.levels([self.settings.seed if seed is None else seed, stream], count)

    def menu(self, level: Level) -> Menu:
        """What can be had on a level; kept."""
        if level.id not in self._menus:
            self._menus[level.id] = menu(level, self.objectives)
        return self._menus[level.id]

    def scores(self, levels: Sequence[Level]) -> Scores:
        """What all objectives earn; columns are kept, for mixtures share levels."""
        for level in levels:
            if level.id not in self._columns:
                self._columns[level.id] = score(self.objectives, [self.menu(level)])
        columns = [self._columns[level.id] for level in levels]
        return Scores(
            np.hstack([c.worst for c in columns]),
            np.hstack([c.best for c in columns]),
            np.hstack([c.most for c in columns]),
        )

    def kinds(self, levels: Sequence[Level]) -> npt.NDArray[np.int64]:
        """`[K]` a number for each objective that it shares with its positive multiples on these levels."""
        return self.objectives.kinds([self.menu(level) for level in levels])

    def kept(
        self, indices: npt.NDArray[np.int64], kinds: npt.NDArray[np.int64], after: Scores
    ) -> Iterator[ObjectiveRow]:
        """The list of objectives that are optimal in training."""
        robust = after.everywhere("worst", self.settings.tolerance)
        lost = (after.most - after.worst).max(axis=1)
        unit = self.world.exact(self.world.base)[1]
        for k in indices.tolist():
            weights = {event: str(w) for event, w in self.objectives.weights(k).items()}
            yield ObjectiveRow(weights, int(kinds[k]), bool(robust[k]), str(Fraction(int(lost[k]), unit)))

    def examples(self, kept: npt.NDArray[np.int64], after: Scores, deploy: Sequence[Level]) -> Iterator[ExampleRow]:
        """A few that fail at deployment: proxies with a name first, then the simplest, each with events of its own."""
        proxies = {_nonzero(p.weights): name for name, p in self.world.proxies.items() if p.depth is None}
        robust = after.everywhere("worst", self.settings.tolerance)
        weights = {k: self.objectives.weights(k) for k in kept[~robust[kept]].tolist()}
        told: set[frozenset[str]] = set()
        for k in sorted(
            weights, key=lambda k: (_nonzero(weights[k]) not in proxies, len(weights[k]), _size(weights[k]), k)
        ):
            if len(told) == EXAMPLES_SHOWN:
                break
            if frozenset(weights[k]) in told:
                continue
            told.add(frozenset(weights[k]))
            at = int((after.most - after.worst[k]).argmax())
            offered = self._told_in_full(deploy[at])
            taken = liked(self.objectives, k, offered)
            chosen, better = int(taken[offered.base[taken].argmin()]), int(offered.base.argmax())
            yield ExampleRow(
                proxy=proxies.get(_nonzero(weights[k]), ""),
                weights={event: str(w) for event, w in weights[k].items()},
                level=deploy[at].id,
                chosen=self._counts(offered, chosen),
                better=self._counts(offered, better),
                earned=int(offered.base[chosen]) / offered.denominator,
                possible=int(offered.base[better]) / offered.denominator,
            )

    def _told_in_full(self, level: Level) -> Menu:
        """A menu with all events of the world, for words, unless that is too many outcomes."""
        try:
            return menu(level, self.objectives, also=self.world.events)
        except TooManyProfiles:
            return self.menu(level)

    def _counts(self, offered: Menu, row: int) -> dict[str, int]:
        return {event: int(n) for event, n in zip(self.world.events, offered.counts[row], strict=True) if n}


def _points(
    settings: CensusSettings, mix: float, seed: int, before: Scores, after: Scores, kinds: npt.NDArray[np.int64]
) -> list[PointRow]:
    robust = after.everywhere("worst", settings.tolerance)
    worst = curve(before.optimal("worst", settings.tolerance), robust, settings.sizes)
    lucky = after.everywhere("best", settings.tolerance)
    best = curve(before.optimal("best", settings.tolerance), lucky, settings.sizes)
    rows = []
    for point, luckiest in zip(worst, best, strict=True):
        left = np.logical_and.reduce(before.optimal("worst", settings.tolerance)[:, : point.levels], axis=1)
        row = PointRow(
            mix=mix,
            seed=seed,
            levels=point.levels,
            objectives=len(kinds),
            optimal=point.optimal,
            robust=point.robust,
            lucky_optimal=luckiest.optimal,
            lucky_robust=luckiest.robust,
            kinds=len(np.unique(kinds)),
            kinds_optimal=len(np.unique(kinds[left])),
            kinds_robust=len(np.unique(kinds[left & robust])),
        )
        rows.append(row)
    return rows


def _teaching(
    settings: CensusSettings, train: Sequence[Level], deploy: Sequence[Level], before: Scores, after: Scores
) -> TeachingRow:
    optimal = np.hstack([s.optimal("worst", settings.tolerance) for s in (before, after)])
    found, pool = teaching_set(optimal), [*train, *deploy]
    return TeachingRow(
        len(pool),
        found.robust,
        found.told_apart,
        [pool[i].id for i in found.levels],
        ["train" if i < len(train) else "deploy" for i in found.levels],
        len(found.greedy),
        found.least,
    )


def _nonzero(weights: Mapping[str, Fraction]) -> frozenset[tuple[str, Fraction]]:
    return frozenset((event, weight) for event, weight in weights.items() if weight)


def _size(weights: Mapping[str, Fraction]) -> Fraction:
    return sum((abs(weight) for weight in weights.values()), Fraction(0))


def _drawn(levels: Sequence[Level], world: World, split: str, seed: int) -> Iterator[LevelRow]:
    return (LevelRow(level.id, world.spec, split, seed, level.draw()) for level in levels)


def _append(path: Path, rows: Iterable[Any]) -> None:
    append(path, rows)
