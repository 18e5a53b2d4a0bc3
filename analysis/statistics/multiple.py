"""Several tests at once: fixed-sequence gatekeeping along the chain of nested classes, and Holm across agents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..errors import unknown_name
from .checks import SampleError, check_share, is_number

__all__ = ["CHAIN", "Gatekeeping", "gatekeeping", "holm"]

CHAIN = ("identity", "positive_affine", "increasing", "non_decreasing", "any")
"""The nested classes of docs/objectives.md, section 9, narrowest first."""

CLAIMS = ("survives", "fails")


@dataclass(frozen=True)
class Gatekeeping:
    """What a fixed-sequence test along the chain may claim.

    Attributes:
        claim: `"survives"` or `"fails"`: what a small p-value is evidence for.
        order: the classes in the order in which they were tested.
        adjusted: adjusted p-values in that order: the largest p-value up to here.
        shown: the classes of which the claim is made, all at once, with error probability at most `alpha`.
        alpha: the level of the whole family; nothing of it is spent on the way.
    """

    claim: str
    order: tuple[str, ...]
    adjusted: tuple[float, ...]
    shown: tuple[str, ...]
    alpha: float

    def __str__(self) -> str:
        if not self.shown:
            return f"No class is shown to {self.claim.removesuffix('s')} at {self.alpha:g}, which shows nothing else."
        beyond = self.order[len(self.shown) :]
        rest = f"; not shown for {', '.join(beyond)}" if beyond else ""
        return f"A joint map {self.claim} under {', '.join(self.shown)} (family-wise error ≤ {self.alpha:g}){rest}."


def gatekeeping(
    p_values: Mapping[str, float],
    claim: Literal["survives", "fails"],
    *,
    alpha: float = 0.05,
    chain: Sequence[str] = CHAIN,
) -> Gatekeeping:
    """Tests `joint` along nested classes at full level each, stopping at the first test that is not significant.

    The direction follows from what is claimed, because a sequence costs nothing only if each hypothesis implies the
    next. *Survives*: the null "the misfit is at least the margin" under `any` implies it under every narrower class,
    so the widest class goes first, and one goes down while survival is shown. *Fails*: the null "one map fits both
    splits" under `identity` implies it under every wider class, so the narrowest goes first, and one goes up while
    failure is shown. (Testing "fails" from the widest class down, going on after a test that was not significant, is
    not free: with k true classes its error probability reaches 1 − (1 − alpha)^k.)

    Args:
        p_values: class → p-value of the null that `claim` contradicts: of `equivalence_test` for `"survives"`, of
            a misfit or shift test for `"fails"`. Classes of the chain may be missing; their neighbours stay nested.
        claim: what a small p-value is evidence for.
        alpha: bound on the probability of any false claim.
        chain: the nested classes, narrowest first.

    Returns:
        The classes for which the claim holds.

    Raises:
        SampleError: a p-value outside [0, 1], none at all, or alpha out of range.
        UnknownNameError: a class outside the chain, or another claim.

    Source: Maurer, Hothorn and Lehmacher (1995), *Multiple comparisons in drug clinical trials*: a-priori ordered
    hypotheses; nested nulls are closed under intersection, so it is the closed test of Marcus, Peritz and Gabriel (1976).
    """
    check_share("alpha", alpha)
    if claim not in CLAIMS:
        raise unknown_name("claim", claim, CLAIMS)
    read = checked(p_values)
    for name in read:
        if name not in chain:
            raise unknown_name("class of the chain", name, chain)
    narrow_first = [name for name in chain if name in read]
    order = tuple(narrow_first if claim == "fails" else narrow_first[::-1])
    adjusted = np.maximum.accumulate([read[name] for name in order])
    shown = tuple(name for name, value in zip(order, adjusted, strict=True) if value <= alpha)
    return Gatekeeping(claim, order, tuple(adjusted.tolist()), shown, alpha)


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Adjusted p-values across agents (or worlds, or shifts): claims at adjusted p ≤ α err together at most α.

    For exploratory sweeps, where a share of false claims is tolerable, use `scipy.stats.false_discovery_control`.

    Args:
        p_values: name → p-value, whatever their dependence.

    Returns:
        Name → adjusted p-value, in the order given.

    Raises:
        SampleError: no mapping, a p-value outside [0, 1], or none at all.

    Source: Holm (1979), *A simple sequentially rejective multiple test procedure*.
    """
    read = checked(p_values)
    names, values = list(read), np.array([*read.values()])
    order = np.argsort(values, kind="stable")
    steps = np.minimum(values[order] * np.arange(len(values), 0, -1), 1.0)
    adjusted = np.empty(len(values))
    adjusted[order] = np.maximum.accumulate(steps)
    return dict(zip(names, adjusted.tolist(), strict=True))


def checked(p_values: Mapping[str, float]) -> dict[str, float]:
    """The p-values, if there are any and all lie in [0, 1]."""
    if not isinstance(p_values, Mapping):
        raise SampleError(f"p_values={p_values!r}: allowed is a mapping from name to p-value, such as {{'robust': 0.01}}.")
    if not p_values:
        raise SampleError("No p-values: give a mapping from name to p-value with at least one entry.")
    for name, value in p_values.items():
        if not is_number(value) or not 0 <= value <= 1:
            raise SampleError(f"p-value {value!r}: allowed is 0 to 1 (given for {name!r}). Leave out what was not tested.")
    return {name: float(value) for name, value in p_values.items()}
