"""Kernel ridge regression with a Gaussian kernel, 2000 points in 5 dimensions, against scikit-learn."""

import jax
import numpy as np
from _side_by_side import compare
from sklearn.kernel_ridge import KernelRidge as Peer

from limes import Data
from limes.models import GaussianKernel, kernel_ridge

NUM, SIZE, STRENGTH = 2000, 5, 1e-3


def main():
    """Fit and predict on the training points; both must agree to ten digits."""
    jax.config.update("jax_enable_x64", True)
    rng = np.random.default_rng(0)
    x = rng.standard_normal((NUM, SIZE))
    y = np.sin(x[:, 0]) + 0.1 * rng.standard_normal(NUM)
    kernel = GaussianKernel(1.0)

    @jax.jit
    def fit(x, y):
        model = kernel_ridge(kernel, Data(x, y), STRENGTH)
        return jax.vmap(model)(x)

    def ours():
        return np.asarray(fit(x, y))

    def peer():
        return Peer(alpha=NUM * STRENGTH, kernel="rbf", gamma=0.5).fit(x, y).predict(x)

    gap = float(np.max(np.abs(ours() - peer())))
    assert gap < 1e-10, gap
    compare("kernel_ridge", ours, {"scikit-learn": peer}, num=NUM, gap=gap)


if __name__ == "__main__":
    main()
