"""Models: networks and kernels as modules, and the pair `(apply, params)` of each."""

from . import activations
from .activations import Hermite, LeakyRelu, Monomial, Smooth
from .check import check_apply
from .convolution import AveragePool, Conv, Flatten, GlobalAveragePool
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
from .layers import Dense, Dropout, LayerNorm, Sequential, Skip
from .linear import Linear
from .perceptron import MLP, TwoLayer

__all__ = [
    "MLP",
    "AveragePool",
    "Constant",
    "Conv",
    "Dense",
    "Dropout",
    "Flatten",
    "GaussianKernel",
    "GlobalAveragePool",
    "Hermite",
    "KernelRidge",
    "LayerNorm",
    "LeakyRelu",
    "Linear",
    "Monomial",
    "Nystroem",
    "PolynomialFeatures",
    "PolynomialKernel",
    "RandomFeatures",
    "Sequential",
    "Skip",
    "Smooth",
    "TwoLayer",
    "activations",
    "check_apply",
    "functional",
    "gram",
    "inference",
    "kernel_ridge",
    "nystroem",
    "random_features",
]
