"""The page `report.html`: one file that shows levels, verdicts and a picture of every counterexample."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from json import loads
from pathlib import Path
from typing import Any, NamedTuple

from ...envs.level import Level
from ...envs.render import png
from ...envs.world import World
from ...envs.worlds import world_named
from ..bench import COLUMNS, HATCHED
from ..store import LEVELS, RESULTS, SETTINGS, LevelRow, Result, WitnessRow, read_levels, read_results
from . import sentences
from .drawing import colour_of, lettered, walk
from .sentences import KINDS, Way
from .terminal import formula, grouped, heading, summary

PAGE = "report.html"
PX = 32
"""Pixels a cell in the pictures; the page shows them smaller, so that they stay sharp when magnified."""
SHOWN = 3
"""Levels of each law at the top of a world."""
ALL = ("behaviour", "choice", *COLUMNS)
LABELS = {column: heading(column) for column in ALL}


class Picture(NamedTuple):
    """One picture on the page: `uri` holds its PNG, `alt` says it in words, `width` is its place in cells."""

    uri: str
    alt: str
    caption: str
    width: int


class Outcome(NamedTuple):
    """One row under a counterexample; `top_mesa` and `top_base` mark the greatest values."""

    letter: str
    colour: str
    deed: str
    mesa: str
    base: str
    top_mesa: bool
    top_base: bool


class Exhibit(NamedTuple):
    """A counterexample: the columns that it refutes, where, in one sentence, in pictures and in numbers."""

    columns: tuple[str, ...]
    where: str
    sentence: str
    pictures: list[Picture]
    outcomes: list[Outcome]


class Standing(NamedTuple):
    """A verdict that is no failure, in words; `map` and `rival` as formulas, "" if there is none."""

    column: str
    verdict: str
    seeds: str
    text: str
    map: str
    rival: str


class Cell(NamedTuple):
    """One cell of the table."""

    column: str
    letters: str
    idle: str
    note: str
    verdict: str
    title: str


@dataclass(frozen=True)
class AgentView:
    """One agent of one world: its row in the table and what lies behind it."""

    id: str
    name: str
    variant: str
    story: str
    objective: str
    cells: list[Cell]
    robust: str
    robust_title: str
    behaviour: str
    exhibits: list[Exhibit]
    standings: list[Standing]
    ledger: Mapping[str, str]
    open: bool = False


@dataclass(frozen=True)
class WorldView:
    """One world: levels, reward, proxies, table and agents."""

    id: str
    title: str
    summary: str
    reward: str
    knob: str
    proxies: list[tuple[str, str, str]]
    laws: list[tuple[str, list[Picture]]]
    agents: list[AgentView]
    shared: Mapping[str, str]
    seeds: int
    robust: int


@dataclass
class Gallery:
    """The levels of a run as pictures; each distinct one is drawn once."""

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

    def picture(self, level: Level, ways: Sequence[tuple[str, Sequence[int]]], caption: str, alt: str) -> Picture:
        """A level with ways in it, as a data URI."""
        key = (level.world.spec, level.id, tuple((letter, tuple(cells)) for letter, cells in ways))
        if key not in self.drawn:
            data = b64encode(png(lettered(level, ways, PX))).decode("ascii")
            self.drawn[key] = f"data:image/png;base64,{data}"
        return Picture(self.drawn[key], alt, caption, level.width)


def write_page(folder: Path) -> Path:
    """Make `report.html` from the files of a run, finished or not; the same files give the same bytes.

    Args:
        folder: holds `results.jsonl` and `levels.jsonl`, and `settings.json` if there is one.

    Returns:
        The page: one file without scripts that matter, to be read offline.

    Raises:
        ValueError: there are no results, or they refer to levels that are not there.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    missing = [name for name in (RESULTS, LEVELS) if not (folder / name).is_file()]
    results = [] if missing else read_results(folder)
    if not results:
        what = f"{' and '.join(missing)} missing" if missing else f"{RESULTS} is empty"
        raise ValueError(
            f"{folder}: no results to show ({what}). Run `innershift bench --out {folder}` and let at least one world "
            f"finish."
        )
    levels = read_levels(folder)
    gallery = Gallery({(row.world, row.id): row for row in levels})
    settings = loads((folder / SETTINGS).read_text(encoding="utf-8")) if (folder / SETTINGS).is_file() else {}
    worlds = [_world(name, agents, levels, gallery) for name, agents in grouped(results).items()]
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    text = environment.get_template("page.html.j2").render(
        worlds=worlds,
        run=_run_words(settings, results, levels),
        unfinished=_unfinished(settings, results),
        columns=[(c, LABELS[c], sentences.MEANINGS[c], c in HATCHED) for c in ALL],
        labels=LABELS,
        kinds=KINDS,
    )
    path = folder / PAGE
    path.write_text(text, encoding="utf-8")
    return path


# The run -----------------------------------------------------------------------------------------------------------


def _run_words(settings: Mapping[str, Any], results: Sequence[Result], levels: Sequence[LevelRow]) -> list[tuple[str, str]]:
    """What was run, as names and values."""
    seeds, worlds = sorted({row.seed for row in results}), list(dict.fromkeys(row.world for row in results))
    finished = {(row.world, row.seed) for row in results}
    counted = [row for row in levels if (row.world, row.seed) in finished]
    split = {name: sum(row.split == name for row in counted) for name in ("train", "deploy")}
    words = [
        ("worlds", ", ".join(worlds)),
        ("seeds", ", ".join(map(str, seeds))),
        ("levels", f"{len(counted)}: {split['train']} from training, {split['deploy']} from deployment"),
    ]
    names = {"outcomes": "outcomes compared", "shift": "shift", "search": "search", "belief": "belief", "decision": "decision"}
    words += [(label, str(settings[key]).replace("_", " ")) for key, label in names.items() if key in settings]
    if settings.get("agents"):
        words.append(("agents kept", ", ".join(settings["agents"])))
    return words


def _unfinished(settings: Mapping[str, Any], results: Sequence[Result]) -> str:
    """A sentence on what a run that was stopped lacks, "" if nothing."""
    asked = len(settings.get("worlds", ())) * settings.get("seeds", 0)
    done = len({(row.world, row.seed) for row in results})
    return f"This run was stopped: {done} of {asked} pairs of world and seed are finished." if done < asked else ""


# A world -----------------------------------------------------------------------------------------------------------


def _world(
    name: str, agents: Mapping[str, Mapping[str, Sequence[Result]]], levels: Sequence[LevelRow], gallery: Gallery
) -> WorldView:
    world = world_named(name)
    seeds = sorted({row.seed for columns in agents.values() for rows in columns.values() for row in rows})
    laws = []
    for split, words in sentences.SPLITS.items():
        first = [row for row in levels if row.world == name and row.split == split and row.seed == seeds[0]]
        pictures = []
        for row in first[:SHOWN]:
            level = gallery.level(world, row.id)
            pictures.append(gallery.picture(level, [], _header(level), f"{words} level {row.id}"))
        laws.append((words, pictures))
    ident = "".join(c if c.isalnum() else "-" for c in name)
    ledgers = [dict(rows[0].ledger) for columns in agents.values() for rows in columns.values() if rows[0].ledger]
    shared = {k: v for k, v in (ledgers[0] if ledgers else {}).items() if all(each.get(k) == v for each in ledgers)}
    views, opened = [], False
    for number, (agent, columns) in enumerate(agents.items(), 1):
        telling = not opened and any(row.verdict == "FAILS" for row in columns.get("choice", ()))
        opened = opened or telling
        views.append(_agent(f"{ident}-{number}", world, agent, columns, gallery, shared, telling))
    return WorldView(
        id=ident,
        title=name,
        summary=world.summary,
        reward=formula(world.base),
        knob=world.knob,
        proxies=[(p, formula(proxy.weights), proxy.story) for p, proxy in world.proxies.items()],
        laws=laws,
        agents=views,
        shared=shared,
        seeds=len(seeds),
        robust=sum(view.robust == "✓" for view in views),
    )


def _header(level: Level) -> str:
    """What a drawing says beside the cells, object by object lines left out: they can be seen."""
    return ", ".join(f"{key}: {value}" for key, value in level.header.items() if not key.isdigit())


# An agent ----------------------------------------------------------------------------------------------------------


def _agent(
    ident: str,
    world: World,
    name: str,
    columns: Mapping[str, Sequence[Result]],
    gallery: Gallery,
    shared: Mapping[str, str],
    telling: bool,
) -> AgentView:
    first = next(iter(columns.values()))[0]
    rows = columns.get("choice") or next(iter(columns.values()))
    share = sum(row.robust for row in rows)
    mark = "✓" if share == len(rows) else f"{share}/{len(rows)}" if share else ""
    title = {"✓": "robust on every seed", "": "not robust"}.get(mark, f"robust on {share} of {len(rows)} seeds")
    done = columns.get("behaviour", ())
    return AgentView(
        id=ident,
        name=name,
        variant=first.variant,
        story=first.story,
        objective=f"{first.objective}, a function of {first.domain}" if first.objective else "none",
        cells=[_cell(column, columns[column]) for column in ALL if columns.get(column)],
        robust=mark,
        robust_title=title,
        behaviour=sentences.behaviour(max(done, key=lambda row: row.regret_deploy or 0.0)) if done else "",
        exhibits=_exhibits(world, columns, gallery),
        standings=_standings(columns),
        ledger={k: v for k, v in first.ledger.items() if k not in shared},
        open=telling,
    )


def _cell(column: str, rows: Sequence[Result]) -> Cell:
    """Letters as in the terminal, and the verdict of every seed in the tooltip."""
    told = summary(rows)
    verdict = told.verdict
    each = "; ".join(f"seed {row.seed}: {row.letters or 'no letters'} {row.verdict}".rstrip() for row in rows)
    meaning = KINDS[verdict][1] if verdict else "what it earns: all there is in training, at deployment"
    title = f"{LABELS[column]} {verdict}: {meaning} ({each})".replace(" : ", ": ")
    return Cell(column, told.letters, told.idle, " ".join(filter(None, (told.regret, told.share, told.seen))), verdict, title)


def _exhibits(world: World, columns: Mapping[str, Sequence[Result]], gallery: Gallery) -> list[Exhibit]:
    """The counterexamples of an agent, first seed where each column fails; columns with the same one share it."""
    found: dict[tuple[Any, ...], list[Result]] = {}
    for column in ALL:
        row = next((row for row in columns.get(column, ()) if row.verdict == "FAILS"), None)
        if row is None:
            continue
        rows = sentences.in_letters(row.witness, column)
        key = (row.seed, column == "choice", *((w.level, tuple(w.actions), w.mesa, w.base) for w in rows))
        found.setdefault(key if rows else (column,), []).append(row)
    return [_exhibit(world, rows, gallery) for rows in found.values()]


def _exhibit(world: World, rows: Sequence[Result], gallery: Gallery) -> Exhibit:
    first = rows[0]
    columns = tuple(row.column for row in rows)
    witness = sentences.in_letters(first.witness, first.column)
    if not witness:
        return Exhibit(columns, f"seed {first.seed}", sentences.standing(first), [], [])
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
        caption = ", ".join(filter(None, [f"{number}{words}", _header(drawn)]))
        pictures.append(gallery.picture(drawn, [(way.letter, cells[way.letter]) for way in here], caption, alt))
    sentence = sentences.counterexample(columns, ways)
    where = f"seed {first.seed}, level{'s' if len(places) > 1 else ''} {' and '.join(places)}"
    return Exhibit(columns, where, sentence, pictures, _outcomes(ways, witness))


def _read(world: World, objective: str) -> set[str]:
    """Events that the reward and, where its name says so, the agent's objective read."""
    own = world.proxies[objective].weights if objective in world.proxies else {}
    read = {*world.base, *own}
    return read | {event for event in world.events if event.startswith("signed") and "commanded_first" in read}


def _outcomes(ways: Sequence[Way], witness: Sequence[WitnessRow]) -> list[Outcome]:
    mesa, base = sentences.numbers([w.mesa for w in witness]), sentences.numbers([w.base for w in witness])
    top = max((w.mesa for w in witness if w.mesa is not None), default=None), max(w.base for w in witness)
    return [
        Outcome(
            letter=way.letter,
            colour="#{:02x}{:02x}{:02x}".format(*colour_of(way.letter)),
            deed=way.deed,
            mesa=mesa[i],
            base=base[i],
            top_mesa=way.row.mesa == top[0],
            top_base=way.row.base == top[1],
        )
        for i, way in enumerate(ways)
    ]


def _standings(columns: Mapping[str, Sequence[Result]]) -> list[Standing]:
    """Verdicts other than failures, one line for each that occurs over the seeds of a column."""
    found = []
    for column in ALL[1:]:
        rows = columns.get(column, ())
        for kind in dict.fromkeys(row.verdict for row in rows if row.verdict != "FAILS"):
            those = [row for row in rows if row.verdict == kind]
            seeds = "" if len(those) == len(rows) else "seed " + ", ".join(str(row.seed) for row in those)
            maps = [sentences.formula_text(text) for text in (those[0].map, those[0].rival)]
            rival = maps[1] if maps[1] != maps[0] else ""
            found.append(Standing(column, kind, seeds, sentences.standing(those[0]), maps[0], rival))
    if found and all(line.verdict == "ILL_TYPED" for line in found):
        return [found[0]._replace(column="")]
    return found
