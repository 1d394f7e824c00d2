"""Oracles for kernels of infinite width: Gaussian integrals by panels, recursions in many digits, awkward inputs."""

import mpmath
import numpy as np

PANELS = np.polynomial.legendre.leggauss(24)
REACH = 11.0


def panels(low, high, num=6):
    """Nodes and weights of a composite Gauss-Legendre rule on [low, high], vectorized over the ends."""
    low, high = np.asarray(low, float)[..., None, None], np.asarray(high, float)[..., None, None]
    nodes, weights = PANELS
    step = (high - low) / num
    x = low + step * (np.arange(num)[:, None] + (nodes + 1) / 2)
    return x.reshape(*x.shape[:-2], -1), np.broadcast_to(step / 2 * weights, x.shape).reshape(*x.shape[:-2], -1)


def pair_mean(f, g, q1, q2, k):
    """E f(u) g(v) for centered Gaussians, with panels that end where u or v changes its sign."""
    rho = k / np.sqrt(q1 * q2)
    rest = np.sqrt(max(1 - rho**2, 1e-300))
    total = 0.0
    for low, high in ((-REACH, 0.0), (0.0, REACH)):
        z, weight = panels(low, high)
        turn = np.clip(-rho * z / rest, -REACH, REACH)
        for start, end in ((np.full_like(z, -REACH), turn), (turn, np.full_like(z, REACH))):
            w, inner = panels(start, end)
            v = np.sqrt(q2) * (rho * z[:, None] + rest * w)
            mass = weight[:, None] * inner * np.exp(-(z[:, None] ** 2 + w**2) / 2) / (2 * np.pi)
            total += np.sum(mass * f(np.sqrt(q1) * z)[:, None] * g(v))
    return total


def relu_pair(q1, q2, k):
    """Return the arc-cosine formulas of order 1 and 0."""
    r = mpmath.sqrt(q1 * q2)
    c = min(max(k / r, mpmath.mpf(-1)), mpmath.mpf(1))
    t = mpmath.acos(c)
    return r * (mpmath.sin(t) + (mpmath.pi - t) * c) / (2 * mpmath.pi), (mpmath.pi - t) / (2 * mpmath.pi)


def erf_pair(q1, q2, k):
    """Return Williams' formula and its derivative in the covariance."""
    d = (1 + 2 * q1) * (1 + 2 * q2)
    return 2 / mpmath.pi * mpmath.asin(2 * k / mpmath.sqrt(d)), 4 / mpmath.pi / mpmath.sqrt(d - 4 * k * k)


def perceptron_kernels(pair, x, y, depth, weight_std, bias_std):
    """NNGP and tangent kernel of a perceptron for two inputs, by its own recursion in 50 digits."""
    with mpmath.workdps(50):
        dot = lambda a, b: mpmath.fdot([mpmath.mpf(float(s)) for s in a], [mpmath.mpf(float(s)) for s in b]) / len(a)
        v, u = mpmath.mpf(weight_std) ** 2, mpmath.mpf(bias_std) ** 2
        q1, q2, k, theta = dot(x, x), dot(y, y), dot(x, y), mpmath.mpf(0)
        for layer in range(depth + 1):
            q1, q2, k = v * q1 + u, v * q2 + u, v * k + u
            theta = v * theta + k
            if layer < depth:
                (k, slope), q1, q2 = pair(q1, q2, k), pair(q1, q1, q1)[0], pair(q2, q2, q2)[0]
                theta *= slope
        return float(k), float(theta)


def awkward_inputs(rng, d):
    """Two random points, then: a multiple, the antipode, an equal point, near and almost antipodal ones."""
    a, b, c = rng.normal(size=(3, d))
    return np.stack([a, b, 2.5 * a, -a, a, a + 1e-6 * b, -a + 1e-6 * c])


NEAR = [(0, 5), (3, 6), (4, 5), (0, 6), (3, 5), (4, 6), (5, 6)]  # pairs at distance about 1e-6, or almost antipodal
