"""Optimize: exact minimizers, descent, flows and their trajectories."""

from .descent import descend
from .exact import solve
from .flow import GradientFlow, gradient_flow
from .minimize import minimize
from .schedules import constant, loss_normalized, optimal_quadratic, power_law, robbins_monro
from .trajectory import Carry, Status, Trajectory

__all__ = [
    "Carry",
    "GradientFlow",
    "Status",
    "Trajectory",
    "constant",
    "descend",
    "gradient_flow",
    "loss_normalized",
    "minimize",
    "optimal_quadratic",
    "power_law",
    "robbins_monro",
    "solve",
]
