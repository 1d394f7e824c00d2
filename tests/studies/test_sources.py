"""What makes a measurement another one: edits anywhere in its mathematics, and nothing else."""

import functools
import shutil
import subprocess
import sys

import jax
import numpy as np
import pytest

from limes import Experiment, Study
from limes._errors import InputError
from limes.studies.keys import Variant
from limes.studies.sources import PACKAGE, source_hash


def make(factor):
    def measure(key, *, x):
        return {"y": factor * x}

    return measure


class Scaled:
    def __init__(self, factor):
        self.factor = factor

    def __call__(self, key, *, x):
        return {"y": self.factor * x}

    def method(self, key, *, x):
        return {"y": self.factor * x}


def two(factor, key, *, x):
    return {"y": factor * x}


def other(factor, key, *, x):
    return {"y": factor + x}


def wrapped(function):
    @functools.wraps(function)
    def changed(key, *, x):
        return {"y": 2 * function(key, x=x)["y"]}

    return changed


PAIRS = [
    (make(1.0), make(2.0)),
    (functools.partial(two, 1.0), functools.partial(two, 2.0)),
    (functools.partial(two, 1.0), functools.partial(other, 1.0)),
    (lambda key, *, x: {"y": x}, lambda key, *, x: {"y": 2 * x}),
    (Scaled(1.0), Scaled(2.0)),
    (Scaled(1.0).method, Scaled(2.0).method),
    (make(1.0), wrapped(make(1.0))),
    (make(np.arange(3.0)), make(np.arange(4.0))),
    (jax.jit(make(1.0)), jax.jit(make(2.0))),
]


@pytest.mark.parametrize(("one", "another"), PAIRS)
def test_different_functions_have_different_sources(one, another):
    assert source_hash(one) != source_hash(another)


def test_equal_functions_have_equal_sources():
    assert source_hash(make(1.0)) == source_hash(make(1.0))
    assert source_hash(Scaled(2.0)) == source_hash(Scaled(2.0))
    assert source_hash(functools.partial(two, 1.0)) == source_hash(functools.partial(two, 1.0))


def test_a_measure_that_cannot_be_named_is_refused():
    with pytest.raises(InputError, match="top of a file"):
        source_hash(make(object()))


def test_prompt_functions_count_the_names_that_they_use():
    def at_prompt(scale, factor):
        names = {"SCALE": scale}
        exec(
            f"def helper(x):\n    return {factor} * x\n\ndef measure(key, *, x):\n    return {{'y': SCALE * helper(x)}}\n",
            names,
        )
        return names["measure"]

    assert source_hash(at_prompt(1.0, 2)) == source_hash(at_prompt(1.0, 2))
    assert source_hash(at_prompt(1.0, 2)) != source_hash(at_prompt(3.0, 2))
    assert source_hash(at_prompt(1.0, 2)) != source_hash(at_prompt(1.0, 5))


def test_prepare_pads_and_coordinates_enter_the_key():
    def first(key):
        return 1.0

    def second(key):
        return 2.0

    def measure(key, *, D, D_pad, given=None):
        return {"y": 1.0}

    cell = {"D": 4}
    variants = [
        Experiment(measure, pad={"D": (8,)}),
        Experiment(measure, pad={"D": (16,)}),
        Experiment(measure, pad={"D": (8,)}, prepare=first),
        Experiment(measure, pad={"D": (8,)}, prepare=second),
        Experiment(measure, pad={"D": (8,)}, outputs={"y": ("t",)}, coords={"t": [1.0]}),
        Experiment(measure, pad={"D": (8,)}, outputs={"y": ("t",)}, coords={"t": [2.0]}),
    ]
    assert len({Variant(experiment, {}).key(cell, 0) for experiment in variants}) == len(variants)


def hash_of(folder, name="mine.py"):
    """Hash the measure of a file in a process of its own."""
    program = f"""
import sys
sys.path.insert(0, {str(folder)!r})
from limes.claims.registry import load_file
from limes.studies.sources import source_hash
print(source_hash(load_file({str(folder / name)!r}).measure))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


MINE = """import helper
def measure(key, *, x):
    return {"y": helper.scale(x)}

claim = dict(band=0.1)
"""


def test_edits_of_ones_own_helper_module_are_seen(tmp_path):
    (tmp_path / "mine.py").write_text(MINE)
    (tmp_path / "helper.py").write_text("def scale(x):\n    return x\n")
    before = hash_of(tmp_path)
    assert hash_of(tmp_path) == before
    (tmp_path / "helper.py").write_text("def scale(x):\n    return 2 * x\n")
    assert hash_of(tmp_path) != before


def test_claim_statement_is_not_mathematics_whatever_stands_above_it(tmp_path):
    (tmp_path / "helper.py").write_text("def scale(x):\n    return x\n")
    (tmp_path / "mine.py").write_text("# page\x0c\n" + MINE)
    before = hash_of(tmp_path)
    (tmp_path / "mine.py").write_text("# page\x0c\n" + MINE.replace("0.1", "0.2"))
    assert hash_of(tmp_path) == before
    (tmp_path / "mine.py").write_text("# page\x0c\n" + MINE.replace("helper.scale(x)", "helper.scale(y)"))
    assert hash_of(tmp_path) != before


IMPORTS = [
    "from limes.models.kernel import gram",
    "from limes.models import gram",
    "import limes.models.kernel as kernel",
    "import limes\nuse = limes.models.kernel",
    "import limes as lm\nuse = lm.models.kernel.gram",
    "from limes import models\nuse = models.kernel",
    "from limes import *",
]


@pytest.mark.parametrize("line", IMPORTS)
def test_every_way_to_import_a_limes_module_is_followed(tmp_path, line):
    from limes.studies import sources

    path = tmp_path / "mine.py"
    path.write_text(f"{line}\n\ndef measure(key, *, x):\n    return {{}}\n")
    assert PACKAGE / "models" / "kernel.py" in sources._closure(path)
    assert not any("studies" in module.parts or "kinds" in module.parts for module in sources._closure(path))


@pytest.mark.parametrize("module", ["models/kernel.py", "laws/random_features.py", "data/samplers.py", "_types.py"])
def test_editing_limes_itself_recomputes_the_shipped_claims(tmp_path, module):
    copy = tmp_path / "limes"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__", "assets"))
    names = ["random_features", "overfitting"]
    program = f"""
import sys
sys.path.insert(0, {str(tmp_path)!r})
import limes
assert limes.__file__.startswith({str(tmp_path)!r})
from limes.claims.registry import load
from limes.studies.sources import source_hash
print([source_hash(load("risk." + name).experiment.measure) for name in {names!r}])
"""

    def hashes():
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    before = hashes()
    target = copy / module
    target.write_text(target.read_text() + "\nEDITED = 1\n")
    assert hashes() != before


def test_studies_of_two_factories_do_not_share_units(tmp_path):
    one = Study(make(1.0), {"x": [1.0, 2.0]}).run(tmp_path)
    another = Study(make(3.0), {"x": [1.0, 2.0]}).run(tmp_path)
    assert (another.y.values == 3 * one.y.values).all()
