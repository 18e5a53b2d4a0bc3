"""The verb `render`: what an agent does in training and at deployment, as a picture, a film or text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from ...envs import render, sprites
from ...envs.worlds import world_named
from .film import FILMS, MOST, Scene, encoded, film, length, still
from .levels import Deck, states_of
from .overlays import Overlay
from .text import flowed, scale, text_rows

PICTURES = (".png", "")


def render_pair(
    world: str,
    agent: str = "",
    seed: int = 0,
    shift: float = 1.0,
    level: Path | None = None,
    px: int = 32,
    out: Path | None = None,
    ansi: bool = False,
    video: Path | None = None,
    side_by_side: bool = False,
    fps: int = 6,
) -> Path | None:
    """Show a training level beside a shifted one, or one level from a file, and what an agent does there.

    Args:
        world: name and knobs of a world.
        agent: name of a row of the zoo, or a part of it; "" shows the levels alone.
        seed: seed of the levels, and of what chance does.
        shift: how far the knob is moved in the second level, 0 to 1.
        level: a file with ASCII drawings, of which the one with number `seed` is shown instead of the pair.
        px: pixels a cell.
        out: PNG file to write; None is the world's name in the current folder, or no picture if there is a film.
        ansi: print to the terminal instead of writing a picture.
        video: GIF or MP4 file to write: the episodes step by step, with the plan from each step on.
        side_by_side: show the value of each cell, once by the reward and once to the agent.
        fps: pictures a second in the film.

    Returns:
        The file that was written last, or None.

    Raises:
        ValueError: unknown world or agent, a setting out of range, a file that is no level, or no folder to write to.
    """
    place = world_named(world)
    sprites.check_px(px)
    if (video or side_by_side) and not agent:
        raise ValueError(
            f"{'--video' if video else '--side-by-side'} shows what an agent does; name one: --agent robust."
        )
    if not 1 <= fps <= 60:
        raise ValueError(f"--fps {fps}: must be from 1 to 60.")
    picture = None if ansi or (video and out is None) else out or Path(f"{place.name}.png")
    _check(picture, "--out", "pictures are PNG files", PICTURES)
    _check(video, "--video", "films are GIF or MP4 files", tuple(FILMS))
    deck = Deck(place, shift, level)
    levels = deck.levels(seed)
    actor = deck.agent(agent, seed) if agent else None
    scenes = [Scene(title, one, actor, seed) for title, one in levels]
    console = Console()
    if ansi:
        _print(console, scenes, side_by_side)
    if picture is not None:
        save("--out", picture, render.png(still(scenes, px, valued=side_by_side)))
        console.print(str(picture), soft_wrap=True, markup=False, highlight=False)
    if video is not None:
        save("--video", video, _filmed(scenes, px, side_by_side, video, fps))
        console.print(str(video), soft_wrap=True, markup=False, highlight=False)
    for scene in scenes:
        console.print(_line(scene), soft_wrap=True, markup=False, highlight=False)
    if unseen := ", ".join(dict.fromkeys(name for scene in scenes for name in place.hidden(scene.level))):
        console.print(f"not drawn: {unseen}" if ansi else f"dashed cell in the picture: {unseen}", highlight=False)
    return video or picture


def _line(scene: Scene) -> str:
    """What the agent does on a level and what that is worth, or how large the level is."""
    from ..report.sentences import deed

    if scene.agent is None:
        return f"{scene.title}: {scene.level.id}, {states_of(scene.level)}"
    end, world = scene.positions[-1], scene.level.world
    events = [f"{event} {n}" for event, n in end.events.items()] + ["ended"] * end.finished
    done = deed(dict(zip(world.events, end.totals, strict=True)), set(world.base))
    return f"{scene.title}: {scene.earned()}, for {done} ({', '.join(events) or 'no events'})"


def _print(console: Console, scenes: Sequence[Scene], valued: bool) -> None:
    """The levels side by side in the terminal, the way of the agent as arrows, or values as digits."""
    from rich.columns import Columns
    from rich.panel import Panel
    from rich.text import Text

    colour = console.color_system is not None
    rows: list[list[Panel]] = [[] for _ in scenes] if valued else [[]]
    for i, scene in enumerate(scenes):
        shown = [(scene.title, Overlay(way=tuple(scene.way(None))), scene.earned() if scene.agent else "")]
        for title, values in scene.maps if valued else ():
            laid = Overlay(why=values) if isinstance(values, str) else Overlay(values=values[0])
            shown.append((f"{scene.title}, {title}", laid, laid.why or scale(laid)))
        for title, laid, words in shown:
            head, grid = text_rows(scene.level, overlay=laid, colour=colour)
            pieces = words.split(", ") if words else []
            below = [Text(line, style="dim") for line in flowed(pieces, 2 * scene.level.width)]
            text = Text("\n").join([*head, *grid, *below])
            rows[i if valued else 0].append(Panel(text, title=title, expand=False))
    for row in rows:
        console.print(Columns(row))


def _filmed(scenes: Sequence[Scene], px: int, valued: bool, target: Path, fps: int) -> bytes:
    """The film, made under a progress bar."""
    from rich.progress import track

    first = still(scenes, px, 0, valued)
    if first.shape[0] * first.shape[1] * length(scenes) > MOST:
        raise ValueError(
            f"--video {target}: {length(scenes)} pictures of {first.shape[1]} x {first.shape[0]} pixels are too many; "
            f"take fewer pixels a cell than --px {px}."
        )
    bar = Console(stderr=True)
    silent = not bar.is_terminal
    pictures = track(film(scenes, px, valued), "drawing", length(scenes), console=bar, transient=True, disable=silent)
    return encoded(pictures, target.suffix.lower(), fps)


# Files ---------------------------------------------------------------------------------------------------------------


def _check(target: Path | None, option: str, kind: str, suffixes: Sequence[str]) -> None:
    """Refuse a place that cannot be written before anything is computed."""
    if target is None:
        return
    if target.is_dir():
        raise ValueError(f"{option} {target}: that is a folder; name a file in it.")
    if target.suffix.lower() not in suffixes:
        raise ValueError(f"{option} {target}: {kind}; write {target.with_suffix(suffixes[0])}.")
    if not target.parent.is_dir():
        raise ValueError(
            f"{option} {target}: there is no folder {target.parent}; make it first, or name another place."
        )


def save(option: str, target: Path, data: bytes) -> None:
    """Write a file so that it is there as a whole or, where that fails or is interrupted, not at all.

    Raises:
        ValueError: it cannot be written; `option` says which file was meant.
    """
    place = target.resolve()
    part = place.with_name(f".{place.name}.part")
    try:
        if place.exists() and not place.is_file():  # a device is written to, never replaced
            place.write_bytes(data)
            return
        try:
            part.write_bytes(data)
            part.replace(place)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise ValueError(
            f"{option} {target}: cannot be written ({error.strerror or error}); name another file, or make room there."
        ) from None
