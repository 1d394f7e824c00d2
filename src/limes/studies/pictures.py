"""A claim's own picture, drawn from its units."""

from typing import Any

from limes._errors import InputError
from limes.claims.claim import Claim
from limes.claims.kinds import Measured

from .datasets import dataset
from .keys import Variant


def picture_data(claim: Claim, variant: Variant, measured: list[Measured], states: list[str]) -> dict[str, Any]:
    """Return what `picture` receives: the units as a dataset, and what `illustrate` computes."""
    data: dict[str, Any] = {"units": dataset(variant.experiment, measured, states)}
    if claim.illustrate is not None:
        import jax

        with jax.enable_x64(variant.x64):
            data |= dict(claim.illustrate(jax.random.key(0), variant.given))
    return data


def own_picture(claim: Claim, variant: Variant, measured: list[Measured], states: list[str]) -> dict[str, Any] | None:
    """Draw the claim's own picture as plain data, where it has one."""
    if claim.picture is None or not measured:
        return None
    try:
        drawn = claim.picture(picture_data(claim, variant, measured, states))
    except Exception as error:
        raise InputError(
            f"its picture raised {type(error).__name__}: {error}; correct picture or illustrate"
        ) from error
    return {"svg": drawn.svg, "words": drawn.words, "table": drawn.table}
