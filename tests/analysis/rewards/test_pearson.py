"""Pearson distances near 0 keep all digits, and sums over everything equal sums over a list of everything."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from innershift.analysis.rewards.pearson import Covered, Everywhere, exact_dot, pearson_distance
from scipy import sparse

numbers = st.floats(-1e8, 1e8).filter(lambda x: x == 0 or abs(x) > 1e-60)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(pairs=st.lists(st.tuples(numbers, numbers), max_size=40))
def test_dot_products_in_twice_the_precision(pairs):
    x, y = (np.array([pair[i] for pair in pairs]) for i in (0, 1))
    exact = [Fraction(one) * Fraction(two) for one, two in pairs]
    size = float(sum(abs(term) for term in exact))
    assert abs(float(exact_dot(x, y) - sum(exact, Fraction(0)))) <= 1e-29 * size


def test_cancelling_dot_products():
    x = np.array([1e16, 1.0, -1e16, 1e-16])
    assert float(exact_dot(x, np.ones(4))) == 1 + 1e-16
    assert exact_dot(x, np.array([1e16, 0, 1e16, 0])) == 0


@pytest.mark.parametrize("seed", range(5))
def test_everywhere_is_the_list_of_everything(seed):
    generator = np.random.default_rng(seed)
    n_states, n_actions = 6, 3
    forms = []
    for density in (0.0, 0.2, 1.0)[: 2 + seed % 2]:
        entries = sparse.random_array((n_states * n_actions, n_states), density=density, rng=generator, format="csr")
        forms.append(Everywhere(generator.normal(size=18), generator.normal(size=6), entries))
    lists = [
        Covered((f.leaving[:, None] + f.arriving + f.entries.toarray()).ravel(), np.full(108, 1 / 108)) for f in forms
    ]
    for whole, listed in zip(forms, lists, strict=True):
        assert whole.norm() == pytest.approx(listed.norm(), rel=1e-14)
        assert whole.centred().norm() == pytest.approx(listed.values.std(), rel=1e-13)
    whole, listed = (pearson_distance(pair[0], pair[-1], (1.0, 1.0), 0.9) for pair in (forms, lists))
    assert whole == pytest.approx(listed, abs=1e-14)
    assert listed == pytest.approx(((1 - np.corrcoef(lists[0].values, lists[-1].values)[0, 1]) / 2) ** 0.5, abs=1e-9)


def test_a_distance_of_a_billionth_is_told_from_zero():
    generator = np.random.default_rng(0)
    x, noise = generator.normal(size=(2, 1000))
    weight = np.full(1000, 1e-3)
    noise -= noise.mean() + x * (noise @ x) / (x @ x)
    for size in (1e-6, 1e-9, 1e-12):
        found = pearson_distance(Covered(x, weight), Covered(x + size * noise, weight), (1.0, 1.0), 0.9)
        assert found == pytest.approx(size * noise.std() / x.std() / 2, rel=1e-2)
