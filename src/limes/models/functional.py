"""From a module to the pair `(apply, params)` that instruments, risks and optimizers see."""

from typing import Any, cast

import equinox as eqx
from jaxtyping import Array

from limes._errors import InputError
from limes._types import Apply, Params, State


class Constant(eqx.Module):
    """A number that a study may trace but no optimizer may move: beta, a step, a scale.

    `functional` leaves it on the fixed side. A model stores `Constant(beta)` and reads
    `self.beta.value`.
    """

    value: Any


class Applied(eqx.Module):
    """The function `apply(params, x)` of a model: its fixed part, waiting for parameters."""

    fixed: eqx.Module
    state: State = None

    def __call__(self, params: Params, *args: Any, **named: Any) -> Array:
        """Call the model with these parameters."""
        model = cast(Any, eqx.combine(params, self.fixed, is_leaf=_is_constant))
        if self.state is None:
            return model(*args, **named)
        return model(*args, self.state, **named)[0]


def _is_constant(node: Any) -> bool:
    return isinstance(node, Constant)


def _is_parameter(leaf: Any) -> bool:
    return not _is_constant(leaf) and eqx.is_inexact_array(leaf)


def functional(model: eqx.Module) -> tuple[Apply, Params]:
    """Split a model into `(apply, params)` with `apply(params, x) == model(x)`.

    Inexact arrays are parameters; integers, flags, functions and `Constant` stay in `apply`,
    which is itself a pytree: arrays inside it may be traced.

    Raises `InputError` when the model is not an `eqx.Module` or cannot be called.
    """
    if not (isinstance(model, eqx.Module) and callable(model)):
        raise InputError(
            f"functional: model must be an eqx.Module that can be called on one example, got "
            f"{type(model).__name__}; pass the pair (apply, params) of other models as it is"
        )
    params, fixed = eqx.partition(model, _is_parameter, is_leaf=_is_constant)
    return Applied(fixed), params


def inference(model: eqx.Module, state: State) -> tuple[Apply, Params]:
    """Split a stateful model in inference mode: `apply(params, x)` is `model(x, state)[0]`.

    Dropout is off and batch norm uses the running statistics in `state`, which stays fixed.

    Raises `InputError` when `model` is not an `eqx.Module` or `state` is missing.
    """
    if state is None:
        raise InputError(
            "inference: state must be the state of the model, got None; use functional(model) for a model without state"
        )
    apply, params = functional(eqx.nn.inference_mode(model))
    return Applied(cast(Applied, apply).fixed, state), params
