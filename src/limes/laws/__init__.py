"""Laws: closed forms and exact predictions, derived apart from the models that they predict."""

from . import early_stopping, gradient_descent, least_squares, margin, random_features, stochastic_gradient

__all__ = ["early_stopping", "gradient_descent", "least_squares", "margin", "random_features", "stochastic_gradient"]
