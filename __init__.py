"""innershift: does any mapping from an agent's inner objective to the environment's reward survive a shift?

    innershift.envs      worlds: gridworlds with a shift between training and deployment
    innershift.agents    minds: agents that contain an explicit planner with an objective of its own
    innershift.analysis  judges: typed maps between the two, decided exactly

Importing this package registers the worlds with Gymnasium: `gymnasium.make("innershift/CheeseCorner-v0")`.
"""

from . import envs

__all__ = ["__version__", "envs"]

__version__ = "0.1.0"
