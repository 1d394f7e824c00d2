"""Derivatives by finite differences: what they cost, and how wrong they are at which step."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PyTree

from limes._errors import InputError
from limes._types import Params

SCHEMES = ("forward", "central")
Function = Callable[[Any], Array]


class Differences(eqx.Module):
    """A derivative by finite differences, of the structure of `jax.jacobian`, and how wrong it may be.

    `truncation` estimates what the step leaves out, `rounding` what the last digits of the function make
    of it, each value being wrong by one unit in its last place; `error` is their sum. `evaluations` is the number of values of the function that were used.
    """

    value: PyTree[Array]
    truncation: PyTree[Array]
    rounding: PyTree[Array]
    evaluations: int = eqx.field(static=True)

    @property
    def error(self) -> PyTree[Array]:
        """The estimated error of every entry."""
        return jax.tree.map(jnp.add, self.truncation, self.rounding)


class ErrorCurve(eqx.Module):
    """The error of finite differences at every step: Euclidean, over all entries of the derivative.

    `norm` is the length of the exact derivative.
    """

    steps: Float[Array, " steps"]
    errors: Float[Array, " steps"]
    norm: Float[Array, ""]

    @property
    def best(self) -> Float[Array, ""]:
        """The step with the least error."""
        return self.steps[jnp.argmin(self.errors)]


def default_step(dtype: Any, scheme: str = "forward") -> float:
    r"""Return the step at which truncation and rounding balance when $f$, $f''$ and $f'''$ are of one size.

    With $u$ the unit of rounding, forward differences err by $\frac{h}{2}|f''| + \frac{2u}{h}|f|$, central ones by
    $\frac{h^2}{6}|f'''| + \frac{u}{h}|f|$: the least sums are at $2\sqrt{u}$ and $\sqrt[3]{3u}$.
    """
    _check_scheme(scheme)
    unit = float(jnp.finfo(dtype).eps) / 2.0
    return 2.0 * unit**0.5 if scheme == "forward" else (3.0 * unit) ** (1.0 / 3.0)


def quotients(fn: Function, params: Params, *, step: Any = None, scheme: str = "forward") -> PyTree[Array]:
    r"""Return the difference quotients of all $d$ entries alone, with $h_i$ the step that is really taken.

    $$\frac{f(\theta + h_i e_i) - f(\theta)}{h_i} \ \text{(forward)}, \qquad
      \frac{f(\theta + h_i e_i) - f(\theta - h_i e_i)}{2 h_i} \ \text{(central)}.$$

    Forward quotients take $d + 1$ evaluations: $K(d + 1)$ operations, two more for each step ($h_i$ is what is
    left of it in $\theta_i + h_i$ after rounding) and two for each entry of the result. Central ones take $2d$.
    Errors: those of `finite_differences`.
    """
    _check(fn, params, step, scheme)
    return _quotients(fn, params, _base(fn, params, scheme), step, scheme)[0]


def finite_differences(fn: Function, params: Params, *, step: Any = None, scheme: str = "forward") -> Differences:
    r"""Return the derivative of `fn` at `params` by finite differences, with an estimate of its error.

    `step` is the same for all entries; by default it is `default_step` times $\max(1, |\theta_i|)$. The result
    has the structure of `jax.jacobian(fn)(params)`. A second quotient at twice the step estimates the truncation
    (the difference of the two, a third of it for central differences); the rounding is $2u$ times the values
    that were subtracted, over the step, with $u$ the unit of rounding of the coarser of argument and value. So $2d + 1$ evaluations (central: $4d$), one after the other.
    Pure: works under `jit` and `vmap`.

    Raises `InputError` for another scheme, a step not positive, parameters that are no real floating-point
    arrays and functions that do not return one real array.
    """
    _check(fn, params, step, scheme)
    base = _base(fn, params, scheme)
    value, rounding = _quotients(fn, params, base, step, scheme)
    wider, _ = _quotients(fn, params, base, step, scheme, 2.0)
    share = 1.0 if scheme == "forward" else 1.0 / 3.0
    truncation = jax.tree.map(lambda once, twice: share * jnp.abs(twice - once), value, wider)
    size = sum(jnp.size(leaf) for leaf in jax.tree.leaves(params))
    return Differences(value, truncation, rounding, 2 * size + 1 if scheme == "forward" else 4 * size)


def error_curve(
    fn: Function, params: Params, steps: Any, *, scheme: str = "forward", exact: PyTree[Array] | None = None
) -> ErrorCurve:
    r"""Return the error of difference quotients at every one of `steps`: large steps truncate, small ones round.

    The reference `exact` is reverse-mode differentiation unless it is given. For forward differences of a smooth
    function the curve is a V on logarithmic axes, $|e(h)| \approx \frac{h}{2}|f''| + \frac{2u}{h}|f|$, of least value
    near $h = \sqrt{u}$. Errors: those of `finite_differences`.
    """
    _check(fn, params, None, scheme)
    steps = jnp.asarray(steps)
    if steps.ndim != 1 or not steps.size or not jnp.issubdtype(steps.dtype, jnp.floating):
        raise InputError(
            f"error_curve: steps must be a list of step sizes, got {steps.dtype} of shape {steps.shape}; pass for "
            "example jnp.logspace(-15, 0, 61)"
        )
    reference = jax.jacrev(fn)(params) if exact is None else exact
    base = _base(fn, params, scheme)

    def error(step: Array) -> Array:
        found, _ = _quotients(fn, params, base, step, scheme)
        return _norm(jax.tree.map(jnp.subtract, found, reference)).astype(steps.dtype)

    return ErrorCurve(steps, jax.lax.map(error, steps), _norm(reference))


def _base(fn: Function, params: Params, scheme: str) -> Array | None:
    """Return the value that all forward quotients share."""
    return fn(params) if scheme == "forward" else None


def _quotients(
    fn: Function, params: Params, base: Array | None, step: Any, scheme: str, factor: float = 1.0
) -> tuple[PyTree[Array], PyTree[Array]]:
    """Return the quotients at `factor` times the step, and the rounding in each."""
    leaves, structure = jax.tree.flatten(jax.tree.map(jnp.asarray, params))
    result = jax.eval_shape(fn, params).dtype

    def along(place: int, leaf: Array) -> tuple[Array, Array]:
        def value(moved: Array) -> Array:
            return fn(jax.tree.unflatten(structure, [*leaves[:place], moved, *leaves[place + 1 :]]))

        coarse = max(leaf.dtype, result, key=lambda dtype: jnp.finfo(dtype).eps)
        steps = _steps(leaf, step, scheme, coarse)
        return _leaf(value, leaf, base, steps if factor == 1.0 else factor * steps, coarse)

    found = [along(place, leaf) for place, leaf in enumerate(leaves)]
    first, second = zip(*found, strict=True)
    return jax.tree.unflatten(structure, first), jax.tree.unflatten(structure, second)


def _leaf(value: Function, leaf: Array, base: Array | None, steps: Array, coarse: Any) -> tuple[Array, Array]:
    """Return the quotients of a function of one array in all its entries, and their rounding."""
    flat, last = leaf.ravel(), float(jnp.finfo(coarse).eps)

    def column(i: Array) -> tuple[Array, Array]:
        here = flat[i]
        right, left = here + steps[i], here if base is not None else here - steps[i]
        high = value(flat.at[i].set(right).reshape(leaf.shape))
        low = value(flat.at[i].set(left).reshape(leaf.shape)) if base is None else base
        gap = (right - left).astype(high.dtype)
        return (high - low) / gap, last * (jnp.abs(high) + jnp.abs(low)) / gap

    quotient, rounding = (jnp.moveaxis(part, 0, -1) for part in jax.lax.map(column, jnp.arange(flat.size)))
    shape = quotient.shape[:-1] + leaf.shape
    return quotient.reshape(shape), rounding.reshape(shape)


def _steps(leaf: Array, step: Any, scheme: str, coarse: Any) -> Array:
    flat = leaf.ravel()
    if step is not None:
        return jnp.broadcast_to(jnp.asarray(step).astype(flat.dtype), flat.shape)
    return default_step(coarse, scheme) * jnp.maximum(1.0, jnp.abs(flat))


def _norm(tree: PyTree[Array]) -> Float[Array, ""]:
    return jnp.sqrt(sum(jnp.sum(leaf**2) for leaf in jax.tree.leaves(tree)))  # pyright: ignore[reportArgumentType]


def _check(fn: Function, params: Params, step: Any, scheme: str) -> None:
    _check_scheme(scheme)
    leaves = jax.tree_util.tree_leaves_with_path(params)
    if not leaves:
        raise InputError(
            "finite differences: params must hold at least one array, got none; pass the point of derivation"
        )
    for path, leaf in leaves:
        if not _is_real(leaf):
            raise InputError(
                f"finite differences: params{jax.tree_util.keystr(path)} must be an array of real floating-point "
                f"numbers, got {getattr(leaf, 'dtype', type(leaf).__name__)}; convert it, or leave it out of params"
            )
    if step is not None and not _is_positive(step):
        raise InputError(
            f"finite differences: step must be one positive number, got {step!r}; leave it out for a default"
        )
    out = jax.eval_shape(fn, params)
    if not isinstance(out, jax.ShapeDtypeStruct) or not _is_real(out):
        got = out.dtype if isinstance(out, jax.ShapeDtypeStruct) else type(out).__name__
        raise InputError(
            f"finite differences: fn must return one array of real numbers, got {got}; return the array alone"
        )


def _is_real(value: Any) -> bool:
    return isinstance(value, float) or jnp.issubdtype(getattr(value, "dtype", jnp.int32), jnp.floating)


def _is_positive(step: Any) -> bool:
    try:
        return jnp.ndim(step) == 0 and float(step) > 0
    except jax.errors.ConcretizationTypeError:  # traced: its value is not known yet
        return True
    except (TypeError, ValueError):
        return False


def _check_scheme(scheme: str) -> None:
    if scheme not in SCHEMES:
        raise InputError(f"finite differences: scheme must be one of {', '.join(SCHEMES)}, got {scheme!r}; choose one")
