import pathlib
import warnings

import equinox as eqx
import flax.linen as nn
import haiku as hk
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import tangent_nets

from limes import functional, tangent_kernel
from limes._errors import InputError
from limes.instruments.tangent import tangent_plans
from limes.instruments.tangent.program import split

METHODS = ("layerwise", "contraction", "products")
DIGITS = 1e-11


def normal(seed, *shape):
    return jnp.asarray(np.random.default_rng(seed).standard_normal(shape))


def definition(apply, params, x1, x2):
    """Jacobians in all floating-point leaves, contracted."""
    call, leaves = split("test", apply, params)

    @jax.jit
    def kernel(leaves, x1, x2):
        rows = []
        for x in (x1, x2):
            J = jax.vmap(jax.jacrev(lambda leaves, x: call(leaves, x).reshape(-1)), (None, 0))(leaves, x)
            rows.append(jnp.concatenate([part.reshape(*part.shape[:2], -1) for part in J], axis=2))
        return jnp.einsum("iop,jqp->ijoq", *rows)

    return kernel(leaves, x1, x2)


def close(one, two, digits=DIGITS):
    return float(jnp.max(jnp.abs(one - two))) <= digits * float(jnp.max(jnp.abs(two)))


class Attention(eqx.Module):
    attention: eqx.nn.MultiheadAttention
    norm: eqx.nn.LayerNorm
    dense: eqx.nn.MLP
    readout: eqx.nn.Linear

    def __init__(self, key):
        keys = jax.random.split(key, 3)
        self.attention = eqx.nn.MultiheadAttention(2, 4, key=keys[0], dtype=float)
        self.norm = eqx.nn.LayerNorm(4, dtype=float)
        self.dense = eqx.nn.MLP(4, 4, 6, 1, activation=jax.nn.gelu, key=keys[1], dtype=float)
        self.readout = eqx.nn.Linear(4, 2, use_bias=False, key=keys[2], dtype=float)

    def __call__(self, x):
        h = jax.vmap(self.norm)(x)
        x = x + self.attention(h, h, h)
        return self.readout(jnp.mean(x + jax.vmap(self.dense)(x), axis=0))


class Images(nn.Module):
    @nn.compact
    def __call__(self, x):
        h = nn.relu(nn.Conv(3, (3, 3), strides=2, param_dtype=float)(x))
        h = h + nn.Conv(3, (3, 3), param_dtype=float)(nn.relu(h))
        return nn.Dense(2, param_dtype=float)(jnp.mean(h, axis=(0, 1)))


def words(x):
    """Tokens, an embedding, a matrix shared with the read-out."""
    table = hk.get_parameter("table", (5, 3), float, init=hk.initializers.RandomNormal())
    h = table[x]
    h = h + jnp.tanh(hk.Linear(3)(h))
    return jnp.mean(h @ table.T, axis=0)


def residual(p, x):
    """A residual net without batch norm: layers in a loop, one matrix shared by all."""

    def layer(h, W):
        return h + jnp.tanh(W @ h + p["shared"] @ h) / 3.0, None

    return p["readout"] @ jax.lax.scan(layer, x, p["W"])[0]


def nets():
    rng = np.random.default_rng(0)
    arrays = lambda params: jax.tree.map(jnp.asarray, params)
    key = jax.random.key(0)
    images, tokens = Images(), jnp.asarray(rng.integers(0, 5, (6, 4)))
    net = hk.without_apply_rng(hk.transform(words))
    image = normal(1, 6, 6, 6, 2)
    return {
        "mlp": (tangent_nets.mlp, arrays(tangent_nets.mlp_params(rng, [4, 6, 5, 3])), normal(2, 6, 4)),
        "no biases": (tangent_nets.mlp, arrays(tangent_nets.mlp_params(rng, [4, 6, 1], bias=False)), normal(2, 6, 4)),
        "cnn": (tangent_nets.cnn, arrays(tangent_nets.cnn_params(rng, channels=4, out=2)), normal(3, 6, 5, 5, 3)),
        "block": (tangent_nets.block, arrays(tangent_nets.block_params(rng, 4, 2, 2)), normal(4, 6, 3, 4)),
        "residual": (
            residual,
            {"W": normal(5, 3, 4, 4), "shared": normal(6, 4, 4), "readout": normal(7, 2, 4)},
            normal(8, 6, 4),
        ),
        "equinox mlp": (*functional(eqx.nn.MLP(4, "scalar", 6, 2, key=key, dtype=float)), normal(2, 6, 4)),
        "equinox attention": (*functional(Attention(key)), normal(9, 6, 3, 4)),
        "flax images": (images.apply, images.init(key, image[0]), image),
        "haiku words": (net.apply, net.init(key, tokens[0]), tokens),
    }


with warnings.catch_warnings(), jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
    warnings.simplefilter("ignore")
    NETS = nets()


@pytest.fixture
def relaxed():
    """Flax and Haiku promote types and ranks."""
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        yield


@pytest.mark.usefixtures("relaxed")
@pytest.mark.parametrize("name", NETS)
def test_all_methods_agree_with_the_definition(name):
    apply, params, x = NETS[name]
    expected = definition(apply, params, x, x[:4])
    shape = jax.eval_shape(apply, params, x[0]).shape
    for method in METHODS:
        full = tangent_kernel(apply, params, x, x[:4], outputs="full", method=method)
        assert full.shape == (6, 4, *shape, *shape)
        assert close(full.reshape(expected.shape), expected), method


def test_trace_and_mean_of_outputs():
    apply, params, x = NETS["mlp"]
    expected = jnp.einsum("ijoo->ij", definition(apply, params, x, x[:4]))
    for method in METHODS:
        assert close(tangent_kernel(apply, params, x, x[:4], method=method), expected)
        assert close(tangent_kernel(apply, params, x, x[:4], outputs="mean", method=method), expected / 3)


@pytest.mark.parametrize("outputs", ["trace", "full"])
@pytest.mark.parametrize("method", METHODS)
def test_blocks_change_nothing_and_symmetry_is_exact(method, outputs):
    apply, params, x = NETS["mlp"]
    whole = tangent_kernel(apply, params, x, outputs=outputs)
    turn = (1, 0, 3, 2)[: whole.ndim]
    plans = [plan for plan in tangent_plans(apply, params, x, outputs=outputs) if plan.method == method]
    for plan in {(plan.rows, plan.keep): plan for plan in plans if plan.rows in (2, 6)}.values():
        streamed = tangent_kernel(apply, params, x, outputs=outputs, method=method, memory_bytes=plan.memory)
        assert close(streamed, whole)
        assert jnp.array_equal(streamed, streamed.transpose(turn))


def test_loops_inside_a_program_give_the_same():
    apply, params, x = NETS["residual"]
    for method in METHODS:
        least = min(plan.memory for plan in tangent_plans(apply, params, x) if plan.method == method)
        how = {"method": method, "memory_bytes": 2 * least}
        inside = jax.jit(lambda params, x, how=how: tangent_kernel(apply, params, x, **how))(params, x)
        assert close(inside, tangent_kernel(apply, params, x))


def test_it_may_be_vmapped_and_differentiated():
    apply, params, x = NETS["mlp"]
    stacked = jax.tree.map(lambda leaf: jnp.stack([leaf, 2.0 * leaf]), params)
    both = jax.vmap(lambda params: tangent_kernel(apply, params, x))(stacked)
    assert close(both[0], tangent_kernel(apply, params, x))
    slope = jax.grad(lambda c: jnp.sum(tangent_kernel(lambda W, x: jnp.sin(W @ x), c * jnp.ones((1, 4)), x)))(0.3)
    eps = 1e-5
    values = [
        jnp.sum(tangent_kernel(lambda W, x: jnp.sin(W @ x), c * jnp.ones((1, 4)), x)) for c in (0.3 + eps, 0.3 - eps)
    ]
    assert abs(slope - (values[0] - values[1]) / (2 * eps)) < 1e-6 * abs(slope)


def test_single_precision():
    apply, params, x = NETS["block"]
    exact = tangent_kernel(apply, params, x)
    single = jax.tree.map(lambda leaf: leaf.astype(jnp.float32), params)
    kernel = tangent_kernel(apply, single, x.astype(jnp.float32))
    assert kernel.dtype == jnp.float32
    assert close(kernel.astype(float), exact, 1e-5)


def test_fixed_leaves_are_no_parameters():
    params = {
        "W": normal(0, 3, 4),
        "scale": 2.0,
        "order": jnp.array([2, 0, 1]),
        "name": "net",
        "mask": np.array([True] * 4),
    }

    def apply(p, x):
        return p["scale"] * (p["W"] @ jnp.where(p["mask"], x, 0.0))[p["order"]]

    x = normal(1, 5, 4)
    for method in METHODS:
        kernel = tangent_kernel(apply, params, x, method=method)
        by_hand = 3 * 4.0 * x @ x.T + (x @ params["W"].T) @ (x @ params["W"].T).T
        assert close(kernel, by_hand)


def test_plain_settings_with_mixed_types():
    """What users have: standard promotion, parameters of two types."""
    with jax.numpy_dtype_promotion("standard"), jax.numpy_rank_promotion("allow"):
        params = {"W": normal(0, 3, 4), "b": normal(1, 3).astype(jnp.float32)}
        apply = lambda p, x: jnp.tanh(p["W"] @ x + p["b"])
        x = normal(2, 5, 4)
        expected = definition(apply, params, x, x)
        for method in METHODS:
            assert close(tangent_kernel(apply, params, x, outputs="full", method=method), expected, 1e-6)


def test_one_example_and_trees_of_examples():
    apply = lambda W, x: jnp.sum((W @ x["a"])[x["n"]])
    x = {"a": normal(0, 1, 4), "n": jnp.array([2])}
    for method in METHODS:
        assert close(tangent_kernel(apply, normal(1, 3, 4), x, method=method), jnp.sum(x["a"] ** 2)[None, None])


def test_the_budget_is_kept_or_refused_with_a_number():
    apply, params, x = NETS["no biases"]
    plans = tangent_plans(apply, params, x)
    least = min(plan.memory for plan in plans)
    assert close(tangent_kernel(apply, params, x, memory_bytes=least), tangent_kernel(apply, params, x))
    with pytest.raises(InputError, match=f"at least {least} "):
        tangent_kernel(apply, params, x, memory_bytes=least - 1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"outputs": "all"}, "outputs must be one of trace, mean, full"),
        ({"method": "best"}, "method must be one of auto, layerwise"),
        ({"memory_bytes": 0}, "memory_bytes must be a positive integer"),
        ({"memory_bytes": 1.5}, "memory_bytes must be a positive integer"),
        ({"x2": jnp.ones((3, 5))}, "x2 must hold examples of the shape"),
        ({"x1": jnp.ones(())}, "one leading axis"),
        ({"params": {"n": 1}}, "at least one floating-point array"),
    ],
)
def test_wrong_use(change, message):
    apply, params, x = NETS["mlp"]
    how = {"params": params, "x1": x} | change
    with pytest.raises(InputError, match=message):
        tangent_kernel(apply, **how)


def test_ten_digits_of_agreement_with_torch():
    """Kernels by torch.func of the same nets with the same parameters, written by `benchmarks/tangent.py`."""
    with np.load(pathlib.Path(__file__).parent / "torch_kernels.npz") as stored:
        values = {name: stored[name] for name in stored.files}
    for net, apply in tangent_nets.NETS.items():
        prefix = f"{net}/params/"
        params = {name.removeprefix(prefix): jnp.asarray(values[name]) for name in values if name.startswith(prefix)}
        for method in METHODS:
            kernel = tangent_kernel(apply, params, jnp.asarray(values[f"{net}/x"]), outputs="full", method=method)
            assert close(kernel, jnp.asarray(values[f"{net}/kernel"]), 1e-10)
