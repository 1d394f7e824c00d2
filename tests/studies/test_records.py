"""Canonical bytes: one text and one payload per value, and a decoder that trusts nothing."""

import random
import struct
import tracemalloc

import numpy as np
import pytest

from limes._errors import InputError
from limes.studies import records

TYPES = ("?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16")
SHAPES = ((), (1,), (5,), (2, 3), (0,), (3, 0, 2), (1, 1, 1, 4))


def equal(first, other):
    return first.keys() == other.keys() and all(
        (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())
        for a, b in ((first[name], other[name]) for name in first)
    )


def test_canonical_text_does_not_depend_on_order_and_keeps_types_apart():
    assert records.canonical({"b": 1, "a": [True, None, "é"]}) == '{"a":[true,null,"\\u00e9"],"b":1}'
    texts = [records.canonical(value) for value in (1, 1.0, 0.0, -0.0, True, "1", None)]
    assert len(set(texts)) == len(texts)
    assert records.canonical(np.float64(0.1)) == records.canonical(0.1)
    assert records.canonical((1, 2)) == records.canonical([1, 2])


@pytest.mark.parametrize(
    "value",
    [
        np.int64(1), np.float32(1), np.bool_(True), np.zeros(2), float("nan"), float("inf"), {1: "a"}, {"a": {2.0: 1}},
        {"a": {1, 2}}, b"bytes", object(), [{None: 1}],
    ],
    ids=repr,
)  # fmt: skip
def test_canonical_refuses_what_has_no_single_text(value):
    with pytest.raises(InputError, match="plain JSON"):
        records.canonical(value)


def test_canonical_refuses_a_structure_that_contains_itself():
    value = []
    value.append(value)
    with pytest.raises(InputError):
        records.canonical(value)


def test_hashes_separate_parameters_from_payload():
    assert len(records.unit_key("{}")) == 32
    assert records.digest("ab", b"c") != records.digest("a", b"bc")
    assert records.digest("a", b"b") != records.digest("b", b"b")


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", TYPES)
def test_every_type_and_shape_comes_back_bit_by_bit(kind, shape):
    rng, dtype = np.random.default_rng(0), np.dtype(kind)
    size = int(np.prod(shape)) * dtype.itemsize
    values = np.frombuffer(rng.bytes(size), np.uint8)
    array = (values % 2 if kind == "?" else values).view(dtype).reshape(shape)
    found = records.decode(records.encode({"q": array}))["q"]
    assert (found.dtype, found.shape, found.tobytes()) == (array.dtype, array.shape, array.tobytes())
    assert found.flags["W"]
    assert found.flags.aligned


def test_bytes_depend_on_values_alone():
    a = np.arange(6.0).reshape(2, 3)
    assert records.encode({"x": np.asfortranarray(a), "y": np.float64(1)}) == records.encode({"y": 1.0, "x": a})
    assert records.encode({"x": a.astype(">f8")}) == records.encode({"x": a})
    assert records.encode({"x": a[:, ::-1][:, ::-1]}) == records.encode({"x": a})
    assert records.encode({"x": np.array(-0.0)}) != records.encode({"x": np.array(0.0)})
    assert records.decode(records.encode({})) == {}


def test_records_are_npy_files(tmp_path):
    a = np.arange(6.0).reshape(2, 3)
    payload = records.encode({"x": a})
    (tmp_path / "x.npy").write_bytes(payload[payload.index(b"\x93NUMPY") :])
    assert np.array_equal(np.load(tmp_path / "x.npy", allow_pickle=False), a)


@pytest.mark.parametrize(
    "array",
    [np.array([None]), np.array(["a"]), np.array([b"a"]), np.zeros(2, "f8,i4"), np.array(["2020"], "M8[Y]"),
     np.zeros((1,) * 17)],
    ids=lambda array: str(array.dtype),
)  # fmt: skip
def test_encode_refuses_what_is_no_number(array):
    with pytest.raises(InputError, match="quantity 'q'"):
        records.encode({"q": array})


def test_encode_refuses_what_is_too_long_to_store():
    with pytest.raises(InputError, match="summaries"):
        records.encode({"q": np.zeros(records.MAX_PAYLOAD // 8 + 1)})
    with pytest.raises(InputError, match="names"):
        records.encode({"q" * records.MAX_NAMES: np.zeros(1)})


def _record(text, data=b""):
    text = text.encode().ljust(118 - 1) + b"\n"
    return records.NPY_MAGIC + struct.pack("<H", len(text)) + text + data


def _payload(names, *parts):
    return records.MAGIC + struct.pack("<I", len(names)) + names + b"".join(parts)


HEADER = "{{'descr': '{}', 'fortran_order': {}, 'shape': {}, }}"
HOSTILE = {
    "empty": b"",
    "no magic": b"PK\x03\x04" + bytes(100),
    "pickle": b"\x80\x04\x95" + bytes(100),
    "names longer than the payload": records.MAGIC + struct.pack("<I", 2**32 - 1),
    "names nested": _payload(b"[" * 60000),
    "names no list": _payload(b'{"a":1}'),
    "names no strings": _payload(b"[1]"),
    "names unsorted": _payload(b'["b","a"]'),
    "names twice": _payload(b'["a","a"]'),
    "names with blanks": _payload(b'["a", "b"]'),
    "names not ASCII": _payload('["é"]'.encode()),
    "array missing": _payload(b'["a"]'),
    "array too many": _payload(b"[]", _record(HEADER.format("<f8", False, "()"), bytes(8))),
    "10^12 numbers": _payload(b'["a"]', _record(HEADER.format("<f8", False, "(1000000000000,)"))),
    "product beyond 64 bits": _payload(b'["a"]', _record(HEADER.format("<f8", False, "(4294967296, 4294967296)"))),
    "empty but enormous": _payload(
        b'["a"]', _record(HEADER.format("<f8", False, "(0, 999999999999999999, 999999999999)"))
    ),
    "negative": _payload(b'["a"]', _record(HEADER.format("<f8", False, "(-1,)"), bytes(8))),
    "objects": _payload(b'["a"]', _record(HEADER.format("|O", False, "()"), bytes(8))),
    "strings": _payload(b'["a"]', _record(HEADER.format("<U2", False, "()"), bytes(8))),
    "big endian": _payload(b'["a"]', _record(HEADER.format(">f8", False, "()"), bytes(8))),
    "Fortran order": _payload(b'["a"]', _record(HEADER.format("<f8", True, "(1,)"), bytes(8))),
    "code in the shape": _payload(b'["a"]', _record(HEADER.format("<f8", False, "(exit(),)"), bytes(8))),
    "no boolean": _payload(b'["a"]', _record(HEADER.format("|b1", False, "(3,)"), b"\x01\x02\x00")),
    "cut": records.encode({"a": np.ones(3)})[:-1],
    "tail": records.encode({"a": np.ones(3)}) + b"\x00",
}


@pytest.mark.parametrize("payload", HOSTILE.values(), ids=HOSTILE)
def test_decode_refuses_hostile_payloads_with_their_position(payload):
    with pytest.raises(InputError, match="payload, byte"):
        records.decode(payload)


def _flip(data, at, chance):
    data[at] ^= 1 << chance.randrange(8)


def _set(data, at, chance):
    data[at] = chance.choice(b"0123456789(),'{}[]\x00\xff<|>bifcO")


def _cut(data, at, _):
    del data[at:]


def _insert(data, at, chance):
    data[at:at] = chance.randbytes(chance.choice((1, 8, 64)))


def _delete(data, at, chance):
    data[at : at + chance.choice((1, 8, 128))] = b""


def _repeat(data, at, chance):
    data[at:at] = data[chance.randrange(len(data) + 1) :][:128]


def _length(data, at, chance):
    """Write an extreme length, most often where the format keeps one."""
    place = chance.choice((6, 10, at))
    if place + 4 <= len(data):
        struct.pack_into("<I", data, place, chance.choice((0, 9, 2**31, 2**32 - 1)))


def _mutate(payload, chance):
    """Change a payload in one to five places."""
    data = bytearray(payload)
    for _ in range(chance.choice((1, 1, 2, 5))):
        if data:
            change = chance.choice((_flip, _set, _cut, _insert, _delete, _repeat, _length))
            change(data, chance.randrange(len(data)), chance)
    return bytes(data)


def test_20000_mutated_payloads_are_refused_or_valid_and_cost_no_memory():
    chance = random.Random(1)
    rng = np.random.default_rng(1)
    seeds = [
        records.encode({}),
        records.encode({"error": np.float64(1.5)}),
        records.encode({"curve": rng.normal(size=(3, 5)), "ok": np.array([True, False]), "n": np.arange(4)}),
        records.encode({name: np.complex64(1j) for name in "abcdef"} | {"none": np.zeros((0, 3))}),
    ]
    refused = valid = 0
    tracemalloc.start()
    try:
        for _ in range(20_000):
            payload = _mutate(chance.choice(seeds), chance)
            try:
                arrays = records.decode(payload)
            except InputError:
                refused += 1
            else:
                valid += 1
                assert sum(array.nbytes for array in arrays.values()) <= len(payload)
                assert equal(records.decode(records.encode(arrays)), arrays)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert refused + valid == 20_000
    assert refused > 10_000
    assert peak < 20 * 2**20  # bytes; a payload has about a thousand
