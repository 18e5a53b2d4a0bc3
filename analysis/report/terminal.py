"""What the command line prints: the gallery of worlds and the table of verdicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from inspect import getdoc, getmodule
from typing import NamedTuple

from rich.columns import Columns
from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from ...envs.world import Weights, World
from ...envs.worlds import world_named
from ..bench import COLUMNS, HATCHED
from ..store import Result
from .sentences import percent

LEGIBLE = 14
"""Columns in which names of agents fold well."""
ALL = ("behaviour", "choice", *COLUMNS)
HEADINGS = {
    "behaviour": "behaviour",
    "choice": "CHOICE",
    "positive_affine": "positive affine",
    "increasing": "increasing",
    "per_level_increasing": "ORDER per level",
    "any": "any",
    "per_level_any": "any per level",
}
"""What heads each column where there is room."""
NARROW = HEADINGS | {"behaviour": "acts", "positive_affine": "affine", "increasing": "rising"}
"""What heads each column in the terminal, a word a line."""
STYLES = {"HOLDS": "green", "FAILS": "red", "UNIDENTIFIED": "yellow", "NOT_TESTABLE": "blue", "ILL_TYPED": "magenta"}
SIGNS = {"NOT_TESTABLE": "○"}
"""What letters alone do not tell where there are no colours."""
LEGEND = """\
[bold]columns[/]  acts: what it does. CHOICE: is what its objective scores highest best for the reward?
Does a map from inner objective to reward fit: affine: one straight rising line for all levels; rising: one \
increasing curve for all levels; ORDER: an increasing curve made for each level; ░any: any function at all.
[bold]acts, CHOICE[/]  train, deploy (Y optimal on every level, · not, – not measured), then the largest regret at \
deployment, which 0 to 1 measures against different ranges: under acts from the best policy to the worst, wandering \
about included; under CHOICE from the best outcome to the worst of those listed.
[bold]maps[/]  train, deploy, joint, every (Y fits, · does not). joint: one map fits both splits. every: each map that \
fits training fits deployment.
YYY·72%: at least this share of deployment has values that training pins down; there all maps agree.
YYY·2of3: on 2 of 3 seeds; the others differ.
[green]✓[/]  robust: a rising map HOLDS, and what it scores highest stays best for the reward (1of3: on 1 of 3 seeds).
[green]HOLDS[/] [yellow]UNIDENTIFIED[/] (a map survives, training does not single it out) [red]FAILS[/] \
[blue]NOT_TESTABLE[/] (○) [magenta]ILL_TYPED[/] (–: no objective to map).
Columns with ░ carry information or nothing, never preference: no agent is called robust for them."""


def formula(weights: Weights) -> str:
    """Weights in words: `1·cheese − 0.02·moved`."""
    terms = []
    for event, weight in weights.items():
        sign = ("− " if weight < 0 else "+ ") if terms else ("−" if weight < 0 else "")
        terms.append(f"{sign}{float(abs(weight)):g}·{event}")
    return " ".join(terms) or "0"


def show_presets() -> None:
    """Print every preset: what it restates, as which world, what it pays, and what is not as in the original."""
    from ...envs.presets import rows, suites

    console = Console(highlight=False, markup=False)
    own = {row[0]: row for row in rows()}
    for repository, (shared, presets) in suites().items():
        console.print(Text(repository, "bold"), "differs in all of these:", sep="\n")
        console.print(*(Padding(f"– {difference}", (0, 0, 0, 2)) for difference in shared))
        for name, source, world, reward, hidden, differences in (own[preset.name] for preset in presets):
            console.print(Text(f"\n{name}", "bold"), f" {source}, as {world}", sep="")
            console.print(f"  reward {reward}" + (f"; hidden performance {hidden}" if hidden else ""))
            console.print(*(Padding(f"– {difference}", (0, 0, 0, 2)) for difference in differences))
        console.print()
    console.print("To play in one: innershift.envs.presets.preset_named(NAME).make().")


def show_world(spec: str, seed: int) -> None:
    """Print one world's story, numbers and the pair of levels that `render` draws for the same seed."""
    from ...envs.render import ansi
    from ..play.levels import level_pair, states_of

    console = Console()
    world = world_named(spec)
    drawn = level_pair(world, seed)
    console.print(Panel(Text(_story(world)), title=f"[bold]{world.spec}[/]"))
    console.print(f"[bold]base reward[/]  {formula(world.base)}")
    for name, proxy in world.proxies.items():
        looks = "" if proxy.depth is None else f" (looking {proxy.depth} actions ahead)"
        looks += "" if proxy.discount is None else f" (discounted by {proxy.discount} a step)"
        console.print(f"[bold]proxy[/] {name}{looks}  {formula(proxy.weights)}: {proxy.story}")
    console.print(f"[bold]horizon[/]  {world.steps} steps    [bold]shift[/]  {world.knob}")
    console.print(_key(world))
    pair = []
    for split, level in zip(("training", "deployment"), drawn, strict=True):
        text = Text.from_ansi(ansi(level, colour=console.color_system is not None))
        pair.append(Panel(text, title=split, subtitle=states_of(level), expand=False))
    console.print(Columns(pair))


def _story(world: World) -> str:
    """The docstring of a world's file with each paragraph on one line, for the terminal to fold."""
    paragraphs = (getdoc(getmodule(type(world))) or "").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _key(world: World) -> Table:
    """What each symbol and header line of a drawing means."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, show_header=False)
    table.add_column(no_wrap=True, style="bold")
    table.add_column()
    symbols = {"#": "wall", ".": "floor", "A": "agent", **world.symbols}
    headers = {"horizon": "steps an episode lasts", "under": "symbol of what the agent stands on", **world.headers}
    for title, meanings in (("symbols", symbols), ("lines above", headers)):
        table.add_row(Text(title), "")
        for key, meaning in meanings.items():
            table.add_row(Text(f"  {key}"), Text(meaning))
    return table


def print_table(results: Sequence[Result]) -> None:
    """Print one table a world: rows agents, columns behaviour, choice and classes of maps, as many as there is room for."""
    console = Console()
    shown = list(ALL)
    tables = grouped(results).items()
    while len(shown) > 1 and max(_least_width(console, _table(*table, shown)) for table in tables) > console.width:
        shown.pop()
    for table in tables:
        console.print(_table(*table, shown), "")
    console.print(LEGEND)
    if left_out := ", ".join(HEADINGS[column] for column in ALL[len(shown) :]):
        console.print(f"Left out for want of width: {left_out}. The report has all columns.")


def _least_width(console: Console, table: Table) -> int:
    """Columns that a table needs when the names of agents are folded."""
    table.columns[1].max_width = LEGIBLE
    return console.measure(table, options=console.options.update_width(1000)).maximum


def grouped(results: Sequence[Result]) -> dict[str, dict[str, dict[str, list[Result]]]]:
    """Results by world, agent and column, in the order in which they were found; one entry a seed."""
    tree: dict[str, dict[str, dict[str, list[Result]]]] = {}
    for row in results:
        tree.setdefault(row.world, {}).setdefault(row.agent, {}).setdefault(row.column, []).append(row)
    return tree


class Summary(NamedTuple):
    """One cell over its seeds.

    Attributes:
        letters: the commonest ones, those that count.
        idle: letters after them that hold as a matter of course, whatever the agent.
        regret: largest regret at deployment, "" if none was measured.
        share: on how many seeds they occur, where seeds differ, as in `2of3`.
        seen: least share of deployment outcomes that training pins down and that fit, where one map survives unpinned.
        verdict: the verdict that goes with them.
    """

    letters: str
    idle: str
    regret: str
    share: str
    seen: str
    verdict: str


def summary(rows: Sequence[Result]) -> Summary:
    """The commonest letters of a cell, with their share where seeds differ."""
    kinds = Counter((row.letters, row.verdict) for row in rows)
    (told, verdict), count = kinds.most_common(1)[0]
    regrets = [row.regret_deploy for row in rows if row.regret_deploy is not None]
    part = 2 if rows[0].column.startswith("per_level") else 4
    seen = [row.share_seen for row in rows if row.share_seen is not None and row.every_on_seen]
    pinned = part == 4 and verdict == "UNIDENTIFIED" and len(seen) == len(rows)
    return Summary(
        letters=told[:part] or "–",
        idle=told[part:],
        regret=f"{max(regrets):.2f}" if regrets else "",
        share=f"{count}of{len(rows)}" if len(kinds) > 1 else "",
        seen=percent(min(seen)) if pinned else "",
        verdict=verdict,
    )


def heading(column: str) -> str:
    """What heads a column, on one line."""
    return HEADINGS[column]


def _table(world: str, agents: Mapping[str, Mapping[str, Sequence[Result]]], shown: Sequence[str] = ALL) -> Table:
    """Rows agents, columns the verdicts `shown`; narrow enough for 80 columns, where only the agents' names are folded."""
    title = world_title(world_named(world))
    table = Table(title=title, title_style="bold", title_justify="left", box=None, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("")
    table.add_column("agent", overflow="fold", min_width=LEGIBLE)
    for column in shown:
        hatch = "░" if column in HATCHED else ""
        table.add_column("\n".join(hatch + part for part in NARROW[column].split()), no_wrap=True)
    for name, columns in agents.items():
        first = columns["choice"]
        share = sum(row.robust for row in first)
        mark = "" if not share else "✓" if share == len(first) else f"{share}of{len(first)}"
        cells = [f"[green]{mark}[/]", name]
        for column in shown:
            told = summary(columns[column])
            letters = told.letters + (f"[dim]{told.idle}[/]" if told.idle else "")
            letters += SIGNS.get(told.verdict, "")
            notes = told.share or told.seen.replace(" ", "")
            text = " ".join(filter(None, (letters, told.regret, notes))) if told.regret else letters + notes
            style = STYLES.get(told.verdict, "none") + (" dim" if column in HATCHED else "")
            cells.append(f"[{style}]{text}[/]")
        table.add_row(*cells)
    return table


def world_title(world: World) -> str:
    """A world's heading: name and reward."""
    return f"{world.spec}   u = {formula(world.base)}"
