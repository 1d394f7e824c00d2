r"""The first-order expansion of a function in its parameters, and how far training leaves it."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from limes._types import Apply, Params

from .kernel import tangent_kernel
from .pairs import Outputs
from .plan import Method
from .program import arrays, is_parameter, split


class Linearized(eqx.Module):
    r"""The function $f_{lin}(\theta, x) = f(\theta_0, x) + \partial_\theta f(\theta_0, x)\,(\theta - \theta_0)$."""

    apply: Apply
    start: Params

    def __call__(self, params: Params, x: Any) -> Array:
        """Return the expansion for one example."""
        moving, fixed = eqx.partition(self.start, is_parameter)
        other = eqx.filter(params, is_parameter)
        step = jax.tree.map(lambda new, old: jnp.asarray(new, old.dtype) - old, other, moving)
        value, slope = jax.jvp(lambda moving: self.apply(eqx.combine(moving, fixed), x), (moving,), (step,))
        return value + slope


def linearize_model(apply: Apply, params: Params) -> Linearized:
    r"""Return `apply_lin(params', x)`, linear in its parameters, with the value and the tangent kernel of `apply` at `params`.

    Its gradient flow is the flow of `apply` in the limit of infinite width ("ntk" scaling). Source: `lee:2019`, Section 2.2.
    """
    split("linearize_model", apply, params)
    return Linearized(apply, arrays(params))


class Drift(eqx.Module):
    """How far parameters have gone from the start: see `drift`."""

    linear: Linearized
    x: Any
    kernel: Float[Array, "n n ..."]
    outputs: Outputs = eqx.field(static=True)
    method: Method = eqx.field(static=True)
    memory_bytes: int | None = eqx.field(static=True)

    def __call__(self, params: Params, linear_params: Params | None = None) -> dict[str, Float[Array, ""]]:
        """Return the three numbers for these parameters; it may be vmapped over a path, and records a descent."""
        how = {"outputs": self.outputs, "method": self.method, "memory_bytes": self.memory_bytes}
        moved = tangent_kernel(self.linear.apply, params, self.x, **how)
        other = params if linear_params is None else linear_params
        values = jax.vmap(self.linear.apply, (None, 0))(params, self.x)
        expanded = jax.vmap(self.linear, (None, 0))(other, self.x)
        start, end = (jax.tree.leaves(eqx.filter(tree, is_parameter)) for tree in (self.linear.start, arrays(params)))
        return {
            "kernel": jnp.linalg.norm((moved - self.kernel).reshape(-1)) / jnp.linalg.norm(self.kernel.reshape(-1)),
            "function": jnp.sqrt(jnp.mean((values - expanded) ** 2)),
            "params": _norm([b - a for a, b in zip(start, end, strict=True)]) / _norm(start),
        }


def drift(
    apply: Apply,
    params: Params,
    x: Any,
    *,
    outputs: Outputs = "trace",
    method: Method = "auto",
    memory_bytes: int | None = None,
) -> Drift:
    r"""Return a function of parameters that says how far from their start `params` the network is, on the examples `x`.

    - "kernel": $|K_\theta - K_{\theta_0}| / |K_{\theta_0}|$, Frobenius norms;
    - "function": root mean square of $f(\theta) - f_{lin}(\theta)$, or of $f(\theta) - f_{lin}(\theta')$ where a second
      argument gives the parameters $\theta'$ of an expansion trained on its own;
    - "params": $|\theta - \theta_0| / |\theta_0|$.

    Along a path of stacked parameters: `jax.lax.map(drift(apply, start, x), path)`.
    """
    how = {"outputs": outputs, "method": method, "memory_bytes": memory_bytes}
    kernel = tangent_kernel(apply, params, x, **how)
    return Drift(linearize_model(apply, params), jax.tree.map(jnp.asarray, x), kernel, outputs, method, memory_bytes)


def _norm(leaves: list[Array]) -> Array:
    return jnp.sqrt(sum((jnp.sum(leaf**2) for leaf in leaves[1:]), jnp.sum(leaves[0] ** 2)))
