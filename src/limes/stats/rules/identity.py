"""Decision rule of an exact identity: all defects within tolerance."""

import numpy as np

from limes._errors import InputError
from limes.stats.decision import INCONCLUSIVE, REFUTED, SUPPORTED, Decision


def identity(defects: np.ndarray, *, tolerance: float | np.ndarray) -> Decision:
    r"""Judge the claim "the defect of every case is within its tolerance", $|d_i| \le \tau_i$.

    All n cases in tolerance support it; one violation refutes it (p-value 0.0, the reason
    names the unit) and is to be certified by running that unit again. Cases that are not
    finite are never a violation and block support. The estimate is the largest finite defect.

    Raises:
        InputError: no case, a negative tolerance, or shapes that do not match.
    """
    defects = np.abs(np.asarray(defects, float).ravel())
    if len(defects) < 1:
        raise InputError("identity needs at least one case; got none; run one seed.")
    try:
        allowed = np.broadcast_to(np.asarray(tolerance, float), defects.shape)
    except ValueError as error:
        raise InputError(f"tolerance must have one value or {len(defects)}; got {np.shape(tolerance)}.") from error
    if (allowed < 0).any():
        raise InputError(f"tolerance must be at least 0; got {float(np.nanmin(allowed)):g}.")
    finite = np.isfinite(defects) & np.isfinite(allowed)
    count = int(finite.sum())
    if count == 0:
        return Decision(INCONCLUSIVE, reason=f"none of {len(defects)} units is finite; mend those runs.")
    largest = float(defects[finite].max())
    violated = finite & (defects > allowed)
    if violated.any():
        unit = int(np.argmax(np.where(violated, defects, -1.0)))
        reason = f"unit {unit}: defect {defects[unit]:.3g} exceeds the tolerance {allowed[unit]:.3g}."
        return Decision(REFUTED, largest, None, reason, 0.0)
    if count < len(defects):
        reason = f"{len(defects) - count} of {len(defects)} units are not finite; mend those runs."
        return Decision(INCONCLUSIVE, largest, None, reason)
    return Decision(SUPPORTED, largest, None, f"agrees to {largest:.2g} on {count} cases.")
