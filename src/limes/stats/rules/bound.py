"""Decision rule of a universal bound: no case violates it."""

import numpy as np

from limes._errors import InputError
from limes.stats.decision import INCONCLUSIVE, REFUTED, SUPPORTED, Decision
from limes.stats.intervals import rule_of_three

Limit = float | np.ndarray | None


def bound(
    values: np.ndarray, *, below: Limit = None, above: Limit = None, resolution: float | np.ndarray = 0.0
) -> Decision:
    r"""Judge the claim "every case satisfies above <= value <= below".

    A case violates it if it is out by more than its `resolution`. No violation in n cases
    supports it ("fewer than 3/n, 95 %"); one violation refutes it (p-value 0.0, the reason
    names the unit) and is to be certified by running that unit again. Cases that are not
    finite are never a violation and block support. The estimate is the value of the worst
    case, the one with the least room.

    Raises:
        InputError: no case, neither bound given, negative resolution, or shapes that do not match.
    """
    values = np.asarray(values, float).ravel()
    if len(values) < 1 or (below is None and above is None):
        raise InputError(f"bound needs a case and below= or above=; got {len(values)} cases.")
    upper = _spread(below, np.inf, values.shape, "below")
    lower = _spread(above, -np.inf, values.shape, "above")
    slack = _spread(resolution, 0.0, values.shape, "resolution")
    if (slack < 0).any():
        raise InputError(f"resolution must be at least 0; got {float(np.nanmin(slack)):g}.")
    finite = np.isfinite(values) & ~np.isnan(upper) & ~np.isnan(lower) & np.isfinite(slack)
    count = int(finite.sum())
    if count == 0:
        return Decision(INCONCLUSIVE, reason=f"none of {len(values)} units is finite; mend those runs.")
    safe = np.where(finite, values, 0.0)
    room = np.where(finite, np.fmin(upper - safe, safe - lower), np.inf)
    excess = np.where(finite, -room - slack, -np.inf)
    worst = int(np.argmin(room))
    estimate = float(values[worst])
    if (excess > 0).any():
        unit = int(np.argmax(excess))
        side, limit = ("below", upper[unit]) if values[unit] > upper[unit] else ("above", lower[unit])
        reason = f"unit {unit}: value {values[unit]:.6g} violates {side} {limit:.6g} by {-room[unit]:.3g}."
        return Decision(REFUTED, float(values[unit]), None, reason, 0.0)
    if count < len(values):
        reason = f"{len(values) - count} of {len(values)} units are not finite; mend those runs."
        return Decision(INCONCLUSIVE, estimate, None, reason)
    return Decision(SUPPORTED, estimate, None, no_violation(count))


def no_violation(num: int) -> str:
    """Word what n clean cases say: "no violation in n cases, so fewer than 3/n (95 %)"; one case says nothing of others."""
    if num == 1:
        return "no violation in its one case."
    return f"no violation in {num} cases, so fewer than 3/{num} = {rule_of_three(num):.2g} (95 %)."


def _spread(limit: Limit, default: float, shape: tuple[int, ...], name: str) -> np.ndarray:
    array = np.asarray(default if limit is None else limit, float)
    try:
        return np.broadcast_to(array, shape)
    except ValueError as error:
        raise InputError(f"{name} must have one value or {shape[0]}; got shape {array.shape}.") from error
