import itertools
import random

import pytest

from limes.draw.diagram.layers import Item, Value, layers, longest_paths


def item(pin=""):
    return Item(10.0, 10.0, pin)


def sheet(count, seed):
    draw = random.Random(seed)
    heads = {k: sorted({draw.randrange(k + 1, count) for _ in range(2)}) for k in range(count - 1)}
    return [item() for _ in range(count)], [Value(k, tuple(found)) for k, found in heads.items()]


def length(layer, values):
    """What is minimized: the extent of every value."""
    return sum(max(layer[h] for h in v.heads) - layer[v.tail] for v in values)


@pytest.mark.parametrize("seed", range(6))
def test_every_value_goes_down_and_the_longest_path_decides_the_depth(seed):
    items, values = sheet(20, seed)
    layer, first = layers(items, values), longest_paths(items, values)
    assert all(layer[h] > layer[v.tail] for v in values for h in v.heads)
    assert max(layer) == max(first)
    assert length(layer, values) <= length(first, values)


@pytest.mark.parametrize("seed", range(4))
def test_no_other_layers_are_shorter(seed):
    items, values = sheet(6, seed)
    depth = max(longest_paths(items, values))
    best = min(
        length(trial, values)
        for trial in itertools.product(range(depth + 1), repeat=6)
        if all(trial[h] > trial[v.tail] for v in values for h in v.heads)
    )
    assert length(layers(items, values), values) == best


def test_an_input_stands_just_above_its_only_reader():
    items = [item() for _ in range(5)]
    values = [Value(0, (1,)), Value(1, (2,)), Value(2, (3,)), Value(4, (3,))]
    assert layers(items, values) == [0, 1, 2, 3, 2]


def test_ports_keep_to_the_border():
    items = [item(), item(), item("top"), item("bottom")]
    values = [Value(0, (1,)), Value(1, (3,)), Value(2, (0, 1))]
    layer = layers(items, values)
    assert layer[2] == 0
    assert layer[3] == max(layer)
    assert 0 < layer[0] < layer[1] < layer[3]


def test_items_alone_share_a_layer():
    assert layers([item(), item()], []) == [0, 0]
    assert layers([item(), item("bottom")], [Value(0, (1,))]) == [0, 1]
