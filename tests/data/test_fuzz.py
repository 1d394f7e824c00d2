"""20,000 damaged files: each is refused in one sentence, or read as an independent reader reads it."""

import gzip
import io
import re
import resource
import struct
import tarfile
import zipfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from limes._errors import InputError
from limes.data.files import load

LIMIT = 4 << 20
CODES = {"u1": 8, "i1": 9, "i2": 11, "i4": 12, "f4": 13, "f8": 14}
EXTREME = (0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)
MEMBERS = tuple(f"cifar-10-batches-bin/data_batch_{i}.bin" for i in range(1, 6))


def idx_bytes(array):
    code = CODES[array.dtype.str[1:]]
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, code, array.ndim, *array.shape)
    return header + array.astype(array.dtype.newbyteorder(">")).tobytes()


def idx_array(block):
    dtype = next(np.dtype(">" + name) for name, code in CODES.items() if code == block[2])
    shape = struct.unpack_from(f">{block[3]}I", block, 4)
    return np.frombuffer(block[4 + 4 * block[3] :], dtype).reshape(shape)


def numbers(x):
    x = x[..., None] if x.ndim == 1 or (x.dtype == np.uint8 and x.ndim == 3) else x
    return x / 255.0 if x.dtype == np.uint8 and x.ndim == 4 else x.astype(float)


# Makers: bytes of a valid file with random sizes and contents.


def labels(rng, num):
    y = rng.integers(0, 3, num)
    y[:3] = [0, 1, 2]
    return y


def make_idx(rng):
    num, kind = 12, rng.choice(["u1", "u1", "i2", "f4", "f8"])
    return idx_bytes(rng.integers(0, 100, (num, *rng.integers(1, 5, rng.integers(1, 3)))).astype(kind))


def make_cifar(rng):
    records = rng.integers(0, 256, (4, 3073)).astype(np.uint8)
    records[:, 0] = labels(rng, 4)
    return records.tobytes()


def make_tar(rng):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name in ("cifar-10-batches-bin/readme.html", *MEMBERS):
            block = make_cifar(rng)[: 2 * 3073]
            member = tarfile.TarInfo(name)
            member.size = len(block)
            archive.addfile(member, io.BytesIO(block))
    return out.getvalue()


def make_npz(rng):
    out = io.BytesIO()
    save = np.savez if rng.random() < 0.5 else np.savez_compressed
    x = rng.normal(size=(9, 4)) if rng.random() < 0.5 else rng.integers(0, 256, (9, 3, 3)).astype(np.uint8)
    save(out, x=np.asfortranarray(x) if rng.random() < 0.3 else x, y=labels(rng, 9))
    return out.getvalue()


def make_csv(rng):
    table = np.c_[np.round(rng.normal(size=(8, 2)), 3), labels(rng, 8)]
    divider = rng.choice([",", ";", "\t"])
    lines = [divider.join(f"{value:g}" for value in row) for row in table]
    names = [divider.join('"age"' if rng.random() < 0.5 and i == 0 else f"c{i}" for i in range(3))]
    return "\n".join((names if rng.random() < 0.5 else []) + lines + [""]).encode()


def make_parquet(rng):
    kinds = [np.float64, np.float32, np.int32, np.int64]
    columns = {f"c{i}": rng.normal(size=20).astype(kinds[i]) * 9 for i in range(3)}
    out = io.BytesIO()
    compression = str(rng.choice(["none", "snappy", "zstd", "gzip"]))
    table = pa.table({**columns, "y": labels(rng, 20)})
    pq.write_table(table, out, compression=compression, write_page_checksum=bool(rng.random() < 0.5), row_group_size=13)
    return out.getvalue()


# Damage: of the bytes, or of what is packed inside and then packed again.


def damaged(rng, block, alphabet=None):
    block = bytearray(block)
    for _ in range(rng.integers(1, 4)):
        end = max(len(block), 1)
        place = int(
            rng.choice([rng.integers(end), min(rng.integers(96), end - 1), max(0, end - 1 - rng.integers(400))])
        )
        kind = rng.integers(6)
        if kind <= 1 and block:
            block[place] = rng.choice(alphabet) if alphabet else block[place] ^ (1 << rng.integers(8))
        elif kind == 2:
            del block[place if rng.random() < 0.3 else max(place, end - 40) :]
        elif kind == 3:
            extra = rng.choice(alphabet, rng.integers(1, 4)) if alphabet else rng.integers(0, 256, rng.integers(1, 9))
            block[place:place] = bytes(extra.astype(np.uint8))
        elif kind == 4:
            del block[place : place + int(rng.integers(1, 5))]
        else:
            block[place : place + 4] = struct.pack(rng.choice(["<I", ">I"]), rng.choice(EXTREME))
    return bytes(block)


def again_gzip(rng, block):
    return damaged(rng, block) if rng.random() < 0.5 else gzip.compress(damaged(rng, gzip.decompress(block)), 1)


def again_tar(rng, block):
    if rng.random() < 0.3:
        return damaged(rng, block)
    inner = bytearray(gzip.decompress(block))
    with tarfile.open(fileobj=io.BytesIO(inner)) as archive:
        start = int(rng.choice([member.offset for member in archive.getmembers()]))
    header = bytearray(damaged(rng, inner[start : start + 512])[:512].ljust(512, b"\0"))
    if rng.random() < 0.7:
        header[148:156] = b"%06o\0 " % (sum(header[:148]) + 8 * 32 + sum(header[156:]))
    inner[start : start + 512] = header
    return gzip.compress(inner, 1)


def again_npz(rng, block):
    if rng.random() < 0.5:
        return damaged(rng, block)
    out, chosen = io.BytesIO(), rng.choice(["x.npy", "y.npy"])
    with zipfile.ZipFile(io.BytesIO(block)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            inner = old.read(name)
            new.writestr(name, damaged(rng, inner) if name == chosen else inner)
    return out.getvalue()


def again_csv(rng, block):
    return damaged(rng, block, list(b',;"\n\r\t.eE+-_naif0123456789 #\xc3'))


# Independent readers: what the same bytes hold.


def of_cifar(blocks):
    images, targets = [], []
    for block in blocks:
        for start in range(0, len(block), 3073):
            targets.append(block[start])
            planes = np.frombuffer(block[start + 1 : start + 3073], np.uint8)
            images.append(np.stack([planes[i * 1024 : (i + 1) * 1024].reshape(32, 32) for i in range(3)], axis=-1))
    return np.stack(images), np.array(targets)


def of_tar(block):
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(block))) as archive:
        members = {member.name: archive.extractfile(member).read() for member in archive if member.isreg()}
    return of_cifar([members[name] for name in MEMBERS])


def of_npz(block):
    with np.load(io.BytesIO(block), allow_pickle=False) as arrays:
        return arrays["x"], arrays["y"]


def of_csv(block):
    text = re.sub('"[^"]*"', lambda quoted: quoted[0].strip('"').replace("\n", " "), block.decode("utf-8-sig"))
    lines = [line for line in re.split(r"\r\n|\r|\n", text) if line.strip(",;\t")]
    divider = max(",;\t", key=lines[0].count)
    rows = [[cell.strip() for cell in line.split(divider)] for line in lines]
    if not re.fullmatch(r"[+-]?\.?\d[\d.eE+-]*", rows[0][0]):
        rows = rows[1:]
    table = np.array([[float(cell) for cell in row] for row in rows])
    return table[:, :-1], table[:, -1]


def of_parquet(block):
    table = pq.ParquetFile(io.BytesIO(block)).read(use_threads=False)
    columns = [column.to_numpy().astype(float) for column in table.columns]
    return np.stack(columns[:-1], axis=1), columns[-1]


LABELS = idx_bytes(np.arange(12).astype("u1") % 3)
FORMATS = {
    "idx": (5000, make_idx, damaged, lambda block: (idx_array(block), idx_array(LABELS))),
    "idx.gz": (
        2500,
        lambda rng: gzip.compress(make_idx(rng), 1),
        again_gzip,
        lambda block: (idx_array(gzip.decompress(block)), idx_array(LABELS)),
    ),
    "cifar": (2500, make_cifar, damaged, lambda block: of_cifar([block])),
    "cifar.tar.gz": (1500, lambda rng: gzip.compress(make_tar(rng), 1), again_tar, of_tar),
    "npz": (3500, make_npz, again_npz, of_npz),
    "csv": (3500, make_csv, again_csv, of_csv),
    "parquet": (1500, make_parquet, damaged, of_parquet),
}


def rewrite(path, block):
    """Overwrite, then cut: emptying a file first waits for the disk."""
    with path.open("r+b") as file:
        file.write(block)
        file.truncate()


def outcome(path, extra):
    """Return the data, or the error."""
    try:
        return load(path, limit=LIMIT, **extra)
    except InputError as error:
        return error


def is_one_sentence(error, path):
    text = str(error)
    return (
        type(error) is InputError and "\n" not in text and len(text) < 700 and ";" in text and str(path.parent) in text
    )


def agree(data, x, y):
    expected = numbers(np.asarray(x))
    y = np.asarray(y, dtype=float)
    y = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
    return np.array_equal(np.asarray(data.x), expected) and np.array_equal(np.asarray(data.y, dtype=float), y)


@pytest.mark.parametrize("kind", FORMATS)
def test_damaged_files_are_refused_or_read_right(kind, tmp_path):
    count, make, damage, independent = FORMATS[kind]
    rng = np.random.default_rng(sum(kind.encode()))
    path, partner = tmp_path / "file", tmp_path / "labels"
    partner.write_bytes(LABELS)
    path.touch()
    extra = {"y": partner} if kind.startswith("idx") else {}
    bases = [make(rng) for _ in range(12)]
    before, accepted = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, 0
    for i in range(count):
        block = damage(rng, bases[i % len(bases)]) if i >= len(bases) else bases[i]
        rewrite(path, block)
        data = outcome(path, extra)
        if isinstance(data, InputError):
            assert i >= len(bases), "a sound file is refused"
            assert is_one_sentence(data, path)
            continue
        accepted += 1
        assert agree(data, *independent(block)), f"{kind}, file {i}: other numbers than an independent reader finds"
    assert accepted >= len(bases)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 300_000, f"memory grew by {grown} kB for a limit of {LIMIT} bytes"
