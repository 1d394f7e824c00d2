"""Data: targets, samplers on domains, datasets, own files and random streams."""

from .datasets import breast_cancer, diabetes, digits, sample_images
from .files import load
from .random import generator
from .samplers import (
    exact_design,
    gaussian_design,
    geometric_spectrum,
    linear_classes,
    linear_problem,
    orthogonal_noise,
    power_spectrum,
    separable_problem,
    sphere,
)

__all__ = [
    "breast_cancer",
    "diabetes",
    "digits",
    "exact_design",
    "gaussian_design",
    "generator",
    "geometric_spectrum",
    "linear_classes",
    "linear_problem",
    "load",
    "orthogonal_noise",
    "power_spectrum",
    "sample_images",
    "separable_problem",
    "sphere",
]
