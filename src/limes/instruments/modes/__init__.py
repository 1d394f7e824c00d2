"""Modes: the ways to a derivative, by sweeps through a program or by differences of its values."""

from .differences import Differences, ErrorCurve, default_step, error_curve, finite_differences, quotients
from .network import NetworkGradients, backward_nn, forward_nn

__all__ = [
    "Differences",
    "ErrorCurve",
    "NetworkGradients",
    "backward_nn",
    "default_step",
    "error_curve",
    "finite_differences",
    "forward_nn",
    "quotients",
]
