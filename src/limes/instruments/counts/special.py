"""Special functions: one nonlinear operation an entry, by convention."""

from .operations import Operations
from .rule import Equation, Rule, price, size

FUNCTIONS = (
    *("erf", "erfc", "erf_inv", "lgamma", "digamma", "polygamma", "zeta", "bessel_i0e", "bessel_i1e"),
    *("igamma", "igammac", "igamma_grad_a", "regularized_incomplete_beta"),
)


def _special(equation: Equation) -> Operations:
    return price("real", nonlin=1).times(size(equation.outvars[0]))


RULES = [Rule(name, "special", "nonlin", "1 nonlin an entry", _special) for name in FUNCTIONS]
