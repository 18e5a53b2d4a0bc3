"""Presets: published environments as worlds, step by step the same in reward and transition, with every difference named."""

from __future__ import annotations

from ..errors import UnknownName
from .jaxgmg import JAXGMG
from .preset import Pay, Preset, Source
from .safety_gridworlds import SAFETY_GRIDWORLDS

PRESETS: dict[str, Preset] = {preset.name: preset for preset in (*JAXGMG, *SAFETY_GRIDWORLDS)}
"""Every preset by name."""

__all__ = ["PRESETS", "Pay", "Preset", "Source", "preset_named", "rows", "suites"]


def preset_named(name: str) -> Preset:
    """The preset with this name.

    Raises:
        UnknownName: no such preset; suggests the nearest.
    """
    if name not in PRESETS:
        raise UnknownName("preset", name, PRESETS)
    return PRESETS[name]


def suites() -> dict[str, tuple[tuple[str, ...], tuple[Preset, ...]]]:
    """For each repository, the differences that all its presets share, and the presets."""
    found = {}
    for repository in dict.fromkeys(preset.source.repository for preset in PRESETS.values()):
        presets = tuple(preset for preset in PRESETS.values() if preset.source.repository == repository)
        shared = tuple(text for text in presets[0].differences if all(text in preset.differences for preset in presets))
        found[repository] = shared, presets
    return found


def rows() -> list[tuple[str, str, str, str, str, tuple[str, ...]]]:
    """A row for each preset: name, original, world, reward, hidden performance, differences that its suite does not share.

    The hidden performance is "" where the original has none of its own, or none that is restated.
    """
    return [
        (
            p.name,
            str(p.source),
            p.world.spec,
            str(p.reward),
            "" if p.hidden is None else str(p.hidden),
            tuple(text for text in p.differences if text not in shared),
        )
        for shared, presets in suites().values()
        for p in presets
    ]
