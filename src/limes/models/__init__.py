"""Models: networks and kernels as modules, and the pair `(apply, params)` of each."""

from .check import check_apply
from .functional import Constant, functional, inference
from .kernel import (
    GaussianKernel,
    KernelRidge,
    PolynomialFeatures,
    PolynomialKernel,
    RandomFeatures,
    gram,
    kernel_ridge,
    random_features,
)
from .linear import Linear

__all__ = [
    "Constant",
    "GaussianKernel",
    "KernelRidge",
    "Linear",
    "PolynomialFeatures",
    "PolynomialKernel",
    "RandomFeatures",
    "check_apply",
    "functional",
    "gram",
    "inference",
    "kernel_ridge",
    "random_features",
]
