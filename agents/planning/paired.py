"""Two processes side by side under the same actions: what happens, and what a planner believes happens."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ...envs.mdp import MDP

OVER = "over"
"""Name of the event that the true process ends, which `paired` adds as its last column."""


class Paired(NamedTuple):
    """Both processes as one.

    Attributes:
        mdp: the pair; its event columns are the true ones, the believed ones, then `OVER`.
        truth: `[S]` state of the true process in each state of the pair.
    """

    mdp: MDP
    truth: npt.NDArray[np.int64]


def paired(truth: MDP, believed: MDP) -> Paired:
    """All pairs of states that some actions lead to; it ends where both have ended.

    Args:
        truth: what happens; deterministic.
        believed: what is believed to happen; deterministic.
    """
    pairs = {(truth.initial, believed.initial): 0}
    queue, successor = [(truth.initial, believed.initial)], []
    for s, b in queue:
        row = []
        for action in range(truth.successor.shape[1]):
            pair = int(truth.successor[s, action, 0]), int(believed.successor[b, action, 0])
            if pair not in pairs:
                pairs[pair] = len(queue)
                queue.append(pair)
            row.append(pairs[pair])
        successor.append(row)
    end = truth.absorbing, believed.absorbing
    if end not in pairs:
        pairs[end] = len(queue)
        queue.append(end)
        successor.append([pairs[end]] * truth.successor.shape[1])
    last = pairs[end]
    order = np.array([i for i in range(len(queue)) if i != last] + [last])
    place = np.argsort(order)
    s, b = np.array(queue)[order].T
    ends = (truth.successor[s] == truth.absorbing) & (s != truth.absorbing)[:, None, None]
    counts = np.concatenate([truth.counts[s], believed.counts[b], ends[..., None].astype(np.int32)], axis=3)
    table = place[np.array(successor)][order][:, :, None]
    states = np.concatenate([truth.states[s], believed.states[b]], axis=1)
    start = np.zeros(len(table))
    start[place[0]] = 1.0
    mdp = MDP(truth.level, states, table.astype(np.int32), np.ones(table.shape), counts, start)
    return Paired(mdp, s)
