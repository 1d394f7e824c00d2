"""A row of the table of counting rules against the scalar interpreter: the same values, the same operations."""

import collections
import dataclasses
from collections.abc import Callable

import jax
import numpy as np
from scalar import counting, run, to_array, to_scalars

from limes._compat import jaxprs_inside, live_jaxpr
from limes.instruments.counts import count
from limes.instruments.counts.table import TABLE

KINDS = ("add", "mul", "nonlin", "compare", "integer")


@dataclasses.dataclass(frozen=True)
class Case:
    """A function of arrays whose trace holds the primitive `name`."""

    name: str
    fn: Callable
    args: tuple
    same: Callable | None = None  # where values are not unique: compares (args, found, wanted)
    exact: bool = True
    accuracy: float | None = None

    def __str__(self):
        arrays = [arg for arg in self.args if hasattr(arg, "shape")]
        return f"{self.name}({','.join(f'{arg.dtype}{list(arg.shape)}' for arg in arrays)})"


def primitives(jaxpr):
    """Names of all primitives of a jaxpr, inside of others too."""
    names = set()
    for equation in jaxpr.eqns:
        names.add(equation.primitive.name)
        for inner in jaxprs_inside(equation.params):
            names |= primitives(inner)
    return names


def check(case):
    """Values as JAX computes them; operations to the unit, or within the accuracy that the row states."""
    jaxpr = jax.make_jaxpr(case.fn)(*case.args)
    assert case.name in primitives(jaxpr.jaxpr) or case.name == "(any call)"
    with counting() as tally:
        found = run(jaxpr, *map(to_scalars, case.args))
    found = [to_array(out, variable.aval) for out, variable in zip(found, jaxpr.jaxpr.outvars, strict=True)]
    compare_values(case, found)
    counted = count(jaxpr, live_only=False)
    assert counted.approximate is not case.exact
    if case.exact:
        same_operations(counted, tally)
        same_operations(count(jaxpr), live_tally(jaxpr, case.args))
    else:
        ratio = max(counted.total, counted.integer) / max(tally.total, tally.integer)
        factor = case.accuracy or TABLE[case.name].accuracy
        assert 1 / factor <= ratio <= factor, ratio


def same_operations(counted, tally):
    assert {kind: getattr(counted, kind) for kind in KINDS} == {kind: getattr(tally, kind) for kind in KINDS}


def live_tally(jaxpr, args):
    """What is done once the equations that no output needs are gone."""
    live, read = live_jaxpr(jaxpr)
    operands = [to_scalars(arg) for arg, wanted in zip(args, read, strict=True) if wanted]
    consts = dict(zip(jaxpr.jaxpr.constvars, map(to_scalars, jaxpr.consts), strict=True))
    with counting() as tally:
        run(live, *operands, consts=consts)
    return tally


def compare_values(case, found):
    wanted = jax.tree.leaves(case.fn(*map(jax.numpy.asarray, case.args)))
    if case.same is not None:
        case.same(case.args, found, wanted)
        return
    for mine, theirs in zip(found, wanted, strict=True):
        if jax.numpy.issubdtype(theirs.dtype, jax.dtypes.prng_key):
            mine, theirs = jax.random.key_data(mine), jax.random.key_data(theirs)
        np.testing.assert_allclose(np.asarray(mine), np.asarray(theirs), rtol=1e-9, atol=1e-9)


def check_rows(rules, cases, also=()):
    """Every row of a group has a case, and every exact row an exact one."""
    names = collections.Counter(case.name for case in cases)
    assert set(names) | set(also) == {row.name for row in rules}
    exact = {case.name for case in cases if case.exact} | set(also)
    assert {row.name for row in rules if row.exact != "never"} <= exact
