"""The guide to the worlds, docs/worlds.md: generated from the code, `python -m innershift.analysis.report.guide`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import fields
from functools import cache
from inspect import getdoc, getmodule
from pathlib import Path

from ...envs import render
from ...envs.presets import rows, suites
from ...envs.world import World
from ...envs.worlds import WORLDS, world_named
from ..play.levels import level_pair
from ..stories import LEVELS, Story, stories
from .terminal import formula

MODES = {"Doors": ("Doors:mode=command",)}
"""Modes of a world that have proxies of their own."""
PX = 30
SEED = 0

OPENING = """\
# The worlds

This page is made from the code by `make docs`; a test fails when it is stale.

Each world pays a base reward, has proxies that training cannot tell from it, and a knob, `shift`, that tells them apart.
Base reward and proxies are weights on the same events. What a proxy costs is computed exactly, on {levels} training and {levels}
deployment levels at the default knobs: the regret of an agent that wants it, its ties broken in the worst way for the
base, as a share of what lies between the best and the worst policy of the level. *Claim* is what the tests hold the
world to: at most this in training, at least this at deployment.

Actions are up, down, left, right and stay; a bump is a stay, and no move. `shift=0` is training and `shift=1` deployment;
their wall layouts are disjoint. Besides its own knobs every world takes `size` (interior cells a side) and `horizon` (steps).

{contents}
"""


def pages(world: str) -> tuple[str, ...]:
    """The world's own specification, and those of its further modes."""
    return (world, *MODES.get(world, ()))


@cache
def told_of(spec: str) -> tuple[Story, ...]:
    """The stories of a world or mode; kept, for they take seconds."""
    return tuple(stories(world_named(spec)))


def section(name: str) -> str:
    """What the guide says of one world."""
    world = world_named(name)
    parts = [f"## {name}", _story(world), f"![{name}: a training level beside one at deployment](worlds/{name}.png)", _rules(world)]
    for spec in pages(name):
        parts.append(_payment(world_named(spec), told_of(spec)))
    return "\n\n".join([*parts, _knobs(world)]) + "\n"


def _story(world: World) -> str:
    """The docstring of the world's file."""
    return getdoc(getmodule(type(world))) or ""


def _rules(world: World) -> str:
    """Symbols, state, events and size."""
    marks = ", ".join(f"`{symbol}` {what}" for symbol, what in world.symbols.items())
    lines = [f"* **Drawing**: `#` wall, `.` floor, `A` agent, {marks}."]
    if world.headers:
        lines.append("* **Header lines**: " + "; ".join(f"`{key}:` {what}" for key, what in world.headers.items()) + ".")
    train, deploy = level_pair(world, SEED)
    states = " and ".join(f"{level.to_mdp().n_states - 1:,}" for level in (train, deploy))
    most = 1
    for field in world.fields(train):
        most *= field.size
    factors = " × ".join(f"{field.name} {field.size:,}" for field in world.fields(train))
    chance = "" if world.branches == 1 else f" Chance decides: a step has up to {world.branches} outcomes."
    lines += [
        f"* **State**: {factors}, at most {most:,}; {states} states can be reached in the two levels pictured.{chance}",
        f"* **Events**: {', '.join(f'`{event}`' for event in world.events)}.",
        f"* **Horizon**: {_horizon(train.horizon, deploy.horizon)}. **Levels**: {world.size} interior cells a side by default.",
        f"* **Shift**: {world.knob}.",
    ]
    return "\n".join(lines)


def _horizon(train: int, deploy: int) -> str:
    return f"{train} steps" if train == deploy else f"{train} steps in training, {deploy} at deployment"


def _payment(world: World, told: Sequence[Story]) -> str:
    """The reward, the proxies, and what each costs."""
    title = "" if not world.spec.partition(":")[2] else f"With `{world.spec.partition(':')[2]}`: "
    lines = [
        f"{title}base reward = {formula(world.base)}",
        "",
        "| proxy | weights | why training cannot tell | costs in training (claim) | at deployment (claim) | over a tenth there |",
        "|---|---|---|---|---|---|",
    ]
    for story in told:
        proxy = world.proxies[story.proxy]
        looks = "" if proxy.depth is None else f", looking {proxy.depth} actions ahead"
        looks += "" if proxy.discount is None else f", discounted by {proxy.discount} a step"
        claim, train, deploy = proxy.claim, story.train, story.deploy
        lines.append(
            f"| **{story.proxy}** | {formula(proxy.weights)}{looks} | {proxy.story} | {train.mean:.2%} (≤ {claim.sliver:.2%}) | "
            f"{deploy.mean:.1%} (≥ {claim.cost:.0%}) | {deploy.often:.0%} of levels (≥ {claim.often:.0%}) |"
        )
    return "\n".join(lines)


def _knobs(world: World) -> str:
    """The world's own knobs with their defaults, as its class describes them."""
    told = dict(_described(type(world)))
    rows = [
        f"| `{knob.name}` | `{knob.default!r}` | {told.get(knob.name, '')} |"
        for knob in fields(world)
        if knob.name not in ("size", "horizon")
    ]
    return "\n".join(["| knob | default | |", "|---|---|---|", *rows])


def _described(kind: type[World]) -> Iterator[tuple[str, str]]:
    """Names and descriptions under `Attributes:` in a class's docstring."""
    text = (getdoc(kind) or "").partition("Attributes:\n")[2]
    name, words = "", []
    for line in text.splitlines():
        if not line.strip():
            break
        if line.startswith("    ") and not line.startswith("     ") and ":" in line:
            if name:
                yield name, " ".join(words)
            name, _, first = line.strip().partition(":")
            words = [first.strip()]
        else:
            words.append(line.strip())
    if name:
        yield name, " ".join(words)


def picture(name: str) -> bytes:
    """PNG bytes of a training level beside one at deployment, with what is hidden marked."""
    world = world_named(name)
    train, deploy = (
        render.frame(level, px=min(PX, 420 // max(level.walls.shape)), hidden=True, title=title)
        for title, level in zip(("training", "deployment"), level_pair(world, SEED), strict=True)
    )
    return render.png(render.side_by_side(train, deploy))


def opening() -> str:
    """What stands above the sections."""
    contents = "\n".join(f"* [{name}](#{name.lower()}): {cls.summary}" for name, cls in WORLDS.items())
    return OPENING.format(levels=LEVELS, contents=contents)


def originals() -> str:
    """The published environments that are restated, and where ours differ on purpose."""
    parts = [
        "## Published environments restated",
        'With `preset_named("jaxgmg/corner").make()`, or in Gymnasium under the id `innershift:jaxgmg/corner-v0`, a published\n'
        "environment is played by the rules of a world here: on the same layout and actions the transitions and rewards are\n"
        "the original's. Traces recorded from the originals are replayed step by step in the tests. What differs is named.",
    ]
    for repository, (shared, presets) in suites().items():
        parts.append(f"### {repository}\n\nIn all of them: " + " ".join(f"({i}) {text}" for i, text in enumerate(shared, 1)))
        lines = ["| preset | plays | reward | hidden performance | differs |", "|---|---|---|---|---|"]
        for name, _, world, reward, hidden, differences in rows():
            if name in {preset.name for preset in presets}:
                lines.append(f"| **{name}** | `{world}` | {reward} | {hidden} | {'<br>'.join(differences)} |")
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def write(folder: Path) -> None:
    """Write `worlds.md` and a picture for each world into `folder`, and say which world is being computed."""
    from rich.progress import track

    (folder / "worlds").mkdir(parents=True, exist_ok=True)
    parts = [opening()]
    for name in track(list(WORLDS), "worlds"):
        parts.append(section(name))
        (folder / "worlds" / f"{name}.png").write_bytes(picture(name))
    (folder / "worlds.md").write_text("\n".join([*parts, originals()]), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs"))
