"""`limes graph` as a person uses it: shapes and values, files, JSON, the page, and fifty ways to be wrong."""

import json
import re
import subprocess
import sys
from xml.etree import ElementTree

import jax
import jax.numpy as jnp
import pytest

from limes._errors import InputError
from limes.cli.arguments import parsed, positions
from limes.cli.functions import load, program
from limes.cli.main import main

PROGRAM = """
import jax
import jax.numpy as jnp
import numpy as np

count = 3

def loss(theta_1, theta_2):
    return theta_2 * jnp.exp(theta_1) * jnp.sqrt(theta_1 + theta_2 * jnp.exp(theta_1))

def net(params, x):
    for k, p in enumerate(params):
        with jax.named_scope(f"layer{k}"):
            x = jnp.tanh(p["W"] @ x + p["b"])
    return jnp.sum(x**2)

def case():
    return net, ([{"W": jnp.ones((3, 3)), "b": jnp.zeros(3)}] * 2, jnp.ones(3))

def many():
    return (lambda x: [x := jnp.sin(x) for _ in range(30)][-1]), (jnp.float64(1.0),)

def vector(x):
    return jnp.stack([x[0] * x[1], jnp.sin(x[0])])

def integer(n):
    return n * 2

def numpy_call(x):
    return np.sin(x)

def branch(x):
    return x if x > 0 else -x

def callback(x):
    return jax.pure_callback(np.sin, jax.ShapeDtypeStruct((), x.dtype), x)

def product(a):
    return a @ a

def number():
    return 3

def no_tuple():
    return loss, 3

def raises():
    raise ValueError("nothing works")

class Model:
    def __call__(self, x):
        return jnp.sum(x**2)

model = Model()
pair = (loss, (1.0, 2.0))
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Work beside a file of programs."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nets.py").write_text(PROGRAM)
    return tmp_path


def call(*args, code=0):
    with pytest.raises(SystemExit) as stop:
        main(["graph", *args])
    assert stop.value.code == code, stop.value.code


def said(capsys, *args):
    call(*args)
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


def rows(text):
    """The table of the modes: name -> operations."""
    found = re.findall(r"^(.*?)  +([\d\u202f]+)  +([\d.]+\S*)  ", text, re.M)
    return {name.strip(): int(number.replace("\u202f", "")) for name, number, _ in found}


def test_the_worked_example(capsys):
    text = said(capsys, "nets.py:loss", "--args", "1.0 2.0")
    assert "K = 7 operations, d = 2 input numbers, 1 output number" in text
    assert {name: count for name, count in rows(text).items() if " " in name} == {
        "the function itself": 7,
        "value and one tangent": 21,
        "value and gradient, reverse mode": 20,
        "value and gradient, forward mode": 35,
        "gradient by finite differences": 21,
        "bound for reverse mode": 20,
    }
    assert "A gradient costs 2.86 evaluations of the function by reverse mode" in text


def test_equal_values_are_shared_when_asked(capsys):
    assert "K = 5 operations" in said(capsys, "nets.py:loss", "--args", "f64[], f64[]", "--share")


def test_arguments_may_come_with_the_function(capsys):
    text = said(capsys, "nets.py:case", "--argnums", "0")
    assert "d = 24 input numbers" in text
    assert "layer0 and 1 equal" in text
    assert "K = 7 operations" in said(capsys, "nets.py:pair")


def test_callable_objects_are_functions(capsys):
    assert "x: f64[3]" in said(capsys, "nets.py:model", "--args", "f64[3]")


def test_single_precision(capsys):
    assert "x: f32[3]" in said(capsys, "nets.py:model", "--args", "[1.0, 2.0, 3.0]", "--x32")
    assert jax.config.jax_enable_x64


def test_a_vector_is_drawn_and_its_gradient_refused_with_the_reason(capsys, folder):
    text = said(capsys, "nets.py:vector", "--args", "[1.0, 2.0]", "--svg", "v.svg")
    assert "returns 2 numbers: it has a Jacobian and no gradient" in text
    svg = (folder / "v.svg").read_text()
    assert "No adjoints" in svg
    assert "sin" in svg


def test_json_is_all_that_is_printed(capsys):
    data = json.loads(said(capsys, "nets.py:loss", "--args", "1.0 2.0", "--json", "--slots", "2", "--svg", "a.svg"))
    assert data["schema"] == 1
    assert data["graph"]["cost"]["reverse"] == 20
    assert data["values"][-1] == pytest.approx(13.792770562190322)
    assert data["adjoints"][0] == pytest.approx(20.689155843285484)
    assert data["plan"]["slots"] == 2


def test_arguments_divided_by_spaces_need_no_quotes(capsys):
    assert "K = 7 operations" in said(capsys, "nets.py:loss", "--args", "1.0", "2.0")


def test_a_plan_for_checkpoints(capsys):
    assert "Checkpoints: A chain of length 30 is reversed with 3 stored states" in said(
        capsys, "nets.py:many", "--slots", "3"
    )
    assert "Checkpoints" not in said(capsys, "nets.py:loss", "--args", "1.0 2.0")


@pytest.mark.parametrize("order", [(), ("--order",)])
def test_drawings_are_written(capsys, folder, order):
    text = said(capsys, "nets.py:case", "--svg", "a.svg", "--level", "0", "--expand", "layer1", *order)
    assert "written: a.svg" in text
    root = ElementTree.parse(folder / "a.svg").getroot()
    names = " ".join(root.itertext())
    assert "layer0" in names
    assert "tanh" in names


def test_a_drawing_as_pdf(capsys, folder):
    said(capsys, "nets.py:loss", "--args", "1.0 2.0", "--svg", "a.pdf")
    assert (folder / "a.pdf").read_bytes().startswith(b"%PDF")


def test_the_page_is_one_file(capsys, folder):
    said(capsys, "nets.py:case", "--html", "a.html", "--moves")
    html = (folder / "a.html").read_text()
    assert html.startswith("<!DOCTYPE html>")
    assert "nets.py:case" in html


def test_functions_of_installed_modules(capsys):
    assert "sin" in said(capsys, "jax.numpy:sin", "--args", "1.0")
    assert "reduce_max" in said(capsys, "jax.nn:logsumexp", "--args", "f64[4]")


def test_the_current_folder_shadows_nothing(folder):
    (folder / "colorsys.py").write_text("raise SystemExit('imported by accident')\n")
    done = subprocess.run(
        [sys.executable, "-m", "limes", "graph", "colorsys:rgb_to_hls", "--args", "0.1 0.2 0.3"],
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
    )
    assert "by accident" not in done.stdout + done.stderr
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


LOSS = ["nets.py:loss", "--args", "1.0 2.0"]
BAD = {
    "no name": (["nets.py"], "FILE.py:NAME"),
    "empty name": (["nets.py:"], "FILE.py:NAME"),
    "no file named": ([":loss"], "FILE.py:NAME"),
    "missing file": (["none.py:loss", "--args", "1.0"], "none.py"),
    "missing folder": (["no/such.py:loss", "--args", "1.0"], "no/such.py"),
    "missing name": (["nets.py:lost", "--args", "1.0"], "'lost'"),
    "missing module": (["nopackage.mod:f", "--args", "1.0"], "nopackage"),
    "missing in module": (["json:nothing", "--args", "1.0"], "json has no 'nothing'"),
    "relative module": (["..json:dumps", "--args", "1.0"], "..json"),
    "not callable": (["nets.py:count", "--args", "1.0"], "int"),
    "not callable, no args": (["nets.py:count"], "int"),
    "no args": (["nets.py:loss"], "theta_1, theta_2"),
    "too few": (["nets.py:loss", "--args", "1.0"], "1 argument"),
    "too many": (["nets.py:loss", "--args", "1.0 2.0 3.0"], "3 arguments"),
    "no pair": (["nets.py:number"], "int"),
    "pair without tuple": (["nets.py:no_tuple"], "make args a tuple"),
    "raises": (["nets.py:raises"], "nothing works"),
    "open bracket": (["nets.py:loss", "--args", "f64[3"], "f64[3"),
    "closed bracket": (["nets.py:loss", "--args", "f64 3]"], "bracket"),
    "unknown type": (["nets.py:loss", "--args", "g64[3] 1.0"], "g64"),
    "bare type": (["nets.py:loss", "--args", "f64 f64"], "f64[...]"),
    "negative size": (["nets.py:loss", "--args", "f64[-1] 1.0"], "f64[-1]"),
    "size in words": (["nets.py:loss", "--args", "f64[n] 1.0"], "f64[n]"),
    "ragged": (["nets.py:loss", "--args", "[[1.0],[1.0,2.0]] 1.0"], "different length"),
    "words": (["nets.py:loss", "--args", "one two"], "'one'"),
    "string": (["nets.py:loss", "--args", "'a' 1.0"], "'a'"),
    "a call": (["nets.py:loss", "--args", "__import__('os') 1.0"], "__import__"),
    "an attribute": (["nets.py:loss", "--args", "os.system 1.0"], "os.system"),
    "nothing": (["nets.py:loss", "--args", ""], "no argument"),
    "broken": (["nets.py:loss", "--args", "1.0 )("], "--args"),
    "dict without names": (["nets.py:loss", "--args", "{w: 1.0} 2.0"], "quote them"),
    "extra argument": (["nets.py:loss", "1.0"], "'1.0'"),
    "integers": (["nets.py:integer", "--args", "3"], "n: int64"),
    "integer shapes": (["nets.py:integer", "--args", "i32[]"], "n: int32"),
    "numpy inside": (["nets.py:numpy_call", "--args", "1.0"], "jax.numpy"),
    "python branch": (["nets.py:branch", "--args", "1.0"], "jnp.where"),
    "callback": (["nets.py:callback", "--args", "1.0"], "pure_callback"),
    "shapes do not fit": (["nets.py:product", "--args", "f64[2,3]"], "dot_general"),
    "argnums word": ([*LOSS, "--argnums", "x"], "'x'"),
    "argnums beyond": ([*LOSS, "--argnums", "7"], "7"),
    "argnums integer": (["nets.py:loss", "--args", "1 2.0", "--argnums", "0"], "int"),
    "drawing as gif": ([*LOSS, "--svg", "a.gif"], "a.gif"),
    "page as text": ([*LOSS, "--html", "a.txt"], "a.txt"),
    "scope": ([*LOSS, "--expand", "layer"], "'layer'"),
    "level": ([*LOSS, "--level", "-1"], "-1"),
    "slots": ([*LOSS, "--slots", "0"], "0"),
    "max nodes": ([*LOSS, "--max-nodes", "2"], "max_nodes=2"),
    "option": ([*LOSS, "--shared"], "--share"),
    "a list for numbers": (["nets.py:loss", "--args", "[1.0,2.0"], "not closed"),
}
LATE = {
    "svg below nothing": ([*LOSS, "--svg", "no/such/a.svg"], "no/such/a.svg"),
    "html below nothing": ([*LOSS, "--html", "no/such/a.html"], "no/such/a.html"),
    "html is a folder": ([*LOSS, "--html", "folder.html"], "folder.html"),
}
REMEDY = re.compile(
    r"\b(write|give|did you mean|choose|correct|install|make|return|name|use|convert|must|count|raise|quote|is not in|put|the scopes are)\b",
    re.I,
)


@pytest.mark.parametrize("name", BAD)
def test_bad_input_gives_one_sentence(name, capsys):
    args, value = BAD[name]
    call(*args, code=2)
    _one_sentence(capsys, value)


@pytest.mark.parametrize("name", LATE)
def test_what_cannot_be_written_is_said(name, capsys, folder):
    (folder / "folder.html").mkdir()
    args, value = LATE[name]
    call(*args, code=4)
    _one_sentence(capsys, value)


def _one_sentence(capsys, value):
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.strip().splitlines()
    assert line.startswith("limes: ")
    assert value in line
    assert REMEDY.search(line), line
    assert "defect" not in line


def test_there_are_fifty_of_them():
    assert len(BAD) + len(LATE) >= 50


@pytest.mark.parametrize(
    ("text", "shapes"),
    [
        ("f64[3],f32[2,3]", [((3,), "float64"), ((2, 3), "float32")]),
        ("f64[] i32[4] bool[2] bf16[1]", [((), "float64"), ((4,), "int32"), ((2,), "bool"), ((1,), "bfloat16")]),
        ("c128[2] , u8[1]", [((2,), "complex128"), ((1,), "uint8")]),
        ("f64[0]", [((0,), "float64")]),
    ],
)
def test_shapes_are_read(text, shapes):
    assert [(found.shape, str(found.dtype)) for found in parsed(text)] == shapes
    assert all(isinstance(found, jax.ShapeDtypeStruct) for found in parsed(text))


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1.0 -2.5e-1", [1.0, -0.25]),
        ("[1.0, 2.0],3", [[1.0, 2.0], 3]),
        ("[[1,2],[3,4]]", [[[1, 2], [3, 4]]]),
        ("inf -inf pi", [float("inf"), float("-inf"), 3.141592653589793]),
        ("(1.0, 2.0)", [[1.0, 2.0]]),
        ("True", [True]),
    ],
)
def test_values_are_read(text, values):
    assert [found.tolist() for found in parsed(text)] == values


def test_trees_of_shapes_and_values_are_read():
    (params, x) = parsed("{'w': f64[2,3], 'b': [1.0, 2.0]} [f64[3], f32[]]")
    assert params["w"].shape == (2, 3)
    assert params["b"].tolist() == [1.0, 2.0]
    assert [leaf.shape for leaf in x] == [(3,), ()]


def test_positions():
    assert positions(None) is None
    assert positions("1") == 1
    assert positions("0,2") == positions("0 2") == (0, 2)


def test_functions_are_loaded_by_path(folder):
    assert load("nets.py:loss")(0.0, 1.0) == pytest.approx(1.0)
    assert load(f"{folder}/nets.py:Model.__call__")
    fn, args = program("nets.py:case", None)
    assert fn.__name__ == "net"
    assert len(args) == 2
    with pytest.raises(InputError, match="takes a"):
        program("nets.py:product", None)
    assert program("nets.py:product", [jnp.ones((2, 2))])[0].__name__ == "product"
