import jax.numpy as jnp
import numpy as np
import pytest
from row_cases import Case, check, check_rows

from limes.instruments.counts import fourier

RNG = np.random.default_rng(0)


def numbers(*shape):
    return RNG.normal(size=shape) + 1j * RNG.normal(size=shape)


CASES = [
    *(Case("fft", jnp.fft.fft, (numbers(n),)) for n in (1, 2, 8, 32)),
    Case("fft", jnp.fft.fft, (numbers(3, 16),)),
    Case("fft", jnp.fft.ifft, (numbers(2, 8),)),
    Case("fft", jnp.fft.fft2, (numbers(4, 8),)),
    Case("fft", jnp.fft.ifftn, (numbers(2, 4, 8),)),
    *(Case("fft", jnp.fft.fft, (numbers(n),), exact=False) for n in (6, 9, 12, 15)),
    *(Case("fft", jnp.fft.rfft, (numbers(2, n).real,), exact=False) for n in (8, 12, 64)),
    Case("fft", jnp.fft.irfft, (np.fft.rfft(numbers(2, 16).real),), exact=False),
    Case("fft", jnp.fft.rfft2, (numbers(8, 16).real,), exact=False),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_counts_what_the_algorithm_does(case):
    check(case)


def test_every_row_has_a_case():
    check_rows(fourier.RULES, CASES)
