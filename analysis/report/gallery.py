"""The levels of a run as pictures on the page, each distinct one drawn once."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ...envs.level import Level
from ...envs.render import png
from ...envs.world import World
from ..store import LEVELS, RESULTS, LevelRow
from .drawing import lettered

PX = 32
"""Pixels a cell in the pictures; counterexamples are shown at this size where the page is wide enough."""


class Picture(NamedTuple):
    """One picture on the page: `uri` holds its PNG, `alt` says it in words, `width` is its place in cells."""

    uri: str
    alt: str
    caption: str
    width: int


@dataclass
class Gallery:
    """The levels of a run as pictures.

    Attributes:
        rows: the levels by (world, id).
        drawn: data URIs by what they show.
        parsed: levels by (world, id), as they are met.
    """

    rows: Mapping[tuple[str, str], LevelRow]
    drawn: dict[Any, str] = field(default_factory=dict)
    parsed: dict[tuple[str, str], Level] = field(default_factory=dict)

    def level(self, world: World, name: str) -> Level:
        """The level of a world with this id.

        Raises:
            ValueError: the run's file of levels lacks it.
        """
        key = (world.spec, name)
        if key not in self.rows:
            raise ValueError(f"{LEVELS} lacks level {name} of {world.spec}, which {RESULTS} refers to; run the bench again.")
        if key not in self.parsed:
            self.parsed[key] = world.parse(self.rows[key].drawing)
        return self.parsed[key]

    def picture(
        self, level: Level, ways: Sequence[tuple[str, Sequence[int]]], caption: str, alt: str, own: str = ""
    ) -> Picture:
        """A level with ways in it, as a data URI; see `lettered`."""
        key = (level.world.spec, level.id, tuple((letter, tuple(cells)) for letter, cells in ways), own)
        if key not in self.drawn:
            data = b64encode(png(lettered(level, ways, PX, own))).decode("ascii")
            self.drawn[key] = f"data:image/png;base64,{data}"
        return Picture(self.drawn[key], alt, caption, level.width)


def noted(level: Level) -> str:
    """What a picture alone does not say: header lines, but for those of single objects, and what a dashed cell is."""
    words = [f"{key}: {value}" for key, value in level.header.items() if not key.isdigit()]
    return ", ".join([*words, *(f"dashed cell: {name}" for name in level.world.hidden(level))])
