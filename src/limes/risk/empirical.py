"""The empirical risk: mean loss of a model on data, plus a penalty."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from limes._errors import InputError
from limes._types import Apply, Data, Loss, Params, RandomKey, State


class EmpiricalRisk(eqx.Module):
    r"""The risk $E(\theta) = \frac{1}{n} \sum_i \ell(f_\theta(x_i), y_i) + R(\theta)$.

    `apply(params, x)` takes one example, `loss(output, target)` one pair; `penalty(params)` is
    $R$. The penalty is not divided by $n$, and a batch averages over the batch: the mean over
    batches is then the risk itself.
    """

    apply: Apply
    loss: Loss
    data: Data
    penalty: Callable[[Params], Array] | None = None

    def __call__(self, params: Params, batch: Int[Array, " b"] | None = None) -> Float[Array, ""]:
        """Return the risk, over all samples or over those with the indices in `batch`."""
        return self.evaluate(params, batch)[0]

    def evaluate(
        self,
        params: Params,
        batch: Int[Array, " b"] | None = None,
        *,
        key: RandomKey | None = None,
        state: State = None,
    ) -> tuple[Float[Array, ""], State]:
        """Return the risk and the new state: the form for dropout, augmentation, batch norm.

        With `key`, every example gets its own as `apply(params, x, key=...)`. With `state`,
        the call is `apply(params, x, state=...) -> (output, state)` under an axis named
        "batch", over which the returned state must not vary.
        """
        x, y = (self.data.x, self.data.y) if batch is None else (self.data.x[batch], self.data.y[batch])
        output, state = self._outputs(params, x, key, state)
        if jax.tree.leaves(output) and jnp.shape(output) != jnp.shape(y) and self.data.task != "classes":
            raise InputError(
                f"EmpiricalRisk: apply returns {jnp.shape(output)[1:]} for one example where the target "
                f"has shape {jnp.shape(y)[1:]}; let both have the same shape"
            )
        value = jnp.mean(jax.vmap(self.loss)(output, y))
        return (value if self.penalty is None else value + self.penalty(params)), state

    def _outputs(self, params: Params, x: Array, key: RandomKey | None, state: State) -> tuple[Array, State]:
        keys = None if key is None else jax.random.split(key, x.shape[0])

        def one(x: Array, key: RandomKey | None) -> Any:
            named = {} if key is None else {"key": key}
            if state is None:
                return self.apply(params, x, **named), None
            return self.apply(params, x, state=state, **named)

        return jax.vmap(one, in_axes=(0, None if keys is None else 0), out_axes=(0, None), axis_name="batch")(x, keys)
