r"""Rules of layers that move along positions: convolution, pooling, flattening.

Between different positions $s$, $t$ of two inputs a convolution averages $K(s + \delta, t + \delta)$ over one $\delta$ for both, so that
pairs with equal positions never see the others; a pooling averages over both positions apart, and does.
"""

import math

from jaxtyping import Array

from limes._errors import InputError
from limes.models.convolution import AveragePool, Conv, Flatten, GlobalAveragePool, window_sum

from .rules import needs_pairs, rule, variances
from .state import State, diagonal


@rule.register
def _(layer: Conv, state: State) -> State:
    r"""$K(s, t) \mapsto v^2 \frac1{|\Delta|} \sum_\delta K(r s + \delta, r t + \delta) + u^2$; the padding adds zeros or wraps around."""
    _check_dims(state, len(layer.window), "Conv")
    scales = variances(layer, layer.weight.shape[-2], state)

    def averaged(a: Array, lead: int) -> Array:
        for index, (size, stride) in enumerate(zip(layer.window, layer.strides, strict=True)):
            axes = (lead + index, lead + index + state.dims) if state.full else (lead + index,)
            a = window_sum(a, axes, size, stride, layer.padding)
        return a / math.prod(layer.window)

    return state.positions(averaged).weighted(*scales)


@rule.register
def _(layer: AveragePool, state: State) -> State:
    r"""$K(s, t) \mapsto \frac1{|\Delta|^2} \sum_{\delta, \delta'} K(r s + \delta, r t + \delta')$."""
    _check_dims(state, len(layer.window), "AveragePool")
    _check_pairs(state, "AveragePool")

    def averaged(a: Array, lead: int) -> Array:
        for index, (size, stride) in enumerate(zip(layer.window, layer.strides, strict=True)):
            for axis in (lead + index, lead + index + state.dims):
                a = window_sum(a, (axis,), size, stride, layer.padding) / size
        return a

    return state.positions(averaged)


@rule.register
def _(layer: GlobalAveragePool, state: State) -> State:
    r"""The mean over all $s$ and $t$."""
    del layer
    if not state.dims:
        return state
    _check_pairs(state, "GlobalAveragePool")
    return state.positions(lambda a, lead: a.mean(tuple(range(lead, a.ndim)))).replace(dims=0, full=False)


@rule.register
def _(layer: Flatten, state: State) -> State:
    r"""The mean over $s = t$: positions become channels, which then are not of one law."""
    del layer
    if not state.dims:
        return state
    flat = state.positions(
        lambda a, lead: (diagonal(a, state.dims) if state.full else a).mean(tuple(range(lead, lead + state.dims)))
    )
    size = None if state.size is None else state.size * math.prod(state.variances()[0].shape[1:])
    return flat.replace(dims=0, full=False, kind="data" if state.kind == "data" else "features", size=size)


@needs_pairs.register(AveragePool)
@needs_pairs.register(GlobalAveragePool)
def _(layer: AveragePool | GlobalAveragePool, after: bool) -> bool:
    del layer, after
    return True


@needs_pairs.register
def _(layer: Flatten, after: bool) -> bool:
    del layer, after
    return False


def _check_pairs(state: State, name: str) -> None:
    if not state.full:
        raise InputError(
            f"limit: {name} needs pairs of different positions, which were not kept; let a container with a rule of your own tell it by "
            "limits.width.needs_pairs.register(Container)"
        )


def _check_dims(state: State, dims: int, name: str) -> None:
    if state.dims != dims:
        kinds = {0: "vectors", 1: "signals", 2: "images"}
        raise InputError(
            f"limit: this {name} takes {kinds[dims]} of {dims} dimensions and channels, got {kinds[state.dims]}; give inputs of shape "
            f"{'(n, width, channels)' if dims == 1 else '(n, height, width, channels)'}"
        )
