"""The tangent kernel of any function of parameters and one example: dense, as an operator, and the expansion behind it."""

from .kernel import tangent_kernel, tangent_plans
from .linear import Drift, Linearized, drift, linearize_model
from .operator import TangentOperator, tangent_operator
from .spectrum import Eigenvalues, Estimate, Smallest

__all__ = [
    "Drift",
    "Eigenvalues",
    "Estimate",
    "Linearized",
    "Smallest",
    "TangentOperator",
    "drift",
    "linearize_model",
    "tangent_kernel",
    "tangent_operator",
    "tangent_plans",
]
