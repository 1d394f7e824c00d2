"""Random generators, one word at a time."""

import numpy as np

from .numbers import Key, Whole, filled

MASK = 2**32 - 1
ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))


def _word(x):
    return Whole(x.v & MASK)


def expanded(key):
    """The key and its third word."""
    k0, k1 = key
    return k0, k1, k0 ^ k1 ^ Whole(0x1BD11BDA)


def threefry(keys, left, right):
    """Threefry 2x32 with 20 rounds: an expanded key and two words of a counter in, two words out."""
    x, y = _word(left + keys[0]), _word(right + keys[1])
    for group in range(5):
        for turn in ROTATIONS[group % 2]:
            x = _word(x + y)
            y = x ^ (_word(y << Whole(turn)) | (y >> Whole(32 - turn)))
        x = _word(x + keys[(group + 1) % 3])
        y = _word(y + keys[(group + 2) % 3] + Whole(group + 1))
    return x, y


def _each_key(keys, shape, draw):
    """For every key, what `draw` makes of the hash of each place of the shape."""
    out = np.empty((*keys.shape, *shape), dtype=object)
    for at in np.ndindex(*keys.shape):
        key = expanded(keys[at].words)
        for place, index in enumerate(np.ndindex(*shape)):
            out[(*at, *index)] = draw(*threefry(key, Whole(place >> 32), Whole(place & MASK)))
    return [out]


def _bits(equation, keys):
    width = equation.params["bit_width"]

    def joined(x, y):
        return (x << Whole(32)) | y if width == 64 else Whole((x ^ y).v % 2**width)

    return _each_key(keys, equation.params["shape"], joined)


def _split(equation, keys):
    return _each_key(keys, equation.params["shape"], lambda x, y: Key((x, y)))


def _seeded(number):
    return Key((Whole((number >> Whole(32)).v & MASK), number & Whole(MASK)))


def _seed(equation, seeds):
    return [filled(seeds.shape, lambda at: _seeded(seeds[at]))]


def _fold_in(equation, keys, data):
    return [filled(keys.shape, lambda at: Key(threefry(expanded(keys[at].words), *_seeded(data[at]).words)))]


def _threefry(equation, *words):
    shape = equation.outvars[0].aval.shape
    k0, k1, x, y = (np.broadcast_to(word, shape) for word in words)
    pairs = filled(shape, lambda at: threefry(expanded((k0[at], k1[at])), x[at], y[at]))
    return [filled(shape, lambda at, part=part: pairs[at][part]) for part in range(2)]


def philox(counter, key):
    """Philox 4x32 with 10 rounds: four words of a counter and two of a key in, four words out."""
    a, b, c, d = counter
    k, m = key
    for turn in range(10):
        if turn:
            k, m = _word(k + Whole(0x9E3779B9)), _word(m + Whole(0xBB67AE85))
        first, second = a * Whole(0xD2511F53), c * Whole(0xCD9E8D57)
        a, b, c, d = (second >> Whole(32)) ^ b ^ k, _word(second), (first >> Whole(32)) ^ d ^ m, _word(first)
    return a, b, c, d


SCALAR = {
    "random_bits": _bits,
    "random_split": _split,
    "random_seed": _seed,
    "random_fold_in": _fold_in,
    "threefry2x32": _threefry,
}
