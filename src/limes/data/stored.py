"""Numbers as a file stores them, and the samples that they become: checked, in one type, labels named."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np

from limes._types import Data, Task

from .source import Source, float_type

_BYTE = 255
_CHANNELS = 4
_LABELS = 2**31


@dataclass(frozen=True)
class Stored:
    """Inputs and targets as stored; `task` where the format says it, `columns` where they have names."""

    x: np.ndarray
    y: np.ndarray
    task: Task | None = None
    columns: tuple[str, ...] = ()


def samples(source: Source, stored: Stored, task: Task | None, signs: bool) -> Data:
    """Return the samples, or one sentence: lengths, empty, NaN, infinite, constant, labels against `task`."""
    x, y = stored.x, stored.y
    if x.ndim == 0 or y.ndim == 0 or x.shape[0] != y.shape[0]:
        cause = f"x has shape {x.shape} and y has shape {y.shape}"
        raise source.refuse("", cause, "give every sample one row of x and one of y")
    if x.size == 0 or y.size == 0:
        raise source.refuse("", "it holds no sample", "write at least two samples")
    y = y[:, 0] if y.ndim > 1 and y.shape[1:] == (1,) else y
    if signs:
        y, task = _signs(source, y, task), "binary"
    y, chosen = _target(source, y, task or stored.task)
    return Data(jax.device_put(_inputs(source, stored)), jax.device_put(y), chosen)


def _inputs(source: Source, stored: Stored) -> np.ndarray:
    x = stored.x[:, None] if stored.x.ndim == 1 else stored.x
    _varied(source, "x", x)
    if x.dtype == np.uint8 and x.ndim in (3, 4):
        return _images(source, x)
    return _real(source, "x", x, stored.columns)


def _images(source: Source, x: np.ndarray) -> np.ndarray:
    """Return gray values or channels in [0, 1] as `n h w c`."""
    images = x[..., None] if x.ndim == 3 else x
    if images.shape[-1] > _CHANNELS:
        cause = f"images must be n h w c with at most {_CHANNELS} channels, but the shape is {images.shape}"
        raise source.refuse("x", cause, "put the channels last, or store the numbers as floats")
    return np.divide(images, float_type().type(_BYTE), dtype=float_type())


def _real(source: Source, name: str, values: np.ndarray, columns: tuple[str, ...] = ()) -> np.ndarray:
    """Return the values as real numbers of this process, every one finite."""
    real = np.ascontiguousarray(values, dtype=float_type())
    finite = np.isfinite(real)
    if finite.all():
        return real
    index = np.unravel_index(int(np.argmin(finite)), finite.shape)
    value = values[index]
    where = f"{name}[{', '.join(str(int(i)) for i in index)}]"
    if columns:
        where = f"sample {int(index[0]) + 1}, {columns[int(index[1])] if name == 'x' else 'the target'}"
    cause = f"the value {value} is " + ("not finite" if not np.isfinite(value) else f"too large for {real.dtype}")
    raise source.refuse(where, cause, "remove or fill such samples")


def _varied(source: Source, name: str, values: np.ndarray) -> None:
    first = values[(0,) * values.ndim]
    if np.all(values == first):
        cause = f"all {values.size} values are {first}"
        raise source.refuse(name, cause, "nothing can be learned from it, so choose other columns or arrays")


def _target(source: Source, y: np.ndarray, task: Task | None) -> tuple[np.ndarray, Task]:
    values = _real(source, "y", y)
    _varied(source, "y", values)
    chosen: Task = task or _guess(values)
    if chosen == "regression":
        return values, chosen
    if values.ndim > 1:
        cause = f"one label per sample was expected, but y has shape {y.shape}"
        raise source.refuse("y", cause, "store labels as one column, or pass task='regression'")
    return (_binary(source, values), chosen) if chosen == "binary" else (_classes(source, values), chosen)


def _signs(source: Source, y: np.ndarray, task: Task | None) -> np.ndarray:
    """Read 0 as -1 and 1 as 1, which is done on request only."""
    if task not in (None, "binary"):
        raise source.refuse("y", f"signs=True asks for labels -1 and 1, but task={task!r}", "drop one of the two")
    wrong = ~((y == 0) | (y == 1))
    if wrong.any():
        cause = f"signs=True reads 0 as -1 and 1 as 1, but there is a label {y[wrong][0]}"
        raise source.refuse("y", cause, "drop signs=True or correct the labels")
    return 2 * y.astype(float_type()) - 1


def _guess(values: np.ndarray) -> Task:
    """Say what is asked: -1 and 1 are binary, 0..k-1 all present with k < n are classes, all else is regression."""
    if values.ndim > 1:
        return "regression"
    present = np.unique(values)
    if np.array_equal(present, [-1, 1]):
        return "binary"
    listed = len(present) < len(values) and np.array_equal(present, np.arange(len(present)))
    return "classes" if listed else "regression"


def _binary(source: Source, values: np.ndarray) -> np.ndarray:
    wrong = np.abs(values) != 1
    if wrong.any():
        place = int(np.argmax(wrong))
        zero_one = bool(np.isin(values, [0, 1]).all())
        remedy = "pass signs=True to read 0 as -1 and 1 as 1" if zero_one else "pass task='classes' or 'regression'"
        raise source.refuse(f"y[{place}]", f"binary labels must be -1 or 1, but this one is {values[place]:g}", remedy)
    return values


def _classes(source: Source, values: np.ndarray) -> np.ndarray:
    wrong = (values < 0) | (values >= _LABELS) | (values != np.floor(values))
    if wrong.any():
        place = int(np.argmax(wrong))
        cause = f"labels of classes must be integers from 0, but this one is {values[place]:g}"
        raise source.refuse(f"y[{place}]", cause, "number the classes 0, 1, ..., or pass task='regression'")
    return values.astype(jnp.result_type(int))
