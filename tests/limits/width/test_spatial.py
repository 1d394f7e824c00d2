import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from limes._errors import InputError
from limes.limits.width import monte_carlo, needs_pairs, rule
from limes.limits.width.blocks import kernels
from limes.limits.width.kernels import infinite_width
from limes.limits.width.state import start
from limes.models.activations import relu
from limes.models.convolution import AveragePool, Conv, Flatten, GlobalAveragePool
from limes.models.layers import Dense, Dropout, Sequential, Skip

V, U = 1.3, 0.4
KEYS = jax.random.split(jax.random.key(0), 8)
SIGNALS = jax.random.normal(jax.random.key(1), (2, 7, 2))
IMAGES = jax.random.normal(jax.random.key(2), (2, 5, 6, 2))


def conv(key, in_channels, out_channels, window, **options):
    return Conv(in_channels, out_channels, window, scaling="ntk", weight_std=V, bias_std=U, **options, key=key)


def dense(key, in_size):
    return Dense(in_size, None, scaling="ntk", weight_std=V, bias_std=U, key=key)


def relu_pair(q1, q2, k):
    c = np.clip(k / np.sqrt(q1 * q2), -1, 1)
    t = np.arccos(c)
    return np.sqrt(q1 * q2) * (np.sin(t) + (np.pi - t) * c) / (2 * np.pi), (np.pi - t) / (2 * np.pi)


class Loops:
    """Kernels of all pairs of inputs and positions of signals by loops over single numbers."""

    def __init__(self, x):
        self.n, self.size = x.shape[:2]
        self.K = np.einsum("isc,jtc->ijst", x, x) / x.shape[2]
        self.T = np.zeros_like(self.K)

    def each(self, function):
        shape = self.K.shape
        pairs = [function(*place) for place in np.ndindex(*shape)]
        self.K, self.T = (np.array([pair[part] for pair in pairs]).reshape(shape) for part in (0, 1))
        return self

    def moved(self, taps, together):
        """Average over windows: taps[s] lists input positions, None outside."""
        K, T = self.K, self.T
        out = np.zeros((2, self.n, self.n, len(taps), len(taps)))
        for (s, one), (t, other) in ((a, b) for a in enumerate(taps) for b in enumerate(taps)):
            pairs = list(zip(one, other, strict=True)) if together else [(a, b) for a in one for b in other]
            for a, b in pairs:
                if a is not None and b is not None:
                    out[0, :, :, s, t] += K[:, :, a, b] / len(pairs)
                    out[1, :, :, s, t] += T[:, :, a, b] / len(pairs)
        self.K, self.T = out
        return self

    def conv(self, taps):
        self.moved(taps, together=True)
        self.K = V**2 * self.K + U**2
        self.T = V**2 * self.T + self.K
        return self

    def relu(self):
        K, T = self.K.copy(), self.T.copy()

        def one(i, j, s, t):
            value, slope = relu_pair(K[i, i, s, s], K[j, j, t, t], K[i, j, s, t])
            return value, slope * T[i, j, s, t]

        return self.each(one)

    def dense(self, K, T):
        K = V**2 * K + U**2
        return K, V**2 * T + K


def windows(size, kernel, stride, padding):
    """Where each output looks, by the docstring of the layer."""
    low = 0 if padding == "valid" else (kernel - 1) // 2
    count = (size - kernel) // stride + 1 if padding == "valid" else -(-size // stride)
    places = [[s * stride + offset - low for offset in range(kernel)] for s in range(count)]
    if padding == "circular":
        return [[p % size for p in row] for row in places]
    return [[p if 0 <= p < size else None for p in row] for row in places]


def both(model, x, other=None):
    """Return NNGP and tangent kernel, compiled as one program."""
    return kernels(model, x, other, ("nngp", "ntk"), None)[0]


@pytest.mark.parametrize(
    ("padding", "stride", "head"),
    [
        ("circular", 1, "flatten"),
        ("same", 2, "flatten"),
        ("valid", 2, "flatten"),
        ("circular", 2, "global"),
        ("same", 1, "global"),
        ("valid", 1, "global"),
    ],
)
def test_signals_against_loops(padding, stride, head):
    first, second = (
        conv(key, c, 3, (3,), stride=r, padding=padding) for key, c, r in zip(KEYS, (2, 3), (stride, 1), strict=False)
    )
    size = len(windows(7, 3, stride, padding))
    last = len(windows(size, 3, 1, padding))
    tail = Flatten() if head == "flatten" else GlobalAveragePool()
    model = Sequential(first, relu, second, relu, tail, dense(KEYS[2], 3 * last if head == "flatten" else 3))
    loops = (
        Loops(np.asarray(SIGNALS)).conv(windows(7, 3, stride, padding)).relu().conv(windows(size, 3, 1, padding)).relu()
    )
    mean = (lambda a: np.einsum("ijss->ij", a) / last) if head == "flatten" else (lambda a: a.mean((2, 3)))
    K, T = loops.dense(mean(loops.K), mean(loops.T))
    found = both(model, SIGNALS)
    assert np.allclose(found[0], K, rtol=1e-12)
    assert np.allclose(found[1], T, rtol=1e-11)


@pytest.mark.parametrize("padding", ["valid", "same", "circular"])
def test_pooled_signals_against_loops(padding):
    pool = AveragePool((2,), padding=padding)
    taps = windows(7, 2, 2, padding)
    model = Sequential(
        conv(KEYS[0], 2, 3, (3,)), relu, pool, conv(KEYS[1], 3, 3, (2,)), relu, Flatten(), dense(KEYS[2], 3 * len(taps))
    )
    loops = Loops(np.asarray(SIGNALS)).conv(windows(7, 3, 1, "circular")).relu().moved(taps, together=False)
    loops = loops.conv(windows(len(taps), 2, 1, "circular")).relu()
    K, T = loops.dense(*(np.einsum("ijss->ij", a) / len(taps) for a in (loops.K, loops.T)))
    found = both(model, SIGNALS)
    assert np.allclose(found[0], K, rtol=1e-12)
    assert np.allclose(found[1], T, rtol=1e-11)


NETS = {
    "same, strides": lambda key, c: Sequential(
        conv(key[0], 2, c, (3, 3), stride=(1, 2), padding="same"), relu, Flatten(), dense(key[1], 15 * c)
    ),
    "circular, pooled": lambda key, c: Sequential(
        conv(key[0], 2, c, (3, 2)), relu, AveragePool((2, 3), stride=(1, 2)), Flatten(), dense(key[1], 8 * c)
    ),
    "valid, global": lambda key, c: Sequential(
        conv(key[0], 2, c, (2, 3), padding="valid"), relu, GlobalAveragePool(), dense(key[1], c)
    ),
}


@pytest.mark.parametrize("name", NETS)
def test_finite_networks_on_images_agree(name):
    """With one hidden layer the mean over networks of any number of channels is the limit."""
    build = lambda key: NETS[name](jax.random.split(key), 24)
    found = infinite_width(build(KEYS[0])).ntk(IMAGES)
    estimate = monte_carlo(build, IMAGES, key=jax.random.key(3), num=300, confidence=1 - 1e-4)
    assert float(jnp.max(estimate.high - estimate.low)) < 0.2 * float(jnp.max(estimate.value))
    assert bool(jnp.all((estimate.low <= found) & (found <= estimate.high))), (found, estimate)


def test_images_that_are_signals_have_the_kernels_of_signals():
    image = SIGNALS[:, None]
    one, two = (
        Sequential(
            conv(KEYS[0], 2, 3, w),
            relu,
            AveragePool(p),
            conv(KEYS[1], 3, 3, w),
            relu,
            GlobalAveragePool(),
            dense(KEYS[2], 3),
        )
        for w, p in (((3,), (2,)), ((1, 3), (1, 2)))
    )
    assert np.allclose(infinite_width(one).ntk(SIGNALS), infinite_width(two).ntk(image), rtol=1e-12)


def test_residual_convolutions_against_their_parts():
    """With a branch that keeps positions the kernels add, also for pairs of positions."""
    branch = Sequential(relu, conv(KEYS[1], 3, 3, (3,)))
    model = Sequential(conv(KEYS[0], 2, 3, (3,)), Skip(branch), relu, GlobalAveragePool(), dense(KEYS[2], 3))
    loops = Loops(np.asarray(SIGNALS)).conv(windows(7, 3, 1, "circular"))
    K, T = loops.K, loops.T
    loops.relu().conv(windows(7, 3, 1, "circular"))
    loops.K, loops.T = loops.K + K, loops.T + T
    loops.relu()
    K, T = loops.dense(loops.K.mean((2, 3)), loops.T.mean((2, 3)))
    assert np.allclose(infinite_width(model).ntk(SIGNALS), T, rtol=1e-11)
    assert np.allclose(infinite_width(model).ntk(SIGNALS[:1], SIGNALS[1:]), T[:1, 1:], rtol=1e-11)


def test_only_poolings_ask_for_pairs_of_positions():
    flat = Sequential(conv(KEYS[0], 2, 3, (3,)), relu, Flatten(), dense(KEYS[1], 21))
    pooled = Sequential(conv(KEYS[0], 2, 3, (3,)), relu, AveragePool((2,)), Flatten(), dense(KEYS[1], 9))
    assert not needs_pairs(flat, False)
    assert needs_pairs(pooled, False)
    assert not needs_pairs(Sequential(Skip(Sequential(relu, flat.layers[0])), Flatten()), False)
    assert needs_pairs(Sequential(Skip(Sequential(GlobalAveragePool())), Flatten()), False)
    state = start(SIGNALS, SIGNALS, same=None, full=True, tangent=False)
    after = rule(Sequential(*pooled.layers[:3]), state)
    assert not after.full
    assert after.K.shape == (2, 2, 3)


def test_a_container_that_hides_a_pooling_is_refused():
    """Without pairs of positions the mean would silently be another one."""

    class Hidden(eqx.Module):
        net: Sequential

        def __call__(self, x):
            return self.net(x)

    for pool, size in ((GlobalAveragePool(), 3), (AveragePool((7,)), 3)):
        net = Sequential(conv(KEYS[0], 2, 3, (3,)), relu, pool, Flatten(), dense(KEYS[1], size))
        rule.register(Hidden, lambda layer, state: rule(layer.net, state))
        with pytest.raises(InputError, match=r"needs_pairs\.register"):
            infinite_width(Hidden(net)).nngp(SIGNALS)
    needs_pairs.register(Hidden, lambda layer, after: needs_pairs(layer.net, after))
    assert np.allclose(infinite_width(Hidden(net)).nngp(SIGNALS), infinite_width(net).nngp(SIGNALS), rtol=1e-12)


def test_dropout_scales_equal_positions_of_one_pass_only():
    state = start(SIGNALS, SIGNALS, same=jnp.eye(2, dtype=bool), full=True, tangent=True)
    state = rule(conv(KEYS[0], 2, 3, (3,)), state)
    after = rule(Dropout(0.5), state)
    ratio = np.asarray(after.K / state.K)
    expected = np.where(np.eye(2, dtype=bool)[:, :, None, None] & np.eye(7, dtype=bool)[None, None], 2.0, 1.0)
    assert np.allclose(ratio, expected)
    assert np.allclose(after.Theta / state.Theta, expected)
    assert np.allclose(after.q1 / state.q1, np.where(np.eye(7, dtype=bool), 2.0, 1.0)[None])


@pytest.mark.parametrize(
    ("model", "x", "reason"),
    [
        (Sequential(conv(KEYS[0], 2, 3, (3,)), relu, dense(KEYS[1], 3)), SIGNALS, "takes one vector"),
        (Sequential(conv(KEYS[0], 2, 3, (3, 3)), relu, Flatten(), dense(KEYS[1], 3)), SIGNALS, "takes images"),
        (Sequential(conv(KEYS[0], 3, 3, (3,)), relu, Flatten(), dense(KEYS[1], 21)), SIGNALS, "takes 3 numbers"),
        (conv(KEYS[0], 2, 3, (3,)), SIGNALS, "several positions"),
        (Sequential(conv(KEYS[0], 2, 3, (3,)), Flatten(), relu, dense(KEYS[1], 21)), SIGNALS, "must follow"),
        (Sequential(Flatten(), dense(KEYS[1], 13)), SIGNALS, "takes 13 numbers, got inputs with 14"),
    ],
)
def test_wrong_shapes_are_refused_in_one_sentence(model, x, reason):
    with pytest.raises(InputError, match=reason):
        infinite_width(model).nngp(x)


def test_flattened_inputs_are_vectors():
    model = Sequential(Flatten(), dense(KEYS[1], 14))
    flat = np.asarray(SIGNALS).reshape(2, 14)
    assert np.allclose(infinite_width(model).nngp(SIGNALS), V**2 * flat @ flat.T / 14 + U**2, rtol=1e-13)
