"""The outcome set `policies`: all policies of a level at once, through the span of their expected event counts.

A reward and an objective that are linear in the events are u = w_b · z and g = w_m · z on the set Z of expected counts
that policies reach. So u = a g + b on *all* policies just where it holds on points that span Z affinely, and those are
found by at most 2E planning solves: take w orthogonal to all directions found and all certified; plan for the most and
the least of w · z; if they differ, their difference is a new direction, else w is certified to be constant on Z. Exactly E
rounds (docs/objectives.md, section 5). Exact in deterministic worlds at finite horizon, double precision elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from math import lcm

import numpy as np
import numpy.typing as npt

from ..agents.planner import model_of
from ..agents.planning.value_iteration import backward_induction
from ..envs.level import Level
from ..envs.mdp import MDP
from ..envs.world import Weights
from .discounted import best_policy, visits
from .errors import AnalysisError
from .maps.vectors import Span
from .rows import Number, ValueRow

__all__ = ["SETTLED", "PolicyPoint", "PolicySpan", "policy_rows", "policy_span", "settled", "weights_on"]

SETTLED = 1e-10
"""Values of policies that differ by less, as a share of their range, are made one; `decide` takes it as its `tol`."""
CLOSE = 1e-9
"""Most and least that differ by less, as a share of what |w| could earn, count as equal where values are floats."""


@dataclass(frozen=True, eq=False)
class PolicyPoint:
    """One policy by what it does to the events.

    Attributes:
        counts: `[E]` expected (discounted) event counts; whole numbers (dtype int64) where exact.
        words: what it is best at, in words.
        actions: the actions it takes, where the world is deterministic and the horizon finite; else None.
    """

    counts: npt.NDArray[np.int64] | npt.NDArray[np.float64]
    words: str
    actions: tuple[int, ...] | None


@dataclass(frozen=True, eq=False)
class PolicySpan:
    """Everything that linear objectives can see of the policies of one level.

    Attributes:
        level: the level.
        discount: per step, over an infinite horizon; None is the level's own horizon, undiscounted.
        exact: whether counts are whole numbers, found without rounding.
        points: policies whose counts span those of all policies affinely; the first reaches, then a pair a direction.
        directions: `[R, E]` differences that span Z − Z.
        constant: `[E − R, E]` weights that are worth the same to all policies.
    """

    level: Level
    discount: float | None
    exact: bool
    points: tuple[PolicyPoint, ...]
    directions: npt.NDArray[np.int64] | npt.NDArray[np.float64]
    constant: npt.NDArray[np.float64]

    @property
    def rank(self) -> int:
        """Dimension of the set of expected event counts."""
        return len(self.directions)


def policy_span(level: Level, discount: float | None = None) -> PolicySpan:
    """Find policies whose event counts span those of all policies.

    Args:
        level: the level; its start is where policies start.
        discount: in [0, 1) for the infinite horizon; None takes the level's horizon, with time-dependent policies.

    Raises:
        AnalysisError: a discount outside [0, 1).
    """
    if discount is not None and not 0 <= discount < 1:
        raise AnalysisError(f"discount={discount!r} is outside [0, 1); give None for the level's own finite horizon.")
    mdp = model_of(level)
    exact = mdp.deterministic and discount is None
    kinds = len(level.world.events)
    found: list[npt.NDArray] = []
    certified: list[npt.NDArray] = []
    points: list[PolicyPoint] = []
    for _ in range(kinds):
        weights = _orthogonal(found + certified, kinds, exact)
        pair = [_extreme(mdp, sign * weights, discount) for sign in (1, -1)]
        most, least = (point.counts for point in pair)
        gap = float((most - least) @ weights)
        room = 0.0 if exact else CLOSE * float(np.abs(weights) @ np.maximum(np.abs(most), np.abs(least)) + 1e-3)
        points += pair
        if gap > room:
            found.append(most - least)
        else:
            certified.append(weights)
    distinct = {point.counts.tobytes(): point for point in points}
    return PolicySpan(
        level,
        discount,
        exact,
        tuple(distinct.values()),
        np.array(found).reshape(len(found), kinds),
        np.array(certified, dtype=float).reshape(len(certified), kinds),
    )


def _orthogonal(vectors: Sequence[npt.NDArray], size: int, exact: bool) -> npt.NDArray:
    """`[E]` a vector orthogonal to all these, whole where exact; plain unit vectors come first."""
    if not vectors:
        return np.eye(size, dtype=np.int64 if exact else float)[0]
    if exact:
        wide = np.array([[int(v) for v in vector] for vector in vectors], dtype=object)
        fractions = Span.of(wide).null_vectors(size)[0]
        shared = lcm(*(f.denominator for f in fractions))
        whole = [int(f * shared) for f in fractions]
        if max(map(abs, whole)) < 2**31:
            return np.array(whole, dtype=np.int64)
        raise AnalysisError("the event counts of this level are too large for exact planning; shorten the horizon.")
    _, sizes, axes = np.linalg.svd(np.array(vectors, float) / np.linalg.norm(vectors, axis=1, keepdims=True))
    rank = int((sizes > 1e-9).sum())
    return axes[rank]


def _extreme(mdp: MDP, weights: npt.NDArray, discount: float | None) -> PolicyPoint:
    """A policy that earns the most by these weights on events."""
    level = mdp.level
    told = " ".join(f"{w:+.3g}·{event}" for event, w in zip(level.world.events, weights, strict=True) if abs(w) > 1e-12)
    if discount is not None:
        policy = best_policy(mdp, mdp.expected_events @ weights, discount)
        counts = visits(mdp, policy, discount) @ mdp.expected_events[np.arange(mdp.n_states), policy]
        return PolicyPoint(counts, f"best at {told}", None)
    if mdp.deterministic:
        reward = np.ascontiguousarray(mdp.counts[:, :, 0, :].astype(np.int64) @ weights)
        optimal = backward_induction(mdp, reward, level.horizon).optimal
        state, actions, counts = mdp.initial, [], np.zeros(len(weights), dtype=np.int64)
        for left in range(level.horizon, 0, -1):
            if state == mdp.absorbing:
                break
            actions.append(_first(int(optimal[left, state])))
            counts += mdp.counts[state, actions[-1], 0]
            state = int(mdp.successor[state, actions[-1], 0])
        return PolicyPoint(counts, f"best at {told}", tuple(actions))
    optimal = backward_induction(mdp, mdp.expected_events @ weights, level.horizon).optimal
    chance, counts = mdp.start.copy(), np.zeros(len(weights))
    for left in range(level.horizon, 0, -1):
        policy = np.array([_first(int(mask)) for mask in optimal[left]])
        here = np.arange(mdp.n_states)
        counts += chance @ mdp.expected_events[here, policy]
        after = np.zeros_like(chance)
        np.add.at(after, mdp.successor[here, policy], mdp.chance[here, policy] * chance[:, None])
        chance = after
    return PolicyPoint(counts, f"best at {told}", None)


def _first(mask: int) -> int:
    """The first action whose bit is set."""
    return (mask & -mask).bit_length() - 1


# Rows ----------------------------------------------------------------------------------------------------------------


def policy_rows(
    train: Sequence[PolicySpan],
    deploy: Sequence[PolicySpan],
    mesa: Weights | Callable[[Level], Weights],
    base: Weights,
) -> list[ValueRow]:
    """Rows on which a class of maps fits just where it fits on all policies of these levels.

    The rows are the spanning policies; in each level a mixture of two that a policy between them contradicts, if there is
    one; and, where u is a line over g in a level, mixtures at every value that a spanning policy of any level has, and
    half-way between those. The affine classes and identity need only the first; `increasing`, `non_decreasing` and
    `any`, over sets of policies that fill intervals of g, need the rest.

    Args:
        train: spans of the training levels.
        deploy: spans of the deployment levels.
        mesa: the agent's weights on events, or what they are on each level; its discount and model must be the world's.
        base: the reward's weights.

    Returns:
        Rows for `decide`; exact where all spans are, else to be decided with `tol=SETTLED`. Labels name the policies.
    """
    sides = ("train", train), ("deploy", deploy)
    parts = [(split, span, _values(span, weights_on(mesa, span.level), base)) for split, spans in sides for span in spans]
    met = sorted({g for _, _, values in parts for g, _ in values})
    half = Fraction(1, 2) if all(span.exact for _, span, _ in parts) else 0.5
    probes = [*met, *((a + b) * half for a, b in pairwise(met))]
    rows = []
    for split, span, values in parts:
        level = span.level.id
        labels = [point.words for point in span.points]
        rows += [ValueRow(level, split, g, u, label) for (g, u), label in zip(values, labels, strict=True)]
        (low, low_u), (high, high_u) = min(values), max(values)
        if low == high:
            continue
        slope = Fraction(high_u - low_u) / Fraction(high - low) if span.exact else (high_u - low_u) / (high - low)
        at = {value: low_u + slope * (value - low) for value in probes if low < value < high}
        words = f"a mixture of '{labels[values.index(min(values))]}' and '{labels[values.index(max(values))]}'"
        rows += [ValueRow(level, split, _plain(g), _plain(u), words) for g, u in at.items()]
    if all(span.exact for _, span, _ in parts):
        return rows
    mesa_values, base_values = settled([row.mesa for row in rows]), settled([row.base for row in rows])
    return [replace(row, mesa=g, base=u) for row, g, u in zip(rows, mesa_values, base_values, strict=True)]


def settled(values: Sequence[Number]) -> list[float]:
    """Floats that linear solves left uncertain in the last digits: those closer than `SETTLED` of the range become one."""
    column = np.array([float(value) for value in values])
    order = np.argsort(column, kind="stable")
    gaps = np.diff(column[order], prepend=column[order[:1]])
    starts = np.flatnonzero(np.r_[True, gaps[1:] > SETTLED * np.ptp(column)])
    lowest = column[order][np.repeat(starts, np.diff(np.r_[starts, len(column)]))]
    out = np.empty_like(column)
    out[order] = lowest
    return out.tolist()


def weights_on(weights: Weights | Callable[[Level], Weights], level: Level) -> Weights:
    """The weights that hold on a level."""
    return weights(level) if callable(weights) else weights


def _values(span: PolicySpan, mesa: Weights, base: Weights) -> list[tuple[Number, Number]]:
    """(g, u) of each spanning policy."""
    world = span.level.world
    columns = []
    for weights in (mesa, base):
        whole, denominator = world.exact(weights)
        if span.exact:
            columns.append([_plain(Fraction(int(point.counts @ whole), denominator)) for point in span.points])
        else:
            columns.append([float(point.counts @ whole) / denominator for point in span.points])
    return list(zip(*columns, strict=True))


def _plain(value: Number) -> Number:
    """A fraction as a whole number where it is one."""
    return value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value
