"""Kernels, feature maps and kernel ridge regression."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from limes._errors import InputError
from limes._types import Data, RandomKey

Kernel = Callable[[Float[Array, " d"], Float[Array, " d"]], Float[Array, ""]]
Scalar = float | Float[Array, ""]


class GaussianKernel(eqx.Module):
    r"""The Gaussian kernel $k(x, x') = \exp(-|x - x'|^2 / (2 s^2))$ of scale $s$."""

    scale: Scalar = 1.0

    def __call__(self, x: Float[Array, " d"], z: Float[Array, " d"]) -> Float[Array, ""]:
        """Return the kernel of one pair of points."""
        return jnp.exp(-jnp.sum((x - z) ** 2) / (2.0 * self.scale**2))


class PolynomialKernel(eqx.Module):
    r"""The polynomial kernel $k(x, x') = (c + \langle x, x'\rangle)^m$ of offset $c$ and degree $m$."""

    offset: Scalar = 1.0
    degree: int = eqx.field(static=True, default=2)

    def __call__(self, x: Float[Array, " d"], z: Float[Array, " d"]) -> Float[Array, ""]:
        """Return the kernel of one pair of points."""
        return (self.offset + x @ z) ** self.degree


class PolynomialFeatures(eqx.Module):
    r"""The features of degree 2: $\phi(x) = (c, \sqrt{2c}\,x_i, x_i^2, \sqrt{2}\,x_i x_j)_{i < j}$.

    Then $\langle\phi(x), \phi(x')\rangle = (c + \langle x, x'\rangle)^2$, in $1 + d + d(d+1)/2$
    dimensions. `cross` is the squared weight of the products $x_i x_j$: only 2 makes the inner
    product that kernel.
    """

    offset: Scalar = 1.0
    cross: Scalar = 2.0

    def __call__(self, x: Float[Array, " d"]) -> Float[Array, " q"]:
        """Return the features of one point."""
        i, j = jnp.triu_indices(x.shape[0], k=1)
        constant = jnp.full((1,), self.offset, dtype=x.dtype)
        return jnp.concatenate([constant, jnp.sqrt(2.0 * constant) * x, x**2, jnp.sqrt(self.cross) * x[i] * x[j]])


class RandomFeatures(eqx.Module):
    r"""The random features $\phi(x) = D^{-1/2} (\cos\langle\omega_k, x\rangle, \sin\langle\omega_k, x\rangle)_{k < D}$.

    $D$ frequencies give $2D$ features. For $\omega_k \sim N(0, I/s^2)$ the mean of
    $\langle\phi(x), \phi(x')\rangle$ is the Gaussian kernel of scale $s$. Source: `rahimi:2007`, Algorithm 1.
    """

    omega: Float[Array, "q d"]

    def __call__(self, x: Float[Array, " d"]) -> Float[Array, " 2*q"]:
        """Return the features of one point."""
        angle = self.omega @ x
        return jnp.concatenate([jnp.cos(angle), jnp.sin(angle)]) / jnp.sqrt(jnp.asarray(angle.shape[0], x.dtype))


def random_features(key: RandomKey, num_features: int, in_size: int, scale: Scalar = 1.0) -> RandomFeatures:
    """Draw `num_features` frequencies for the Gaussian kernel of that scale."""
    return RandomFeatures(jax.random.normal(key, (num_features, in_size)) / scale)


def gram(kernel: Kernel, x: Float[Array, "n d"], z: Float[Array, "k d"]) -> Float[Array, "n k"]:
    """Return the matrix of $k(x_i, z_j)$."""
    return jax.vmap(lambda a: jax.vmap(lambda b: kernel(a, b))(z))(x)


class Nystroem(eqx.Module):
    r"""The Nystr\"om features $\phi(x) = K_m^{-1/2} (k(z_j, x))_{j < m}$ of $m$ landmarks $z_j$, $K_m = (k(z_i, z_j))_{ij}$.

    $\langle\phi(x), \phi(x')\rangle$ is the kernel where $x$ or $x'$ is a landmark, and elsewhere the kernel of the
    projections on the span of the landmarks: it never exceeds $k$. Build it with `nystroem`, which draws
    landmarks from the data and takes the root. Source: `williams:2001`, Section 2.
    """

    kernel: Kernel
    landmarks: Float[Array, "q d"]
    root: Float[Array, "q q"]

    def __call__(self, x: Float[Array, " d"]) -> Float[Array, " q"]:
        """Return the features of one point."""
        return self.root @ jax.vmap(lambda z: self.kernel(z, x))(self.landmarks)


def nystroem(key: RandomKey, kernel: Kernel, x: Float[Array, "n d"], num_features: int) -> Nystroem:
    r"""Draw `num_features` landmarks among the points `x`, without repetition.

    Eigenvalues of $K_m$ below $m\,\epsilon$ times the largest are rounding errors: their directions are left out.

    Raises `InputError` when there are fewer points than landmarks.
    """
    n = x.shape[0]
    if not 1 <= num_features <= n:
        raise InputError(
            f"nystroem: num_features must lie between 1 and the number of points, {n}, got {num_features!r}; draw fewer"
        )
    landmarks = x[jax.random.choice(key, n, (num_features,), replace=False)]
    s, V = jnp.linalg.eigh(gram(kernel, landmarks, landmarks))
    kept = s > num_features * jnp.finfo(s.dtype).eps * s[-1]
    inverse = jnp.where(kept, 1.0 / jnp.sqrt(jnp.where(kept, s, 1.0)), 0.0)
    return Nystroem(kernel, landmarks, (V * inverse[None, :]) @ V.T)


class KernelRidge(eqx.Module):
    r"""The predictor $f(x) = \sum_i \alpha_i k(x_i, x)$ on its $n$ training points."""

    kernel: Kernel
    x: Float[Array, "n d"]
    alpha: Float[Array, " n"]

    def __call__(self, x: Float[Array, " d"]) -> Float[Array, ""]:
        """One point in, one prediction out."""
        return jax.vmap(lambda a: self.kernel(a, x))(self.x) @ self.alpha

    def norm(self) -> Float[Array, ""]:
        r"""Return the norm of $f$ in the space of the kernel, $\sqrt{\alpha^\top K \alpha}$."""
        return jnp.sqrt(self.alpha @ gram(self.kernel, self.x, self.x) @ self.alpha)


def kernel_ridge(kernel: Kernel, data: Data, strength: Scalar) -> KernelRidge:
    r"""Return the minimizer of $\frac{1}{n} \sum_i (f(x_i) - y_i)^2 + \lambda |f|^2$ over the kernel's space.

    It solves $(K + n \lambda I) \alpha = y$: the factor $n$ belongs to a risk that is a mean.
    `strength` is $\lambda > 0$; with 0 and repeated points the result is not finite.
    """
    n = data.x.shape[0]
    K = gram(kernel, data.x, data.x)
    shifted = K + n * strength * jnp.eye(n, dtype=K.dtype)
    alpha = jax.scipy.linalg.cho_solve((jnp.linalg.cholesky(shifted), True), data.y)
    return KernelRidge(kernel, data.x, alpha)
