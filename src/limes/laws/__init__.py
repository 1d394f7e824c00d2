"""Laws: closed forms and exact predictions, derived apart from the models that they predict."""

from . import least_squares, random_features

__all__ = ["least_squares", "random_features"]
