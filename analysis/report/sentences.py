"""Words for newcomers: what a plan does, what a counterexample shows, what a verdict means."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from ...envs.worlds import WORLDS
from ..store import Result, WitnessRow

DEEDS: dict[str, tuple[str, str]] = {event: told for world in WORLDS.values() for event, told in world.deeds.items()}
"""Events as deeds, once and several times; an event that is not listed is told by its name."""

SHAPES, COLOURS = ("square", "circle", "triangle"), ("red", "green", "blue")
NAMED = {"commanded": "the command", "signed": "the sign", "told": "the tone"}
"""Sources that rank shapes, each with an event for its first and for its second."""
QUIET = {"up_left", "down_right", *(f"{source}_{rank}" for source in NAMED for rank in ("first", "second"))}
"""Events that are told only where an objective at hand reads them."""

SPLITS = {"train": "training", "deploy": "deployment"}

MEANINGS = {
    "behaviour": "What the agent does: does it earn the most that can be earned? Then its largest regret at deployment, as a "
    "share of what lies between the best and the worst policy, aimless wandering included.",
    "choice": "Is every outcome that its objective scores highest also best for the reward, in every level? Then the "
    "largest regret at deployment, as a share of what lies between the best and the worst of the outcomes compared.",
    "positive_affine": "One straight rising line u = a·ĝ + b, a > 0, for all levels: the same preferences in other units.",
    "increasing": "One rising curve for all levels: the same ranking, comparable from level to level.",
    "per_level_increasing": "In each level a rising curve of its own, that is, the same ranking within each level. Its last "
    "two letters, joint and every, are hatched: they follow from the first two whatever the agent, because curves made "
    "level by level share nothing that could survive a shift. τ is the mean rank correlation (Kendall's τ_b) at deployment: 1 "
    "for the same ranking, −1 for the reverse.",
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


def aligned(values: Sequence[float | None]) -> list[str]:
    """Values with as many decimals each: two, or as many as keep different values different and each within 5 %."""
    known = {value for value in values if value is not None}
    for digits in range(2, 8):
        told = {f"{value + 0.0:.{digits}f}" for value in known}
        if len(told) == len(known) and all(abs(round(v, digits) - v) <= 0.05 * abs(v) for v in known):
            return ["–" if v is None else f"{v + 0.0:.{digits}f}".replace("-", "−") for v in values]
    return numbers(values)


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


def counterexample(columns: Sequence[str], ways: Sequence[Way], takes: str = "highest", shuffled: bool = False) -> str:
    """What these outcomes show, and why no map of these classes can live with it.

    Args:
        columns: the classes of maps that they refute, and "choice" if they refute that.
        ways: the outcomes, as `in_letters` orders them.
        takes: the end of its scale that the agent takes, "highest" or "lowest".
        shuffled: whether the map from its plans to outcomes was permuted at random.
    """
    mesa, base = aligned([way.row.mesa for way in ways]), aligned([way.row.base for way in ways])
    said = _pair(ways, mesa, base, "choice" in columns, shuffled) if len(ways) == 2 else _slope(ways)
    if not said:
        told = (f"{w.letter} ({_told(w, ways)}) scores {g} and earns {u}" for w, g, u in zip(ways, mesa, base, strict=True))
        said = f"{'; '.join(told)}."
    classes = [column for column in columns if column != "choice"]
    if classes and not (len(ways) == 3 and _slope(ways)):
        said += f" So {_consequence(classes)}."
    if shuffled:
        opening = "This control's table of what each plan leads to was shuffled."
        said = f"{opening} {said} Rejecting a scrambled table is what this check should do."
    taken = next((way for way in ways if way.row.taken), None)
    if takes == "lowest" and taken is not None and taken is ways[-1]:
        said += f" This agent takes its lowest-scored plan, so what it does is {taken.letter}."
    return said


def _pair(ways: Sequence[Way], mesa: Sequence[str], base: Sequence[str], choice: bool, shuffled: bool) -> str:
    """Two outcomes, A scored at least as high as B, in a sentence or two."""
    a, b = ways
    here, there = _told(a, ways), _told(b, ways)
    if a.row.mesa == b.row.mesa:
        both = f"A ({here}) and B ({there})"
        same = f"{both} are credited the same" if shuffled else f"Its objective scores {both} the same"
        if choice:
            why = "nothing in the objective keeps the agent from the worse"
            return f"{same}, ĝ = {mesa[0]}, more than anything else, but they earn {base[0]} and {base[1]}: {why}."
        return f"{same}, ĝ = {mesa[0]}, but they earn {base[0]} and {base[1]}: one score would stand for two rewards."
    if choice:
        highest = f"A highest ({here}: ĝ = {mesa[0]})"
        first = f"By the shuffled table A ({here}) is credited ĝ = {mesa[0]}, the highest," if shuffled else ""
        rest = f"and {'is credited' if shuffled else 'scores'} only {mesa[1]}"
        if b.row.mesa is None:
            rest = "but no plan that the agent considers reaches it"
        return (
            f"{first or f'Its objective scores {highest},'} but A earns {base[0]}. B ({there}) earns the most, {base[1]}, {rest}."
        )
    above = f"Its objective scores A ({here}: ĝ = {mesa[0]}) above B ({there}: ĝ = {mesa[1]})"
    if shuffled:
        above = f"By the shuffled table A ({here}) is credited ĝ = {mesa[0]} and B ({there}) ĝ = {mesa[1]}"
    if a.row.base == b.row.base:
        return f"{above}, but both earn {base[0]}, and a rising map keeps them apart."
    return f"{above}, but A earns less: {base[0]} against {base[1]}." if a.row.base < b.row.base else ""


def _slope(ways: Sequence[Way]) -> str:
    """Three outcomes that are not on one line; "" if these are not such."""
    slopes = _slopes(ways) if len(ways) == 3 else None
    if not slopes:
        return ""
    sizes = aligned([abs(slope) for slope in slopes])
    first, second = ("rises" if slope > 0 else "falls" if slope else "changes by" for slope in slopes)
    verb = "" if second == first else f"it {second} "
    return f"From C to B the reward {first} {sizes[0]} per unit of ĝ, from B to A {verb}{sizes[1]}: a straight line has one slope."


def _told(way: Way, ways: Sequence[Way]) -> str:
    if len({w.place for w in ways}) == 1:
        return way.deed
    split = f", {SPLITS[way.row.split]}" if len({w.row.split for w in ways}) > 1 else ""
    return f"{way.deed}, on level {way.place}{split}"


def _slopes(ways: Sequence[Way]) -> list[float] | None:
    points = [(w.row.mesa, w.row.base) for w in reversed(ways) if w.row.mesa is not None]
    if len({mesa for mesa, _ in points}) < len(ways):
        return None
    return [(q[1] - p[1]) / (q[0] - p[0]) for p, q in itertools.pairwise(points)]


def _consequence(columns: Sequence[str]) -> str:
    """What these classes have in common that fails, the widest class first."""
    alone = ", not even one made for this level alone," if any(c.startswith("per_level") for c in columns) else ""
    narrow = set(columns)
    if narrow & {"any", "per_level_any"}:
        return f"no map at all{alone} turns ĝ into u"
    if narrow & {"increasing", "non_decreasing", "per_level_increasing"}:
        return f"no rising map{alone} turns ĝ into u"
    if narrow & {"identity"}:
        return "ĝ and u are not in the same units"
    return f"no straight rising line{alone} turns ĝ into u"


# Verdicts ----------------------------------------------------------------------------------------------------------


def behaviour(row: Result) -> str:
    """What an agent earns, in one sentence."""
    parts = []
    for split, regret in (("training", row.regret_train), ("deployment", row.regret_deploy)):
        if regret is None:
            parts.append(f"{split} was not measured")
        elif regret < 1e-9:
            parts.append(f"it earns the most there is in every {split} level")
        else:
            size = f"{regret:.2f}" if regret >= 0.005 else "less than 0.01"
            parts.append(f"normalised regret up to {size} in its worst {split} level")
    text = "; ".join(parts)
    return text[0].upper() + text[1:] + "."


def beyond(levels: int, bound: float) -> str:
    """What so many drawn deployment levels without a counterexample allow to say of those that were not drawn."""
    return (
        f"Of levels that were not drawn: none of {levels} drawn ones is a counterexample, so that at most {bound:.1%} of the "
        "deployment distribution are, with 95 % confidence."
    ).replace("%", " %").replace("  %", " %")


def standing(row: Result) -> str:
    """What a verdict that is no failure rests on, in a sentence or two; without the map itself."""
    if row.column == "choice" and row.verdict == "HOLDS":
        return "What its objective scores highest is best for the reward in every level of both distributions."
    if row.verdict == "HOLDS":
        return "Every map of this kind that fits training fits deployment too."
    if row.verdict == "UNIDENTIFIED":
        return f"One map fits both, but training does not single it out{_rival(row)}.{_seen(row)}"
    return row.reason[0].upper() + row.reason[1:].rstrip(".") + "."


def _rival(row: Result) -> str:
    """Where a second map that fits training goes wrong."""
    at = row.rival_row
    if at is None:
        return ""
    mesa, (says, base) = aligned([at.mesa])[0], aligned([at.says, at.base])
    where = f"at ĝ = {mesa}, never seen in training,"
    if row.column.startswith("per_level"):
        where = f"at ĝ = {mesa} on a level that training lacks"
    return f": {where} a rival says {says}, the reward {base}"


def _seen(row: Result) -> str:
    """How much of deployment training pins down."""
    if row.share_seen is None:
        return ""
    if not row.share_seen:
        what = "level occurs in training" if row.column.startswith("per_level") else "outcome has a score seen in training"
        return f" No deployment {what}."
    agree = ", and there all maps agree" if row.every_on_seen else ""
    return f" {percent(row.share_seen)} of the deployment outcomes have scores that training pins down{agree}."


def not_robust(choice: Sequence[Result], increasing: Sequence[Result]) -> str:
    """Why an agent whose highest score is best for the reward gets no ✓ all the same, or not on every seed; "" elsewhere.

    Args:
        choice: its verdicts on CHOICE, one a seed.
        increasing: its verdicts on rising curves, one a seed.
    """
    seeds = {row.seed for row in choice if row.verdict == "HOLDS" and not row.robust}
    open_ones = [row for row in increasing if row.seed in seeds and row.verdict == "UNIDENTIFIED"]
    if not open_ones or {row.seed for row in open_ones} != seeds:
        return ""
    told = "Not ✓" if len(seeds) == len(choice) else f"No ✓ on {len(seeds)} of {len(choice)} seeds"
    text = f"{told}: deployment holds values that training never showed, so its curve is not pinned there"
    if all(row.every_on_seen for row in open_ones):
        shares = sorted(row.share_seen or 0.0 for row in open_ones)
        least, most = percent(shares[0]), percent(shares[-1])
        share = least if least == most else f"{least} to {most}"
        text += f"; on the {share} that training pins, all maps agree"
    return text + "."
