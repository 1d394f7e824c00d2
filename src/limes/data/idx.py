"""IDX, the format of MNIST: a header of sizes, then big-endian numbers."""

import math
import struct
from pathlib import Path

import numpy as np

from .source import Source, opened
from .stored import Stored

_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_MOST_AXES = 4
_PARTNERS = (("images-idx3", "labels-idx1"), ("images.idx3", "labels.idx1"))


def is_idx(source: Source) -> bool:
    """Tell whether the first bytes are an IDX header; on the disk the sizes must fit too, as pixels can look alike."""
    head = source.head
    if len(head) < 4 or head[:2] != b"\0\0" or head[2] not in _TYPES or not 0 < head[3] <= _MOST_AXES:
        return False
    start = 4 + 4 * head[3]
    return source.packed or source.size % 3073 != 0 or (len(head) >= start and _bytes(head) == source.size - start)


def read(source: Source, labels: Path | None) -> Stored:
    """Read inputs from `source` and targets from `labels`, or from the file that MNIST names beside it."""
    x = array(source)
    with opened(_partner(source) if labels is None else labels, source.limit) as other:
        other.booked = source.booked
        if not is_idx(other):
            raise other.refuse("byte 0", "the labels are not an IDX file", "give the labels file with y=")
        y = array(other)
    return Stored(x, y, "classes" if y.dtype.kind in "iu" and y.ndim == 1 else None)


def array(source: Source) -> np.ndarray:
    """Read one array, after its size has been compared with the bytes and the limit."""
    header = source.exactly(4)
    code, axes = header[2], header[3]
    sizes = struct.unpack(f">{axes}I", source.exactly(4 * axes))
    dtype, count = np.dtype(_TYPES[code]), math.prod(sizes)
    left = source.size - source.taken
    if not source.packed and count * dtype.itemsize != left:
        shape = " x ".join(str(size) for size in sizes)
        cause = f"the header says {shape} numbers of {dtype.itemsize} bytes, but {left} bytes follow"
        raise source.refuse("byte 4", cause, "it is cut or damaged, so fetch it again")
    source.book(count, dtype.itemsize)
    block = source.exactly(count * dtype.itemsize)
    source.finish()
    return np.frombuffer(block, dtype).reshape(sizes)


def _bytes(head: bytes) -> int:
    return math.prod(struct.unpack(f">{head[3]}I", head[4 : 4 + 4 * head[3]])) * np.dtype(_TYPES[head[2]]).itemsize


def _partner(source: Source) -> Path:
    name = source.path.name
    for images, labels in _PARTNERS:
        if images in name:
            near = source.path.with_name(name.replace(images, labels))
            other = near.with_suffix("") if near.suffix == ".gz" else near.with_name(near.name + ".gz")
            for path in (near, other):
                if path.is_file():
                    return path
    raise source.refuse(
        "", "an IDX file holds images or labels, and no labels lie beside it", "name them with y='FILE'"
    )
