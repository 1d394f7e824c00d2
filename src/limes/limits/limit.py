"""One function for all limits: which limit a model has, by its type, its scaling and the axis."""

import functools
from collections.abc import Callable
from typing import Any

from limes._errors import InputError
from limes.models.perceptron import MLP, TwoLayer

from .width import has_rule, infinite_width

TWO_LAYER: dict[str, Callable[[TwoLayer], Any]] = {"ntk": infinite_width}  # scaling -> what makes the limit

_REASONS = {
    "standard": "whose tangent kernel grows with the width, so that training with a fixed step has no limit",
    "mean-field": "whose limit is not built here",
}


@functools.singledispatch
def limit(model: Any, axis: str | None = None) -> Any:
    r"""Return what a model tends to as one of its sizes tends to infinity.

    `axis` is "width", "depth" or "tokens", and needed only where a model has two of them. Networks in "ntk" scaling have
    `InfiniteWidth` kernels: perceptrons, chains of dense, convolutional and other layers with a rule, and every class of your own
    with a rule in `limits.width.rule`. Another class of limits is added by `limit.register(Class)`.

    Raises `InputError` where no limit exists, or none is known, with the reason.
    """
    if not has_rule(model):
        raise InputError(
            f"limit: no limit is known for {type(model).__name__}; register a rule with limits.width.rule.register, or a limit of its own with "
            "limit.register"
        )
    _check_axis(model, axis, ("width",))
    return infinite_width(model)


@limit.register
def _(model: TwoLayer, axis: str | None = None) -> Any:
    _check_axis(model, axis, ("width",))
    if model.scaling not in TWO_LAYER:
        raise InputError(
            f"limit: TwoLayer must have one of the scalings {', '.join(TWO_LAYER)}, got {model.scaling!r}, {_REASONS[model.scaling]}; build it "
            'with scaling="ntk"'
        )
    return TWO_LAYER[model.scaling](model)


@limit.register
def _(model: MLP, axis: str | None = None) -> Any:
    _check_axis(model, axis, ("width",))
    return infinite_width(model)


def _check_axis(model: Any, axis: str | None, known: tuple[str, ...]) -> None:
    if axis is not None and axis not in known:
        raise InputError(
            f"limit: axis must be {' or '.join(map(repr, known))} for {type(model).__name__}, got {axis!r}; leave it out or correct it"
        )
