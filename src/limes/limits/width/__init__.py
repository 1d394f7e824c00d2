"""Infinite width: the Gaussian process of a random network, and its tangent kernel."""

from . import spatial  # noqa: F401 - its rules register themselves
from .duals import Dual, dual, register_dual
from .kernels import InfiniteWidth, infinite_width
from .monte_carlo import Estimate, monte_carlo
from .predict import Prediction
from .rules import has_rule, needs_pairs, rule
from .state import State

__all__ = [
    "Dual",
    "Estimate",
    "InfiniteWidth",
    "Prediction",
    "State",
    "dual",
    "has_rule",
    "infinite_width",
    "monte_carlo",
    "needs_pairs",
    "register_dual",
    "rule",
]
