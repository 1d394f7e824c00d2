"""A person's own claim gets the verdict that it deserves: known laws, violated rules, broken measurements."""

import pytest
from own_claims import CONTROL, write_claim

import limes
from limes._errors import InputError


def verify(path, out, **options):
    return limes.verify(str(path), out=out, progress=False, **options)


def only(outcome):
    (result,) = outcome.results
    return result


def test_true_law_is_supported(tmp_path):
    outcome = verify(write_claim(tmp_path, law="p**-0.5 * (1 + p**-0.5)"), tmp_path / "out")
    result = only(outcome)
    assert (outcome.exit_code, result["verdict"]) == (0, "supported")
    low, high = result["predictions"][0]["interval"]
    assert -0.6 < low < high < -0.4
    assert result["units"]["finite"] == sum(result["units"].values()) == 5 * result["seeds"]
    assert [c["met"] for c in result["controls"] if c["role"] == "assumption"] == [True]
    assert all(c["met"] for c in result["controls"])


@pytest.mark.parametrize(
    ("law", "why"),
    [
        ("p**-0.35", "wrong exponent"),
        ("p**-1.0", "wrong exponent, other side"),
        ("p**-0.5 * jnp.log(p)", "undeclared logarithm"),
        ("(p**-0.5 + 0.03)", "undeclared floor"),
        ("jnp.abs(jax.random.cauchy(key))", "no rate at all"),
    ],
)
def test_false_laws_are_never_supported(tmp_path, law, why):
    outcome = verify(write_claim(tmp_path, law=law), tmp_path / "out")
    assert only(outcome)["verdict"] in ("refuted", "inconclusive"), why
    assert outcome.exit_code in (1, 3)


def test_infinite_variance_is_not_supported(tmp_path):
    measure = """
    def measure(key, *, width, shared=0.0):
        draws = jax.random.pareto(key, 1.3, (4096,)) - 1.3 / 0.3
        used = jnp.arange(4096) < width
        error = jnp.abs(jnp.sum(draws * used) / jnp.sum(used))
        return {"error": jnp.where(shared > 0, noise(key), error)}
    """
    outcome = verify(write_claim(tmp_path, measure=measure), tmp_path / "out")
    assert only(outcome)["verdict"] != "supported"


def test_heavy_tailed_mean_is_refused(tmp_path):
    measure = """
    def measure(key, *, width, shared=0.0):
        return {"error": jax.random.pareto(key, 0.8) + 0.0 * width}
    """
    path = write_claim(
        tmp_path,
        measure=measure,
        predicts='Law("error", equals=5.0)',
        controls='Control("s", "w", change={"shared": 1.0})',
    )
    assert only(verify(path, tmp_path / "out"))["verdict"] != "supported"


def test_claim_without_control_is_refused(tmp_path):
    with pytest.raises(InputError, match="no control is given"):
        verify(write_claim(tmp_path, controls=""), tmp_path / "out")


def test_wiring_alone_is_inconclusive(tmp_path):
    wiring = 'Control("steeper", "a wrong slope", predicts=Rate("error", over="width", exponent=-1.0))'
    outcome = verify(write_claim(tmp_path, controls=wiring), tmp_path / "out")
    assert only(outcome)["verdict"] == "inconclusive"
    assert "no assumption was violated" in only(outcome)["reason"]
    assert outcome.exit_code == 3


def test_control_without_teeth_is_inconclusive(tmp_path):
    path = write_claim(tmp_path, controls=CONTROL.replace("1.0", "-1.0"))  # changes nothing that matters
    outcome = verify(path, tmp_path / "out")
    assert only(outcome)["verdict"] == "inconclusive"
    assert "no teeth" in only(outcome)["reason"]


def test_assumption_measured_false(tmp_path):
    measure = """
    def measure(key, *, width, shared=0.0):
        p = width.astype(float)
        error = jnp.where(shared > 0, noise(key), p**-0.5 * noise(key))
        return {"error": error, "small": error < 0.2}
    """
    path = write_claim(tmp_path, measure=measure, assumes='Assume("errors are small", holds="small")')
    outcome = verify(path, tmp_path / "out")
    assert only(outcome)["verdict"] == "assumption not met"
    assert outcome.exit_code == 3


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('raise RuntimeError("no luck today")', "RuntimeError: no luck today"),
        ('return {"error": jnp.ones(3)}', "shape (3,)"),
        ("return jnp.ones(())", "must return a dict"),
        ("return {}", "must return a dict"),
        ('return {"error": jax.lax.complex(1.0, 1.0)}', "neither real nor boolean"),
        ('return {"error": float(width)}', "ConcretizationTypeError"),
        ('return {"other": jnp.ones(())}', "no measured quantity 'error'"),
    ],
)
def test_broken_measurement_ends_in_one_sentence(tmp_path, body, words):
    measure = f"def measure(key, *, width, shared=0.0):\n    {body}\n"
    path = write_claim(tmp_path, measure=measure)
    if "other" in body:
        with pytest.raises(InputError, match="no measured quantity"):
            verify(path, tmp_path / "out")
        return
    outcome = verify(path, tmp_path / "out")
    assert outcome.exit_code == 4
    assert words in only(outcome)["reason"]
    assert "\n" not in only(outcome)["reason"]


def test_nan_is_a_missing_unit_not_an_error(tmp_path):
    measure = """
    def measure(key, *, width, shared=0.0):
        p = width.astype(float)
        error = jnp.where(shared > 0, noise(key), p**-0.5 * noise(key))
        return {"error": jnp.where((width == 256) & (jax.random.uniform(key) < 0.4), jnp.nan, error)}
    """
    outcome = verify(write_claim(tmp_path, measure=measure), tmp_path / "out")
    result = only(outcome)
    assert result["units"]["nan"] > 0
    assert result["verdict"] == "inconclusive"
    assert outcome.exit_code == 3


def test_rates_over_float_axes_and_coordinates(tmp_path):
    text = """
import jax, jax.numpy as jnp
from limes import Claim, Control, Experiment, Trend, Law

STEPS = [1.0, 2.0, 4.0]

def measure(key, *, scale, flat=0.0):
    t = jnp.asarray(STEPS)
    noise = 1 + 0.01 * jax.random.normal(key, (3,))
    return {"risk": scale * jnp.where(flat > 0, jnp.ones(3), t) * noise}

claim = Claim(id="mine.curve", statement="r = s t", reading="The risk is scale times time, cell by cell.", source="here",
    predicts={"law": Law("risk", equals=lambda scale, step: scale * step), "up": Trend("risk", over="step")},
    grid={"scale": [1, 2.5]}, measure=Experiment(measure, outputs={"risk": ("step",)}, coords={"step": STEPS}),
    controls=[Control("flat", "no growth", change={"flat": 1.0}, on="law")])
"""
    path = tmp_path / "curve.py"
    path.write_text(text)
    result = only(verify(path, tmp_path / "out"))
    assert result["verdict"] == "supported"
    assert len(result["predictions"]) == 6 + 2
    assert result["programs"] == 1


def test_existence_is_never_refuted(tmp_path):
    predicts = 'Existence("error", below=1e-9)'
    controls = CONTROL
    outcome = verify(write_claim(tmp_path, predicts=predicts, controls=controls), tmp_path / "out")
    assert only(outcome)["verdict"] == "inconclusive"


def test_single_precision_violation_is_not_certified(tmp_path):
    measure = """
    def measure(key, *, width, shared=0.0):
        x = jax.random.normal(key, (100,))
        return {"error": jnp.abs(jnp.sum(x) - jnp.sum(x[::-1])) + shared + 0.0 * width.astype(float)}
    """
    path = write_claim(tmp_path, measure=measure, predicts='Identity("error", tolerance=1e-12)')
    from limes.cli.session import Settings, execute, watcher

    x32 = execute(Settings((str(path),), x64=False), tmp_path / "x32", fresh=False, watch=watcher(quiet=True))
    assert only(x32)["verdict"] == "inconclusive"
    assert "not certified" in only(x32)["reason"]
    x64 = verify(path, tmp_path / "x64")
    assert only(x64)["verdict"] == "supported"


def test_seed_budget_is_respected(tmp_path):
    outcome = verify(
        write_claim(tmp_path, law="p**-0.5 * noise(jax.random.fold_in(key, 1), 1.5)"), tmp_path / "out", seeds=16
    )
    assert only(outcome)["seeds"] == 16
    with pytest.raises(InputError, match="must be one of 8, 16"):
        verify(write_claim(tmp_path), tmp_path / "out", seeds=12)


def test_rate_predictions_need_a_resolution_when_not_random(tmp_path):
    path = write_claim(tmp_path)
    path.write_text(path.read_text().replace('traced=("width",)', 'traced=("width",), random=False'))
    with pytest.raises(InputError, match="needs resolution="):
        verify(path, tmp_path / "out")
