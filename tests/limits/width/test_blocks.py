import jax
import jax.numpy as jnp
import numpy as np
import pytest

from limes._errors import InputError
from limes.limits.width import InfiniteWidth
from limes.limits.width.blocks import Tiles, _tiled, final_state, kernels, plan
from limes.models.activations import relu
from limes.models.convolution import Conv, GlobalAveragePool
from limes.models.layers import Dense, Dropout, Sequential
from limes.models.perceptron import MLP

KEY = jax.random.key(0)
X = jax.random.normal(KEY, (11, 3))
NET = MLP(3, width=4, depth=2, scaling="ntk", weight_std=1.3, bias_std=0.2, key=KEY)
NAMES = ("nngp", "ntk")
CNN = Sequential(
    Conv(2, 4, (3, 3), scaling="ntk", key=KEY), relu, GlobalAveragePool(), Dense(4, None, scaling="ntk", key=KEY)
)


@pytest.mark.parametrize("tiles", [Tiles(11, 11), Tiles(4, 11), Tiles(1, 11), Tiles(3, 4), Tiles(1, 1)])
def test_tiles_change_nothing(tiles):
    whole, _ = _tiled(NET, X, None, Tiles(11, 11), NAMES)
    for one, other in zip(_tiled(NET, X, None, tiles, NAMES)[0], whole, strict=True):
        assert one.shape == (11, 11)
        assert np.allclose(one, other, rtol=1e-14)
    for one, other in zip(_tiled(NET, X[:5], X, tiles._replace(rows=min(tiles.rows, 5)), NAMES)[0], whole, strict=True):
        assert np.allclose(one, other[:5], rtol=1e-12)


def test_tiles_of_a_net_with_dropout_know_which_pairs_are_one_pass():
    net = Sequential(
        Dense(3, 4, scaling="ntk", key=KEY), relu, Dropout(0.5), Dense(4, None, scaling="ntk", key=jax.random.key(1))
    )
    whole, _ = _tiled(net, X, None, Tiles(11, 11), NAMES)
    parts, _ = _tiled(net, X, None, Tiles(4, 3), NAMES)
    assert np.allclose(parts, whole, rtol=1e-14)
    across, _ = _tiled(net, X, X, Tiles(11, 11), NAMES)
    assert np.allclose(np.diag(whole[0]), 2 * np.diag(across[0]), rtol=1e-12)


def test_the_budget_decides_the_tiles():
    generous, tight = (plan(NET, X, None, ("ntk",), budget) for budget in (None, 2 * 11 * 11 * 8 + 6 * 11 * 8 * 4))
    assert generous == Tiles(11, 11)
    assert tight.rows < 11
    assert tight.columns == 11
    images = jnp.ones((6, 8, 8, 2))
    result = 2 * 36 * 8
    assert plan(CNN, images, None, ("ntk",), result + 6 * 64 * 64 * 8 * 2).columns < 6
    found, _ = kernels(CNN, images, None, ("ntk",), result + 6 * 64 * 64 * 8 * 2)
    assert found[0].shape == (6, 6)


def test_a_budget_that_holds_no_pair_is_refused_with_the_number():
    images = jnp.ones((2, 8, 8, 2))
    with pytest.raises(InputError, match="memory_bytes must be at least") as found:
        InfiniteWidth(CNN).ntk(images, memory_bytes=1000)
    needed = int(str(found.value).split("at least ")[1].split(" ")[0].replace(",", ""))
    assert InfiniteWidth(CNN).ntk(images, memory_bytes=needed).shape == (2, 2)
    with pytest.raises(InputError):
        InfiniteWidth(CNN).ntk(images, memory_bytes=needed - 1)


def test_a_tile_of_many_rows_holds_no_more_than_its_budget():
    """The compiler's own account of temporary memory, for a net of 8 layers and 2000 x 2000 pairs in 32 MiB of work."""
    net = MLP(3, width=4, depth=8, scaling="ntk", key=KEY)
    x = jnp.ones((2000, 3))
    result = 2000 * 2000 * 8
    budget = 2 * result + 32 * 2**20
    tiles = plan(net, x, None, ("ntk",), budget)
    program = jax.jit(lambda x: _tiled(net, x, None, tiles, ("ntk",))).lower(x).compile()
    used = program.memory_analysis()
    assert used.temp_size_in_bytes + used.output_size_in_bytes <= budget


def test_the_state_at_the_end_is_that_of_the_outputs():
    state = final_state(NET, X, X, None, True)
    assert state.kind == "gaussian"
    assert state.dims == 0
    assert state.K.shape == state.Theta.shape == (11, 11)
