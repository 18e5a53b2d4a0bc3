"""Episodes in training and at deployment side by side: as one picture, or as a film with the plan from every step on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from itertools import pairwise, repeat
from typing import Any

import numpy as np
import numpy.typing as npt

from ...agents.zoo import Agent
from ...envs import canvas, render
from ...envs.canvas import Picture
from ...envs.level import Level
from .game import Position, signed
from .overlays import cell_values, episode, own_worth, plan, wanting_reward
from .picture import GREY, Words, text_rows

FILMS = {".gif": "pillow", ".mp4": "pyav"}
"""Kinds of films, and the part of imageio that writes each."""
NARROWEST = 150
"""Pixels that words get at least."""
HOLD = 1.5
"""Seconds that the end of a film is shown."""
MOST = 1_000_000_000
"""Pixels of a film that is still written, all pictures together."""


@dataclass(frozen=True, eq=False)
class Scene:
    """An agent's episode on one level, or the level alone.

    Attributes:
        title: what the level is called.
        level: the level.
        agent: who acts; None is nobody.
        seed: decides what chance does.
    """

    title: str
    level: Level
    agent: Agent | None
    seed: int = 0

    @cached_property
    def positions(self) -> tuple[Position, ...]:
        """The episode; empty without an agent."""
        return () if self.agent is None else episode(self.agent, self.level, self.seed)

    @cached_property
    def lasting(self) -> int:
        """Positions up to the last that differs from the one before it; after that the agent only waits."""
        pairs = enumerate(pairwise(position.snapshot.fields for position in self.positions), 2)
        ended = len(self.positions) if self.positions and self.positions[-1].finished else 1
        return max([ended, *(number for number, (before, after) in pairs if before != after)])

    def at(self, step: int) -> tuple[Position, ...]:
        """The episode up to a step; all of it from its end on."""
        return self.positions[: step + 1]

    def way(self, step: int | None) -> list[int]:
        """Cells of the way from a step on; None is the whole way as it was gone."""
        if self.agent is None:
            return []
        if step is None:
            return [int(position.fields[0]) for position in self.positions]
        past = self.at(step)
        if past[-1].ended:
            return []
        try:
            return list(plan(self.agent, past[-1], [p.action for p in past if p.action is not None]))
        except ValueError:
            return []

    def earned(self, step: int | None = None) -> str:
        """What the episode has earned by the reward and by the agent's own objective, in words."""
        past = self.positions if step is None else self.at(step)
        own = own_worth(self.agent, past)
        words = f"reward {signed(past[-1].worth(self.level.world.base))}"
        return words if own is None else f"{words}, own objective {signed(own)}"

    @cached_property
    def maps(self) -> tuple[tuple[str, list[npt.NDArray[np.float64]] | str], ...]:
        """Value of each cell at every step that is not the end, by the reward and to the agent, or why there is none."""
        out: list[tuple[str, list[npt.NDArray[np.float64]] | str]] = []
        for title, judge in (("by the reward", wanting_reward(self.level.world)), ("to the agent", self.agent)):
            try:
                out.append(
                    (title, [cell_values(judge, here) for here in self.positions[: self.lasting] if not here.ended])
                )
            except ValueError as error:
                out.append((title, str(error)))
        return tuple(out)


def panel(scene: Scene, px: int, step: int | None = None, valued: bool = False) -> Picture:
    """One scene as a picture.

    Args:
        scene: the scene.
        px: pixels a cell.
        step: the state shown, with the plan from there on; None shows the start with the whole way.
        valued: show the level twice, with the values of its cells by the reward and to the agent.

    Returns:
        `[h, w, 3]` the title, the level, and what was earned.
    """
    here = scene.at(step or 0)
    fields = here[-1].fields if here else None
    way = [render.Path(way)] if (way := scene.way(step)) else []
    width = max(NARROWEST, scene.level.width * px)
    rows = [canvas.title_row(scene.title, width)]
    if valued:
        for title, values in scene.maps:
            head = text_rows([Words(f"value {title}", GREY)], width, 16, middle=True)
            if isinstance(values, str):
                rows += [head, _centred(render.frame(scene.level, fields, px, hidden=True, path=way), width)]
                rows.append(text_rows([Words(values, GREY)], width, 14, middle=True))
                continue
            values = values[min(step or 0, len(values) - 1)]
            grid = render.value_map(scene.level, values, px, fields, path=way, hidden=True)[: scene.level.height * px]
            scale = canvas.scale_row(float(np.nanmin(values)), float(np.nanmax(values)), width)
            rows += [head, _centred(grid, width), scale]
    else:
        rows.append(_centred(render.frame(scene.level, fields, px, hidden=True, path=way), width))
    return np.concatenate([*rows, *_captions(scene, step, width)])


def _captions(scene: Scene, step: int | None, width: int) -> list[Picture]:
    """What was earned: beside a stroke of the way's colour where it fits, else a row for each number."""
    if scene.agent is None:
        return []
    words = scene.earned(step)
    if step is None and canvas.text(words, 13).shape[1] <= width - 36:
        return canvas.legend_rows([(render.PATHS[0], words)], width)
    now = [] if step is None else [f"step {scene.at(step)[-1].clock} of {scene.level.horizon}"]
    return [text_rows([Words(part) for part in (*now, *words.split(", "))], width, 16, listed=True, middle=True)]


def _centred(picture: Picture, width: int) -> Picture:
    """The picture in the middle of a white one that is `width` wide."""
    left = (width - picture.shape[1]) // 2
    return np.pad(picture, ((0, 0), (left, width - picture.shape[1] - left), (0, 0)), constant_values=255)


def still(scenes: Sequence[Scene], px: int, step: int | None = None, valued: bool = False) -> Picture:
    """One or two scenes side by side; see `panel`."""
    panels = [panel(scene, px, step, valued) for scene in scenes]
    return panels[0] if len(panels) == 1 else render.side_by_side(panels[0], panels[1])


def film(scenes: Sequence[Scene], px: int, valued: bool = False) -> Iterator[Picture]:
    """The picture at each step until the last of the agents only waits or is done; see `panel`."""
    for step in range(length(scenes)):
        yield still(scenes, px, step, valued)


def length(scenes: Sequence[Scene]) -> int:
    """Pictures that a film has."""
    return max(scene.lasting for scene in scenes)


def encoded(pictures: Iterable[Picture], kind: str, fps: float) -> bytes:
    """Pictures as the bytes of a film.

    Args:
        pictures: `[h, w, 3]` each.
        kind: ".gif" or ".mp4".
        fps: pictures a second; the last is shown longer.

    Raises:
        ValueError: the library that writes films is not installed.
    """
    try:
        import imageio.v3
    except ImportError:
        raise ValueError("films need imageio; pip install 'innershift[video]' brings it.") from None
    file, shape = BytesIO(), (0, 0)
    opened: Any = imageio.v3.imopen(file, "w", extension=kind, plugin=FILMS[kind])  # type: ignore[call-overload]
    with opened as writer:
        for number, picture in enumerate(_held(pictures, round(HOLD * fps))):
            if not number:
                shape = picture.shape[0] + picture.shape[0] % 2, picture.shape[1] + picture.shape[1] % 2
            if kind == ".gif":
                writer.write(_fitted(picture, shape), bits=8, duration=1000 / fps, loop=0)
                continue
            if not number:
                writer.init_video_stream("libx264", fps=fps, pixel_format="yuv420p")
            writer.write_frame(_fitted(picture, shape))
    return file.getvalue()


def _held(pictures: Iterable[Picture], more: int) -> Iterator[Picture]:
    """The pictures, the last `more` times more."""
    last = None
    for last in pictures:
        yield last
    if last is not None:
        yield from repeat(last, more)


def _fitted(picture: Picture, shape: tuple[int, int]) -> Picture:
    """The picture on a white one of this height and width, for all pictures of a film are of one size."""
    out = np.full((*shape, 3), 255, dtype=np.uint8)
    part = picture[: shape[0], : shape[1]]
    out[: part.shape[0], : part.shape[1]] = part
    return out
