"""How fast levels are drawn, enumerated and solved, how that grows from a thousand states to a million, and others beside it.

To enumerate is to list every state that can be reached, with all its transitions. To solve is to find the best value of each,
by backward induction over the horizon, or discounted to a fixed point. The growth exponent is the slope of log seconds over
log states; 1 is linear. The plain search, which always runs, is what one would write in an evening: dictionaries of tuples,
and the rules as plain Python.

Everything runs on one core, in turns with its rivals, and is counted in CPU time. Other libraries are timed where they can be
imported, see benchmarks/peers.py: pymdptoolbox plans over the same tables; jaxgmg draws levels of its own, and solves mazes
of the same size for a discounted value.
"""

from __future__ import annotations

import json
from collections import deque
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import tyro
from innershift.agents.planner import reward_of
from innershift.agents.planning import ValueIteration, discounted_values
from innershift.envs import WORLDS, Level, LevelDistribution, world_named
from innershift.envs.mdp import MDP
from innershift.envs.world import ACTIONS
from peers import jaxgmg_levels, mdptoolbox
from rich.console import Console
from rich.table import Table
from timing import Rival, contest, machine, one_core, short

PEER = {"CheeseCorner": "corner", "Keys": "keys"}
"""Our worlds, and what jaxgmg calls its own."""
GROWING = (
    "Keys:size=7,few=2,many=3", "Keys:size=9,few=2,many=4", "Keys:size=11", "Keys:size=11,few=2,many=8",
    "Keys:size=15,few=3,many=8", "Keys:size=25,few=3,many=8",
)  # fmt: skip
"""Worlds whose shifted levels have from about a thousand states to a million."""
TARGETS = {"drawn / jaxgmg": 4.0, "solved / jaxgmg": 100.0}
"""What each ratio is meant to be, at least."""
MOST_EXPONENT, MOST_SECONDS = 1.1, 0.1
"""What growth, and the seconds for a level of Keys with 30,000 states, are meant to be, at most."""
DISCOUNT, CAP = 0.99, 4_000_000


@dataclass(frozen=True)
class Solving:
    """Time drawing, enumeration and value iteration; print tables and write JSON.

    Attributes:
        parts: what to time: every world, growing levels of Keys, and jaxgmg.
        worlds: worlds with knobs; none takes all at their defaults.
        growing: worlds of growing size, for the exponents.
        levels: levels of each world, shifted.
        horizon: steps of backward induction where sizes grow.
        rounds: how often each rival works; its best round counts.
        seconds: how long it works in a round.
        quick: one short round of a few rows, to see that the script runs.
        jaxgmg: folder that holds the package jaxgmg, where it is not installed.
        out: where to write the JSON.
    """

    parts: tuple[Literal["worlds", "growth", "peers"], ...] = ("worlds", "growth", "peers")
    worlds: tuple[str, ...] = ()
    growing: tuple[str, ...] = GROWING
    levels: int = 4
    horizon: int = 30
    rounds: int = 5
    seconds: float = 0.1
    quick: bool = False
    jaxgmg: Path | None = None
    out: Annotated[Path, tyro.conf.arg(aliases=["-o"])] = field(default=Path("runs/benchmarks/solving.json"))


def drawing(world: str) -> Rival:
    """Shifted levels, one after the other."""
    law, rng = LevelDistribution.deploy(world_named(world)), np.random.default_rng(0)
    return Rival(lambda: law.sample(rng), 1)


def best(mdp: MDP, horizon: int) -> object:
    """Values and optimal actions over the horizon, in whole numbers where nothing is left to chance."""
    return ValueIteration().solve(mdp, reward_of(mdp, mdp.level.world.exact(mdp.level.world.base)[0]), horizon)


def discounted(level: Level) -> np.ndarray:
    """`[S]` best discounted values of a level that has yet to be enumerated."""
    mdp = level.to_mdp(CAP)
    return discounted_values(mdp, mdp.expected_events @ level.world.vector(level.world.base), DISCOUNT, 1e-6)


def plain(level: Level, most: float = np.inf) -> tuple[set[tuple[int, ...]], int]:
    """Every state that can be reached, by a plain search that stops after some; and how many it looked at."""
    world, start = level.world, tuple(level.start.tolist())
    nxt = np.zeros((world.branches, len(start)), dtype=np.int32)
    events, chance = np.zeros((world.branches, len(world.events)), dtype=np.int32), np.ones(world.branches)
    ended, found, queue, done = np.zeros(world.branches, dtype=bool), {start}, deque([start]), 0
    while queue and done < most:
        state, done = queue.popleft(), done + 1
        for action in range(len(ACTIONS)):
            events[:] = 0
            n = world.rules(level.solid, level.width, level.params, state, action, nxt, events, chance, ended)
            for after in map(tuple, nxt[:n][~ended[:n]].tolist()):
                if after not in found:
                    found.add(after)
                    queue.append(after)
    return found, done


def run_worlds(settings: Solving, console: Console) -> list[dict]:
    """Levels drawn, states enumerated and backups made, world by world."""
    headings = ("drawn/s", "states", "list, ms", "× plain", "solve, ms", "steps", "ns a backup", "× peer")
    title = "Shifted levels of each world, enumerated (beside the plain search) and solved (beside pymdptoolbox)"
    table = Table(title=title, box=None, pad_edge=False)
    table.add_column("world", no_wrap=True)
    for heading in headings:
        table.add_column(heading, justify="right")
    results = []
    for world in settings.worlds or (list(WORLDS)[:2] if settings.quick else list(WORLDS)):
        with console.status(f"timing {world} …"):
            levels = LevelDistribution.deploy(world_named(world)).levels(0, settings.levels)
            mdps = [level.to_mdp(CAP) for level in levels]
            states, steps = sum(mdp.n_states for mdp in mdps), levels[0].horizon
            found, looked = plain(levels[0], 200)
            if looked < 200 and len(found) != mdps[0].n_states - 1:
                raise ValueError(f"{levels[0].id}: the plain search finds {len(found)} states, not {mdps[0].n_states - 1}.")
            rivals = {
                "drawn": drawing(world),
                "enumerated": Rival(lambda levels=levels: [level.to_mdp(CAP) for level in levels], states),
                "plain search": Rival(partial(plain, levels[0], looked), looked),
                "solved": Rival(lambda mdps=mdps, steps=steps: [best(mdp, steps) for mdp in mdps], states * steps * len(ACTIONS)),
            }
            if mdps[0].n_states < 2000:
                rivals |= mdptoolbox(mdps[0], steps)
            rates = contest(rivals, settings.rounds, settings.seconds)
        row = {
            "world": world,
            "states": states / len(levels),
            "steps": steps,
            "drawn_per_second": rates["drawn"],
            "enumerate_seconds": states / len(levels) / rates["enumerated"],
            "enumerated_over_plain": rates["enumerated"] / rates["plain search"],
            "solve_seconds": states / len(levels) * steps * len(ACTIONS) / rates["solved"],
            "seconds_per_backup": 1 / rates["solved"],
            "solved_over_pymdptoolbox": rates["solved"] / rates["pymdptoolbox"] if "pymdptoolbox" in rates else None,
        }
        peer = row["solved_over_pymdptoolbox"]
        table.add_row(
            world, short(row["drawn_per_second"]), f"{row['states']:,.0f}", f"{1e3 * row['enumerate_seconds']:.3g}",
            f"{row['enumerated_over_plain']:.3g}", f"{1e3 * row['solve_seconds']:.3g}", str(steps),
            f"{1e9 * row['seconds_per_backup']:.2g}", f"{peer:.3g}" if peer else "",
        )  # fmt: skip
        results.append(row)
    console.print(table)
    return results


def run_growth(settings: Solving, console: Console) -> dict:
    """Seconds by number of states, and their exponents."""
    rows, kinds = [], ("enumerate", "backward induction")
    headings = (f"{kind}, ms" for kind in kinds)
    table = Table("states", *headings, title=f"Growth: {len(ACTIONS)} actions, {settings.horizon} steps of backward induction")
    for world in settings.growing[: 2 if settings.quick else None]:
        with console.status(f"timing {world} …"):
            level = LevelDistribution.deploy(world_named(world)).level(0)
            mdp = level.to_mdp(CAP)
            work = partial(level.to_mdp, CAP), partial(best, mdp, settings.horizon)
            rivals = {kind: Rival(one, 1) for kind, one in zip(kinds, work, strict=True)}
            times = {kind: 1 / rate for kind, rate in contest(rivals, settings.rounds, settings.seconds).items()}
        rows.append({"world": world, "states": mdp.n_states, "seconds": times})
        table.add_row(f"{mdp.n_states:,}", *(f"{1e3 * times[kind]:.3g}" for kind in kinds))
    logs = np.log([row["states"] for row in rows])
    slopes = {kind: float(np.polyfit(logs, np.log([row["seconds"][kind] for row in rows]), 1)[0]) for kind in kinds}
    shown = [f"{slope:.2f} (≤ {MOST_EXPONENT}{'' if slope <= MOST_EXPONENT else ', missed'})" for slope in slopes.values()]
    table.add_row("exponent", *shown)
    level = LevelDistribution.deploy(world_named("Keys")).level(0)
    states = level.to_mdp().n_states
    blink = Rival(lambda: best(level.to_mdp(), level.horizon), 1)
    seconds = 1 / contest({"blink": blink}, settings.rounds, settings.seconds)["blink"]
    met = "" if seconds <= MOST_SECONDS else ", missed"
    table.caption = f"{states:,} states of Keys enumerated and solved in {1e3 * seconds:.3g} ms (≤ {1e3 * MOST_SECONDS:g} ms{met})"
    console.print(table)
    return {"rows": rows, "exponents": slopes, "blink": {"level": level.id, "states": states, "seconds": seconds}}


def run_peers(settings: Solving, console: Console) -> list[dict]:
    """Levels a second, beside jaxgmg."""
    results = []
    for world, name in PEER.items():
        rivals = jaxgmg_levels(name, 64 if settings.quick else 1024, settings.jaxgmg)
        if not rivals:
            console.print("jaxgmg is not installed here; see --help.")
            break
        with console.status(f"timing {world} …"):
            levels = LevelDistribution.deploy(world_named(world)).levels(0, 16)
            rivals |= {"drawn": drawing(world)}
            if world == "CheeseCorner":
                rivals |= {"solved": Rival(lambda levels=levels: [discounted(level) for level in levels], len(levels))}
            rates = contest(rivals, settings.rounds, settings.seconds)
        ratios = {f"{kind} / jaxgmg": rates[kind] / rates[f"jaxgmg, {kind}"] for kind in ("drawn", "solved") if kind in rates}
        table = Table(world, "levels/s")
        for kind, rate in rates.items():
            table.add_row(kind, short(rate))
        for kind, ratio in ratios.items():
            met = "" if ratio >= TARGETS[kind] else ", missed"
            table.add_row(kind, f"{ratio:.3g} × (≥ {TARGETS[kind]:g} ×{met})")
        console.print(table)
        results.append({"world": world, "levels_per_second": rates, "ratios": ratios, "targets": TARGETS})
    return results


def run(settings: Solving) -> dict:
    """All timings that were asked for."""
    if settings.quick:
        settings = replace(settings, rounds=1, seconds=0.01)
    console = Console()
    report: dict = {"settings": asdict(settings) | {"out": str(settings.out), "jaxgmg": str(settings.jaxgmg)}}
    report |= {"machine": machine(), "core": one_core()}
    parts = {"worlds": run_worlds, "growth": run_growth, "peers": run_peers}
    for part in settings.parts:
        report[part] = parts[part](settings, console)
    return report


def main() -> None:
    """Reads the options, times, prints and writes."""
    settings = tyro.cli(Solving, description=__doc__)
    report = run(settings)
    settings.out.parent.mkdir(parents=True, exist_ok=True)
    settings.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(f"Written to {settings.out}")


if __name__ == "__main__":
    main()
