"""Decision rule of an existence claim: one witness supports it, nothing refutes it."""

import numpy as np

from limes._errors import InputError
from limes.stats.decision import INCONCLUSIVE, SUPPORTED, Decision


def existence(values: np.ndarray, *, bound: float | np.ndarray, resolution: float | np.ndarray = 0.0) -> Decision:
    r"""Judge the claim "some case reaches value + resolution <= bound".

    One witness supports it. No run can refute it: a search that fails says nothing against
    the theorem, and a case that is not finite is no witness. The estimate is the best value.

    Raises:
        InputError: no case, or shapes that do not match.
    """
    values = np.asarray(values, float).ravel()
    if len(values) < 1:
        raise InputError("existence needs at least one case; got none; run one seed.")
    try:
        room = np.broadcast_to(np.asarray(bound, float) - np.asarray(resolution, float), values.shape) - values
    except ValueError as error:
        raise InputError(f"bound must have one value or {len(values)}; got {np.shape(bound)}.") from error
    found = np.isfinite(values) & np.isfinite(room)
    if not found.any():
        return Decision(INCONCLUSIVE, reason=f"none of {len(values)} units is finite; mend those runs.")
    best = int(np.argmax(np.where(found, room, -np.inf)))
    if room[best] >= 0:
        return Decision(SUPPORTED, float(values[best]), None, f"witness found: unit {best} reaches {values[best]:.3g}.")
    reason = f"no witness found in {len(values)} cases, which says nothing against the theorem; search longer."
    return Decision(INCONCLUSIVE, float(values[best]), None, reason)
