"""innershift: does any mapping from an agent's inner objective to the environment's reward survive a shift?"""

from . import envs

__all__ = ["__version__", "envs"]

__version__ = "0.1.0"
