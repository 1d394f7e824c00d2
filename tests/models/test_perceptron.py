import jax
import jax.numpy as jnp
import numpy as np
import pytest

from limes._errors import InputError
from limes.models.check import check_apply
from limes.models.functional import functional
from limes.models.perceptron import MLP, SCALINGS, TwoLayer

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


def weights(net):
    return [(np.asarray(layer.weight), np.asarray(layer.bias)) for layer in net.layers]


def layered(net, x):
    """The perceptron of the course in NumPy, with the factors of the table."""
    last = len(net.layers) - 1
    for index, (W, b) in enumerate(weights(net)):
        alpha, beta = (1.5 / np.sqrt(W.shape[-1]), 0.5) if net.scaling == "ntk" else (1.0, 1.0)
        x = alpha * W @ x + beta * b
        x = np.tanh(x) if index < last or net.final_sigma is not None else x
    return x


def deep(**options):
    settings = {
        "width": (6, 4),
        "depth": 2,
        "sigma": jnp.tanh,
        "weight_std": 1.5,
        "bias_std": 0.5,
        "key": jax.random.key(0),
    }
    return MLP(DIM, **{"out_size": 3, **settings, **options})


@pytest.mark.parametrize("scaling", ["standard", "ntk"])
@pytest.mark.parametrize("final_sigma", [None, jnp.tanh])
@pytest.mark.parametrize("out_size", [None, 3])
def test_layers_follow_the_formula_of_the_course(scaling, final_sigma, out_size):
    net = deep(scaling=scaling, final_sigma=final_sigma, out_size=out_size)
    x = np.asarray(jax.random.normal(jax.random.key(1), (DIM,)))
    assert np.allclose(net(jnp.asarray(x)), layered(net, x), rtol=1e-12)
    assert net(jnp.asarray(x)).shape == (() if out_size is None else (3,))
    assert net.depth == 2
    assert [W.shape for W, _ in weights(net)[:2]] == [(6, DIM), (4, 6)]


def test_both_scalings_have_one_law_at_the_start():
    keys = jax.random.split(jax.random.key(2), 3000)
    squares = []
    for scaling in ("standard", "ntk"):
        make = lambda key, scaling=scaling: deep(scaling=scaling, out_size=None, key=key)(jnp.ones(DIM)) ** 2
        squares.append(np.asarray(jax.vmap(make)(keys)))
    spread = np.hypot(*(s.std() / np.sqrt(3000) for s in squares))
    assert abs(squares[0].mean() - squares[1].mean()) < 5 * spread
    assert spread < 0.05 * squares[0].mean()


@pytest.mark.parametrize("scaling", ["standard", "ntk"])
def test_a_padded_net_is_the_net_of_its_neurons(scaling):
    """Its function is that of the neurons in use, also for a sigma with sigma(0) != 0, and the others have no gradient."""
    net = deep(scaling=scaling, width=(3, 2), pad=8, sigma=jnp.cos, out_size=None)
    x = jax.random.normal(jax.random.key(3), (DIM,))
    (first, b1), (second, b2), (last, b3) = weights(net)
    factors = [1.5 / np.sqrt(fan) if scaling == "ntk" else 1.0 for fan in (DIM, 3, 2)]
    beta = 0.5 if scaling == "ntk" else 1.0
    h = np.cos(factors[0] * first[:3] @ x + beta * b1[:3])
    h = np.cos(factors[1] * second[:2, :3] @ h + beta * b2[:2])
    assert float(net(x)) == pytest.approx(float(factors[2] * last[:2] @ h + beta * b3), rel=1e-12)
    apply, params = functional(net)
    gradient = jax.grad(apply)(params, x)
    for tree in (params, gradient):
        assert not any(
            np.any(leaf) for leaf in (tree.layers[0].weight[3:], tree.layers[0].bias[3:], tree.layers[1].weight[2:])
        )
        assert not any(np.any(leaf) for leaf in (tree.layers[1].weight[:, 3:], tree.layers[2].weight[2:]))
    assert np.all(gradient.layers[1].weight[:2, :3] != 0)


def test_one_program_serves_all_widths_and_nets_of_one_pad_are_nested():
    traces = []

    @jax.jit
    def output(p):
        traces.append(p)
        return deep(width=p, pad=8, out_size=None)(jnp.ones(DIM))

    assert len({float(output(p)) for p in (2, 5, 8)}) == 3
    assert len(traces) == 1
    few, many = (deep(scaling="ntk", width=p, pad=8) for p in (2, 8))
    assert np.array_equal(few.layers[1].weight[:2, :2], many.layers[1].weight[:2, :2])
    full, plain = deep(width=8, pad=8), deep(width=8)
    assert np.allclose(full(jnp.ones(DIM)), plain(jnp.ones(DIM)), rtol=1e-12)


@pytest.mark.parametrize("scaling", SCALINGS)
def test_a_padded_two_layer_net_is_the_net_of_its_neurons(scaling):
    make = lambda p, **pad: TwoLayer(
        DIM, width=p, sigma=jnp.cos, scaling=scaling, bias_std=0.5, key=jax.random.key(0), **pad
    )
    x = jax.random.normal(jax.random.key(4), (DIM,))
    net = jax.jit(lambda p: make(p, pad=8))(3)
    a, w, b = (np.asarray(leaf) for leaf in (net.a, net.w, net.b))
    c, alpha, beta = (float(factor) for factor in net.factors.value)
    assert (c, alpha, beta) == pytest.approx(make(3).factors.value, rel=1e-15)
    assert float(net(x)) == pytest.approx(c * (a[:3] @ np.cos(alpha * w[:3] @ x + beta * b[:3])), rel=1e-12)
    apply, params = functional(net)
    gradient = jax.grad(apply)(params, x)
    assert not any(np.any(leaf[3:]) for tree in (params, gradient) for leaf in (tree.a, tree.w, tree.b))
    assert int(net.width) == 3


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"scaling": "mean-field"}, "two-layer networks only, since"),
        ({"depth": 0}, "depth must be at least 1"),
        ({"depth": 3}, "one for each hidden layer, got 2"),
        ({"width": (6, 0)}, "at least 1, got 0"),
        ({"pad": 3}, "pad must be at least the width"),
        ({"pad": (8,)}, "pad must be one number or 2"),
        ({"width": jnp.asarray(3)}, "needs pad"),
    ],
)
def test_a_perceptron_that_cannot_be_is_refused_in_one_sentence(wrong, reason):
    with pytest.raises(InputError, match=reason):
        deep(**wrong)
