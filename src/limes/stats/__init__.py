"""Statistics of executable claims: arrays in, decisions out; NumPy and SciPy only."""

from .decision import Decision
from .looks import ALPHA, LOOKS, combine, look_level, looks_for
from .multiplicity import claim_p_value, claim_verdict, holm, holm_level, pair_level

__all__ = [
    "ALPHA",
    "LOOKS",
    "Decision",
    "claim_p_value",
    "claim_verdict",
    "combine",
    "holm",
    "holm_level",
    "look_level",
    "looks_for",
    "pair_level",
]
