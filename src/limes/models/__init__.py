"""Models: networks and kernels as modules, and the pair `(apply, params)` of each."""

from .check import check_apply
from .functional import Constant, functional, inference
from .kernel import (
    GaussianKernel,
    KernelRidge,
    Nystroem,
    PolynomialFeatures,
    PolynomialKernel,
    RandomFeatures,
    gram,
    kernel_ridge,
    nystroem,
    random_features,
)
from .linear import Linear
from .perceptron import TwoLayer

__all__ = [
    "Constant",
    "GaussianKernel",
    "KernelRidge",
    "Linear",
    "Nystroem",
    "PolynomialFeatures",
    "PolynomialKernel",
    "RandomFeatures",
    "TwoLayer",
    "check_apply",
    "functional",
    "gram",
    "inference",
    "kernel_ridge",
    "nystroem",
    "random_features",
]
