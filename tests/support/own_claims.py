"""Claim files for tests: a person's own claim about a simulated error with a known law."""

import textwrap

HEAD = """
import jax
import jax.numpy as jnp
from limes import *
from limes import Assume, Bound, Claim, Control, Experiment, Existence, Identity, Law, Rate, Trend


def noise(key, scale=0.05):
    return jnp.exp(scale * jax.random.normal(key))
"""

MEASURE = """
def measure(key, *, width, shared=0.0):
    p = width.astype(float)
    error = {law} * noise(key)
    return {{"error": jnp.where(shared > 0, noise(key), error)}}
"""

CLAIM = """
claim = Claim(
    id="mine.test", statement=r"e \\sim p^{{-1/2}}", reading="The error falls like one over the square root.", source="here",
    assumes=[{assumes}], predicts={predicts}, grid={{"width": [16, 64, 256, 1024, 4096]}},
    measure=Experiment(measure, traced=("width",)), controls=[{controls}],
)
"""

CONTROL = 'Control("shared", "nothing averages out", change={"shared": 1.0})'
RATE = 'Rate("error", over="width", exponent=-0.5)'


def claim_text(*, law="p**-0.5", measure=None, predicts=RATE, controls=CONTROL, assumes=""):
    """Return a claim file; `law` is the error's formula in p."""
    body = textwrap.dedent(measure) if measure is not None else MEASURE.format(law=law)
    head = HEAD.replace("from limes import *\n", "")
    return head + body + CLAIM.format(predicts=predicts, controls=controls, assumes=assumes)


def write_claim(folder, name="my_claim.py", **parts):
    """Write a claim file and return its path."""
    path = folder / name
    path.write_text(claim_text(**parts))
    return path
