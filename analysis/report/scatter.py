"""All outcomes of an agent as points, its score ĝ across and the reward u upwards: an SVG picture from numbers alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby

from .sentences import aligned

WIDTH, HEIGHT = 380, 260
LEFT, RIGHT, TOP, BOTTOM = 46, 14, 14, 34
SIZES = (2.0, 2.7, 3.5)
"""Half the width of a mark for 1, up to 9, and more outcomes at one point."""


def scatter(
    points: Mapping[str, Sequence[Sequence[float]]],
    rings: Sequence[tuple[str, str, float, float]] = (),
    joined: bool = False,
    score: str = "inner objective ĝ",
) -> str:
    """An SVG element: training points as discs, deployment points as crosses, so that they differ without colour.

    Args:
        points: by split, `[N, 3]` mesa value, base value and number of outcomes.
        rings: (letter, colour, mesa value, base value) of points to ring.
        joined: draw a map through all points, straight from one to the next.
        score: name of the axis across.

    Returns:
        The element, "" without points.
    """
    every = [(x, y) for rows in points.values() for x, y, _ in rows] + [(x, y) for _, _, x, y in rings]
    if not every:
        return ""
    spans = [(min(values), max(values)) for values in zip(*every, strict=True)]
    across, up = (_scale(low, high) for low, high in spans)

    def place(x: float, y: float) -> tuple[float, float]:
        return LEFT + across(x) * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - up(y) * (HEIGHT - TOP - BOTTOM)

    parts = [_axes(spans, score)]
    if joined:
        way = sorted({place(x, y) for x, y in every})
        parts.append(f'<polyline class="fit" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in way)}"/>')
    for split, mark in (("train", _disc), ("deploy", _cross)):
        sized = sorted((_size(int(count)), *place(x, y)) for x, y, count in points.get(split, ()))
        for size, those in groupby(sized, key=lambda point: point[0]):
            d = "".join(dict.fromkeys(mark(x, y, size) for _, x, y in those))
            width = f' stroke-width="{2 * size:g}"' if split == "train" else ""
            parts.append(f'<path class="{split}"{width} d="{d}"/>')
    for letter, colour, mesa, base in rings:
        x, y = place(mesa, base)
        right = x < WIDTH - 40
        parts.append(
            f'<g class="ring" style="--way:{colour}"><circle cx="{x:.1f}" cy="{y:.1f}" r="7"/>'
            f'<text x="{x + (10 if right else -10):.1f}" y="{y + (12 if y < HEIGHT / 2 else -5):.1f}" '
            f'text-anchor="{"start" if right else "end"}">{letter}</text></g>'
        )
    words = f"{score} across, reward u upwards"
    return f'<svg class="scatter" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{words}">{"".join(parts)}</svg>'


def _scale(low: float, high: float) -> Callable[[float], float]:
    """The share of the way from `low` to `high`, with a little room at both ends; the middle where they are one."""
    span = high - low
    return lambda value: 0.04 + 0.92 * (value - low) / span if span else 0.5


def _axes(spans: Sequence[tuple[float, float]], score: str) -> str:
    """Frame, the least and the greatest value of both axes, and their names."""
    (left, right), (low, high) = (aligned(span) for span in spans)
    x, y, end, top = LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, TOP
    texts = [
        (x + 4, y + 14, "start", left), (end, y + 14, "end", right), ((x + end) / 2, y + 27, "middle", score),
        (x - 5, y - 4, "end", low), (x - 5, top + 10, "end", high),
    ]  # fmt: skip
    told = "".join(f'<text x="{a:g}" y="{b:g}" text-anchor="{anchor}">{words}</text>' for a, b, anchor, words in texts)
    middle = (y + top) / 2
    told += f'<text x="14" y="{middle:g}" text-anchor="middle" transform="rotate(-90 14 {middle:g})">reward u</text>'
    return f'<path class="axes" d="M{x} {top}V{y}H{end}"/>{told}'


def _size(count: int) -> float:
    return SIZES[(count > 1) + (count > 9)]


def _disc(x: float, y: float, size: float) -> str:
    """A stroke of no length, which round ends make a disc."""
    return f"M{x:.1f} {y:.1f}h0"


def _cross(x: float, y: float, size: float) -> str:
    return f"M{x - size:.1f} {y - size:.1f}l{2 * size:g} {2 * size:g}m0-{2 * size:g}l-{2 * size:g} {2 * size:g}"
