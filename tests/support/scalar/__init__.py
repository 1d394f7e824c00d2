"""A brute-force interpreter of jaxprs: one scalar at a time, counting every operation that it does."""

from .interpreter import SCALAR, run
from .numbers import Tally, counting, to_array, to_scalars

__all__ = ["SCALAR", "Tally", "counting", "run", "to_array", "to_scalars"]
