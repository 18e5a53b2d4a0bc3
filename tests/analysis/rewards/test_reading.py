"""Tables in every form say the same, are never written to, and are refused by name where they are wrong."""

from __future__ import annotations

import numpy as np
import pytest
from innershift.analysis import rewards
from innershift.analysis.errors import AnalysisError
from innershift.analysis.rewards import RewardError
from scipy import sparse

FORMATS = ["csr", "csc", "coo", "lil", "dok", "bsr", "dia"]


def forms(table):
    """The same dense table in all other forms."""
    n_states, n_actions, _ = table.shape
    flat = table.reshape(-1, n_states)
    yield table.tolist()
    for name in FORMATS:
        kind = sparse.csr_array if len(name) == 3 else sparse.csr_matrix
        yield kind(flat).asformat(name)
    yield [sparse.csr_array(table[:, a]) for a in range(n_actions)]
    yield tuple(sparse.coo_matrix(table[:, a]) for a in range(n_actions))
    if hasattr(sparse.coo_array(np.zeros((1, 1))), "coords"):
        yield sparse.coo_array(table)


@pytest.mark.parametrize(("n_states", "n_actions"), [(4, 3), (3, 4), (3, 3), (3, 1), (1, 3)])
def test_every_form_says_the_same(toolbox, n_states, n_actions):
    transition, one, two, start = toolbox.made(5, n_states, n_actions)
    one[one < 0.3] = 0
    wanted = [
        rewards.starc_distance(transition, one, two, 0.9, "minimal"),
        rewards.epic_distance(one, two, 0.9),
        rewards.dard_distance(transition, one, two, 0.9),
        rewards.worst_case_regret(transition, start, one, two, 0.9),
    ]
    for process, first in zip(forms(transition), forms(one), strict=True):
        found = [
            rewards.starc_distance(process, first, two, 0.9, "minimal"),
            rewards.epic_distance(first, two, 0.9),
            rewards.dard_distance(process, first, two, 0.9),
            rewards.worst_case_regret(process, start, first, two, 0.9),
        ]
        assert found == pytest.approx(wanted, abs=1e-12, nan_ok=True)


def test_a_reward_of_state_and_action_is_broadcast(toolbox):
    transition, one, two, start = toolbox.made(1)
    flat = one[:, :, 0]
    wide = np.broadcast_to(flat[:, :, None], one.shape)
    cover = np.full(one.shape, 1 / one.size)
    for call in (
        lambda r: rewards.starc_distance(transition, r, two, 0.9),
        lambda r: rewards.epic_distance(r, two, 0.9),
        lambda r: rewards.epic_distance(two, r, 0.9, coverage=cover),
        lambda r: rewards.dard_distance(transition, r, two, 0.9),
        lambda r: rewards.optimal_policy_regret(transition, start, r, two, 0.9),
    ):
        assert call(flat) == pytest.approx(call(wide), abs=1e-12)


def test_duplicates_add_up_and_inputs_stay_as_they_are(toolbox):
    transition, one, two, _ = toolbox.made(2)
    flat = sparse.csr_array(transition.reshape(-1, 4))
    entries = sparse.coo_array((np.array([1.0, 1.0, 0.0]), ([0, 0, 3], [1, 1, 2])), shape=(12, 4))
    single = np.zeros_like(one)
    single[0, 0, 1] = 2
    before = flat.copy(), entries.copy(), one.copy()
    assert rewards.epic_distance(entries, two, 0.9) == pytest.approx(rewards.epic_distance(single, two, 0.9))
    rewards.starc_distance(flat, entries, one, 0.9)
    rewards.dard_distance(flat, entries, one, 0.9)
    assert entries.nnz == before[1].nnz == 3
    assert (flat != before[0]).nnz == 0
    assert np.array_equal(one, before[2])


GOOD = np.full((2, 3, 2), 0.5)
NEGATIVE, LEAKY, BROKEN = GOOD.copy(), GOOD.copy(), GOOD.copy()
NEGATIVE[1, 2] = [-0.25, 1.25]
LEAKY[1, 0, 1] = 0.25
BROKEN[0, 1, 1] = np.nan


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: rewards.reachable(LEAKY, [1, 0]),
            r"transition\[1, 0\] sums to 0.75, not 1 \(1 such rows\).*lead to it",
        ),
        (lambda: rewards.reachable(NEGATIVE, [1, 0]), r"transition\[1, 2, 0\] = -0.25 is negative"),
        (lambda: rewards.reachable(BROKEN, [1, 0]), r"transition\[0, 1, 1\] = nan is not finite \(1 such"),
        (lambda: rewards.reachable(GOOD.swapaxes(0, 1), [1, 0]), r"shape \(3, 2, 2\).*np.swapaxes\(x, 0, 1\)"),
        (
            lambda: rewards.reachable(np.ones((2, 3)), [1, 0]),
            r"transition has shape \(2, 3\); give a dense `\[S, A, S\]`",
        ),
        (lambda: rewards.reachable(sparse.eye_array(5, 2), [1, 0]), r"a sparse table is `\[S \* A, S\]` with row"),
        (
            lambda: rewards.reachable([sparse.eye_array(2), sparse.eye_array(3)], [1]),
            r"list of shapes \(2, 2\), \(3, 3\)",
        ),
        (lambda: rewards.reachable(np.ones((0, 2, 0)), []), "at least one state"),
        (lambda: rewards.reachable(GOOD, [1, 1]), "start sums to 2; give probabilities of 2 states that sum to 1"),
        (lambda: rewards.reachable(GOOD, [2, -1]), "start has a negative entry -1"),
        (
            lambda: rewards.reachable(GOOD, [1]),
            r"start has shape \(1,\); it needs one probability for each of 2 states",
        ),
        (lambda: rewards.reachable(GOOD, [np.nan, 1]), r"start\[0\] = nan is not finite"),
        (lambda: rewards.canonical(GOOD, BROKEN, 0.9), r"reward\[0, 1, 1\] = nan"),
        (lambda: rewards.canonical(GOOD, [[1, 2, np.inf], [1, 2, 3]], 0.9), r"reward\[0, 2\] = inf"),
        (
            lambda: rewards.canonical(GOOD, [1.0, 2.0], 0.9),
            r"reward has shape \(2,\): it is not said whether a state pays",
        ),
        (lambda: rewards.canonical(GOOD, np.ones((3, 3, 3)), 0.9), "3 states and 3 actions, but the rest has 2 states"),
        (lambda: rewards.canonical(GOOD, GOOD * 1j, 0.9), "reward holds complex128 values; give real numbers"),
        (lambda: rewards.canonical(GOOD, np.full((2, 3), "a"), 0.9), "reward holds <U1 values"),
        (lambda: rewards.starc_distance(GOOD, GOOD, np.ones((2, 2)), 0.9), r"reward_b has shape \(2, 2\)"),
        (
            lambda: rewards.epic_distance(GOOD, np.ones((2, 2)), 0.9),
            r"reward_b has shape \(2, 2\): 2 states and 2 actions",
        ),
        (lambda: rewards.canonical(GOOD, GOOD, 1.0), r"discount=1.0 is outside \[0, 1\).*absorbing state of reward 0"),
        (lambda: rewards.optimal_policy_regret(GOOD, [1, 0], GOOD, GOOD, 1), r"discount=1.0 is outside"),
        (lambda: rewards.starc_distance(GOOD, GOOD, GOOD, -0.1), r"discount=-0.1 is outside \[0, 1\); it is a factor"),
        (lambda: rewards.epic_distance(GOOD, GOOD, 1.5), r"discount=1.5 is outside \[0, 1\]"),
        (lambda: rewards.epic_distance(GOOD, GOOD, np.nan), "discount=nan is outside"),
        (lambda: rewards.epic_distance(GOOD, GOOD, "0.9x"), "discount='0.9x' is not a number"),
        (
            lambda: rewards.starc_distance(GOOD, GOOD, GOOD, 0.9, "value"),
            "canonicalisation 'value'. Did you mean 'val'?",
        ),
        (
            lambda: rewards.starc_distance(GOOD, GOOD, GOOD, 0.9, norm="inf"),
            "Did you mean 'linf'\\? Allowed: l1, l2, linf",
        ),
        (
            lambda: rewards.epic_distance(GOOD, GOOD, 0.9, coverage=GOOD),
            "coverage sums to 6, not 1; give a distribution",
        ),
        (lambda: rewards.epic_distance(GOOD, GOOD, 0.9, coverage=0 * GOOD), "coverage is all zero"),
        (
            lambda: rewards.dard_distance(GOOD, GOOD, GOOD, 0.9, coverage=NEGATIVE),
            r"coverage\[1, 2, 0\] = -0.25 is neg",
        ),
        (lambda: rewards.epic_distance(GOOD, GOOD, 0.9, action_distribution=[0.5, 0.5]), "each of 3 actions"),
        (lambda: rewards.canonical(GOOD, GOOD, 0.9, absorbing=[2]), r"absorbing must be indices in 0..1 or a mask"),
        (lambda: rewards.canonical(GOOD, GOOD, 0.9, absorbing=[0.5]), r"absorbing must be indices"),
    ],
)
def test_refusals_name_the_value_and_the_next_step(call, message):
    with pytest.raises(AnalysisError, match=message):
        call()


def test_the_error_is_one_of_the_analysis():
    assert issubclass(RewardError, AnalysisError)
    assert issubclass(AnalysisError, ValueError)


def test_probabilities_in_single_precision_are_taken_as_meant(toolbox):
    transition = np.full((3, 2, 3), 1 / 3, dtype=np.float32)
    assert transition.sum(axis=-1, dtype=float).max() > 1
    assert list(rewards.reachable(transition, [1, 0, 0])) == [0, 1, 2]
    assert rewards.canonical(transition, np.ones((3, 2)), 0.9, absorbing=None).trivial
    assert rewards.canonical(transition, toolbox.shaping([1, 2, 3], 0.9, 2), 0.9).trivial
