"""Types that every folder may use: functions of parameters, data and sliding windows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import equinox as eqx
from jaxtyping import Array, Key, PyTree, Shaped

from limes._errors import InputError

Task = Literal["regression", "binary", "classes"]
TASKS = ("regression", "binary", "classes")

Params = PyTree[Array]
State = PyTree[Any]
RandomKey = Key[Array, ""]
Apply = Callable[..., Array]
Loss = Callable[[Array, Array], Array]


class Data(eqx.Module):
    """Samples $(x_i, y_i)$, $i < n$, and what is asked of them.

    `task` is "regression" (real `y`), "binary" (`y` in {-1, 1}) or "classes" (`y` an integer
    label). Images are `n h w c`. Raises `InputError` for another task or unequal lengths.
    """

    x: Shaped[Array, "n ..."]
    y: Shaped[Array, "n ..."]
    task: Task = eqx.field(static=True, default="regression")

    def __check_init__(self) -> None:
        if self.task not in TASKS:
            raise InputError(f"Data: task must be one of {', '.join(TASKS)}, got {self.task!r}; correct the name")
        lengths = [getattr(part, "shape", (None,))[:1] for part in (self.x, self.y)]
        if all(len(length) == 1 and isinstance(length[0], int) for length in lengths) and lengths[0] != lengths[1]:
            raise InputError(
                f"Data: x and y must hold the same number of samples, got {lengths[0][0]} and "
                f"{lengths[1][0]}; drop the samples without a partner"
            )

    def __len__(self) -> int:
        return self.x.shape[0]


@dataclass(frozen=True)
class Window:
    """A sliding window along one axis: what an instrument needs to know of a convolution."""

    kernel: int
    stride: int = 1
    padding: int = 0
    dilation: int = 1
