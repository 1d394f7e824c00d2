import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from limes._errors import InputError
from limes.limits.width import InfiniteWidth, has_rule, monte_carlo, rule
from limes.limits.width.blocks import final_state
from limes.limits.width.kernels import infinite_width
from limes.models.activations import erf, relu, step
from limes.models.layers import Dense, Dropout, LayerNorm, Sequential, Skip
from limes.models.linear import Linear
from limes.models.perceptron import MLP, TwoLayer

D, P = 3, 384
X = jnp.array([[1.0, 0.2, -0.5], [0.3, -1.2, 0.4], [-0.9, 0.1, 0.6]])
KEY = jax.random.key(0)


def dense(key, in_size, out_size, scaling="ntk", **stds):
    return Dense(in_size, out_size, scaling=scaling, **({"weight_std": 1.3, "bias_std": 0.4} | stds), key=key)


def chain(*parts):
    """A builder: numbers become dense layers of that size, everything else stays."""

    def build(key, width=P):
        keys, size, layers = iter(jax.random.split(key, 8)), D, []
        for part in parts:
            if isinstance(part, str):
                wide = {"wide": width, "out": None}[part]
                layers.append(dense(next(keys), size, wide))
                size = width
            else:
                layers.append(part(next(keys), width) if getattr(part, "builds", False) else part)
        return Sequential(*layers)

    return build


def builds(function):
    function.builds = True
    return function


def within(limit, estimate, slack=0.0):
    """Every entry inside the interval, which is narrow enough to tell something."""
    scale = float(jnp.max(jnp.abs(estimate.value)))
    assert float(jnp.max(estimate.high - estimate.low)) < 0.25 * scale
    assert bool(jnp.all((estimate.low - slack * scale <= limit) & (limit <= estimate.high + slack * scale))), (
        limit,
        estimate,
    )


SKIP = builds(lambda key, p: Skip(Sequential(relu, dense(key, p, p))))
BOTH = builds(lambda key, p: Skip(Sequential(erf, dense(key, p, p)), dense(jax.random.fold_in(key, 1), p, p)))
NETS = {
    "two hidden layers": chain("wide", relu, "wide", erf, "out"),
    "linear layers": chain("wide", "wide", "out"),
    "residual sum": chain("wide", SKIP, relu, "out"),
    "two branches": chain("wide", BOTH, relu, "out"),
    "layer norm": chain("wide", LayerNorm(), relu, "wide", LayerNorm(0.5), erf, "out"),
    "a step": chain("wide", relu, "wide", step, "out"),
}


@pytest.mark.parametrize("name", NETS)
def test_finite_networks_agree(name):
    build = NETS[name]
    found = infinite_width(build(KEY, 4)).ntk(X)
    within(found, monte_carlo(build, X, key=jax.random.key(1), num=24, confidence=1 - 1e-4))


class Masked(eqx.Module):
    """A network with dropout at work: every input has masks of its own."""

    net: Sequential
    key: jax.Array

    def __call__(self, x):
        own = jax.lax.bitcast_convert_type(x.astype(jnp.float32), jnp.int32).sum()
        return self.net(x, key=jax.random.fold_in(self.key, own))


def test_dropout_doubles_variances_and_leaves_pairs_alone():
    """One hidden layer: the mean over finite networks is the limit at any width."""
    net = chain("wide", relu, Dropout(0.5), "out")
    build = lambda key: Masked(net(key, 64), jax.random.fold_in(key, 7))
    model = net(KEY, 4)
    for which, num in (("nngp", 3000), ("ntk", 1000)):
        found = getattr(infinite_width(model), which)(X)
        within(found, monte_carlo(build, X, key=jax.random.key(2), num=num, which=which, confidence=1 - 1e-4))
    off = eqx.nn.inference_mode(model)
    dropped, plain = infinite_width(model).nngp(X), infinite_width(off).nngp(X)
    diagonal = np.eye(3, dtype=bool)
    assert np.allclose(dropped[~diagonal], plain[~diagonal], rtol=1e-13)
    assert np.allclose(dropped[diagonal] - 0.16, 2 * (plain[diagonal] - 0.16), rtol=1e-12)
    assert np.allclose(infinite_width(model).nngp(X, X), plain, rtol=1e-12), "two lists are different forward passes"


def test_layer_norm_makes_a_correlation():
    model = Sequential(dense(KEY, D, 4), LayerNorm(1e-12), dense(KEY, 4, None, weight_std=1.0, bias_std=0.0))
    K = infinite_width(model).nngp(X)
    C = 1.69 * X @ X.T / D + 0.16
    assert np.allclose(K, C / np.sqrt(np.outer(np.diag(C), np.diag(C))), rtol=1e-9)


def test_a_sequence_of_layers_is_the_perceptron():
    mlp = MLP(D, width=4, depth=3, sigma=relu, scaling="ntk", weight_std=1.3, bias_std=0.4, key=KEY)
    same = Sequential(mlp.layers[0], relu, Sequential(mlp.layers[1], relu), mlp.layers[2], relu, mlp.layers[3])
    for which in ("nngp", "ntk"):
        one, other = (getattr(infinite_width(model), which)(X) for model in (mlp, same))
        assert np.allclose(one, other, rtol=1e-13)


def test_two_layers_are_a_perceptron_with_its_own_read_out():
    two = TwoLayer(D, width=5, sigma=relu, scaling="ntk", weight_std=1.3, bias_std=0.4, key=KEY)
    readout = dense(KEY, 5, None, weight_std=1.0, bias_std=0.0)
    same = Sequential(dense(jax.random.key(5), D, 5), relu, readout)
    for which in ("nngp", "ntk"):
        one, other = (getattr(infinite_width(model), which)(X) for model in (two, same))
        assert np.allclose(one, other, rtol=1e-13)


def test_layers_of_different_deviations_are_told_apart():
    """A perceptron whose second layer was changed by hand is not the one it was built as."""
    mlp = MLP(D, width=4, depth=2, sigma=relu, scaling="ntk", key=KEY)
    other = eqx.tree_at(lambda net: net.layers[1], mlp, dense(KEY, 4, 4, weight_std=2.0, bias_std=0.0))
    assert np.allclose(infinite_width(other).nngp(X), 4 * infinite_width(mlp).nngp(X), rtol=1e-12)


def test_a_persons_layer_takes_part():
    class Doubled(eqx.Module):
        factor: float = 2.0

        def __call__(self, x):
            return self.factor * x

    assert not has_rule(Doubled())
    with pytest.raises(InputError, match=r"Doubled.*register.*monte_carlo"):
        infinite_width(Sequential(dense(KEY, D, 4), Doubled(), relu, dense(KEY, 4, None)))
    rule.register(Doubled, lambda layer, state: state.map(lambda q1, q2, k: layer.factor**2 * k))
    assert has_rule(Doubled())
    model = Sequential(dense(KEY, D, 4), Doubled(), relu, dense(KEY, 4, None, bias_std=0.0))
    plain = Sequential(model.layers[0], relu, model.layers[3])
    one, other = infinite_width(model), infinite_width(plain)
    assert np.allclose(one.nngp(X), 4 * other.nngp(X), rtol=1e-12)
    assert np.allclose(one.ntk(X), 4 * other.ntk(X), rtol=1e-12)


SHARED = dense(KEY, 4, 4)
REFUSED = {
    "standard": (lambda: Sequential(dense(KEY, D, 4, "standard"), relu, dense(KEY, 4, None)), "scaling"),
    "standard MLP": (lambda: MLP(D, width=4, depth=1, key=KEY), "scaling"),
    "two in a row": (
        lambda: Sequential(dense(KEY, D, 4), relu, erf, dense(KEY, 4, None)),
        "must follow a layer with weights",
    ),
    "on the input": (lambda: Sequential(relu, dense(KEY, D, None)), "follows the input"),
    "after dropout": (lambda: Sequential(dense(KEY, D, 4), Dropout(0.1), relu, dense(KEY, 4, None)), "dropout"),
    "dependent": (lambda: Sequential(dense(KEY, D, 4), Skip(relu), dense(KEY, 4, None)), "independent"),
    "twice the same": (lambda: Sequential(dense(KEY, D, 4), Skip(LayerNorm()), dense(KEY, 4, None)), "independent"),
    "input added": (lambda: Sequential(Skip(dense(KEY, D, D)), relu, dense(KEY, D, None)), "input itself"),
    "ends non-linear": (lambda: Sequential(dense(KEY, D, 4), relu), "must end with"),
    "final sigma": (lambda: MLP(D, width=4, depth=1, scaling="ntk", final_sigma=relu, key=KEY), "final_sigma"),
    "norm of features": (
        lambda: Sequential(dense(KEY, D, 4), relu, LayerNorm(), dense(KEY, 4, None)),
        "LayerNorm must",
    ),
    "shared": (lambda: Sequential(dense(KEY, D, 4), SHARED, relu, SHARED, relu, dense(KEY, 4, None)), "two places"),
    "unknown": (lambda: Sequential(dense(KEY, D, 4), Linear(4), dense(KEY, 4, None)), "Linear.*monte_carlo"),
    "softmax": (lambda: Sequential(dense(KEY, D, 4), jax.nn.softmax, dense(KEY, 4, None)), "softmax.*monte_carlo"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_limit_is_refused_at_once_in_one_sentence(name):
    build, reason = REFUSED[name]
    with pytest.raises(InputError, match=reason) as found:
        infinite_width(build())
    assert str(found.value).startswith("limit: ")
    assert "\n" not in str(found.value)


def test_inputs_of_another_size_are_refused():
    model = infinite_width(MLP(D, width=4, depth=1, scaling="ntk", key=KEY))
    with pytest.raises(InputError, match="takes 3 numbers, got inputs with 4"):
        model.ntk(jnp.ones((2, 4)))
    with pytest.raises(InputError, match="takes one vector"):
        model.ntk(jnp.ones((2, 5, 3)))


def test_an_independent_branch_may_add_features():
    """Features plus a fresh Gaussian are features, so that a dense layer may follow but no non-linearity."""
    branch = Skip(Sequential(relu, dense(KEY, 4, 4)), Sequential(relu))
    good = Sequential(dense(jax.random.key(1), D, 4), branch, dense(jax.random.key(2), 4, None))
    assert isinstance(infinite_width(good), InfiniteWidth)
    with pytest.raises(InputError, match="must follow"):
        infinite_width(Sequential(good.layers[0], branch, relu, good.layers[2]))


def test_the_error_of_integrals_is_carried():
    model = Sequential(dense(KEY, D, 4), jnp.tanh, dense(KEY, 4, 4), relu, dense(KEY, 4, None))
    state = final_state(model, X, X, None, False)
    assert 0.0 < float(state.error) < 1e-6
