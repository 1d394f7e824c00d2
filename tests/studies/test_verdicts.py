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
        ("import sys; sys.exit(0)", "SystemExit"),
        ('return {"state": jnp.ones(())}', "taken"),
        ('return {"other": jnp.ones(())}', "no measured quantity 'error'"),
    ],
)
def test_broken_measurement_ends_in_one_sentence(tmp_path, body, words):
    measure = f"def measure(key, *, width, shared=0.0):\n    {body}\n"
    path = write_claim(tmp_path, measure=measure)
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


COUNTS = """
import numpy as np
from limes import Claim, Control, Experiment, Identity, Rate

def measure(key, *, size, squared=False):
    return {{"operations": size * size if squared else 3 * size + 1, "excess": 0}}

claim = Claim(id="mine.count", statement="K", reading="The number of operations grows with the size.", source="here",
    predicts={{"count": Rate("operations", over="size", exponent=1.0, resolution=0.0), "exact": Identity("excess", tolerance=0)}},
    grid={{"size": [4, 16, 64, 256, 1024]}}, measure=Experiment(measure, random={random}, host=True),
    controls=[Control("squared", "every pair is visited", change={{"squared": True}}, on=["count"])])
"""


@pytest.mark.parametrize("random", [False, True])
def test_exact_counts_in_plain_python_are_judged_without_noise(tmp_path, random):
    path = tmp_path / "counts.py"
    path.write_text(COUNTS.format(random=random))
    result = only(verify(path, tmp_path / "out"))
    assert (result["verdict"], result["programs"]) == ("supported", 0)
    assert [control["met"] for control in result["controls"] if control["role"] == "assumption"] == [True]
    assert "without noise, 5 values of size" in result["page"]["words"]
    assert "simulated" not in result["page"]["words"]


CURVES = """
import jax, jax.numpy as jnp
from limes import Claim, Control, Experiment, Law, Trend

STEPS = [1.0, 2.0, 4.0, 8.0]

def measure(key, *, scale, lost=0.0, flat=0.0):
    t = jnp.asarray(STEPS)
    risk = scale * jnp.where(flat > 0, jnp.ones(4), t) * (1 + 0.01 * jax.random.normal(key, (4,)))
    return {{"risk": jnp.where({nan}, jnp.nan, risk)}}

claim = Claim(id="mine.curve", statement="r", reading="The risk is scale times time, cell by cell.", source="here",
    predicts={predicts}, grid={{"scale": [1.0, 2.5]}},
    measure=Experiment(measure, outputs={{"risk": ("step",)}}, coords={{"step": STEPS}}),
    controls=[Control("flat", "no growth", change={{"flat": 1.0}})])
"""
EQUALS = 'Law("risk", equals=lambda scale, step: scale * step)'


def curve_result(tmp_path, nan, predicts=EQUALS):
    path = tmp_path / "curve.py"
    path.write_text(CURVES.format(nan=nan, predicts=predicts))
    return only(verify(path, tmp_path / "out"))


def test_a_cell_without_any_finite_unit_never_vanishes(tmp_path):
    result = curve_result(tmp_path, "scale > 2")
    assert result["verdict"] == "inconclusive"
    assert result["units"]["nan"] == result["seeds"]
    trend = curve_result(tmp_path, "scale > 2", 'Trend("risk", over="step")')
    assert trend["verdict"] == "inconclusive"
    assert len(trend["predictions"]) == 2


def test_padding_at_the_end_of_curves_is_said(tmp_path):
    result = curve_result(tmp_path, "t > 4")
    assert result["verdict"] == "supported"
    assert any("taken for padding" in note for note in result["notes"])
    assert len(result["predictions"]) == 6


def test_a_failing_point_inside_a_curve_counts(tmp_path):
    assert curve_result(tmp_path, "t == 2")["verdict"] == "inconclusive"


def test_control_that_only_fails_to_run_has_no_teeth(tmp_path):
    measure = """
    def measure(key, *, width, shared=0.0):
        return {"error": jnp.where(shared > 0, jnp.nan, 0.1 * noise(key)) + 0.0 * width.astype(float)}
    """
    outcome = verify(write_claim(tmp_path, measure=measure, predicts='Existence("error", below=1.0)'), tmp_path / "out")
    assert only(outcome)["verdict"] == "inconclusive"
    assert "no teeth" in only(outcome)["reason"]


@pytest.mark.parametrize("judged", ["on=[]", "predicts={}"])
def test_control_judged_on_nothing_is_refused(tmp_path, judged):
    with pytest.raises(InputError, match="judged on no prediction"):
        verify(write_claim(tmp_path, controls=CONTROL.replace("change=", judged + ", change=")), tmp_path / "out")


def test_existence_and_trend_respect_their_resolution(tmp_path):
    near = (
        "def measure(key, *, width, shared=0.0):\n    return {'error': 0.5 + 0.0 * jax.random.normal(key) + shared}\n"
    )
    path = write_claim(tmp_path, measure=near, predicts='Existence("error", below=0.6, resolution=0.5)')
    assert only(verify(path, tmp_path / "out"))["verdict"] == "inconclusive"
    path = write_claim(tmp_path, law="(p * 1e-9)", predicts='Trend("error", over="width", resolution=1.0)')
    assert only(verify(path, tmp_path / "out"))["verdict"] == "inconclusive"


@pytest.mark.parametrize(
    ("error", "predicts", "verdict"),
    [
        ("jnp.where(jax.random.uniform(key) < 0.05, 1e-16, 0.0)", 'Identity("error", tolerance=1e-12)', "supported"),
        ("1e200 * width.astype(float) ** 40", 'Rate("error", over="width", exponent=-0.5)', "refuted"),
        ("1.0 + 0.01 * jax.random.uniform(key)", 'Bound("error", below=0.5, resolution="slack")', "refuted"),
        ("-1e-3 * jax.random.uniform(key)", 'Identity("error", tolerance=1e-12)', "refuted"),
    ],
)
def test_hard_numbers_do_not_break_the_report(tmp_path, error, predicts, verdict):
    measure = f"""
    def measure(key, *, width, shared=0.0):
        error = {error} + 0.0 * width.astype(float)
        return {{"error": error * jnp.exp(0.1 * jax.random.normal(jax.random.fold_in(key, 1))) + shared, "slack": jnp.asarray(0.01)}}
    """
    result = only(verify(write_claim(tmp_path, measure=measure, predicts=predicts), tmp_path / "out"))
    assert result["verdict"] in (verdict, "inconclusive")
    assert (tmp_path / "out" / "report.html").is_file()


def test_one_bad_claim_does_not_stop_the_others(tmp_path):
    bad = write_claim(tmp_path, "bad.py", predicts='Law("error", equals=lambda width: 1 / 0)')
    bad.write_text(bad.read_text().replace("mine.test", "mine.bad"))
    good = write_claim(tmp_path, "good.py")
    outcome = limes.verify([bad, good], out=tmp_path / "out", progress=False)
    assert outcome.verdicts == {"mine.bad": "error", "mine.test": "supported"}
    assert outcome.exit_code == 4
    assert "ZeroDivisionError" in outcome.results[0]["reason"]


def test_two_assumptions_of_one_text_are_checked_apart(tmp_path):
    measure = """
    def measure(key, *, width, shared=0.0):
        p = width.astype(float)
        error = jnp.where(shared > 0, noise(key), p**-0.5 * noise(key))
        return {"error": error, "yes": error > 0, "no": error > 1e9}
    """
    path = write_claim(tmp_path, measure=measure, assumes='Assume("same", holds="no"), Assume("same", holds="yes")')
    assert only(verify(path, tmp_path / "out"))["verdict"] == "assumption not met"


def test_a_claim_object_can_be_verified(tmp_path):
    from limes.claims.registry import find

    (claim,) = find([str(write_claim(tmp_path))])
    assert limes.verify(claim, out=tmp_path / "out", progress=False).exit_code == 0


def test_axis_is_float_in_all_grids_or_in_none(tmp_path):
    path = tmp_path / "axis.py"
    path.write_text(
        CURVES.format(nan="False", predicts=EQUALS).replace(
            '"scale": [1.0, 2.5]}', '"scale": [1.0, 2.5]}, quick={"scale": [1, 2]}'
        )
    )
    assert only(verify(path, tmp_path / "out", quick=True))["verdict"] == "supported"
