"""Random bits and keys: integer operations of the generator."""

import math

import jax

from .operations import Operations
from .rule import Equation, Rule, number, price, size

KEY_WORD, ROUNDS, ROUND, INJECTIONS, INJECTION, START = 2, 20, 5, 5, 3, 2
HASH = ROUNDS * ROUND + INJECTIONS * INJECTION + START
SEED = 2
PHILOX_WORD = 25


def hashes(num: int, keys: int = 1) -> Operations:
    """Threefry 2x32: 20 rounds of add, rotate (3) and xor, 5 injections of 3 adds, 2 adds at the start; 2 xor a key."""
    return Operations(integer=num * HASH + keys * KEY_WORD)


def _is_threefry(equation: Equation) -> bool:
    """Whether keys are Threefry keys, and bits drawn so that every entry has its own counter."""
    partitionable = bool(jax.config.jax_threefry_partitionable)  # pyright: ignore[reportAttributeAccessIssue]
    return partitionable and "fry" in str(equation.invars[0].aval.dtype)


def _flag(counted: Operations, exact: bool) -> Operations:
    return counted if exact else counted + Operations(approximate=True)


def _bits(equation: Equation) -> Operations:
    """A hash an entry; its two words are joined by one xor, or for 64 bits by a shift and an or."""
    keys, out = size(equation.invars[0]), size(equation.outvars[0])
    join = 2 if equation.params["bit_width"] == 64 else 1
    return _flag(hashes(out, keys) + Operations(integer=join * out), _is_threefry(equation))


def _split(equation: Equation) -> Operations:
    return _flag(hashes(size(equation.outvars[0]), size(equation.invars[0])), _is_threefry(equation))


def _fold_in(equation: Equation) -> Operations:
    keys = size(equation.outvars[0])
    return _flag(hashes(keys, keys) + Operations(integer=SEED * keys), _is_threefry(equation))


def _seed(equation: Equation) -> Operations:
    """The seed is cut into two words."""
    return Operations(integer=SEED * size(equation.outvars[0]))


def _threefry(equation: Equation) -> Operations:
    words = size(equation.outvars[0])
    return hashes(words, words)


def _philox(equation: Equation) -> Operations:
    """Philox 4x32: about 100 operations for four words of 32 bits."""
    out = equation.outvars[-1]
    words = math.ceil(size(out) * out.aval.dtype.itemsize / 4)
    return Operations(integer=PHILOX_WORD * words)


def _uniform(equation: Equation) -> Operations:
    out = equation.outvars[0]
    return Operations(integer=PHILOX_WORD * size(out)) + price(number(out), mul=1, add=2).times(size(out))


def _free(equation: Equation) -> Operations:
    del equation
    return Operations()


THREEFRY = "Threefry keys"
RULES = [
    Rule("random_bits", "random", "integer", "118 an entry (119 with 64 bits), 2 a key", _bits, THREEFRY, 3.0),
    Rule("random_split", "random", "integer", "117 a new key, 2 a key", _split, THREEFRY, 3.0),
    Rule("random_fold_in", "random", "integer", "121 a key", _fold_in, THREEFRY, 3.0),
    Rule("random_seed", "random", "integer", "2 a key", _seed),
    *(
        Rule(name, "random", "free", "free: a key changes its type", _free)
        for name in ("random_wrap", "random_unwrap", "random_clone")
    ),
    Rule("threefry2x32", "random", "integer", "119 a pair of words", _threefry),
    Rule("rng_bit_generator", "random", "integer", "Philox: 25 a word of 32 bits", _philox, "never", 2.0),
    Rule("rng_uniform", "random", "several", "25 integer, 1 mul and 2 add an entry", _uniform, "never", 2.0),
]
