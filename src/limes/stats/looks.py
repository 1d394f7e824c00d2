"""Looks at growing numbers of seeds, and the standing of a prediction after some of them.

The judge and the simulation of error rates both call `combine`, so that what is simulated
is what runs. Levels are split over the looks (Bonferroni), which holds for any dependence
between them; seeds of earlier looks are kept and no other stopping is allowed.
"""

from collections.abc import Sequence
from dataclasses import replace

from limes._errors import InputError

from .decision import INCONCLUSIVE, REFUTED, SUPPORTED, Decision, inconclusive

LOOKS = (8, 16, 32, 64)
ALPHA = 0.05


def looks_for(seeds: int, least: int = 1) -> tuple[int, ...]:
    """Return the numbers of seeds, from `least` on, at which a budget of `seeds` is judged.

    Looks double from 8 and the last one is the budget itself: 64 gives (8, 16, 32, 64),
    40 gives (8, 16, 32, 40), fewer than 9 give a single look. An expectation bound has
    least = 32: (32, 64). A budget below `least` has no look.

    Raises:
        InputError: `seeds` is not a positive integer.
    """
    if seeds < 1 or int(seeds) != seeds:
        raise InputError(f"seeds must be a positive integer; got {seeds}; use 8, 16, 32 or 64.")
    looks = []
    look = LOOKS[0]
    while look < seeds:
        looks.append(look)
        look *= 2
    return tuple(look for look in (*looks, int(seeds)) if look >= least)


def look_level(num_looks: int, alpha: float = ALPHA) -> float:
    r"""Return the one-sided level of one look, $\alpha / K$ (0.0125 with the defaults)."""
    if num_looks < 1:
        raise InputError(f"num_looks must be at least 1; got {num_looks}; use len(looks_for(seeds)).")
    return alpha / num_looks


def combine(decisions: Sequence[Decision], num_looks: int, alpha: float = ALPHA, *, claims: int = 1) -> Decision:
    r"""Combine the looks taken so far at one judged pair into its standing.

    Supported if some look supported (the first one is returned and stays, with p-value 1);
    else refuted if $K \min_L p_L \le \alpha$; else inconclusive with the last look's numbers.
    The p-value returned is $\min(1, K \min_L p_L)$. `alpha` is the level *given*: divide it
    by the number of pairs of the claim and by Holm's divisor before calling, and name the
    number of registered claims in `claims` for the wording. Both error rates hold
    separately, for any dependence between looks: support wins because it came first.

    Raises:
        InputError: more decisions than looks.
    """
    if len(decisions) > num_looks:
        raise InputError(f"combine got {len(decisions)} decisions for {num_looks} looks; pass one per look taken.")
    if not decisions:
        return inconclusive("no look has been taken; run the first seeds.")
    for decision in decisions:
        if decision.verdict == SUPPORTED:
            return replace(decision, p_value=1.0)
    best = min(decisions, key=lambda decision: decision.p_value)
    p_value = min(1.0, num_looks * best.p_value)
    if p_value <= alpha:
        return replace(best, verdict=REFUTED, p_value=p_value)
    last = decisions[-1]
    reason = last.reason
    if any(decision.verdict == REFUTED for decision in decisions):
        reason = _before_correction(p_value, alpha, claims)
    return replace(last, verdict=INCONCLUSIVE, reason=reason, p_value=p_value)


def _before_correction(p_value: float, alpha: float, claims: int) -> str:
    others = f"{claims} claims" if claims > 1 else "the other predictions of the claim"
    return (
        f"refuted before correction for {others}: p = {p_value:.2g} where {alpha:.2g} is needed; "
        "more seeds would settle it."
    )
