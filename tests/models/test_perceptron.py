import jax
import jax.numpy as jnp
import numpy as np
import pytest

from limes._errors import InputError
from limes.models.check import check_apply
from limes.models.functional import functional
from limes.models.perceptron import SCALINGS, TwoLayer

DIM, WIDTH = 7, 4096


def formula(model, x):
    """The sum of neurons as the table of scalings writes it, in NumPy."""
    a, w, b = (np.asarray(leaf) for leaf in (model.a, model.w, model.b))
    p, d = w.shape
    if model.scaling == "ntk":
        return (a * np.tanh(1.5 * (w @ x) / np.sqrt(d) + 0.5 * b)).sum() / np.sqrt(p)
    return (a * np.tanh(w @ x + b)).sum() / (p if model.scaling == "mean-field" else 1.0)


def build(scaling, width=WIDTH, seed=0):
    return TwoLayer(
        DIM, width=width, sigma=jnp.tanh, scaling=scaling, weight_std=1.5, bias_std=0.5, key=jax.random.key(seed)
    )


@pytest.mark.parametrize("scaling", SCALINGS)
def test_output_is_the_sum_of_neurons(scaling):
    x = jax.random.normal(jax.random.key(1), (DIM,))
    model = build(scaling, width=50)
    assert model(x).shape == ()
    assert float(model(x)) == pytest.approx(formula(model, np.asarray(x)), rel=1e-12)


@pytest.mark.parametrize(
    ("scaling", "stds"),
    [
        ("standard", (1.5 / WIDTH**0.5, 1.5 / DIM**0.5, 0.5)),
        ("ntk", (1.0, 1.0, 1.0)),
        ("mean-field", (1.5, 1.5, 0.5)),
    ],
)
def test_parameters_have_the_standard_deviations_of_the_table(scaling, stds):
    model = build(scaling)
    for leaf, std in zip((model.a, model.w, model.b), stds, strict=True):
        ratio = np.asarray(leaf).var() / std**2
        assert abs(ratio - 1) < 5.5 * np.sqrt(2 / leaf.size)


def test_ntk_and_standard_have_one_distribution_of_outputs_at_the_start():
    x = jnp.ones(DIM)
    keys = jax.random.split(jax.random.key(2), 4000)
    squares = []
    for scaling in ("standard", "ntk"):
        make = lambda key, scaling=scaling: TwoLayer(DIM, width=20, scaling=scaling, key=key)(x) ** 2
        squares.append(np.asarray(jax.vmap(make)(keys)))
    spread = np.hypot(*(s.std() / np.sqrt(4000) for s in squares))
    assert abs(squares[0].mean() - squares[1].mean()) < 5.5 * spread
    assert abs(squares[0].mean() - 0.5) < 5.5 * spread


@pytest.mark.parametrize(("scaling", "exponent"), [("standard", 1), ("ntk", 0), ("mean-field", -1)])
def test_tangent_kernel_scales_like_the_inverse_step_of_the_table(scaling, exponent):
    """A step of size 1/K changes the output by a fixed amount, so K grows like p, 1 and 1/p."""
    x = jnp.ones(DIM) / jnp.sqrt(float(DIM))

    def kernel(width, key):
        apply, params = functional(TwoLayer(DIM, width=width, scaling=scaling, key=key))
        return sum(jnp.sum(leaf**2) for leaf in jax.tree.leaves(jax.grad(apply)(params, x)))

    widths = np.array([64, 1024])
    keys = jax.random.split(jax.random.key(3), 16)
    sizes = [float(jax.vmap(lambda key, p=p: kernel(p, key))(keys).mean()) for p in widths]
    assert np.log(sizes[1] / sizes[0]) / np.log(16) == pytest.approx(exponent, abs=0.1)


def test_scale_factors_are_no_parameters_and_the_contract_of_models_holds():
    apply, params = functional(build("ntk", width=3))
    assert sorted(leaf.shape for leaf in jax.tree.leaves(params)) == [(3,), (3,), (3, DIM)]
    assert check_apply(apply, params, jnp.ones(DIM)).shape == ()
    batch = jax.jit(jax.vmap(apply, in_axes=(None, 0)))(params, jnp.ones((4, DIM)))
    assert batch.shape == (4,)


def test_traced_scales_work():
    make = lambda std: TwoLayer(DIM, width=3, scaling="ntk", weight_std=std, key=jax.random.key(0))(jnp.ones(DIM))
    assert np.isfinite(float(jax.jit(jax.grad(make))(1.5)))


def test_without_bias_std_biases_start_at_zero():
    assert float(jnp.abs(TwoLayer(DIM, width=5, key=jax.random.key(0)).b).max()) == 0.0
    assert TwoLayer(DIM, width=5, key=jax.random.key(0)).width == 5


@pytest.mark.parametrize("wrong", [{"scaling": "NTK"}, {"width": 0}, {"in_size": 0}])
def test_bad_input_is_refused_in_one_sentence(wrong):
    arguments = {"in_size": DIM, "width": 5, "scaling": "standard", **wrong}
    with pytest.raises(InputError, match="TwoLayer: "):
        TwoLayer(arguments.pop("in_size"), key=jax.random.key(0), **arguments)
