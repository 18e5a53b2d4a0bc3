"""One map per group: how a class that knows one map becomes a class per cue or per level."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from ..errors import MapDomainError
from ..rows import Number
from .points import Grouping, Points, Sample
from .protocol import ValueMap

__all__ = ["GroupedMap", "Groupwise", "group_number"]


@dataclass(frozen=True)
class Groupwise(ABC):
    """A class whose maps are chosen group by group; subclasses supply the map of one group.

    Attributes:
        name: public name, as given to `decide`.
        by: on what one map is used.
        description: what the class tests, in one line.
        preference: whether `every` under it may support a claim of robustness.
        vacuous: whether its joint and every say nothing of transfer.
    """

    name: str
    by: Grouping
    description: str
    preference: bool
    vacuous: bool

    def points(self, sample: Sample, within_level: bool = False) -> Points | None:
        """The distinct points, grouped as the class does; None where there is nothing narrower within a level."""
        return None if within_level and self.by == "level" else sample.points(self.by, within_level)

    @abstractmethod
    def fit_one(self, points: Points) -> ValueMap:
        """A map that fits the points of one group."""

    @abstractmethod
    def rival_one(self, points: Points, target: int) -> ValueMap:
        """A map that fits one group's train points (perhaps none) and misses its point `target`."""

    def fit(self, points: Points) -> ValueMap:
        """A map that fits all points, where one exists."""
        return self.fit_one(points) if self.by == "pool" else GroupedMap(self, points)

    def rival(self, points: Points, target: int) -> ValueMap:
        """A map that fits train and misses point `target`, and equals `fit` on all other groups."""
        group = int(points.group[target])
        first = int(np.searchsorted(points.group, group))
        other = self.rival_one(points.of_group(group), target - first)
        return other if self.by == "pool" else GroupedMap(self, points, {group: other})


@dataclass(frozen=True, eq=False)
class GroupedMap:
    """A map per level or per cue, each made when it is first asked for.

    Attributes:
        rule: the class that makes one group's map.
        points: the points to fit, grouped.
        replaced: maps to use instead, by group number.
    """

    rule: Groupwise
    points: Points = field(repr=False)
    replaced: Mapping[int, ValueMap] = field(default_factory=dict)

    @cached_property
    def numbers(self) -> dict[Hashable, int]:
        """Group number by level id or cue, for the groups that have a map."""
        present = self.points.group[self.points.starts]
        return {self.points.group_names[int(group)]: int(group) for group in present}

    def of(self, name: Hashable) -> ValueMap:
        """The map of one level or cue.

        Raises:
            MapDomainError: the level or cue has no rows, so nothing is known of its map.
        """
        group = group_number(self.numbers, name, self.points.by)
        return self.replaced[group] if group in self.replaced else self.rule.fit_one(self.points.of_group(group))

    def __call__(self, value: Number, *, level: Any = None, cue: Any = None) -> Number:
        """The base value of a mesa value in a level (or under a cue)."""
        return self.of(level if self.points.by == "level" else cue)(value)

    def __str__(self) -> str:
        names = list(self.numbers)
        shown = "; ".join(f"{self.points.by} {name}: {self.of(name)}" for name in names[:3])
        return shown + (f"; … ({len(names)} {self.points.by}s)" if len(names) > 3 else "")


def group_number(numbers: Mapping[Hashable, int], name: Hashable, by: Grouping) -> int:
    """The number of a level or cue, or an error that says how to name one."""
    if name not in numbers:
        known = ", ".join(repr(known) for known in list(numbers)[:5]) + (", …" if len(numbers) > 5 else "")
        raise MapDomainError(f"No map for {by} {name!r}. Call the map with {by}=..., one of: {known}.")
    return numbers[name]
