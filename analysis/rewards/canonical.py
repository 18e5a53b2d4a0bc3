"""One representative of all rewards that order policies alike: canonical forms blind to shaping and redistribution.

Potential shaping adds γφ(s') − φ(s); S'-redistribution moves a reward between successors and keeps its expectation.
Neither changes how any two policies compare (Ng, Harada and Russell 1999; Skalse et al. 2023, arXiv 2203.07475). A
STARC canonicalisation (Skalse et al. 2024, "STARC: A General Framework For Quantifying Differences Between Reward
Functions", arXiv 2309.15257) is a linear map that undoes both and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import sparse

from ..errors import unknown_name
from .process import Floats, Indices, Matrix, Process, RewardTable, rounding_floor
from .reading import Table, read_discount, read_reward, read_states, read_transition
from .solving import Chain, ShapingFit

__all__ = ["Canonical", "Canonicalisation", "Canoniser", "canonical"]

Canonicalisation = Literal["val", "minimal"]


@dataclass(frozen=True, eq=False)
class Canonical:
    """The canonical form c(s, a, s') = residual(s, a) · spread(s, a, s') of a reward.

    Attributes:
        residual: `[S, A]` expected canonical reward E[c(s, a, S')] = r(s, a) + γ E[φ(S')] − φ(s), reward per step; all
            zero if nothing is left above the rounding floor (see `trivial`).
        potential: `[S]` the φ that was added, reward.
        spread: `[S * A, S]` sparse, how the residual is spread over successors; None means 1 everywhere, on impossible
            transitions too.
    """

    residual: Floats
    potential: Floats
    spread: Matrix | None

    @property
    def trivial(self) -> bool:
        """Whether all policies have the same return from each state: the reward is a shaping of zero.

        Decided at a floor of 64 roundings of the largest expected |R(s, a, S')|, times the horizon 1 / (1 − γ).
        """
        return not self.residual.any()

    def dense(self) -> Floats:
        """`[S, A, S]` c as an array."""
        n_states, n_actions = self.residual.shape
        spread = np.ones((n_states * n_actions, n_states)) if self.spread is None else self.spread.toarray()
        return (self.residual.reshape(-1, 1) * spread).reshape(n_states, n_actions, n_states)


@dataclass(frozen=True, eq=False)
class Canoniser:
    """Canonicalises rewards on one process; what is factorised is shared by all of them.

    Attributes:
        process: the dynamics.
        discount: γ.
        spread: `[S * A, S]` as in `Canonical`.
        potential_of: `[S * A]` expected reward → `[S]` potential.
        pinned: states of potential 0.
    """

    process: Process
    discount: float
    spread: Matrix | None
    potential_of: Callable[[Floats], Floats]
    pinned: Indices

    def __call__(self, reward: RewardTable) -> Canonical:
        """The canonical form of a reward."""
        n_states, n_actions, transition = self.process.n_states, self.process.n_actions, self.process.transition
        mean = reward.expected(transition)
        scale = float(reward.absolute().expected(transition).max())
        constant = 0.0 if len(self.pinned) else (mean.max() + mean.min()) / 2  # a constant is a shaping: keep digits
        rest = mean - constant
        potential = self.potential_of(rest)
        residual = rest + self.discount * (transition @ potential) - np.repeat(potential, n_actions)
        if np.abs(residual).max() <= rounding_floor(scale, self.discount):
            residual = np.zeros_like(residual)
        potential = potential + constant / (1 - self.discount)
        return Canonical(residual.reshape(n_states, n_actions), potential, self.spread)


def canoniser(
    process: Process, discount: float, canonicalisation: str, weighted: bool, absorbing: npt.ArrayLike | None
) -> Canoniser:
    """The canonicalisation of that name; see `canonical`."""
    if canonicalisation not in ("val", "minimal"):
        raise unknown_name("canonicalisation", canonicalisation, ("val", "minimal"))
    pinned = read_states(absorbing, process.n_states, "absorbing")
    cells = process.n_states * process.n_actions
    if canonicalisation == "minimal":
        transition = process.transition
        spread, weight = None, np.ones(cells)
        if not weighted:
            squares = np.asarray(transition.multiply(transition).sum(axis=1)).ravel()
            spread = sparse.csr_array(sparse.diags_array(1 / squares) @ transition)
            weight = 1 / np.sqrt(squares)
        return Canoniser(process, discount, spread, ShapingFit(process, discount, weight, pinned).potential, pinned)
    moving = np.ones((process.n_states, process.n_actions)) / process.n_actions
    moving[pinned] = 0
    chain = Chain(process.mean_over_actions(moving), discount)

    def values(reward: Floats) -> Floats:
        return chain.values((moving * reward.reshape(moving.shape)).sum(axis=1))

    return Canoniser(process, discount, None, values, pinned)


def canonical(
    transition: Table,
    reward: Table,
    discount: float,
    canonicalisation: Canonicalisation = "val",
    weighted: bool = False,
    absorbing: npt.ArrayLike | None = None,
) -> Canonical:
    """The canonical form of a reward under one of the STARC canonicalisations of Skalse et al. 2024 (arXiv 2309.15257).

    `"val"`: c(s, a, s') = E[R(s, a, S') − V(s) + γV(S')], S' ~ T(s, a), with V the value of the uniform policy; it does
    not depend on s'. `"minimal"`: the reward of least L2 norm that differs from R by shaping and S'-redistribution. The
    plain norm sums over all (s, a, s') alike; its minimiser is c = e · T / ‖T(s, a)‖² with e = r + γTφ − φ and φ by
    least squares weighted by 1 / ‖T(s, a)‖. The `weighted` norm gives (s, a, s') the weight T(s' | s, a); its minimiser
    is c = e, by ordinary least squares of −r on γT − E. In deterministic worlds the two have the same e.

    Impossible transitions are ignored. Returns are those of an infinite horizon: model the end of an episode as an
    absorbing state of reward 0.

    Args:
        transition: `[S, A, S]` probability of landing in s', dense or sparse (`[S * A, S]`, row s * A + a).
        reward: `[S, A, S]` reward per step, dense or sparse (absent is 0), or dense `[S, A]`.
        discount: γ in [0, 1).
        canonicalisation: `"val"` or `"minimal"`.
        weighted: for `"minimal"`, weigh transitions by their probability. Without effect on `"val"`.
        absorbing: indices or `[S]` mask of states whose potential must be 0. Shaping that pays at the end of an
            episode, a constant reward among them, then no longer counts as nothing.

    Returns:
        The canonical form, with the potential that leads to it.

    Raises:
        RewardError: a malformed table, or a discount outside [0, 1).
        UnknownNameError: an unknown canonicalisation.
    """
    process, discount = read_transition(transition), read_discount(discount)
    return canoniser(process, discount, canonicalisation, weighted, absorbing)(read_reward(reward, "reward", process))
