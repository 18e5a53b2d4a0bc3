"""STARC: how far apart two rewards are in the way they order policies, blind to all that cannot change that order."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from ..errors import unknown_name
from .canonical import Canonicalisation, canoniser
from .process import Floats, Matrix
from .reading import Table, read_discount, read_rewards, read_transition

__all__ = ["Norm", "starc_distance"]

Norm = Literal["l1", "l2", "linf"]
ORDERS: dict[str, float] = {"l1": 1, "l2": 2, "linf": np.inf}


def starc_distance(
    transition: Table,
    reward_a: Table,
    reward_b: Table,
    discount: float,
    canonicalisation: Canonicalisation = "val",
    norm: Norm = "l2",
    weighted: bool = False,
    absorbing: npt.ArrayLike | None = None,
) -> float:
    """‖c(R_a) / ‖c(R_a)‖ − c(R_b) / ‖c(R_b)‖‖, in [0, 2] (Skalse et al. 2024, arXiv 2309.15257).

    0 if and only if the rewards order all policies alike, from every state: they differ by potential shaping,
    S'-redistribution and a positive factor. 2 for a reward and its negative. Rewards on impossible transitions are
    ignored. States that the start cannot reach are not: `restrict` the process to what is `reachable` first, or the
    distance says nothing of a level.

    The norm sums over (s, a, s'), each counted once, impossible transitions included, or each weighted by its
    probability if `weighted` (`"linf"`: the largest over all, or over the possible ones). Where c does not depend on s'
    (`"val"`, and `"minimal"` with `weighted`) this is a norm over (s, a) times a constant that cancels (S, √S or 1, and
    1 if `weighted`): one distance. `"minimal"` without `weighted` has c spread over successors in proportion to T. The
    minimiser is always the one in L2; `norm` only normalises and measures.

    Args:
        transition: `[S, A, S]` probability of landing in s', dense or sparse (`[S * A, S]`, row s * A + a).
        reward_a: `[S, A, S]` reward per step, dense or sparse (absent is 0), or dense `[S, A]`.
        reward_b: the other reward, likewise.
        discount: γ in [0, 1).
        canonicalisation: `"val"` or `"minimal"`; see `canonical`.
        norm: `"l1"`, `"l2"` or `"linf"`.
        weighted: weigh transitions by their probability, in the minimiser as in the norm.
        absorbing: states whose potential must be 0; see `canonical`.

    Returns:
        The distance; exactly 1 if one reward is trivial (see `Canonical.trivial`), 0 if both are.

    Raises:
        RewardError: a malformed table, or a discount outside [0, 1).
        UnknownNameError: an unknown canonicalisation or norm.
    """
    if norm not in ORDERS:
        raise unknown_name("norm", norm, ORDERS)
    process, discount = read_transition(transition), read_discount(discount)
    tables = read_rewards(reward_a, reward_b, process)
    canonicalise = canoniser(process, discount, canonicalisation, weighted, absorbing)
    forms = [canonicalise(table) for table in tables]
    if forms[0].trivial or forms[1].trivial:
        return 0.0 if forms[0].trivial and forms[1].trivial else 1.0
    weight, order = cell_norms(canonicalise.spread, norm), ORDERS[norm]
    units = []
    for form in forms:
        vector = form.residual.ravel() * weight
        vector = vector / np.abs(vector).max()
        units.append(vector / np.linalg.norm(vector, order))
    return float(min(np.linalg.norm(units[0] - units[1], order), 2.0))


def cell_norms(spread: Matrix | None, norm: Norm) -> Floats | float:
    """`[S * A]` norm over s' of what one unit of residual is spread to; 1 where that is the same for all (s, a)."""
    if spread is None:
        return 1.0
    if norm == "linf":
        return spread.max(axis=1).toarray().ravel()
    return np.asarray(spread.power(ORDERS[norm]).sum(axis=1)).ravel() ** (1 / ORDERS[norm])
