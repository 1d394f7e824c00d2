"""What a tangent operator tells of its spectrum, with residuals, error bars and resolutions."""

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import scipy.linalg
import scipy.sparse.linalg
from jax import lax
from jaxtyping import Array, Float
from matfree import decomp, stochtrace

from limes._errors import InputError
from limes._types import Apply, Params, RandomKey
from limes.stats.intervals import t_quantile

from .kernel import tangent_kernel
from .pairs import kernel_of
from .plan import example_treatment
from .program import is_traced, split
from .sweep import Treatment, features

if TYPE_CHECKING:
    from .operator import TangentOperator

LEVEL = 0.95


class Eigenvalues(NamedTuple):
    r"""Leading eigenvalues, falling, unit vectors $u$ and residual norms $|K u - \lambda u|$.

    Within its residual of each value lies an eigenvalue of the kernel. `products` with the kernel were taken.
    """

    values: Float[np.ndarray, " k"]
    residuals: Float[np.ndarray, " k"]
    vectors: Float[np.ndarray, "m k"]
    products: int


class Estimate(NamedTuple):
    """A number and the half-width of its interval of level 0.95 over random vectors, 0 where it is exact.

    `truncation` is the change between half the steps of Lanczos' recursion and all of them.
    """

    value: float
    error: float
    num: int
    truncation: float = 0.0


class Smallest(NamedTuple):
    """The smallest eigenvalue of a dense kernel, and the size below which it is rounding."""

    value: float
    resolution: float

    @property
    def resolved(self) -> bool:
        """Whether the value stands out of rounding."""
        return self.value > self.resolution

    def __str__(self) -> str:
        if self.resolved:
            return f"{self.value:.6g} (resolution {self.resolution:.1g})"
        return f"not resolved (at most {self.resolution:.1g})"


def leading_eigenvalues(operator: "TangentOperator", num: int = 10, *, tolerance: float = 0.0) -> Eigenvalues:
    """Return the `num` largest eigenvalues by ARPACK's restarted Lanczos method (SciPy), with residual norms.

    `tolerance` is relative, 0 for the machine's. Raises `InputError` unless 1 <= `num` < size of the operator.
    """
    _check_concrete("leading_eigenvalues", operator)
    if not 1 <= num < operator.size:
        raise InputError(
            f"leading_eigenvalues: num must lie between 1 and {operator.size - 1}, the size of the operator less one, "
            f"got {num!r}; ask for fewer, or take the eigenvalues of the dense kernel"
        )
    calls = 0

    def product(v: np.ndarray) -> np.ndarray:
        nonlocal calls
        calls += 1
        return np.asarray(operator(jnp.asarray(v.reshape(-1))))

    shape = (operator.size, operator.size)
    linear = scipy.sparse.linalg.LinearOperator(shape, matvec=product, dtype=operator.dtype)  # pyright: ignore[reportCallIssue]
    start = np.random.default_rng(0).standard_normal(operator.size).astype(operator.dtype)
    values, vectors = scipy.sparse.linalg.eigsh(linear, k=num, which="LA", v0=start, tol=tolerance)  # pyright: ignore[reportArgumentType]
    order = np.argsort(values)[::-1]
    values, vectors = values[order], vectors[:, order]
    gaps = [np.linalg.norm(product(u) - value * u) for value, u in zip(values, vectors.T, strict=True)]
    return Eigenvalues(values, np.array(gaps), vectors, calls)


def exact_trace(operator: "TangentOperator") -> Estimate:
    r"""Return the trace, $\sum_{i,o} |\partial_\theta f_o(x_i)|^2$, by one reverse sweep per output of every example."""
    treatment = example_treatment(operator.apply, operator.params, operator.x)
    diagonal = _diagonal(operator.apply, operator.params, operator.x, treatment, operator.rows)
    return Estimate(float(jnp.sum(diagonal)), 0.0, 0)


def hutchinson_trace(operator: "TangentOperator", key: RandomKey, num: int = 32) -> Estimate:
    r"""Return the mean of $v^\top K v$ over `num` random vectors of signs (matfree), with Student's interval."""
    samples = _signs("hutchinson_trace", operator, key, num)
    return _estimate(np.array([float(_trace_probe(operator, v)) for v in samples]))


def log_determinant(
    operator: "TangentOperator", *, key: RandomKey, shift: float = 0.0, num: int = 32, steps: int = 64
) -> Estimate:
    r"""Return $\log\det(K + s I)$ by stochastic Lanczos quadrature, $s$ = `shift`.

    For each of `num` random vectors of signs, `steps` steps of Lanczos' recursion (matfree) give a Gauss rule for
    $v^\top \log(K + s I)\,v$. Raises `InputError` when a Ritz value is not above rounding: the kernel is then singular
    to working precision, and a larger shift is needed. Source: `ubaru:2017`, Section 3.
    """
    _check_concrete("log_determinant", operator)
    steps = min(steps, operator.size)
    shift_array = jnp.asarray(shift, operator.dtype)
    samples = _signs("log_determinant", operator, key, num)
    values = np.array([np.asarray(_log_rules(operator, shift_array, steps, v)) for v in samples])
    if not np.all(np.isfinite(values)):
        raise InputError(
            f"log_determinant: the kernel plus shift must be positive definite beyond rounding, got shift={shift!r} and an "
            "eigenvalue that is not; give a larger shift"
        )
    half, full = values.T
    return _estimate(full)._replace(truncation=float(abs(np.mean(full - half))))


def _tridiagonal(H: Array) -> Array:
    """Return the matrix of Lanczos' recursion; after it found an invariant space it is noise, and gets no weight."""
    diagonal, below = jnp.diagonal(H), jnp.diagonal(H, -1)
    goes_on = jnp.abs(below) > jnp.finfo(H.dtype).eps ** (2 / 3) * jnp.max(jnp.abs(diagonal))
    inside = jnp.concatenate([jnp.ones(1, bool), jnp.cumsum(~goes_on) == 0])
    below = jnp.where(inside[1:], below, jnp.zeros_like(below))
    return jnp.diag(jnp.where(inside, diagonal, diagonal[0])) + jnp.diag(below, 1) + jnp.diag(below, -1)


def _gauss(T: Array, size: int) -> Array:
    """Return the trace of the logarithm by Gauss' rule; not finite where an eigenvalue is rounding."""
    s, U = jnp.linalg.eigh(T)
    floor = size * jnp.finfo(s.dtype).eps * s[-1]
    logs = jnp.where(s > floor, jnp.log(jnp.where(s > floor, s, jnp.ones_like(s))), -jnp.inf)
    return size * jnp.sum(U[0] ** 2 * logs)


def smallest_eigenvalue(operator: "TangentOperator") -> Smallest:
    r"""Return the smallest eigenvalue of the dense kernel, streamed in blocks, with its resolution.

    Entries of the kernel are sums rounded to a relative $\epsilon$ of $\sqrt{K_{ii} K_{jj}}$, which moves eigenvalues by up
    to $\epsilon \operatorname{tr} K$; the resolution is four times that. Raises `InputError` when the dense kernel does
    not fit into the memory that the operator was given.
    """
    _check_concrete("smallest_eigenvalue", operator)
    m = operator.size
    needed = 3 * 8 * m**2
    if needed > operator.memory_bytes:
        raise InputError(
            f"smallest_eigenvalue: memory_bytes must be at least {needed} for the dense kernel of size {m}, got "
            f"{operator.memory_bytes}; allow that many bytes or take fewer examples"
        )
    K = tangent_kernel(operator.apply, operator.params, operator.x, outputs="full", memory_bytes=operator.memory_bytes)
    n, O = m // operator.num_outputs, operator.num_outputs
    dense = np.array(K).reshape(n, n, O, O).swapaxes(1, 2).reshape(m, m).astype(np.float64)
    resolution = 4 * float(jnp.finfo(operator.dtype).eps) * float(np.trace(dense))
    value = scipy.linalg.eigh(dense, eigvals_only=True, subset_by_index=[0, 0], overwrite_a=True, check_finite=False)
    return Smallest(float(value[0]), resolution)


def _estimate(values: np.ndarray) -> Estimate:
    half = t_quantile((1 - LEVEL) / 2, len(values) - 1) * np.std(values, ddof=1) / math.sqrt(len(values))
    return Estimate(float(np.mean(values)), float(half), len(values))


def _signs(name: str, operator: "TangentOperator", key: RandomKey, num: int) -> Float[Array, "k m"]:
    """Draw random vectors of signs (matfree)."""
    _check_concrete(name, operator)
    if num < 2:
        raise InputError(f"{name}: num must be at least 2 for an interval, got {num!r}; take more random vectors")
    return stochtrace.sampler_signs(jnp.zeros((operator.size,), operator.dtype), num=num)(key)


@eqx.filter_jit
def _trace_probe(operator: "TangentOperator", v: Array) -> Array:
    return stochtrace.monte_carlo_trace()(operator, v)


@eqx.filter_jit
def _log_rules(operator: "TangentOperator", shift: Array, steps: int, v: Array) -> Array:
    """Return Gauss' rules of half the steps and of all steps."""
    found = decomp.hessenberg(steps, reortho="full")(lambda v: operator(v) + shift * v, v / jnp.linalg.norm(v))
    T = _tridiagonal(jnp.asarray(found[1]))
    return jnp.stack([_gauss(T[:k, :k], operator.size) for k in (max(steps // 2, 1), steps)])


@eqx.filter_jit
def _diagonal(apply: Apply, params: Params, x: Any, treatment: Treatment, rows: int) -> Float[Array, " n"]:
    call, leaves = split("trace", apply, params)

    def entry(x: Any) -> Array:
        one = jax.tree.map(lambda value: value[None], features(call, treatment, leaves, x))
        return kernel_of(one, one, "trace")[0, 0, 0, 0]

    return lax.map(entry, x, batch_size=rows)


def _check_concrete(name: str, operator: "TangentOperator") -> None:
    if is_traced(operator):
        raise InputError(f"{name}: it runs on arrays with values, got traced ones; call it outside jit, vmap and grad")
