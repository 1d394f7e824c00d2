"""Data: targets, samplers on domains, datasets and random streams."""

from .datasets import digits
from .random import generator
from .samplers import gaussian_design, linear_problem, sphere

__all__ = ["digits", "gaussian_design", "generator", "linear_problem", "sphere"]
