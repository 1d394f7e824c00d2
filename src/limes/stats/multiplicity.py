"""Corrections for many predictions in a claim and many claims in a registry."""

from collections.abc import Sequence

from limes._errors import InputError

from .decision import INCONCLUSIVE, REFUTED, SUPPORTED, Decision
from .looks import ALPHA


def pair_level(alpha: float, pairs: int, claims: int = 1) -> float:
    r"""Return the level of one judged pair of a claim, $\alpha / (m M)$ (Bonferroni).

    `pairs` is m, the judged (prediction, slice or cell) pairs of the claim; `claims` is M
    while looks are still being taken, and 1 when `alpha` is already the level of `holm_level`.

    Raises:
        InputError: `pairs` or `claims` is below 1.
    """
    if pairs < 1 or claims < 1:
        raise InputError(f"pairs and claims must be at least 1; got {pairs} and {claims}.")
    return alpha / (pairs * claims)


def claim_p_value(standings: Sequence[Decision], pairs: int | None = None) -> float:
    r"""Return the claim's p-value $\min(1, m \min_j p_j)$ from the standings of its pairs.

    `pairs` is m where more pairs were declared than have a standing.
    """
    if not standings:
        return 1.0
    num = max(len(standings), pairs or 0)
    return min(1.0, num * min(standing.p_value for standing in standings))


def holm_level(p_values: Sequence[float], claims: int | None = None, alpha: float = ALPHA) -> float:
    r"""Return the one level at which Holm's procedure refutes: a claim falls if $p \le$ it.

    Sort $p_{(1)} \le p_{(2)} \le \dots$; with j the first rank where
    $p_{(j)} > \alpha / (M - j + 1)$, the level is $\alpha / (M - j + 1)$. Claims that were
    not run count as p = 1: M is the declared number `claims`, whatever subset ran.
    Source: holm:1979.

    Raises:
        InputError: fewer declared claims than p-values, or a p-value outside [0, 1].
    """
    num = len(p_values) if claims is None else claims
    if num < len(p_values):
        raise InputError(f"claims must be at least the {len(p_values)} p-values given; got {num}.")
    if any(not 0 <= p <= 1 for p in p_values):
        raise InputError(f"p_values must lie in [0, 1]; got {list(p_values)}.")
    for rank, p in enumerate(sorted(p_values)):
        if p > alpha / (num - rank):
            return alpha / (num - rank)
    return alpha / max(1, num - len(p_values))


def holm(p_values: Sequence[float], claims: int | None = None, alpha: float = ALPHA) -> list[bool]:
    """Say for each p-value whether Holm's procedure over `claims` claims refutes it.

    The chance of any false refutation among all M claims is at most `alpha`, whatever the
    dependence between them. Source: holm:1979. Errors: those of `holm_level`.
    """
    level = holm_level(p_values, claims, alpha)
    return [p <= level for p in p_values]


def claim_verdict(standings: Sequence[Decision]) -> str:
    """Return *supported* if all pairs are, *refuted* if one is, else *inconclusive*.

    The standings come from `combine` at the corrected level, so no further correction is
    due here: support needs all pairs (intersection-union, berger:1982), and refutation
    has paid for its choice of the worst pair. No pair at all is inconclusive.
    """
    verdicts = {standing.verdict for standing in standings}
    if REFUTED in verdicts:
        return REFUTED
    return SUPPORTED if verdicts == {SUPPORTED} else INCONCLUSIVE
