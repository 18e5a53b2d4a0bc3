"""Counterexamples on the page: what refutes which columns, in a sentence, in pictures and in numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from ...envs.world import World
from ..bench import COLUMNS
from ..store import Result
from . import sentences
from .drawing import colour_of, walk
from .gallery import Gallery, Picture, noted
from .sentences import Way

ALL = ("behaviour", "choice", *COLUMNS)


class Outcome(NamedTuple):
    """One row under a counterexample; `top_mesa` and `top_base` mark the greatest of values that differ."""

    letter: str
    colour: str
    deed: str
    mesa: str
    base: str
    top_mesa: bool
    top_base: bool
    taken: bool


class Exhibit(NamedTuple):
    """A counterexample: the columns that it refutes, where, in one sentence, in pictures and in numbers.

    Attributes:
        id: anchor on the page.
        seed: seed of its levels.
        columns: what it refutes.
        where: its seed and levels in words.
        sentence: what it shows.
        pictures: its levels with the ways.
        outcomes: its ways in numbers.
        points: (letter, mesa value, base value) of each way that has both.
        credited: whether the mesa values come from a shuffled table.
        same: (anchor, name) of an agent that was refuted by the same counterexample before; ("", "") if none was.
    """

    id: str
    seed: int
    columns: tuple[str, ...]
    where: str
    sentence: str
    pictures: list[Picture]
    outcomes: list[Outcome]
    points: list[tuple[str, float, float]]
    credited: bool = False
    same: tuple[str, str] = ("", "")


def exhibits(
    ident: str, world: World, columns: Mapping[str, Sequence[Result]], gallery: Gallery, shown: dict[Any, tuple[str, str]]
) -> list[Exhibit]:
    """The counterexamples of an agent, first seed where each column fails; columns with the same one share it.

    Args:
        ident: the agent's anchor on the page.
        world: its world.
        columns: its verdicts by column, one a seed.
        gallery: where pictures come from.
        shown: what other agents of the world were refuted by, and where; this agent's are added.
    """
    found: dict[tuple[Any, ...], list[Result]] = {}
    for column in ALL:
        row = next((row for row in columns.get(column, ()) if row.verdict == "FAILS"), None)
        if row is None:
            continue
        rows = sentences.in_letters(row.witness, column)
        key = (row.seed, *((w.level, tuple(w.actions), w.mesa, w.base) for w in rows))
        found.setdefault(key if rows else (column,), []).append(row)
    out = []
    for number, rows in enumerate(found.values(), 1):
        made = _exhibit(f"{ident}-{number}", world, rows, gallery)
        content = (made.columns, made.sentence, *made.pictures, *made.outcomes)
        if made.pictures and content in shown:
            made = made._replace(same=shown[content])
        else:
            shown[content] = (made.id, rows[0].agent)
        out.append(made)
    return out


def _exhibit(ident: str, world: World, rows: Sequence[Result], gallery: Gallery) -> Exhibit:
    first = rows[0]
    columns = tuple(row.column for row in rows)
    witness = sentences.in_letters(first.witness, first.column)
    if not witness:
        return Exhibit(ident, first.seed, columns, f"seed {first.seed}", sentences.standing(first), [], [], [])
    places = list(dict.fromkeys(w.level for w in witness))
    ways, cells = [], {}
    for letter, w in zip("ABCDEFGH", witness, strict=False):
        went = walk(gallery.level(world, w.level), w.actions)
        cells[letter] = went.cells
        told = sentences.deed(went.counts, _read(world, first.objective))
        ways.append(Way(letter, told, w, places.index(w.level) + 1))
    pictures = []
    for level, group in groupby(sorted(ways, key=lambda way: way.place), key=lambda way: way.row.level):
        here = list(group)
        words = sentences.SPLITS[here[0].row.split]
        number = f"level {here[0].place}, " if len(places) > 1 else ""
        alt = f"{words} level with {' and '.join(f'{way.letter}: {way.deed}' for way in here)}"
        drawn = gallery.level(world, level)
        taken = next((way.letter for way in here if way.row.taken), "")
        note = noted(drawn)
        caption = f"{number}{words} level" + (f", {note}" if note else "")
        pictures.append(gallery.picture(drawn, [(way.letter, cells[way.letter]) for way in here], caption, alt, taken))
    return Exhibit(
        id=ident,
        seed=first.seed,
        columns=columns,
        where=f"seed {first.seed}, level{'s' if len(places) > 1 else ''} {' and '.join(places)}",
        sentence=sentences.counterexample(columns, ways, first.takes, first.shuffled),
        pictures=pictures,
        outcomes=_outcomes(ways),
        points=[(way.letter, way.row.mesa, way.row.base) for way in ways if way.row.mesa is not None],
        credited=first.shuffled,
    )


def _read(world: World, objective: str) -> set[str]:
    """Events that the reward and, where its name says so, the agent's objective read."""
    own = world.proxies[objective].weights if objective in world.proxies else {}
    read = {*world.base, *own}
    return read | {event for event in world.events if event.startswith("signed") and "commanded_first" in read}


def _outcomes(ways: Sequence[Way]) -> list[Outcome]:
    values = [way.row.mesa for way in ways], [way.row.base for way in ways]
    mesa, base = map(sentences.aligned, values)
    top = [max((v for v in column if v is not None), default=None) if len(set(column)) > 1 else None for column in values]
    return [
        Outcome(
            letter=way.letter,
            colour=web(way.letter),
            deed=way.deed,
            mesa=mesa[i],
            base=base[i],
            top_mesa=way.row.mesa is not None and way.row.mesa == top[0],
            top_base=way.row.base == top[1],
            taken=way.row.taken,
        )
        for i, way in enumerate(ways)
    ]


def web(letter: str) -> str:
    """The colour of a way as the web writes it."""
    return "#{:02x}{:02x}{:02x}".format(*colour_of(letter))
