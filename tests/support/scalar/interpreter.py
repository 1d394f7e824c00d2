"""The interpreter: every equation by its scalar loops."""

import functools

import numpy as np

from limes._compat import jaxprs_inside, open_jaxpr

from . import (
    contraction,
    control,
    elementwise,
    factorizations,
    fourier,
    indexing,
    moves,
    random,
    reductions,
    solves,
    sorting,
    spectra,
    windows,
)
from .numbers import to_scalars, wrapped

GROUPS = (
    *(elementwise, moves, reductions, contraction, indexing, windows, sorting, fourier),
    *(factorizations, solves, spectra, random),
)


def run(jaxpr, *operands, consts=None):
    """The values of the outputs of a jaxpr on arrays of counting numbers; an open one may need its constants by variable."""
    own, jaxpr = getattr(jaxpr, "consts", ()), open_jaxpr(jaxpr)
    values = dict(consts or zip(jaxpr.constvars, (to_scalars(const) for const in own), strict=True))
    values.update(zip(jaxpr.invars, operands, strict=True))

    def read(variable):
        return to_scalars(variable.val) if hasattr(variable, "val") else values[variable]

    for equation in jaxpr.eqns:
        outs = evaluate(equation, *map(read, equation.invars))
        for variable, out in zip(equation.outvars, outs, strict=True):
            values[variable] = out
    return [read(variable) for variable in jaxpr.outvars]


def evaluate(equation, *operands):
    """The outputs of one equation."""
    name = equation.primitive.name
    if name in SCALAR:
        outs = SCALAR[name](equation, *operands)
    elif len(jaxprs_inside(equation.params)) == 1:
        outs = SCALAR["(any call)"](equation, *operands)
    else:
        raise KeyError(f"no scalar loop for {name}")
    return [
        wrapped(np.asarray(out, dtype=object), variable.aval.dtype) if hasattr(variable.aval, "dtype") else out
        for variable, out in zip(equation.outvars, outs, strict=True)
    ]


SCALAR = {name: rule for group in GROUPS for name, rule in group.SCALAR.items()}
for group in (windows, indexing, control):
    SCALAR.update({name: functools.partial(rule, run) for name, rule in group.BODIES.items()})
