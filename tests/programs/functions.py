"""Small functions of one array, one for every way that a program can be written: name -> (function, argument)."""

import jax
import jax.numpy as jnp
import jax.scipy.special as special

V = jnp.asarray([0.3, 0.7, -0.4, 1.1])
P = jnp.asarray([0.3, 0.7, 0.4, 1.1])
M = jnp.asarray([[2.0, 0.3, -0.5], [0.1, 1.7, 0.4], [0.6, -0.2, 2.4]])
S = M @ M.T
X = jnp.asarray([[0.2, -0.7, 1.3], [0.9, 0.4, -0.1]])
Z = jax.lax.complex(V, P)


@jax.custom_jvp
def cubed(x):
    return x**3


@cubed.defjvp
def _(primals, tangents):
    return cubed(*primals), 3 * primals[0] ** 2 * tangents[0]


@jax.custom_vjp
def clipped(x):
    return jnp.sin(x)


clipped.defvjp(lambda x: (clipped(x), x), lambda x, g: (g * jnp.clip(jnp.cos(x), -0.5, 0.9),))


@jax.jit
def affine(x):
    return 2 * x + 1


def while_power(x):
    return jax.lax.while_loop(lambda s: jnp.sum(s[1] ** 2) < 50.0, lambda s: (s[0] + 1, s[1] * x), (0, x + 1.5))[1]


def scan_pair(x):
    def step(carry, x_t):
        a, b = carry
        return (b, a * x_t + b), (a, x_t)

    return jax.lax.scan(step, (jnp.ones(()), x[0]), x)


def unused_output(x):
    return jax.lax.scan(lambda c, x_t: (jnp.sin(c) * x_t, jnp.exp(c)), x[0], x)[0]


def empty_scan(x):
    c, said = jax.lax.scan(lambda c, y: (c * y, c), x[0], jnp.zeros((0,)))
    return c * x[1] + jnp.sum(said)


def backward_scan(x):
    return jax.lax.scan(lambda c, x_t: (jnp.tanh(c + x_t), c), jnp.zeros(()), x, reverse=True)


def root(x):
    f = lambda y: y**3 + y - jnp.sum(x**2)
    solve = lambda f, y: jax.lax.fori_loop(0, 8, lambda _, y: y - f(y) / (3 * y**2 + 1), y)
    return jax.lax.custom_root(f, jnp.ones(()), solve, lambda g, y: y / g(jnp.ones(())))


def conjugate_gradients(x):
    return jax.scipy.sparse.linalg.cg(lambda y: S @ y, x[:3], maxiter=3)[0]


def host_norm(x):
    outside = jax.pure_callback(jnp.sum, jax.ShapeDtypeStruct((), x.dtype), jax.lax.stop_gradient(x))
    return x * outside


def printed(x):
    jax.debug.callback(lambda _: None, x)
    return jnp.sin(x)


def noisy(x):
    return x * jax.random.normal(jax.random.key(3), x.shape) + jax.random.uniform(jax.random.key(4))


def rounded(x):
    return jnp.floor(x) * x + jnp.sign(x) + jnp.round(x) * jnp.sum(x)


def reused(x):
    y = jnp.exp(x)
    return y * y + y * x


MANY = {
    # calls and rules
    "jit": (lambda x: affine(affine(x) * x), V),
    "vmap of jit": (lambda x: jax.vmap(affine)(x) * x, V),
    "custom_jvp": (lambda x: cubed(x) * x, V),
    "relu": (lambda x: jax.nn.relu(x) - jax.nn.relu(-x), V),
    "gelu": (jax.nn.gelu, V),
    "remat": (jax.checkpoint(lambda x: jnp.sin(jnp.sin(x))), V),
    "remat policy": (
        jax.checkpoint(lambda x: jnp.tanh(M @ jnp.sin(x[:3])), policy=jax.checkpoint_policies.dots_saveable),
        V,
    ),
    "grad inside": (jax.grad(lambda x: jnp.sum(jnp.sin(x) * x)), V),
    "jvp inside": (lambda x: jax.jvp(jnp.sin, (x,), (x,))[1], V),
    "custom_root": (root, V),
    "stop_gradient": (lambda x: jax.lax.stop_gradient(jnp.exp(x)) * x, V),
    "callback": (host_norm, V),
    "debug": (printed, V),
    # control flow
    "scan": (scan_pair, V),
    "scan reversed": (backward_scan, V),
    "scan, output unused": (unused_output, V),
    "scan, empty": (empty_scan, V),
    "scan without arrays": (lambda x: jax.lax.scan(lambda c, _: (jnp.sin(c), None), x, length=3)[0], V),
    "scan of constants": (lambda x: jax.lax.scan(lambda c, _: (c * 2, 1.0), x, length=2), V),
    "nested scans": (
        lambda x: jax.lax.scan(lambda c, a: jax.lax.scan(lambda c, b: (c * b + a, c), c, x), jnp.ones(()), x[:2]),
        V,
    ),
    "fori_loop": (lambda x: jax.lax.fori_loop(0, 3, lambda i, c: c * x[i] + i, x[3]), V),
    "while": (while_power, P),
    "cond": (lambda x: jax.lax.cond(jnp.sum(x) > 1, jnp.sin, jnp.cos, x), V),
    "cond in scan": (
        lambda x: jax.lax.scan(lambda c, y: (jax.lax.cond(y > 0, lambda: c * y, lambda: c - y), c), 1.0, x),
        V,
    ),
    "switch": (lambda x: jax.lax.switch(7, [jnp.sin, jnp.cos, jnp.exp], x), V),
    "vmap of cond": (jax.vmap(lambda y: jax.lax.cond(y > 0.5, jnp.sin, jnp.cos, y)), V),
    "vmap of while": (jax.vmap(lambda y: jax.lax.while_loop(lambda z: z < 2.0, lambda z: z * (1 + y), y)), P),
    "map": (lambda x: jax.lax.map(lambda y: jnp.sin(y) * y, x), V),
    "associative_scan": (lambda x: jax.lax.associative_scan(jnp.multiply, x), V),
    # arrays
    "take": (lambda x: x[jnp.asarray([0, 2, 2])] * x[1], V),
    "dynamic_slice": (lambda x: jax.lax.dynamic_slice(x, (1,), (2,)) * x[0], V),
    "scatter add": (lambda x: jnp.zeros(5).at[jnp.asarray([0, 3, 3, 1])].add(x**2), V),
    "scatter set": (lambda x: (x * x).at[1].set(x[0]), V),
    "where": (lambda x: jnp.where(x > 0.5, x**2, jnp.sin(x)), V),
    "clip": (lambda x: jnp.clip(x, -0.2, 0.8) * x, V),
    "sort": (lambda x: jnp.sort(x) * x, V),
    "max": (lambda x: jnp.max(x) * jnp.maximum(x, 0.5), V),
    "cumulative": (lambda x: jnp.cumsum(x) * jnp.cumprod(x), V),
    "median": (jnp.median, V),
    "interp": (lambda x: jnp.interp(x, jnp.asarray([-1.0, 0.0, 2.0]), jnp.asarray([0.0, 3.0, 1.0])), V),
    "stack and split": (lambda x: jnp.stack(jnp.split(x, 2)) @ jnp.stack([x[:2], x[2:]]), V),
    "pad and roll": (lambda x: jnp.pad(jnp.roll(x, 1), 2) * 2, V),
    "einsum": (lambda x: jnp.einsum("ij,kj->ik", x, x), X),
    "kron": (lambda x: jnp.kron(x, x[:1]), X),
    "convolve": (lambda x: jnp.convolve(x, x[:2]), V),
    "reused": (reused, V),
    "dead code": (lambda x: (jnp.exp(x), x * 2)[1], V),
    "input as output": (lambda x: (x, x, x**2, 1.0), V),
    "integers": (lambda x: (jnp.argmax(x), x[jnp.argmax(x)] * x), V),
    # numbers
    "casts": (lambda x: jnp.round(x.astype(jnp.float32)).astype(jnp.float64) * x, V),
    "complex": (lambda x: jnp.abs(jnp.exp(1j * x.astype(complex)) + x.astype(complex)) ** 2, V),
    "complex argument": (lambda z: z**2 * jnp.exp(z), Z),
    "random": (noisy, V),
    "rounding": (rounded, V),
    "powers": (lambda x: x**3 + x**-2 + x**0.7, P),
    "angles": (lambda x: jnp.arctan2(x, x[::-1]) + jnp.arcsin(x / 2), P),
    "logsumexp": (lambda x: jax.nn.logsumexp(x) + jax.nn.softmax(x), V),
    "norm": (lambda x: jnp.linalg.norm(x) * x, V),
    # special functions
    "erf": (lambda x: special.erf(x) + special.erfinv(x / 2), V),
    "gamma": (lambda x: special.gammaln(x) + special.digamma(x), P),
    "bessel": (lambda x: special.i0e(x) + special.i1e(x), V),
    "betainc": (lambda x: special.betainc(2.0, 3.0, x / 2), P),
    "logit": (lambda x: special.expit(x) + special.logit(x / 2) + special.xlogy(x, x), P),
    # linear algebra and transforms
    "solve": (lambda a: jnp.linalg.solve(a, jnp.ones(3)), M),
    "inv": (jnp.linalg.inv, M),
    "det": (jnp.linalg.det, M),
    "slogdet": (lambda a: jnp.linalg.slogdet(a)[1], M),
    "cholesky": (jnp.linalg.cholesky, S),
    "qr": (lambda a: jnp.linalg.qr(a)[1], M),
    "svd": (lambda a: jnp.linalg.svd(a, compute_uv=False), M),
    "eigh": (lambda a: jnp.linalg.eigh(a + a.T)[0], M),
    "expm": (jax.scipy.linalg.expm, M / 9),
    "triangular": (lambda a: jax.scipy.linalg.solve_triangular(a, jnp.ones(3), lower=True), M),
    "cg": (conjugate_gradients, V),
    "fft": (lambda x: jnp.abs(jnp.fft.fft(x)) ** 2, V),
    "rfft": (lambda x: jnp.fft.irfft(jnp.fft.rfft(x) * 2), V),
}
REVERSE_ONLY = {"custom_vjp": (lambda x: clipped(x) * x, V)}  # forward mode does not exist
WHILE = ("while", "vmap of while")  # jax.grad refuses them
