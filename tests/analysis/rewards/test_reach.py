"""What the start reaches, through possible transitions only, and tables cut down to it in the form they came in."""

from __future__ import annotations

import numpy as np
import pytest
from innershift.analysis import rewards
from innershift.analysis.rewards import RewardError
from scipy import sparse


def chain_of(n_states, step=2):
    """Each state leads to itself or some steps ahead."""
    transition = np.zeros((n_states, 2, n_states))
    for s in range(n_states):
        transition[s, 0, s] = transition[s, 1, min(s + step, n_states - 1)] = 1
    return transition


def test_reachable_follows_what_is_possible():
    transition = chain_of(8)
    assert rewards.reachable(transition, np.eye(8)[1]).tolist() == [1, 3, 5, 7]
    assert rewards.reachable(transition, [0, 0, 0, 0.5, 0.5, 0, 0, 0]).tolist() == [3, 4, 5, 6, 7]
    matrix = sparse.coo_array(sparse.csr_array(transition.reshape(-1, 8)))
    stored = sparse.coo_array(
        (np.append(matrix.data, 0.0), (np.append(matrix.row, 0), np.append(matrix.col, 1))), shape=matrix.shape
    )
    assert rewards.reachable(stored, np.eye(8)[0]).tolist() == [0, 2, 4, 6, 7]  # the stored zero leads nowhere


@pytest.mark.parametrize("seed", range(5))
def test_reachable_is_the_closure(toolbox, seed):
    transition, *_ = toolbox.made(seed, 9, 2, dense=0.12)
    start = np.eye(9)[seed]
    reached = start > 0
    for _ in range(9):
        reached = reached | (np.einsum("s,sat->t", reached.astype(float), transition) > 0)
    assert rewards.reachable(transition, start).tolist() == np.flatnonzero(reached).tolist()


def test_restricting_keeps_the_form():
    transition = chain_of(8)
    kept = rewards.reachable(transition, np.eye(8)[1])
    reward, flat = np.arange(128.0).reshape(8, 2, 8), np.arange(16.0).reshape(8, 2)
    thin = sparse.coo_matrix(reward.reshape(16, 8))
    process, *tables = rewards.restrict(
        transition, kept, reward, flat, thin, [sparse.csr_array(reward[:, a]) for a in (0, 1)]
    )
    assert np.array_equal(process, chain_of(4, step=1))
    assert np.array_equal(tables[0], reward[kept][:, :, kept])
    assert np.array_equal(tables[1], flat[kept])
    for table in tables[2:]:
        assert np.array_equal(table.toarray(), tables[0].reshape(8, 4))
    mask = np.isin(np.arange(8), kept)
    process, *_ = rewards.restrict(sparse.csr_array(transition.reshape(16, 8)), mask)
    assert np.array_equal(process.toarray(), chain_of(4, step=1).reshape(8, 4))


def test_restricting_to_a_part_that_is_left_is_refused():
    with pytest.raises(
        RewardError, match=r"not closed: action 1 leads from state 1 to 3, which is not kept.*reachable"
    ):
        rewards.restrict(chain_of(8), [1, 5, 7])
    with pytest.raises(RewardError, match="states is empty; keep at least one"):
        rewards.restrict(chain_of(8), [])
    with pytest.raises(RewardError, match=r"states must be indices in 0..7 or a mask of shape \(8,\)"):
        rewards.restrict(chain_of(8), [8])
    with pytest.raises(RewardError, match=r"reward 2 has shape \(3, 2, 3\): 3 states and 2 actions"):
        rewards.restrict(chain_of(8), [7], np.ones((8, 2)), np.ones((3, 2, 3)))
