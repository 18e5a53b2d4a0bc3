"""Search procedures, one a file: what a planner does with a model and an objective."""

from .solution import Solution, tied_value
from .value_iteration import Lookahead, ValueIteration, discounted_values

__all__ = ["Lookahead", "Solution", "ValueIteration", "discounted_values", "tied_value"]
