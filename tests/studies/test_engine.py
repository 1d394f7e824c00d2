"""The engine: what is recomputed and what is not, keys, buckets, references, limits of time, interruption."""

import os
import signal
import subprocess
import sys
import time

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from own_claims import claim_text, write_claim

import limes
from limes import Experiment, Study
from limes._errors import InputError, MeasureError
from limes.claims.registry import find
from limes.studies.collect import Collector
from limes.studies.events import Committed
from limes.studies.keys import Variant
from limes.studies.ledger import Ledger
from limes.studies.local import Local
from limes.studies.plan import make_plan
from limes.studies.run import Run


def computed(path, out, **options):
    """Run a claim file; return the result and the number of calls that computed something."""
    claims = find([str(path)])
    plan = make_plan(claims, family=4, **options)
    out.mkdir(exist_ok=True)
    with Ledger(out / "ledger.sqlite") as ledger:
        run = Run(plan, Collector(ledger, Local()))
        calls = sum(isinstance(event, Committed) for event in run.events())
    (result,) = run.results.values()
    return result, calls


def test_unchanged_file_recomputes_nothing_an_edited_one_does(tmp_path):
    path = write_claim(tmp_path)
    first, calls = computed(path, tmp_path / "out")
    assert calls > 0
    again, none = computed(path, tmp_path / "out")
    assert none == 0
    assert again["predictions"] == first["predictions"]
    text = path.read_text()
    path.write_text(text.replace("scale=0.05", "scale=0.06"))  # one character of the mathematics
    _, edited = computed(path, tmp_path / "out")
    assert edited == calls
    path.write_text(text)
    assert computed(path, tmp_path / "out")[1] == 0


def test_new_band_or_wording_only_judges_again(tmp_path):
    path = write_claim(tmp_path)
    computed(path, tmp_path / "out")
    path.write_text(
        path.read_text().replace("exponent=-0.5)", "exponent=-0.5, band=0.2)").replace("The error falls", "It falls")
    )
    assert computed(path, tmp_path / "out")[1] == 0


def test_new_size_changes_no_other_cell(tmp_path):
    path = write_claim(tmp_path)
    _, calls = computed(path, tmp_path / "out")
    path.write_text(path.read_text().replace("1024, 4096]", "1024, 4096, 16384]"))
    _, more = computed(path, tmp_path / "out")
    assert more == calls // 5


def test_statements_of_one_experiment_share_its_units(tmp_path):
    path = tmp_path / "two.py"
    path.write_text(
        claim_text() + "\nimport dataclasses\nclaims = [claim, dataclasses.replace(claim, id='mine.other')]\n"
    )
    plan = make_plan(find([str(path)]), family=5)
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        engine = Local()
        run = Run(plan, Collector(ledger, engine))
        jobs = [event.job for event in run.events() if isinstance(event, Committed)]
    assert set(run.results) == {"mine.test", "mine.other"}
    assert not any(job.startswith("mine.other") for job in jobs)
    assert engine.costs.programs == 1


def draws(key, *, size, depth, given=None):
    """Draw numbers that depend on the key alone."""
    del given, size, depth
    return {"u": jax.random.uniform(key)}


def test_random_keys_pair_seeds_over_shared_axes_only():
    shared = Variant(Experiment(draws, shared=("size",)), {})
    apart = Variant(Experiment(draws), {})
    cells = [{"size": 4, "depth": 1}, {"size": 8, "depth": 1}, {"size": 4, "depth": 2}]
    assert shared.random_key(cells[0], 0) == shared.random_key(cells[1], 0)
    assert shared.random_key(cells[0], 0) != shared.random_key(cells[2], 0)
    assert apart.random_key(cells[0], 0) != apart.random_key(cells[1], 0)
    names = {apart.random_key(cell, seed) for cell in cells for seed in range(1000)}
    assert len(names) == 3000


def test_study_returns_a_dataset_and_resumes(tmp_path):
    study = Study(Experiment(draws, shared=("size",)), {"size": [4, 8], "depth": [1, 2]}, seeds=5)
    ds = study.run(tmp_path)
    assert dict(ds.sizes) == {"size": 2, "depth": 2, "seed": 5}
    assert bool(ds.present.all())
    assert (ds.u.sel(size=4).values == ds.u.sel(size=8).values).all()
    assert len(np.unique(ds.u.sel(size=4).values)) == 10
    more = study.with_seeds(12).run(tmp_path)
    assert (more.u.isel(seed=slice(5)).values == ds.u.values).all()


def test_batches_do_not_depend_on_what_is_stored(tmp_path):
    whole = Study(draws, {"size": [4], "depth": [1]}, seeds=8).run(tmp_path / "a")
    Study(draws, {"size": [4], "depth": [1]}, seeds=3).run(tmp_path / "b")
    later = Study(draws, {"size": [4], "depth": [1]}, seeds=8).run(tmp_path / "b")
    assert whole.u.equals(later.u)


def padded(key, *, D, D_pad):
    """Sum the first `D` of `D_pad` nested normal draws."""
    x = jax.random.normal(key, (D_pad,))
    return {"sum": jnp.sum(jnp.where(jnp.arange(D_pad) < D, x, 0.0)), "room": jnp.asarray(D_pad)}


def test_padded_axes_choose_the_smallest_bucket(tmp_path):
    engine = Local()
    study = Study(Experiment(padded, pad={"D": (8, 64)}), {"D": [2, 8, 9, 64]}, seeds=1)
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        list(study.events(ledger, engine=engine))
        ds = study.read(ledger)
    assert ds.room.values.ravel().tolist() == [8, 8, 64, 64]
    assert engine.costs.programs == 2


def reference(key):
    """Make a reference once per random key."""
    return {"z": jax.random.normal(key, (3,))}


def against_reference(key, *, size, given):
    """Return the reference and a draw of its own."""
    return {"z": given["z"][0] + 0.0 * size, "own": jax.random.normal(key, (3,))[0]}


def test_prepare_serves_a_whole_curve_with_draws_of_its_own(tmp_path):
    experiment = Experiment(against_reference, traced=(), shared=("size",), prepare=reference)
    ds = Study(experiment, {"size": [1.0, 2.0, 4.0]}, seeds=8).run(tmp_path)
    assert (ds.z.values == ds.z.values[:1]).all()
    assert len(np.unique(ds.z.values[0])) == 8
    assert not np.intersect1d(ds.z.values, ds.own.values).size


def table():
    """Load data."""
    return {"x": np.arange(4.0)}


def summed(key, *, power, given):
    """Sum a power of the data."""
    return {"sum": jnp.sum(given["x"] ** power)}


def test_given_data_enter_the_key(tmp_path):
    ds = Study(Experiment(summed, given=table), {"power": [1.0, 2.0]}, seeds=1).run(tmp_path)
    assert ds["sum"].values.ravel().tolist() == [6.0, 14.0]
    one = Variant(Experiment(summed, given=table), {})
    two = Variant(Experiment(summed, given=lambda: {"x": np.arange(5.0)}), {})
    assert one.params({"power": 1.0}, 0) != two.params({"power": 1.0}, 0)


def counted(key, *, size):
    """Count operations in plain Python."""
    return {"operations": sum(range(size))}


def test_host_experiments_without_randomness_have_one_unit_a_cell(tmp_path):
    ds = Study(Experiment(counted, host=True, random=False), {"size": [3, 5]}, seeds=8).run(tmp_path)
    assert ds.operations.values.tolist() == [[3.0], [10.0]]


def uneven(key, *, size):
    """Return another name in the second cell."""
    return {"a" if size < 4 else "b": jnp.zeros(())}


def test_cells_that_disagree_are_refused(tmp_path):
    with pytest.raises(MeasureError, match="differs in name"):
        Study(uneven, {"size": [3, 5]}).run(tmp_path)


def test_grids_are_checked(tmp_path):
    for grid in (
        {"size": [1]},
        {"size": [1], "depth": [1], "width": [2]},
        {"size": [], "depth": [1]},
        {"size": 3, "depth": [1]},
    ):
        with pytest.raises(InputError):
            Study(draws, grid).run(tmp_path)
    with pytest.raises(InputError, match="seeds"):
        Study(draws, {"size": [1], "depth": [1]}, seeds=0)


def sleepy(key, *, size):
    """Take too long at one size."""
    time.sleep(3.0 if size == 2 else 0.0)
    return {"x": float(size)}


def test_calls_out_of_time_become_a_state(tmp_path):
    study = Study(Experiment(sleepy, host=True), {"size": [1, 2, 3]}, seeds=1)
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        list(Collector(ledger, Local(), timeout=0.5).collect(study.job, 1))
        ds = study.read(ledger)
    assert ds.state.values.ravel().tolist() == ["finite", "timeout", "finite"]
    assert np.isnan(ds.x.values.ravel()[1])


INTERRUPTED = """
import time
from limes import Claim, Control, Experiment, Trend

def measure(key, *, size, flat=0.0):
    time.sleep(0.05)
    return {"x": float(size) * (1 - 2 * flat)}

claim = Claim(id="mine.slow", statement="x", reading="It grows with the size, cell by cell.", source="here",
    predicts=Trend("x", over="size"), grid={"size": list(range(1, 11))}, measure=Experiment(measure, host=True),
    controls=[Control("down", "it falls", change={"flat": 1.0})])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_interrupt_keeps_what_was_committed_and_resume_goes_on(tmp_path):
    (tmp_path / "slow.py").write_text(INTERRUPTED)
    command = [sys.executable, "-m", "limes", "verify", "slow.py", "--seeds", "8"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        process.stderr.readline()
        time.sleep(0.8)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "limes resume" in out + err
    with Ledger.read(tmp_path / "limes-out" / "ledger.sqlite") as ledger:
        kept = ledger.states([find_key(tmp_path, ledger, i) for i in range(3)])
    assert "present" in kept.values()
    done = subprocess.run(
        [sys.executable, "-m", "limes", "resume"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    assert "supported" in done.stdout


def find_key(folder, ledger, seed):
    (claim,) = find([str(folder / "slow.py")])
    plan = make_plan([claim], family=4, seeds=8)
    return plan.entries[0].main.variant.key({"size": 1}, seed)


def test_two_processes_agree_bitwise(tmp_path):
    path = write_claim(tmp_path)
    program = "import sys, limes; limes.verify(sys.argv[1], out=sys.argv[2], progress=False, seeds=8)"
    for name in ("a", "b"):
        subprocess.run([sys.executable, "-c", program, str(path), str(tmp_path / name)], check=True)
    keys = [v.key(cell, seed) for v, cell, seed in _units(path)]
    with Ledger.read(tmp_path / "a" / "ledger.sqlite") as a, Ledger.read(tmp_path / "b" / "ledger.sqlite") as b:
        left, right = a.get(keys), b.get(keys)
    assert len(left) == len(keys)
    assert all(left[key]["error"].tobytes() == right[key]["error"].tobytes() for key in keys)


def _units(path):
    plan = make_plan(find([str(path)]), family=4, seeds=8)
    job = plan.entries[0].main
    return [(job.variant, cell, seed) for cell in job.cells for seed in range(8)]


def test_public_function_reports(tmp_path):
    outcome = limes.verify(str(write_claim(tmp_path)), out=tmp_path / "out", progress=False)
    assert outcome.verdicts == {"mine.test": "supported"}
    assert outcome.report is not None
    assert outcome.report.is_file()
