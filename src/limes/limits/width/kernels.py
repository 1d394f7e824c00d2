"""The limit of infinite width: two kernels and what training does with them."""

import math
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from limes._errors import InputError
from limes.models.convolution import Conv
from limes.models.layers import Dense
from limes.models.perceptron import TwoLayer

from .blocks import final_state, kernels
from .predict import Blocks, Number, Prediction, descent, posterior
from .rules import check_scaling
from .state import floating


class InfiniteWidth(eqx.Module):
    r"""A network in "ntk" scaling whose hidden sizes tend to infinity, one after another; made by `limes.limit`.

    `nngp` is the covariance $K(x, x') = E f(x) f(x')$ of one output over random parameters: outputs are independent centered
    Gaussian processes. `ntk` is the tangent kernel $\Theta(x, x') = \langle\partial_\theta f(x), \partial_\theta f(x')\rangle$, which is the
    same for every draw and does not move in training. All parameters that a layer has are trained.

    Integrals without a closed form may have a relative error up to `tolerance`; `error` tells it.
    """

    model: Any
    tolerance: float = eqx.field(static=True, default=1e-6)

    def nngp(
        self, x1: Float[Array, "n ..."], x2: Float[Array, "k ..."] | None = None, *, memory_bytes: int | None = None
    ) -> Float[Array, "n k"]:
        """Return the covariance of the outputs; without `x2` of `x1` with itself, where a pair is one forward pass.

        Raises `InputError` where the model has no limit, where an integral misses the tolerance, and with the number of bytes
        where `memory_bytes`, result included, is too small.
        """
        return self._kernels(x1, x2, ("nngp",), memory_bytes)[0]

    def ntk(
        self, x1: Float[Array, "n ..."], x2: Float[Array, "k ..."] | None = None, *, memory_bytes: int | None = None
    ) -> Float[Array, "n k"]:
        """Return the tangent kernel; arguments and errors are those of `nngp`."""
        return self._kernels(x1, x2, ("ntk",), memory_bytes)[0]

    def error(self, x: Float[Array, "n ..."]) -> Float[Array, ""]:
        """Return the largest relative error of an integral at these inputs; 0 if all have closed forms."""
        return _errors(self.model, floating(x))

    def predict(
        self,
        x_train: Float[Array, "n ..."],
        y_train: Float[Array, "n *o"],
        x_test: Float[Array, "k ..."],
        *,
        time: Number | None = None,
        ridge: Number = 0.0,
        which: str = "ntk",
    ) -> Prediction:
        r"""Return mean and covariance, over random initial parameters, of the outputs after training.

        With "ntk" all parameters follow gradient flow, $\dot\theta = -\nabla E$ of
        $E = \frac1n \sum_i (f(x_i) - y_i)^2 + \lambda |\theta - \theta_0|^2$, until `time` ($\lambda$ is `ridge`): a residual along an
        eigenvector of $\Theta$ decays like $e^{-2 s t / n}$. Gradient descent with step $\tau$ is there after $t/\tau$ steps. Without
        `time` it is the end. With "nngp" it is the posterior of the Gaussian process with noise of variance $n \lambda$.

        Raises `InputError` for another name, lengths that differ, a negative time or ridge, and as `nngp` does.
        """
        x_train, x_test = floating(x_train), floating(x_test)
        y = floating(y_train).astype(x_train.dtype)
        _check_training(x_train, y, time, ridge, which)
        names = ("nngp",) if which == "nngp" else ("nngp", "ntk")
        pairs = ((x_train, None), (x_test, x_train), (x_test, None))
        prior, *trained = (
            Blocks(*parts) for parts in zip(*(self._kernels(*pair, names, None) for pair in pairs), strict=True)
        )
        if which == "nngp":
            return posterior(prior, y, ridge)
        return descent(trained[0], prior, y, time, ridge)

    def _kernels(self, x1: Any, x2: Any, names: tuple[str, ...], memory_bytes: int | None) -> tuple[Array, ...]:
        x1, x2 = floating(x1), None if x2 is None else floating(x2)
        _check_inputs(x1, x2)
        found, error = kernels(self.model, x1, x2, names, memory_bytes)
        _check_error(error, max(self.tolerance, 100.0 * float(jnp.finfo(x1.dtype).eps)))
        return found


@eqx.filter_jit
def _errors(model: Any, x: Float[Array, "n ..."]) -> Float[Array, ""]:
    same = jnp.ones((1, 1), bool)
    return jnp.max(jax.lax.map(lambda one: final_state(model, one, one, same, False).error, x[:, None]))


def infinite_width(model: Any) -> InfiniteWidth:
    """Return the limit of a model, once what can be told without inputs has been checked.

    Raises `InputError` where the model has no limit.
    """
    layers = [part for part in jax.tree.leaves(model, is_leaf=_has_weights) if _has_weights(part)]
    if len({id(layer) for layer in layers}) < len(layers):
        raise InputError(
            "limit: every layer must have weights of its own, got one layer object in two places; build it twice with two keys"
        )
    for layer in layers:
        check_scaling(layer)
    size = model.w.shape[1] if isinstance(model, TwoLayer) else _first_size(layers)
    if size is not None:
        one = jax.ShapeDtypeStruct((1, size), jnp.result_type(float))
        jax.eval_shape(lambda x: final_state(model, x, x, None, True).K, one)
    return InfiniteWidth(model)


def _has_weights(part: Any) -> bool:
    return isinstance(part, Dense | Conv)


def _first_size(layers: list[Any]) -> int | None:
    """Return the number of inputs where the first layer takes a vector."""
    return layers[0].weight.shape[-1] if layers and isinstance(layers[0], Dense) else None


def _check_inputs(x1: Array, x2: Array | None) -> None:
    if not 2 <= x1.ndim <= 4 or x1.size == 0:
        raise InputError(
            "limit: inputs must be a batch (n, d) of vectors, (n, width, channels) of signals or (n, height, width, channels) of images, "
            f"not empty, got shape {x1.shape}; add the batch axis"
        )
    if x2 is not None and (x2.shape[1:] != x1.shape[1:] or x2.dtype != x1.dtype or x2.size == 0):
        raise InputError(
            f"limit: x2 must hold inputs like those of x1, {x1.shape[1:]} of {x1.dtype}, got {x2.shape} of {x2.dtype}; convert one of them"
        )


def _check_error(error: Array, tolerance: float) -> None:
    """Refuse values that are not finite or not accurate; under a trace they cannot be looked at."""
    try:
        reached = float(error)
    except jax.errors.ConcretizationTypeError:
        return
    if reached <= tolerance:
        return
    if not math.isfinite(reached):
        raise InputError(
            "limit: the kernel must be finite, got values that are not; look for infinite inputs, or use smaller weight_std where variances grow "
            "from layer to layer"
        )
    raise InputError(
        f"limit: integrals of the non-linearity must be accurate to {tolerance:.1e}, got {reached:.1e} with the largest number of nodes; "
        "use smaller weight_std, a non-linearity with a closed form, or accept it: limits.InfiniteWidth(model, tolerance=...)"
    )


def _check_training(x: Array, y: Array, time: Any, ridge: Any, which: str) -> None:
    if which not in ("ntk", "nngp"):
        raise InputError(f"predict: which must be 'ntk' or 'nngp', got {which!r}; correct the name")
    if which == "nngp" and time is not None:
        raise InputError(f"predict: a posterior has no time, got time={time!r} with which='nngp'; leave time out")
    if y.ndim not in (1, 2) or y.shape[0] != x.shape[0]:
        raise InputError(
            f"predict: y_train must be (n,) or (n, outputs) with n = {x.shape[0]} like x_train, got shape {y.shape}; drop what has no partner"
        )
    for name, value in (("time", time), ("ridge", ridge)):
        if isinstance(value, float | int) and not value >= 0:
            raise InputError(f"predict: {name} must not be negative, got {value!r}; correct it")
