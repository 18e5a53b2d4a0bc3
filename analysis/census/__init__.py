"""The census: over a finite class of objectives, exactly which are optimal in training, and which of those stay so."""

from .objectives import Menu, Objectives, Scores, curve, liked, menu, objectives_of, score
from .rows import CensusSettings, read_rows
from .sweep import run
from .teaching import teaching_set

__all__ = [
    "CensusSettings",
    "Menu",
    "Objectives",
    "Scores",
    "curve",
    "liked",
    "menu",
    "objectives_of",
    "read_rows",
    "run",
    "score",
    "teaching_set",
]
