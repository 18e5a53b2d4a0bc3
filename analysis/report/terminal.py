"""What the command line prints: the gallery of worlds and the table of verdicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from inspect import getdoc, getmodule

import numpy as np
from rich.columns import Columns
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from ...envs.shift import LevelDistribution
from ...envs.world import Weights, World
from ...envs.worlds import WORLDS, world_named
from ..bench import COLUMNS, HATCHED
from ..store import Result

HEADINGS = {
    "behaviour": "behaviour",
    "choice": "CHOICE",
    "positive_affine": "positive\naffine",
    "increasing": "increasing",
    "per_level_increasing": "ORDER\nper level",
    "any": "any",
    "per_level_any": "any\nper level",
}
STYLES = {"HOLDS": "green", "FAILS": "red", "UNIDENTIFIED": "yellow", "NOT_TESTABLE": "blue", "ILL_TYPED": "magenta"}
LEGEND = (
    "letters: train, deploy, joint, every (Y fits, · does not): joint = one map fits both splits; every = each map that "
    "fits training fits deployment.\n"
    "behaviour and CHOICE: train, deploy, then the largest regret at deployment as a share of the level's range.\n"
    "[green]HOLDS[/] [yellow]UNIDENTIFIED[/] (a map survives, training does not single it out) [red]FAILS[/] "
    "[blue]NOT_TESTABLE[/] [magenta]ILL_TYPED[/] (no objective to map).\n"
    "Columns in ░ carry information or nothing, never preference: no agent is called robust for them."
)


def formula(weights: Weights) -> str:
    """Weights in words: `1·cheese − 0.02·moved`."""
    terms = []
    for event, weight in weights.items():
        sign = ("− " if weight < 0 else "+ ") if terms else ("−" if weight < 0 else "")
        terms.append(f"{sign}{float(abs(weight)):g}·{event}")
    return " ".join(terms) or "0"


def show_worlds() -> None:
    """Print the gallery: what each world pays, what tempts, and what the shift moves."""
    console = Console()
    table = Table(title="Worlds", show_lines=True, title_style="bold")
    for heading in ("world", "story", "base reward", "proxies", "shift moves"):
        table.add_column(heading, overflow="fold")
    for name, cls in WORLDS.items():
        world = cls()
        proxies = "\n".join(f"{p}: {formula(proxy.weights)}" for p, proxy in world.proxies.items())
        table.add_row(f"[bold]{name}[/]", world.summary, formula(world.base), proxies, world.knob)
    console.print(table)
    console.print(
        "One of them with its levels: innershift worlds NAME. To train in: gymnasium.make('innershift:NAME-v0')."
    )


def show_world(spec: str, seed: int) -> None:
    """Print one world's story, numbers and a pair of levels."""
    from ...envs.render import ansi

    console = Console()
    world = world_named(spec)
    console.print(Panel(Text(getdoc(getmodule(type(world))) or ""), title=f"[bold]{world.spec}[/]"))
    console.print(f"[bold]base reward[/]  {formula(world.base)}")
    for name, proxy in world.proxies.items():
        looks = "" if proxy.depth is None else f" (looking {proxy.depth} actions ahead)"
        console.print(f"[bold]proxy[/] {name}{looks}  {formula(proxy.weights)}: {proxy.story}")
    console.print(f"[bold]horizon[/]  {world.steps} steps    [bold]shift[/]  {world.knob}")
    pair = []
    for split, law in (("training", LevelDistribution.train(world)), ("deployment", LevelDistribution.deploy(world))):
        level = law.sample(np.random.default_rng(seed))
        text = Text.from_ansi(ansi(level, colour=console.color_system is not None))
        pair.append(Panel(text, title=split, subtitle=f"{level.to_mdp().n_states:,} states", expand=False))
    console.print(Columns(pair))


def print_table(results: Sequence[Result]) -> None:
    """Print one table a world: rows agents, columns behaviour, choice and classes of maps."""
    console = Console()
    for world, rows in grouped(results).items():
        console.print(_table(world, rows))
    console.print(LEGEND)


def grouped(results: Sequence[Result]) -> dict[str, dict[str, dict[str, list[Result]]]]:
    """Results by world, agent and column, in the order in which they were found; one entry a seed."""
    tree: dict[str, dict[str, dict[str, list[Result]]]] = {}
    for row in results:
        tree.setdefault(row.world, {}).setdefault(row.agent, {}).setdefault(row.column, []).append(row)
    return tree


def cell(rows: Sequence[Result]) -> tuple[str, str]:
    """Text and verdict of one cell over its seeds: the commonest letters, with their share where seeds differ."""
    kinds = Counter((row.letters, row.verdict) for row in rows)
    (told, verdict), count = kinds.most_common(1)[0]
    told = told or "–"
    regrets = [row.regret_deploy for row in rows if row.regret_deploy is not None]
    if regrets:
        told += f" {max(regrets):.2f}"
    return told + (f" {count}/{len(rows)}" if len(kinds) > 1 else ""), verdict


def _table(world: str, agents: Mapping[str, Mapping[str, Sequence[Result]]]) -> Table:
    table = Table(title=world_title(world_named(world)), title_style="bold", title_justify="left")
    table.add_column("agent", overflow="fold")
    for column in ("behaviour", "choice", *COLUMNS):
        hatch = "░ " if column in HATCHED else ""
        table.add_column("\n".join(hatch + part for part in HEADINGS[column].split("\n")), no_wrap=True)
    table.add_column("robust", justify="center")
    for name, columns in agents.items():
        cells = [name]
        for column in ("behaviour", "choice", *COLUMNS):
            told, verdict = cell(columns[column])
            style = STYLES.get(verdict, "") + (" dim" if column in HATCHED else "")
            cells.append(f"[{style}]{told}[/]" if style else told)
        first = columns["choice"]
        share = sum(row.robust for row in first)
        cells.append("" if not share else "✓" if share == len(first) else f"{share}/{len(first)}")
        table.add_row(*cells)
    return table


def world_title(world: World) -> str:
    """A world's heading: name and reward."""
    return f"{world.spec}   u = {formula(world.base)}"
