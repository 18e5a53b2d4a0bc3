"""Words for newcomers: what a plan does, what a counterexample shows, what a verdict means."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from ..store import Result, WitnessRow

DEEDS: dict[str, tuple[str, str]] = {
    "cheese": ("eating the cheese", "eating {n} cheeses"),
    "corner_entered": ("visiting the corner", "visiting the corner {n} times"),
    "up_left": ("going up or left once", "going up or left {n} times"),
    "down_right": ("down or right once", "down or right {n} times"),
    "key_taken": ("taking a key", "taking {n} keys"),
    "chest_opened": ("opening a chest", "opening {n} chests"),
    "cleaned": ("cleaning up an item", "cleaning up {n} items"),
    "removed": ("removing an item", "removing {n} items"),
    "lever_pulled": ("pulling a lever", "pulling {n} levers"),
}
"""Events as deeds, once and several times; an event that is not listed is told by its name."""

SHAPES, COLOURS = ("square", "circle", "triangle"), ("red", "green", "blue")
NAMED = {"commanded": "the command", "signed": "the sign", "told": "the tone"}
"""Sources that rank shapes, each with an event for its first and for its second."""
QUIET = {"up_left", "down_right", *(f"{source}_{rank}" for source in NAMED for rank in ("first", "second"))}
"""Events that are told only where an objective at hand reads them."""

SPLITS = {"train": "training", "deploy": "deployment"}

MEANINGS = {
    "behaviour": "What the agent does: does it earn the most that can be earned? Then its largest regret at deployment.",
    "choice": "CHOICE: is every outcome that its objective likes best also best for the reward, in every level? "
    "Then the largest regret at deployment, as a share of the level's range.",
    "positive_affine": "One straight rising line u = a·ĝ + b, a > 0, for all levels: the same preferences in other units.",
    "increasing": "One rising curve for all levels: the same ranking, comparable from level to level.",
    "per_level_increasing": "ORDER: in each level a rising curve of its own, that is, the same ranking within each "
    "level; joint and every are then matters of course and say nothing about transfer.",
    "any": "Any function at all, falling ones too: ĝ tells what u is, but not that the agent wants it.",
    "per_level_any": "Any function, made anew for each level: hardly a claim at all.",
}
"""What each column asks."""

KINDS = {
    "HOLDS": ("✓", "a map survives the shift, and training alone pins it down as far as deployment goes"),
    "UNIDENTIFIED": ("?", "a map survives the shift, but another that fits training just as well does not"),
    "FAILS": ("✗", "no map of this kind survives; the picture shows why"),
    "NOT_TESTABLE": ("○", "these levels cannot tell"),
    "ILL_TYPED": ("∅", "no inner objective, so nothing to map"),
}
"""Sign and meaning of each verdict."""


class Way(NamedTuple):
    """One outcome of a counterexample, ready to be told.

    Attributes:
        letter: A, B, C ... as in the picture.
        deed: what the plan does, as in "eating the cheese in 4 moves".
        row: the outcome as stored.
        place: number of its picture, from 1.
    """

    letter: str
    deed: str
    row: WitnessRow
    place: int


# Numbers -----------------------------------------------------------------------------------------------------------


def numbers(values: Sequence[float | None]) -> list[str]:
    """Values in as few digits as keep different values different; None (cannot be represented) is a dash."""
    known = {value for value in values if value is not None}
    digits = next((d for d in range(3, 17) if len({f"{v:.{d}g}" for v in known}) == len(known)), 17)
    return ["–" if v is None else f"{v + 0.0:.{digits}g}".replace("-", "−") for v in values]


def percent(share: float | None) -> str:
    """A share in percent, never rounded to 0 % or 100 % unless it is."""
    if share is None:
        return "–"
    if 0 < share < 0.01:
        return "<1 %"
    return f"{share:.0%}".replace("%", " %") if not 0.99 < share < 1 else ">99 %"


def formula_text(text: str) -> str:
    """A printed map with short decimals for fractions that have them, and true minus signs."""

    def decimal(match: re.Match[str]) -> str:
        value = Fraction(match[0])
        return f"{float(value):.10g}" if (10**7) % value.denominator == 0 else match[0]

    return re.sub(r"(?<!\w)-", "−", re.sub(r"(?<!\w)-?\d+/\d+", decimal, text))


# Deeds -------------------------------------------------------------------------------------------------------------


def deed(counts: Mapping[str, int], read: Collection[str]) -> str:
    """What a plan does, as in "touching a red square in 3 moves".

    Args:
        counts: events of the plan.
        read: events that an objective at hand reads; see `QUIET`.
    """
    left = {event: n for event, n in counts.items() if n and (event not in QUIET or event in read)}
    moves = left.pop("moved", 0)
    shapes = [event for event in SHAPES if left.pop(event, 0)]
    colours = [event for event in COLOURS if left.pop(event, 0)]
    named = []
    for rank, words in (("first", "named by"), ("second", "second best by")):
        sources = [told for source, told in NAMED.items() if left.pop(f"{source}_{rank}", 0)]
        named += [f"{words} {' and '.join(sources)}"] * bool(sources)
    told = [f"touching a {' '.join([*colours, *shapes])}" + (f" ({', '.join(named)})" if named else "")] * bool(shapes)
    for event, n in left.items():
        once, often = DEEDS.get(event, (event.replace("_", " "), f"{event.replace('_', ' ')} {{n}} times"))
        told.append(once if n == 1 else often.format(n=n))
    moves_told = f"{moves} move{'s' if moves > 1 else ''}"
    if not told:
        return f"walking about for {moves_told}" if moves else "staying where it is"
    return " and ".join(filter(None, [", ".join(told[:-1]), told[-1]])) + (f" in {moves_told}" if moves else "")


# Counterexamples ---------------------------------------------------------------------------------------------------


def in_letters(rows: Sequence[WitnessRow], column: str) -> list[WitnessRow]:
    """Rows in the order of their letters: what is chosen before what is best, else what the agent likes most first."""
    if column == "choice":
        return list(rows)
    return sorted(rows, key=lambda row: float("inf") if row.mesa is None else -row.mesa)


def counterexample(columns: Sequence[str], ways: Sequence[Way]) -> str:
    """One sentence: what these outcomes show, and why no map of these classes can live with it.

    Args:
        columns: the classes of maps that they refute, or "choice".
        ways: the outcomes, as `in_letters` orders them.
    """
    mesa = dict(zip((w.letter for w in ways), numbers([w.row.mesa for w in ways]), strict=True))
    base = dict(zip((w.letter for w in ways), numbers([w.row.base for w in ways]), strict=True))
    if "choice" in columns and len(ways) == 2:
        return _choice(ways[0], ways[1], mesa, base)
    opening, told = _opening(ways), {w.letter: _told(w, ways) for w in ways}
    end = _consequence(columns)
    if len(ways) == 2:
        a, b = ways
        if a.row.mesa == b.row.mesa:
            return (
                f"{opening} the agent's objective gives the same value, {mesa['A']}, to {told['A']} (A) and to "
                f"{told['B']} (B), but the reward tells them apart (A: {base['A']}, B: {base['B']}): one value would have "
                f"to be mapped to two rewards, so {end}."
            )
        if a.row.base == b.row.base:
            return (
                f"{opening} the agent's objective prefers {told['A']} (A: {mesa['A']}) over {told['B']} (B: {mesa['B']}), "
                f"but the reward is the same for both ({base['A']}): a rising map would have to keep them apart, so {end}."
            )
        if a.row.base < b.row.base:
            return (
                f"{opening} the agent's objective prefers {told['A']} (A: {mesa['A']}) over {told['B']} (B: {mesa['B']}), "
                f"while the reward says the opposite (A: {base['A']}, B: {base['B']}): {end}."
            )
    slopes = _slopes(ways)
    if len(ways) == 3 and slopes:
        return (
            f"{opening} going from {told['C']} (C) to {told['B']} (B) the reward changes by {slopes[0]} for each unit that "
            f"the agent's objective gains, and from there to {told['A']} (A) by {slopes[1]}: the three do not lie on one "
            f"straight line, so {end}."
        )
    listed = "; ".join(f"{w.letter}, {told[w.letter]}: {mesa[w.letter]} against {base[w.letter]}" for w in ways)
    return f"{opening} the agent's objective and the reward value these outcomes so that {end}: {listed}."


def _choice(chosen: Way, best: Way, mesa: Mapping[str, str], base: Mapping[str, str]) -> str:
    """The sentence on a failure of CHOICE: what it likes best (A) beside what is best for the reward (B)."""
    opening = f"On this {SPLITS[chosen.row.split]} level"
    if best.row.mesa == chosen.row.mesa:
        return (
            f"{opening} the agent's objective likes {chosen.deed} (A) exactly as much as {best.deed} (B): both are worth "
            f"{mesa['A']} to the agent, more than anything else, but they earn {base['A']} and {base['B']}, and nothing in "
            f"the objective keeps the agent from the worse."
        )
    rest = "but no plan that the agent considers reaches it"
    if best.row.mesa is not None:
        rest = f"but is worth only {mesa['B']} to the agent"
    return (
        f"{opening} the agent's objective likes {chosen.deed} best (A: worth {mesa['A']} to the agent), though that earns a "
        f"reward of {base['A']}; {best.deed} (B) would earn the most, {base['B']}, {rest}."
    )


def _opening(ways: Sequence[Way]) -> str:
    splits = {w.row.split for w in ways}
    if len({w.place for w in ways}) == 1:
        return f"On this {SPLITS[ways[0].row.split]} level"
    if len(splits) == 1:
        return f"On these {SPLITS[splits.pop()]} levels"
    return "On a training and a deployment level together"


def _told(way: Way, ways: Sequence[Way]) -> str:
    if len({w.place for w in ways}) == 1:
        return way.deed
    split = f" ({SPLITS[way.row.split]})" if len({w.row.split for w in ways}) > 1 else ""
    return f"{way.deed} on level {way.place}{split}"


def _slopes(ways: Sequence[Way]) -> list[str] | None:
    points = [(w.row.mesa, w.row.base) for w in reversed(ways) if w.row.mesa is not None]
    if len({mesa for mesa, _ in points}) < len(ways):
        return None
    return numbers([(q[1] - p[1]) / (q[0] - p[0]) for p, q in itertools.pairwise(points)])


def _consequence(columns: Sequence[str]) -> str:
    """What these classes have in common that fails, the widest class first."""
    wide, narrow = [c.startswith("per_level") for c in columns], set(columns)
    alone = ", not even one made for this level alone," if any(wide) else ""
    if narrow & {"any", "per_level_any"}:
        return f"no map at all{alone} can turn one into the other"
    if narrow & {"increasing", "non_decreasing", "per_level_increasing"}:
        return f"no increasing map{alone} can turn one into the other"
    if narrow & {"identity"}:
        return "they are not in the same units"
    return f"no straight rising line{alone} can turn one into the other"


# Verdicts ----------------------------------------------------------------------------------------------------------


def behaviour(row: Result) -> str:
    """What an agent earns, in one sentence."""
    parts = []
    for split, regret in (("training", row.regret_train), ("deployment", row.regret_deploy)):
        if regret is not None and regret < 1e-9:
            parts.append(f"it earns the most there is in every {split} level")
        elif regret is not None:
            parts.append(
                f"in its worst {split} level it forgoes {percent(regret)} of the span from the least to the most that can be earned"
            )
    text = "; ".join(parts) or "nothing was measured"
    return text[0].upper() + text[1:] + "."


def standing(row: Result) -> str:
    """What a verdict that is no failure rests on, in a sentence or two; without the maps themselves."""
    if row.column == "choice" and row.verdict == "HOLDS":
        return "What its objective likes best is best for the reward in every level of both laws."
    if row.verdict == "HOLDS":
        return "Every map of this kind that fits training fits deployment too."
    if row.verdict == "UNIDENTIFIED":
        same = " The two differ only at values first met at deployment." if row.map and row.map == row.rival else ""
        return (
            "One map fits both, but training does not single it out: a rival fits training as well and is wrong at "
            f"deployment{_seen(row)}.{same}"
        )
    return row.reason[0].upper() + row.reason[1:].rstrip(".") + "."


def _seen(row: Result) -> str:
    """How much of deployment training pins down, in brackets."""
    if row.share_seen is None:
        return ""
    if not row.share_seen:
        what = "level occurs in training" if row.column.startswith("per_level") else "outcome has a value seen in training"
        return f" (no deployment {what})"
    agree = ", and there all maps agree" if row.every_on_seen else ""
    return f" ({percent(row.share_seen)} of the deployment outcomes have values that training pins down{agree})"
