"""Risk: losses, the empirical risk of a model on data, penalties."""

from .empirical import EmpiricalRisk
from .losses import least_squares, logistic
from .penalty import Ridge

__all__ = ["EmpiricalRisk", "Ridge", "least_squares", "logistic"]
