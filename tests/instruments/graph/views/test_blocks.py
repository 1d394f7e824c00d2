import drawn_programs as programs
import pytest

from limes.instruments.graph import graph
from limes.instruments.graph.views.blocks import Block, blocks, repetition
from limes.instruments.graph.views.elements import elements


def tree(fn, args):
    return blocks([e for e in elements(graph(fn, *args))[0] if e.kind in ("operation", "carry")])


def titles(block):
    return [member.title for member in block.members if isinstance(member, Block)]


def test_scopes_are_blocks_in_order():
    root = tree(*programs.mlp())
    assert titles(root) == ["layer0", "layer1", "layer2", "loss"]
    assert [block.path for block in root.blocks()] == [("layer0",), ("layer1",), ("layer2",), ("loss",)]


def test_no_element_is_lost_or_moved():
    fn, args = programs.conv_net()
    found = [e for e in elements(graph(fn, *args))[0] if e.kind == "operation"]
    assert [e.key for e in blocks(found).elements()] == [e.key for e in found]


def test_equal_blocks_are_counted():
    root = tree(*programs.transformer(12))
    repeated = [block for block in root.members if isinstance(block, Block) and block.count > 1]
    assert [(block.number, block.count) for block in repeated] == [(k, 12) for k in range(12)]
    stages = {block.path: block.count for block in tree(*programs.conv_net()).blocks()}
    assert stages["stage3", "block2"] == 5
    assert stages["stage3", "block1"] == 1


def test_blocks_of_other_sizes_are_not_equal():
    import jax
    import jax.numpy as jnp

    def net(v, w, x):
        for k, weights in enumerate((v, w)):
            with jax.named_scope(f"layer{k}"):
                x = jnp.tanh(weights @ x)
        return jnp.sum(x)

    root = tree(net, [jax.ShapeDtypeStruct(shape, jnp.float64) for shape in ((6, 3), (6, 6), (3,))])
    assert [block.count for block in root.blocks()] == [1, 1]


def test_a_loop_without_scopes_is_divided_where_it_repeats():
    root = tree(*programs.transformer(12, scopes=False))
    assert titles(root) == [*[f"repeat {k + 1}" for k in range(12)], "head"]
    assert {block.count for block in root.members if block.title != "head"} == {12}


def test_calls_of_one_function_in_a_row_are_blocks_of_their_own():
    import jax
    import jax.numpy as jnp

    @jax.jit
    def layer(x):
        return jnp.tanh(x) * 2.0 + 1.0

    def net(x):
        for _ in range(4):
            x = layer(x)
        return jnp.sum(x)

    root = tree(net, [jax.ShapeDtypeStruct((3,), jnp.float64)])
    assert [block.path for block in root.blocks()] == [("layer",), ("layer (2)",), ("layer (3)",), ("layer (4)",)]


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ([1, 2, 3, 1, 2, 3, 1, 2, 3], (0, 3, 3)),
        ([9, 1, 2, 1, 2, 1, 2, 8], (1, 2, 3)),
        ([1, 2, 1, 2], None),
        ([5, 5, 5, 5, 5, 5], None),
        ([1, 2, 3, 4, 5, 6, 7], None),
        ([1, 2, 1, 3] * 5, (0, 4, 5)),
        ([], None),
    ],
)
def test_repetitions_are_found(row, found):
    assert repetition(row) == found
