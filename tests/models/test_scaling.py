import jax
import jax.numpy as jnp
import numpy as np
import pytest

from limes._errors import InputError
from limes.models.scaling import SCALINGS, alive, as_number, check_scaling, layer_scaling, two_layer_scaling


def test_the_rows_of_a_layer():
    """Draw times factor is the same in both: the two are one function in law at the start."""
    standard, ntk = (layer_scaling(name, 9, 1.5, 0.5, owner="x") for name in ("standard", "ntk"))
    assert standard == (0.5, 0.5, 1.0, 1.0)
    assert ntk == (1.0, 1.0, 0.5, 0.5)


def test_the_rows_of_two_layers():
    rows = {name: two_layer_scaling(name, 9, 16, 1.5, 0.5, owner="x") for name in SCALINGS}
    assert rows["standard"] == ((0.375, 0.5, 0.5), (1.0, 1.0, 1.0))
    assert rows["ntk"] == ((1.0, 1.0, 1.0), (0.25, 0.5, 0.5))
    assert rows["mean-field"] == ((1.5, 1.5, 0.5), (1 / 16, 1.0, 1.0))


def test_sizes_may_be_traced():
    row = jax.jit(lambda d: layer_scaling("ntk", d, 1.5, 0.5, owner="x").weight_factor)(9)
    assert float(row) == pytest.approx(0.5, rel=1e-15)
    assert isinstance(as_number(np.int64(3)), float)


def test_the_mask_of_neurons():
    assert alive(2, 4, "x").tolist() == [1.0, 1.0, 0.0, 0.0]
    assert jax.jit(lambda p: jnp.sum(alive(p, 4, "x")))(3) == 3.0
    with pytest.raises(InputError, match="pad must be at least the width"):
        alive(5, 4, "x")


def test_other_names_are_refused_and_mean_field_with_its_reason():
    with pytest.raises(InputError, match="net: scaling must be one of"):
        check_scaling("NTK", "net")
    with pytest.raises(InputError, match="two-layer networks only, since"):
        layer_scaling("mean-field", 9, 1.0, 0.0, owner="net")
