"""What must hold for every JAX line: no deadlock of batched solves, a lazy import, the cache folder."""

import subprocess
import sys

import limes
from limes import _compat

SOLVES = """
import limes
import jax, jax.numpy as jnp

def two(key):
    a, b = jax.random.normal(key, (2, 40, 40))
    eye = jnp.eye(40)
    u = jnp.linalg.solve(a @ a.T + eye, b)
    v = jnp.linalg.solve(b @ b.T + eye, a)
    return jnp.sum(u), jnp.sum(v)

for i in range(5):
    jax.block_until_ready(jax.jit(jax.vmap(two))(jax.random.split(jax.random.key(i), 64)))
print("solved")
"""


def test_two_batched_solves_in_one_program_do_not_deadlock():
    done = subprocess.run([sys.executable, "-c", SOLVES], capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout.strip() == "solved", done.stderr


def test_flags_are_set_on_the_old_line_only(monkeypatch):
    for line, expected in (((0, 10), True), ((0, 12), False)):
        monkeypatch.setenv("XLA_FLAGS", "--xla_dump_to=/nowhere")
        monkeypatch.setattr(_compat, "jax_line", lambda line=line: line)
        _compat.prepare_process()
        import os

        assert ("concurrency_optimized_scheduler=false" in os.environ["XLA_FLAGS"]) == expected
        assert "--xla_dump_to=/nowhere" in os.environ["XLA_FLAGS"]


def test_import_is_lazy():
    program = "import sys, limes; limes.__version__; print(sorted({'jax', 'numpy', 'matplotlib', 'scipy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_cache_folder_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("LIMES_CACHE", str(tmp_path))
    assert _compat.cache_folder() == tmp_path / "programs"
    assert limes.__version__


def test_jaxprs_are_opened_and_pruned():
    import jax
    import jax.numpy as jnp

    def program(x, y):
        kept, _ = jax.jit(lambda v: (v * 2.0, jnp.exp(v)))(x)
        return kept, jnp.sin(y)

    closed = jax.make_jaxpr(program)(1.0, 1.0)
    live, read = _compat.live_jaxpr(closed, [True, False])
    assert read == [True, False]
    (call,) = live.eqns
    (inner,) = _compat.jaxprs_inside(call.params)
    assert [equation.primitive.name for equation in inner.eqns] == ["mul"]
    assert _compat.open_jaxpr(inner) is inner


def test_a_primitive_shows_what_it_runs():
    import jax

    jaxpr = jax.make_jaxpr(lambda key: jax.random.gamma(key, 2.0))(jax.random.key(0))
    (inner,) = _compat.jaxprs_inside(jaxpr.jaxpr.eqns[-1].params)
    (gamma,) = (equation for equation in inner.eqns if equation.primitive.name == "random_gamma")
    assert _compat.implementation(gamma).jaxpr.eqns
