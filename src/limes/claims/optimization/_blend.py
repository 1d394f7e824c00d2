"""Two optimizers in one program: a control asks for the other geometry by a number."""

from typing import Any, NamedTuple

import jax
import optax
from jaxtyping import Array, Float


class _Both(NamedTuple):
    plain: Any
    adaptive: Any


def blend(plain: Any, adaptive: Any, share: float | Float[Array, ""]) -> optax.GradientTransformation:
    """Add two optimizers, weighted 1 - `share` and `share`: one program serves either and what lies between."""

    def init(params: Any) -> _Both:
        return _Both(plain.init(params), adaptive.init(params))

    def update(updates: Any, state: Any, params: Any = None) -> tuple[Any, _Both]:
        one, first = plain.update(updates, state.plain, params)
        other, second = adaptive.update(updates, state.adaptive, params)
        return jax.tree.map(lambda a, b: (1.0 - share) * a + share * b, one, other), _Both(first, second)

    return optax.GradientTransformation(init, update)
