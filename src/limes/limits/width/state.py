r"""What a kernel rule sees: covariances of one channel of a layer, for two lists of inputs.

For inputs $x_i$, $x'_j$ and positions $s$, $t$ a layer $z$ of infinite width has $K_{ij}(s, t) = E z(x_i, s) z(x'_j, t)$, and the
tangent kernel $\Theta$ of all parameters so far. A layer changes $K$ by a map $\Phi(q, q', K)$ that takes the variances
$q = K(x_i, x_i)$ beside it. By Price's theorem $\partial_K \Phi = E \dot\phi(u) \dot\phi(v)$, so that $\Theta$ becomes the derivative
of $\Phi$ along $\Theta$, with the variances fixed, plus the new $K$ where the layer has parameters. Source: `price:1958`; `jacot:2018`, Theorem 1.
"""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

Map = Callable[[Array, Array, Array], Array]
Number = float | Float[Array, ""]
Kind = Literal["data", "gaussian", "features"]


@dataclass(frozen=True)
class State:
    r"""The kernels before or after a layer; made by `start`, changed by `map`, `positions` and `replace`.

    `kind` is "data" (the inputs themselves), "gaussian" (independent Gaussian channels of one law: what a dense layer or a
    convolution gives) or "features" (anything else). `origins` tells which layers' weights the channels hang on, `same` which pairs
    are one forward pass, `full` whether pairs of different positions are kept, `keep` whether what follows needs them; `size` is the
    number of channels of the inputs themselves, and `error` the largest relative error of the integrals so far.
    """

    K: Float[Array, "n k ..."]
    q1: Float[Array, "n ..."]
    q2: Float[Array, "k ..."]
    Theta: Float[Array, "n k ..."] | None
    same: Bool[Array, "n k"] | None
    dims: int
    full: bool
    keep: bool
    kind: Kind
    origins: frozenset[object]
    size: int | None
    error: Float[Array, ""]

    def replace(self, **changes: Any) -> "State":
        """Return the state with other fields."""
        return dataclasses.replace(self, **changes)

    def variances(self) -> tuple[Float[Array, "n ..."], Float[Array, "k ..."]]:
        """Return the variance of each input at each position."""
        return (diagonal(self.q1, self.dims), diagonal(self.q2, self.dims)) if self.full else (self.q1, self.q2)

    def map(
        self,
        phi: Map,
        *,
        variance: Callable[[Array], Array] | None = None,
        source: bool = False,
        frozen: bool = False,
        **changes: Any,
    ) -> "State":
        r"""Apply $K \mapsto \Phi(q, q', K)$ to every pair of inputs and positions, and its derivative to $\Theta$.

        `phi` is called with arrays that broadcast; `variance(q)`, if given, is $\Phi(q, q, q)$, cheaper. With `source` the layer has parameters of standard deviation 1 whose tangent
        kernel is the new $K$; with `frozen` gradients of the layer are zero, as those of a step are.
        """
        v1, v2 = self.variances()
        rows, columns = self._beside(v1, first=True), self._beside(v2, first=False)
        along = lambda K: phi(rows, columns, K)
        if self.Theta is None or frozen:
            K, Theta = along(self.K), None if self.Theta is None else jnp.zeros_like(self.Theta)
        else:
            K, Theta = jax.jvp(along, (self.K,), (self.Theta,))
        if source and Theta is not None:
            Theta = Theta + K
        q1, q2 = (self._own(phi, variance, q, v) for q, v in ((self.q1, v1), (self.q2, v2)))
        return self.replace(K=K, q1=q1, q2=q2, Theta=Theta, **changes)

    def weighted(self, weight_variance: Number, bias_variance: Number) -> "State":
        r"""Apply a layer of fresh random weights: $K \mapsto v^2 K + u^2$ and $\Theta \mapsto v^2 \Theta$ plus the new $K$."""
        phi = lambda _q1, _q2, k: weight_variance * k + bias_variance
        return self.map(phi, source=True, kind="gaussian", origins=frozenset([object()]), size=None)

    def positions(self, linear: Callable[[Array, int], Array], **changes: Any) -> "State":
        """Apply a linear map of positions; `linear(array, lead)` finds them after the first `lead` axes."""
        return self.replace(
            K=linear(self.K, 2),
            q1=linear(self.q1, 1),
            q2=linear(self.q2, 1),
            Theta=None if self.Theta is None else linear(self.Theta, 2),
            **changes,
        )

    def diagonal(self) -> "State":
        """Forget pairs of different positions."""
        return self.positions(lambda a, _: diagonal(a, self.dims), full=False) if self.full else self

    def _beside(self, v: Array, *, first: bool) -> Array:
        """Shape variances so that they broadcast against `K`."""
        inputs, spatial = v.shape[:1], v.shape[1:]
        front = (*inputs, 1) if first else (1, *inputs)
        ones = (1,) * len(spatial) if self.full else ()
        return v.reshape(front + (spatial + ones if first else ones + spatial))

    def _own(self, phi: Map, variance: Callable[[Array], Array] | None, q: Array, v: Array) -> Array:
        """Apply the map to the covariances of each input with itself."""
        if not self.full:
            return phi(q, q, q) if variance is None else variance(q)
        inputs, spatial, ones = v.shape[:1], v.shape[1:], (1,) * self.dims
        return phi(v.reshape(inputs + spatial + ones), v.reshape(inputs + ones + spatial), q)


def floating(x: Any) -> Float[Array, "..."]:
    """Return inputs as an array of floating-point type."""
    x = jnp.asarray(x)
    return x if jnp.issubdtype(x.dtype, jnp.floating) else x.astype(float)


def diagonal(a: Float[Array, "..."], dims: int) -> Float[Array, "..."]:
    """Return the entries with equal positions: the last `2 dims` axes become `dims`."""
    lead = a.ndim - 2 * dims
    for _ in range(dims):
        a = jnp.diagonal(a, axis1=lead, axis2=lead + dims)  # the pair is taken out and put last
        dims -= 1
    return a


def start(
    x1: Float[Array, "n ..."],
    x2: Float[Array, "k ..."],
    *,
    same: Bool[Array, "n k"] | None,
    full: bool,
    tangent: bool,
) -> State:
    r"""Return the state of the inputs themselves: $K_{ij}(s, t) = \frac1c \sum_c x_{ic}(s) x'_{jc}(t)$, no tangent kernel yet.

    Inputs are vectors, signals with channels last, or images with channels last.
    """
    dims = x1.ndim - 2
    full = full and dims > 0
    s, t = "st"[:dims], ("uv" if full else "st")[:dims]
    c = float(x1.shape[-1])
    pairs = lambda a, b: jnp.einsum(f"i{s}c,j{t}c->ij{s}{t if full else ''}", a, b) / c
    own = lambda a: jnp.einsum(f"i{s}c,i{t}c->i{s}{t if full else ''}", a, a) / c
    K, q1, q2 = pairs(x1, x2), own(x1), own(x2)
    if same is not None:
        K = jnp.where(same.reshape(same.shape + (1,) * (K.ndim - 2)), q2[None], K)
    return State(
        K=K,
        q1=q1,
        q2=q2,
        Theta=jnp.zeros_like(K) if tangent else None,
        same=same,
        dims=dims,
        full=full,
        keep=False,
        kind="data",
        origins=frozenset(),
        size=x1.shape[-1],
        error=jnp.zeros((), K.dtype),
    )
