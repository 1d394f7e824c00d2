"""Programs drawn at random: the table counts what the scalar interpreter does, for values and for gradients."""

import jax
import numpy as np
import pytest
from random_programs import random_program
from row_cases import live_tally, same_operations
from scalar import counting, run, to_scalars

from limes.instruments.counts import count


@pytest.mark.parametrize("first", range(0, 300, 30))
def test_300_random_programs(first):
    for seed in range(first, first + 30):
        program, arguments = random_program(seed)
        for fn in (program, jax.value_and_grad(program, (0, 1))) if seed % 10 == 0 else (program,):
            jaxpr = jax.make_jaxpr(fn)(*arguments)
            same_operations(count(jaxpr), live_tally(jaxpr, arguments))


@pytest.mark.parametrize("seed", range(6))
def test_the_interpreter_computes_what_jax_does(seed):
    program, arguments = random_program(seed)
    jaxpr = jax.make_jaxpr(jax.value_and_grad(program))(*arguments)
    with counting():
        found = run(jaxpr, *map(to_scalars, arguments))
    wanted = jax.tree.leaves(jax.value_and_grad(program)(*arguments))
    for mine, theirs in zip(found, wanted, strict=True):
        np.testing.assert_allclose([number.v for number in mine.ravel()], np.ravel(theirs), rtol=1e-10, atol=1e-12)
