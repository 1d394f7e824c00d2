"""One decision rule per kind of prediction: arrays and settings in, a `Decision` out."""

from .bound import bound
from .contraction import contraction
from .divergence import divergence
from .existence import existence
from .expectation_bound import expectation_bound
from .identity import identity
from .law import law
from .limit import limit
from .rate import rate
from .trend import trend

__all__ = [
    "bound",
    "contraction",
    "divergence",
    "existence",
    "expectation_bound",
    "identity",
    "law",
    "limit",
    "rate",
    "trend",
]
