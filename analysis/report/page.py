"""The page `report.html`: one file that shows levels, verdicts and a picture of every counterexample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from json import loads
from pathlib import Path
from typing import Any, NamedTuple

from ...envs.world import World
from ...envs.worlds import world_named
from ..bench import HATCHED
from ..statistics import zero_violations_bound
from ..store import CONTROLS, LEVELS, PAGE, RESULTS, SETTINGS, LevelRow, Result, read_levels, read_results
from . import sentences
from .drawing import walk
from .exhibits import ALL, Exhibit, exhibits, web
from .gallery import Gallery, Picture, noted
from .scatter import scatter
from .sentences import KINDS
from .terminal import formula, grouped, heading, summary

SHOWN = 3
"""Levels of each distribution at the top of a world."""
LABELS = {column: heading(column) for column in ALL}


class Standing(NamedTuple):
    """A verdict that is no failure, in words; `map` as a formula, "" if there is none."""

    column: str
    verdict: str
    seeds: str
    text: str
    map: str


class Cloud(NamedTuple):
    """All outcomes of an agent as points: an SVG element, and what there is to say about it."""

    svg: str
    caption: str


class Lead(NamedTuple):
    """What one agent does before and after the shift: the first pictures of the page."""

    id: str
    world: str
    agent: str
    story: str
    pictures: list[Picture]


class Cell(NamedTuple):
    """One cell of the table."""

    column: str
    letters: str
    idle: str
    regret: str
    notes: list[str]
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
    not_robust: str
    cloud: Cloud
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
    second: bool
    distributions: list[tuple[str, list[Picture]]]
    agents: list[AgentView]
    shared: Mapping[str, str]
    seeds: int
    robust: int


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
    settings, controls = (
        loads((folder / name).read_text(encoding="utf-8")) if (folder / name).is_file() else {} for name in (SETTINGS, CONTROLS)
    )
    tree = grouped(results)
    worlds = [_world(name, agents, levels, gallery) for name, agents in tree.items()]
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    text = environment.get_template("page.html.j2").render(
        worlds=worlds,
        lead=_lead(tree, worlds, gallery),
        run=_run_words(settings, controls, results, levels),
        unfinished=_unfinished(settings, results),
        columns=[(c, LABELS[c], sentences.MEANINGS[c], c in HATCHED) for c in ALL],
        labels=LABELS,
        kinds=KINDS,
    )
    path = folder / PAGE
    path.write_text(text, encoding="utf-8")
    return path


# The run -----------------------------------------------------------------------------------------------------------


def _run_words(
    settings: Mapping[str, Any], controls: Mapping[str, Any], results: Sequence[Result], levels: Sequence[LevelRow]
) -> list[tuple[str, str]]:
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
    if controls:
        right = controls["cells"] - len(controls["wrong"])
        words.append(("planted controls", f"{right} of {controls['cells']} verdicts as planted"))
    if settings.get("agents"):
        words.append(("agents kept", ", ".join(settings["agents"])))
    return words


def _unfinished(settings: Mapping[str, Any], results: Sequence[Result]) -> str:
    """A sentence on what a run that was stopped lacks, "" if nothing."""
    asked = len(settings.get("worlds", ())) * settings.get("seeds", 0)
    done = len({(row.world, row.seed) for row in results})
    return f"This run was stopped: {done} of {asked} pairs of world and seed are finished." if done < asked else ""


def _lead(
    tree: Mapping[str, Mapping[str, Mapping[str, Sequence[Result]]]], worlds: Sequence[WorldView], gallery: Gallery
) -> Lead | None:
    """What the first agent does that earns all there is in training and less after the shift, if there is one."""
    for view, (name, agents) in zip(worlds, tree.items(), strict=True):
        world = world_named(name)
        for shown, columns in zip(view.agents, agents.values(), strict=True):
            row = next((row for row in columns.get("behaviour", ()) if row.letters == "Y·" and row.objective), None)
            if row is None:
                continue
            pictures = []
            for act in row.acts:
                level = gallery.level(world, act.level)
                went = walk(level, act.actions)
                told = sentences.deed(went.counts, set(world.base))
                earned = float(sum(weight * went.counts[event] for event, weight in world.base.items()))
                words = f"{sentences.SPLITS[act.split]}: {told}, u = {sentences.aligned([earned])[0]}"
                note = noted(level)
                pictures.append(
                    gallery.picture(level, [("", went.cells)], f"{words}{f' ({note})' if note else ''}", f"{row.agent} in {words}")
                )
            return Lead(shown.id, name, row.agent, row.story, pictures)
    return None


# A world -----------------------------------------------------------------------------------------------------------


def _world(
    name: str, agents: Mapping[str, Mapping[str, Sequence[Result]]], levels: Sequence[LevelRow], gallery: Gallery
) -> WorldView:
    world = world_named(name)
    seeds = sorted({row.seed for columns in agents.values() for rows in columns.values() for row in rows})
    distributions = []
    for split, words in sentences.SPLITS.items():
        first = [row for row in levels if row.world == name and row.split == split and row.seed == seeds[0]]
        pictures = []
        for row in first[:SHOWN]:
            level = gallery.level(world, row.id)
            pictures.append(gallery.picture(level, [], noted(level), f"{words} level {row.id}"))
        distributions.append((words, pictures))
    ident = "".join(c if c.isalnum() else "-" for c in name)
    ledgers = [dict(rows[0].ledger) for columns in agents.values() for rows in columns.values() if rows[0].ledger]
    shared = {k: v for k, v in (ledgers[0] if ledgers else {}).items() if all(each.get(k) == v for each in ledgers)}
    views, opened, shown = [], False, {}
    drawn = len({row.id for row in levels if row.world == name and row.split == "deploy"})
    for number, (agent, columns) in enumerate(agents.items(), 1):
        telling = not opened and any(row.verdict == "FAILS" for row in columns.get("choice", ()))
        opened = opened or telling
        views.append(_agent(f"{ident}-{number}", world, agent, columns, gallery, shared, telling, shown, drawn))
    return WorldView(
        id=ident,
        title=name,
        summary=world.summary,
        reward=formula(world.base),
        knob=world.knob,
        proxies=[(p, formula(proxy.weights), proxy.story) for p, proxy in world.proxies.items()],
        second="commanded_second" in world.base,
        distributions=distributions,
        agents=views,
        shared=shared,
        seeds=len(seeds),
        robust=sum(view.robust == "✓" for view in views),
    )


# An agent ----------------------------------------------------------------------------------------------------------


def _agent(
    ident: str,
    world: World,
    name: str,
    columns: Mapping[str, Sequence[Result]],
    gallery: Gallery,
    shared: Mapping[str, str],
    telling: bool,
    shown: dict[Any, tuple[str, str]],
    drawn: int,
) -> AgentView:
    first = next(iter(columns.values()))[0]
    rows = columns.get("choice") or next(iter(columns.values()))
    share = sum(row.robust for row in rows)
    mark = "✓" if share == len(rows) else f"{share} of {len(rows)}" if share else ""
    title = {"✓": "robust on every seed", "": "not robust"}.get(mark, f"robust on {share} of {len(rows)} seeds")
    done = columns.get("behaviour", ())
    found = exhibits(ident, world, columns, gallery, shown)
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
        not_robust=sentences.not_robust(columns.get("choice", ()), columns.get("increasing", ())),
        cloud=_cloud(columns, found),
        exhibits=found,
        standings=_standings(columns, drawn),
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
    seeds = f"{told.share.replace('of', ' of ')} seeds" if told.share else ""
    pinned = f"{told.seen} pinned" if told.seen else ""
    taus = [row.tau["deploy"] for row in rows if "deploy" in row.tau]
    order = f"τ {min(taus):.2f}".replace("-", "−") if taus and min(taus) < 1 else ""
    notes = [part for part in (seeds, pinned, order) if part]
    return Cell(column, told.letters, told.idle, told.regret, notes, verdict, title)


def _cloud(columns: Mapping[str, Sequence[Result]], found: Sequence[Exhibit]) -> Cloud:
    """The outcomes of the seed of the first counterexample, or of the first seed, with that counterexample ringed."""
    first = next((each for each in found if each.pictures), None)
    rows = [row for row in columns.get("choice", ()) if row.points and (first is None or row.seed == first.seed)]
    if not rows:
        return Cloud("", "")
    row = rows[0]
    rings = [(letter, web(letter), mesa, base) for letter, mesa, base in first.points] if first else []
    fits = (
        each.column
        for column in ("positive_affine", "increasing")
        for each in columns.get(column, ())
        if each.seed == row.seed and each.map
    )
    fit = next(fits, "")
    drawn, in_all = sum(map(len, row.points.values())), sum(row.points_in_all.values())
    parts = [f"All outcomes of seed {row.seed}: ● training, × deployment; larger marks stand for more outcomes."]
    parts += [f"The line is the map that fits both ({LABELS[fit]})."] if fit else ["No rising map fits them all."]
    parts += ["Ringed: the first counterexample below."] if rings else []
    parts += [f"Drawn are {drawn:,} of {in_all:,} distinct points, evenly picked."] if drawn < in_all else []
    score = "credited ĝ" if row.shuffled else "inner objective ĝ"
    return Cloud(scatter(row.points, rings, bool(fit), score), " ".join(parts))


def _standings(columns: Mapping[str, Sequence[Result]], drawn: int) -> list[Standing]:
    """Verdicts other than failures, one line for each that occurs over the seeds of a column; `drawn` deployment levels."""
    found = []
    for column in ALL[1:]:
        rows = columns.get(column, ())
        for kind in dict.fromkeys(row.verdict for row in rows if row.verdict != "FAILS"):
            those = [row for row in rows if row.verdict == kind]
            seeds = "" if len(those) == len(rows) else "seed " + ", ".join(str(row.seed) for row in those)
            text = sentences.formula_text(those[0].map)
            told = sentences.standing(those[0])
            if column == "choice" and kind == "HOLDS" and not seeds and drawn:
                told += f" {sentences.beyond(drawn, zero_violations_bound(drawn))}"
            found.append(Standing(column, kind, seeds, told, text))
    if found and all(line.verdict == "ILL_TYPED" for line in found):
        return [found[0]._replace(column="")]
    return found
