"""The kinds of predictions, one rule of judgment each."""

from .bound import Bound
from .contraction import Contraction
from .divergence import Divergence
from .existence import Existence
from .expectation_bound import ExpectationBound
from .identity import Identity
from .law import Law
from .limit import Limit
from .prediction import Prediction
from .rate import Rate
from .slices import Measured, Slice
from .trend import Trend

__all__ = [
    "Bound",
    "Contraction",
    "Divergence",
    "Existence",
    "ExpectationBound",
    "Identity",
    "Law",
    "Limit",
    "Measured",
    "Prediction",
    "Rate",
    "Slice",
    "Trend",
]
