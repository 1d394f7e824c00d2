r"""One rule per layer: how it changes the kernels of a network of infinite width.

`rule(layer, state)` is a function of single dispatch. A person's own layer is added by

    @limes.limits.width.rule.register(MyLayer)
    def _(layer, state):
        return state.map(lambda q1, q2, k: ..., kind="gaussian")

and, if it mixes positions and must see all pairs of them, by `needs_pairs.register(MyLayer)`.
Source: `novak:2019`, Section 2, for convolutions.
"""

import functools
import math
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array

from limes._errors import InputError
from limes.models.activations import name_of
from limes.models.layers import Dense, Dropout, LayerNorm, Sequential, Skip
from limes.models.perceptron import MLP, TwoLayer

from .duals import dual
from .state import State

OFFER = (
    "register a rule for it with limits.width.rule.register, or estimate the kernel of finite networks with "
    "limits.width.monte_carlo"
)


@functools.singledispatch
def rule(layer: Any, state: State) -> State:
    """Return the kernels after a layer; a function of one array is a non-linearity.

    Raises `InputError` for a module without a rule.
    """
    if isinstance(layer, eqx.Module) or not callable(layer):
        raise InputError(f"limit: no rule is known for the layer {type(layer).__name__}; {OFFER}")
    return _activation(layer, state)


@functools.singledispatch
def needs_pairs(layer: Any, after: bool) -> bool:
    """Tell whether a layer needs covariances of different positions, if what follows needs them `after` it."""
    del layer
    return after


def has_rule(model: Any) -> bool:
    """Tell whether a module has a rule of its own."""
    return isinstance(model, eqx.Module) and rule.dispatch(type(model)) is not rule.dispatch(object)


def check_scaling(layer: Any) -> None:
    """Refuse a layer whose scaling has no kernel limit."""
    if layer.scaling != "ntk":
        raise InputError(
            f'limit: {type(layer).__name__} must have scaling "ntk", got {layer.scaling!r}, whose tangent kernel grows with the width; build '
            'the network with scaling="ntk", which is the same function in law at the start'
        )


def variances(layer: Any, in_size: int, state: State) -> tuple[Array, Array]:
    """Return the variances of weights and bias of a layer that takes `in_size` channels.

    Raises `InputError` for a scaling without a kernel limit, and for inputs with another number of channels.
    """
    check_scaling(layer)
    _check_size(type(layer).__name__, in_size, state)
    weight_std, bias_std = (jnp.asarray(std, state.K.dtype) for std in layer.stds.value)
    return weight_std**2, bias_std**2


def _check_size(name: str, in_size: int, state: State) -> None:
    if state.size not in (None, in_size):
        raise InputError(
            f"limit: {name} takes {in_size} numbers, got inputs with {state.size}; give inputs of the size of the model"
        )


@rule.register
def _(layer: Dense, state: State) -> State:
    r"""$K \mapsto v^2 K + u^2$, $\Theta \mapsto v^2 \Theta + K$ (new)."""
    _check_vector("Dense", state)
    return state.weighted(*variances(layer, layer.weight.shape[-1], state))


def _check_vector(name: str, state: State) -> None:
    if state.dims:
        raise InputError(
            f"limit: {name} takes one vector, got positions and channels; put Flatten or GlobalAveragePool before it"
        )


def _activation(sigma: Any, state: State) -> State:
    r"""$K \mapsto \Phi(q, q', K)$, $\Theta \mapsto \Theta\, \partial_K \Phi$."""
    if state.kind != "gaussian":
        before = {"data": "the input itself", "features": "another non-linearity, dropout or flattened positions"}
        raise InputError(
            f"limit: the non-linearity {name_of(sigma)!r} must follow a layer with weights, whose outputs are Gaussian, but follows "
            f"{before[state.kind]}; put a Dense or Conv layer between, or compose two functions into one"
        )
    form = dual(sigma)
    error = state.error
    if form.error is not None:
        error = jnp.maximum(error, form.error(*state.variances()))
    return state.map(form.mean, variance=form.variance, frozen=form.frozen, kind="features", error=error)


@rule.register
def _(layer: LayerNorm, state: State) -> State:
    r"""$K \mapsto K / \sqrt{(q + \epsilon)(q' + \epsilon)}$: in the limit the mean over channels is 0 and their variance $q$."""
    if state.kind != "gaussian":
        raise InputError(
            "limit: LayerNorm must follow a layer with weights, or a sum of such, since elsewhere the mean over channels does not "
            "vanish; put it after Dense or Conv"
        )
    return state.map(lambda q1, q2, k: k / jnp.sqrt((q1 + layer.epsilon) * (q2 + layer.epsilon)))


@rule.register
def _(layer: Dropout, state: State) -> State:
    r"""$q \mapsto q / (1 - r)$ for one forward pass with itself at one position; nothing else changes."""
    if layer.inference or layer.rate == 0.0:
        return state
    factor = 1.0 / (1.0 - layer.rate)
    changes = {"q1": _on_positions(state, state.q1, factor), "q2": _on_positions(state, state.q2, factor)}
    if state.same is not None:
        mask = state.same.reshape(state.same.shape + (1,) * (state.K.ndim - 2))
        scaled = lambda a: jnp.where(mask, _on_positions(state, a, factor), a)
        changes |= {"K": scaled(state.K), "Theta": None if state.Theta is None else scaled(state.Theta)}
    return state.replace(kind="features" if state.kind == "gaussian" else state.kind, **changes)


def _on_positions(state: State, a: Array, factor: float) -> Array:
    """Multiply the entries with equal positions."""
    if not state.full:
        return factor * a
    spatial = a.shape[-state.dims :]
    equal = jnp.eye(math.prod(spatial), dtype=bool).reshape((1,) * (a.ndim - 2 * state.dims) + spatial + spatial)
    return jnp.where(equal, factor * a, a)


@rule.register
def _(layer: Sequential, state: State) -> State:
    """One rule after another; pairs of positions are dropped as soon as nothing needs them."""
    wanted = state.keep
    for index, part in enumerate(layer.layers):
        rest = reversed(layer.layers[index + 1 :])
        keep = functools.reduce(lambda after, later: needs_pairs(later, after), rest, wanted)
        state = _reduced(rule(part, state.replace(keep=keep)), keep)
    return state.replace(keep=wanted)


@needs_pairs.register
def _(layer: Sequential, after: bool) -> bool:
    return functools.reduce(lambda later, part: needs_pairs(part, later), reversed(layer.layers), after)


def _reduced(state: State, keep: bool) -> State:
    return state if keep else state.diagonal()


@rule.register
def _(layer: Skip, state: State) -> State:
    r"""$K + K'$, $\Theta + \Theta'$ of two branches that hang on different weights."""
    one = _reduced(rule(layer.branch, state), state.keep)
    other = _reduced(state if layer.shortcut is None else rule(layer.shortcut, state), state.keep)
    _check_sum(one, other)
    return one.replace(
        K=one.K + other.K,
        q1=one.q1 + other.q1,
        q2=one.q2 + other.q2,
        Theta=None if one.Theta is None or other.Theta is None else one.Theta + other.Theta,
        kind="gaussian" if one.kind == other.kind == "gaussian" else "features",
        origins=one.origins | other.origins,
        error=jnp.maximum(one.error, other.error),
    )


@needs_pairs.register
def _(layer: Skip, after: bool) -> bool:
    return needs_pairs(layer.branch, after) or (after if layer.shortcut is None else needs_pairs(layer.shortcut, after))


def _check_sum(one: State, other: State) -> None:
    if one.K.shape != other.K.shape:
        raise InputError(
            f"limit: the two branches of Skip must have the same positions, got {one.K.shape[2:]} and {other.K.shape[2:]}; add a shortcut "
            "with the same strides"
        )
    if "data" in (one.kind, other.kind):
        raise InputError(
            "limit: Skip must not add the input itself, whose number of channels stays finite; put a Dense or Conv layer before it"
        )
    if "gaussian" not in (one.kind, other.kind) or one.origins & other.origins:
        raise InputError(
            "limit: the two branches of Skip must be independent, but both hang on the same random weights; end one of them with a Dense or "
            "Conv layer of its own"
        )


@rule.register
def _(layer: TwoLayer, state: State) -> State:
    r"""$v^2 K + u^2$, then $\sigma$, then a sum whose weights have standard deviation 1."""
    _check_vector("TwoLayer", state)
    check_scaling(layer)
    d = layer.w.shape[1]
    _check_size("TwoLayer", d, state)
    _, alpha, beta = (jnp.asarray(factor, state.K.dtype) for factor in layer.factors.value)
    return _activation(layer.sigma, state.weighted(float(d) * alpha**2, beta**2)).weighted(1.0, 0.0)


@rule.register
def _(layer: MLP, state: State) -> State:
    """Dense layers with a non-linearity between, by a loop over the hidden ones; nothing may follow the last."""
    if layer.final_sigma is not None:
        raise InputError(
            f"limit: final_sigma must be None, got {name_of(layer.final_sigma)!r}, after which outputs are not Gaussian and the tangent kernel "
            "stays random; take the limit of the network without it"
        )
    _check_vector("MLP", state)
    *hidden, readout = layer.layers
    scales = [variances(dense, hidden[0].weight.shape[-1], state) for dense in hidden]

    def step(arrays: tuple[Array, ...], scale: tuple[Array, Array]) -> tuple[tuple[Array, ...], None]:
        after = _activation(layer.sigma, state.replace(**dict(zip(CARRIED, arrays, strict=True))).weighted(*scale))
        return tuple(getattr(after, name) for name in CARRIED), None

    weights, biases = (jnp.stack(part) for part in zip(*scales, strict=True))
    arrays, _ = jax.lax.scan(step, tuple(getattr(state, name) for name in CARRIED), (weights, biases))
    changes = dict(zip(CARRIED, arrays, strict=True))
    return rule(readout, state.replace(**changes, kind="features", size=None, origins=frozenset([object()])))


CARRIED = ("K", "q1", "q2", "Theta", "error")  # the arrays of a state that layers change
