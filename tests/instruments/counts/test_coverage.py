"""Every primitive that the public functions of JAX lower to has a counting rule: values, tangents and pullbacks."""

import inspect
import warnings

import jax
import jax.lax.linalg
import jax.numpy as jnp
import jax.scipy.linalg
import jax.scipy.special
import numpy as np
import pytest
from jax import lax

from limes._errors import InputError
from limes.instruments.counts import count

S = jax.ShapeDtypeStruct
F = jnp.float64
V, A, B = S((4,), F), S((4, 4), F), S((2, 4, 4), F)
I, M, C = S((4,), jnp.int64), S((4,), bool), S((4, 4), jnp.complex128)
K = S((), jax.random.key(0).dtype)
ARGUMENTS = [
    *((V,), (A,), (V, V), (A, A), (A, V), (I,), (I, I), (M,), (C,), (V, V, V), (V, V, V, V)),
    *((V, I), (I, V), (V, 1), (A, 1), (A, 0, 1), (M, V, V), ([V, V],), (B, 1, 2), (4,), (I, 3)),
]
WITH_KEYS = [(K, (3,)), (K,), (K, V), (K, 3), (K, A), (K, V, A), (K, V, V), (K, (3,), 0, 5), (K, 0.5), (V,), (4,)]
MODULES = {
    "numpy": jnp,
    "lax": lax,
    "numpy.linalg": jnp.linalg,
    "numpy.fft": jnp.fft,
    "scipy.special": jax.scipy.special,
    "scipy.linalg": jax.scipy.linalg,
    "lax.linalg": jax.lax.linalg,
    "nn": jax.nn,
    "random": jax.random,
}
HOST = {"save", "savez", "load", "fromfile", "printoptions", "set_printoptions", "infeed", "outfeed"}
DEVICES = {"psum", "pmax", "pmin", "pmean", "psum_scatter", "ppermute", "all_gather", "all_to_all"}


@pytest.fixture(autouse=True)
def short_tracebacks():
    """Errors of unsuitable arguments are many here; JAX shortens every traceback at a cost."""
    before = jax.config.jax_traceback_filtering
    jax.config.update("jax_traceback_filtering", "off")
    yield
    jax.config.update("jax_traceback_filtering", before)


def floats(tree):
    return [
        leaf for leaf in jax.tree.leaves(tree) if hasattr(leaf, "dtype") and jnp.issubdtype(leaf.dtype, jnp.inexact)
    ]


def programs(fn, arguments):
    """The jaxprs of a function, its tangent and its pullback, as far as they exist; none if it does not take these."""
    arrays, tree = jax.tree.flatten(arguments)
    places = [place for place, leaf in enumerate(arrays) if isinstance(leaf, S)]
    active = [place for place in places if jnp.issubdtype(arrays[place].dtype, jnp.inexact)]

    def call(values):
        leaves = list(arrays)
        for place, value in zip(places, values, strict=True):
            leaves[place] = value
        return fn(*jax.tree.unflatten(tree, leaves))

    def smooth(values):
        return lambda chosen: floats(
            call([chosen.get(place, value) for place, value in zip(places, values, strict=True)])
        )

    def tangent(values):
        chosen = {place: values[places.index(place)] for place in active}
        return jax.jvp(smooth(values), (chosen,), (chosen,))

    def pullback(values):
        chosen = {place: values[places.index(place)] for place in active}
        out, pull = jax.vjp(smooth(values), chosen)
        return pull([jnp.ones_like(leaf) for leaf in out])

    given = [arrays[place] for place in places]
    found = []
    for mode in (call, tangent, pullback) if active else (call,):
        try:
            found.append(jax.make_jaxpr(mode)(given))
        except Exception:  # noqa: BLE001 - a function that does not take these arguments is asked with others
            return found
    return found


def unknown(jaxprs):
    found = []
    for jaxpr in jaxprs:
        try:
            count(jaxpr, live_only=False)
        except InputError as error:
            found.append(str(error))
    return found


def public(module):
    for name in sorted(set(dir(module))):
        fn = getattr(module, name)
        if not name.startswith("_") and callable(fn) and not inspect.isclass(fn) and name not in HOST | DEVICES:
            yield name, fn


@pytest.mark.parametrize("name", MODULES)
def test_public_functions_with_generic_arguments(name):
    """Of every function the first arguments that it takes and differentiates in; the rest has calls of its own below."""
    missing, reached = {}, 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for called, fn in public(MODULES[name]):
            taken = 0
            for arguments in WITH_KEYS if name == "random" else ARGUMENTS:
                jaxprs = programs(fn, arguments)
                taken += len(jaxprs)
                if found := unknown(jaxprs):
                    missing[called] = found
                if taken >= 3:
                    break
            reached += taken > 0
    assert not missing
    assert reached > 10


X, Y = np.linspace(0.1, 0.9, 6), np.eye(6) + 0.1
I6 = np.arange(6)
CALLS = {
    "apply_along_axis": lambda x, a: jnp.apply_along_axis(jnp.sort, 0, a),
    "bincount": lambda x, a: jnp.bincount(I6, x, length=6),
    "choose": lambda x, a: jnp.choose(I6 % 2, [x, 2 * x], mode="clip"),
    "compress": lambda x, a: jnp.compress(x > 0.5, x, size=6),
    "cross": lambda x, a: jnp.cross(x[:3], x[3:]),
    "einsum": lambda x, a: jnp.einsum("i,ij,jk->k", x, a, a),
    "extract": lambda x, a: jnp.extract(x > 0.5, x, size=6),
    "fill_diagonal": lambda x, a: jnp.fill_diagonal(a, x, inplace=False),
    "histogram": lambda x, a: jnp.histogram(x, bins=4, weights=x)[0],
    "interp": lambda x, a: jnp.interp(x, X, a[0]),
    "intersect1d": lambda x, a: jnp.intersect1d(x, x, size=6),
    "kaiser": lambda x, a: jnp.kaiser(6, 0.5) * x,
    "nonzero": lambda x, a: x[jnp.nonzero(x > 0.5, size=6)],
    "pad": lambda x, a: [
        jnp.pad(a, 2, mode=mode) for mode in ("reflect", "symmetric", "wrap", "edge", "mean", "linear_ramp")
    ],
    "percentile": lambda x, a: jnp.percentile(a, np.array([20.0, 60.0]), axis=1),
    "piecewise": lambda x, a: jnp.piecewise(x, [x < 0.3, x > 0.6], [jnp.sin, jnp.cos, 0.5]),
    "place": lambda x, a: jnp.place(x, x > 0.5, x, inplace=False),
    "polyfit": lambda x, a: jnp.polyfit(x, x**2, 2),
    "put": lambda x, a: jnp.put(x, I6[:2], x[:2], inplace=False),
    "put_along_axis": lambda x, a: jnp.put_along_axis(a, I6[:, None], x[:, None], 1, inplace=False),
    "ravel_multi_index": lambda x, a: jnp.ravel_multi_index(jnp.int64(x), (1,) * 6, mode="clip"),
    "searchsorted": lambda x, a: [
        jnp.searchsorted(x, x, method=m) for m in ("scan", "sort", "compare_all", "scan_unrolled")
    ],
    "select": lambda x, a: jnp.select([x < 0.3, x > 0.6], [x, 2 * x], 0.5),
    "setdiff1d": lambda x, a: jnp.setdiff1d(x, x[:2], size=6),
    "union1d": lambda x, a: jnp.union1d(x, x, size=12),
    "unique": lambda x, a: jnp.unique(x, return_counts=True, return_inverse=True, size=6),
    "unpackbits": lambda x, a: jnp.unpackbits(I6.astype(np.uint8)),
    "vectorize": lambda x, a: jnp.vectorize(jnp.dot, signature="(n),(n)->()")(a, a),
    "index": lambda x, a: [a[1], a[::2, -1], a[I6, I6], a[:, None], x.at[0].set(1.0)],
    "associative_scan": lambda x, a: lax.associative_scan(jnp.multiply, x),
    "cond": lambda x, a: lax.cond(x[0] > 0.5, jnp.sin, jnp.cos, x),
    "conv": lambda x, a: lax.conv(a[None, None], a[None, None, :2, :2], (1, 1), "SAME"),
    "conv_transpose": lambda x, a: lax.conv_transpose(a[None, :, :, None], a[:2, :2, None, None], (2, 2), "SAME"),
    "conv_patches": lambda x, a: lax.conv_general_dilated_patches(a[None, None], (2, 2), (1, 1), "VALID"),
    "conv_local": lambda x, a: lax.conv_general_dilated_local(
        a[None, None], jnp.ones((1, 4, 3, 3)), (2, 2), "VALID", (2, 2), dimension_numbers=("NCHW", "OIHW", "NCHW")
    ),
    "custom_root": lambda x, a: lax.custom_root(
        lambda v: v**2 - x, x, lambda f, v: jnp.sqrt(x), lambda g, y: y / g(1.0 + 0 * y)
    ),
    "dynamic": lambda x, a: lax.dynamic_update_slice(a, lax.dynamic_slice(a, (1, 1), (2, 2)), (0, 0)),
    "fori_loop": lambda x, a: lax.fori_loop(0, 3, lambda i, v: v * x, x),
    "map": lambda x, a: lax.map(jnp.sin, a, batch_size=2),
    "reduce": lambda x, a: lax.reduce(a, np.float64(1.0), lambda u, v: u * v, (0,)),
    "reduce_window": lambda x, a: lax.reduce_window(a, -np.inf, lax.max, (2, 2), (1, 1), "SAME"),
    "scan": lambda x, a: lax.scan(lambda c, row: (jnp.tanh(c * row), c), x, a, reverse=True),
    "scatter": lambda x, a: [getattr(a.at[I6[:2]], f)(x) for f in ("add", "subtract", "multiply", "min", "max", "set")],
    "switch": lambda x, a: lax.switch(2, [jnp.sin, jnp.cos, jnp.tan], x),
    "while_loop": lambda x, a: lax.stop_gradient(lax.while_loop(lambda v: v.sum() < 9.0, lambda v: 2 * v, x)) * x,
    "cholesky": lambda x, a: [jnp.linalg.cholesky(a), jax.scipy.linalg.cho_solve((a, True), x)],
    "eigh": lambda x, a: jnp.linalg.eigh(a),
    "expm": lambda x, a: jax.scipy.linalg.expm(a),
    "lu_solve": lambda x, a: jax.scipy.linalg.lu_solve(jax.scipy.linalg.lu_factor(a), x),
    "pinv": lambda x, a: [jnp.linalg.pinv(a), jnp.linalg.lstsq(a, x)[0]],
    "qr": lambda x, a: [jnp.linalg.qr(a), jnp.linalg.svd(a)[1], jnp.linalg.slogdet(a)[1], jnp.linalg.inv(a)],
    "cg": lambda x, a: jax.scipy.sparse.linalg.cg(a, x, maxiter=3)[0],
    "fft": lambda x, a: [jnp.fft.irfft(jnp.fft.rfft(x)), jnp.fft.ifft2(jnp.fft.fft2(a)).real],
    "convolve": lambda x, a: [jax.scipy.signal.convolve(a, a), jax.scipy.signal.fftconvolve(x, x)],
    "attention": lambda x, a: jax.nn.dot_product_attention(*[jnp.float32(a)[:, None]] * 3, is_causal=True),
    "dropout": lambda x, a: jnp.where(jax.random.bernoulli(jax.random.key(0), 0.5, x.shape), x, 0.0),
    "initializers": lambda x, a: [
        getattr(jax.nn.initializers, name)()(jax.random.key(0), (4, 4), F)
        for name in ("he_normal", "orthogonal", "glorot_uniform")
    ],
    "triangular": lambda x, a: jax.random.triangular(jax.random.key(0), 0.0, 0.5, 1.0, (3,)) * x[:3],
    "resize": lambda x, a: jax.image.resize(a, (3, 9), "cubic"),
    "map_coordinates": lambda x, a: jax.scipy.ndimage.map_coordinates(a, [x, x], 1),
    "hessian": lambda x, a: jax.hessian(lambda v: jnp.sum(jnp.tanh(a @ v) ** 3))(x),
    "checkpoint": lambda x, a: jax.grad(
        jax.checkpoint(lambda v: jnp.sum(jnp.sin(a @ v)), policy=jax.checkpoint_policies.dots_saveable)
    )(x),
    "jet_of_special": lambda x, a: [
        f(x) for f in (jax.scipy.special.expi, jax.scipy.special.exp1, jax.scipy.special.ndtri)
    ],
}


@pytest.mark.parametrize("name", CALLS)
def test_explicit_calls(name):
    jaxprs = programs(CALLS[name], (S((6,), F), S((6, 6), F)))
    assert jaxprs, "the call itself failed"
    assert not unknown(jaxprs)
