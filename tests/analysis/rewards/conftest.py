"""Small random processes and rewards, and the returns of policies by plain linear algebra."""

from __future__ import annotations

import itertools

import numpy as np
import pytest


def made(seed: int, n_states: int = 4, n_actions: int = 3, n_rewards: int = 2, dense: float = 0.5):
    """(transition `[S, A, S]` with impossible transitions, rewards `[S, A, S]` each, start `[S]`)."""
    generator = np.random.default_rng(seed)
    transition = generator.dirichlet(np.ones(n_states), (n_states, n_actions))
    keep = generator.random(transition.shape) < dense
    keep[..., 0] |= ~keep.any(axis=-1)
    transition = np.where(keep, transition, 0)
    transition /= transition.sum(axis=-1, keepdims=True)
    rewards = generator.normal(size=(n_rewards, n_states, n_actions, n_states))
    return transition, *rewards, generator.dirichlet(np.ones(n_states))


def shaping(potential, discount, n_actions):
    """`[S, A, S]` γφ(s') − φ(s)."""
    potential = np.asarray(potential, float)
    change = discount * potential[None, None, :] - potential[:, None, None]
    return np.broadcast_to(change, (len(potential), n_actions, len(potential))).copy()


def redistribution(transition, generator):
    """`[S, A, S]` random reward of expectation zero for every (s, a), free on impossible transitions."""
    noise = generator.normal(size=transition.shape)
    mean = (transition * noise).sum(axis=-1, keepdims=True)
    return np.where(transition > 0, noise - mean, 100 * noise)


def returns(transition, start, reward, discount, policy):
    """J of a policy `[S, A]`."""
    chain = np.einsum("sa,sat->st", policy, transition)
    pay = np.einsum("sa,sat,sat->s", policy, transition, reward)
    return float(start @ np.linalg.solve(np.eye(len(start)) - discount * chain, pay))


def all_returns(transition, start, rewards, discount):
    """`[N, R]` J of each deterministic policy in each reward."""
    n_states, n_actions, _ = transition.shape
    rows = []
    for choice in itertools.product(range(n_actions), repeat=n_states):
        policy = np.eye(n_actions)[list(choice)]
        rows.append([returns(transition, start, reward, discount, policy) for reward in rewards])
    return np.array(rows)


@pytest.fixture(scope="session")
def toolbox():
    """The functions above, as attributes."""

    class Toolbox:
        made = staticmethod(made)
        shaping = staticmethod(shaping)
        redistribution = staticmethod(redistribution)
        returns = staticmethod(returns)
        all_returns = staticmethod(all_returns)

    return Toolbox
