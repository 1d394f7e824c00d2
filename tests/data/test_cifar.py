import gzip
import io
import tarfile

import numpy as np
import pytest

from limes._errors import InputError
from limes.data.files import load

DRAW = np.random.default_rng(0)


def records(num, version=10):
    labels = {10: [DRAW.integers(0, 10, num)], 100: [DRAW.integers(0, 20, num), DRAW.integers(0, 100, num)]}[version]
    planes = DRAW.integers(0, 256, (num, 3, 32, 32)).astype(np.uint8)
    rows = np.concatenate([*(label[:, None].astype(np.uint8) for label in labels), planes.reshape(num, -1)], axis=1)
    return rows.tobytes(), planes.transpose(0, 2, 3, 1) / 255, labels


def archive(members, mode="w:gz", **options):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode, **options) as tar:
        for name, block in members:
            member = tarfile.TarInfo(name) if isinstance(name, str) else name
            member.size = len(block)
            tar.addfile(member, io.BytesIO(block))
    return out.getvalue()


BATCHES = [(f"cifar-10-batches-bin/data_batch_{i}.bin", records(3)) for i in (2, 1, 3, 5, 4)]
WHOLE = [(name, block) for name, (block, _, _) in BATCHES] + [("cifar-10-batches-bin/readme.html", b"<html>")]


@pytest.fixture
def put(tmp_path):
    def write(block):
        (tmp_path / "file").write_bytes(block)
        return tmp_path / "file"

    return write


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_records_of_ten_classes(pack, put):
    block, images, labels = records(7)
    data = load(put(pack(block)))
    assert data.task == "classes"
    assert np.array_equal(np.asarray(data.x), images)
    assert np.array_equal(np.asarray(data.y), labels[0])


def test_records_of_a_hundred_classes_have_fine_and_coarse_labels(put):
    block, images, (coarse, fine) = records(7, 100)
    path = put(block)
    assert np.array_equal(np.asarray(load(path).x), images)
    assert np.array_equal(np.asarray(load(path).y), fine)
    assert np.array_equal(np.asarray(load(path, y="coarse").y), coarse)
    with pytest.raises(InputError, match="CIFAR-100 has no labels 'medium'; choose y='fine' or y='coarse'"):
        load(path, y="medium")


@pytest.mark.parametrize(
    ("mode", "options"),
    [
        ("w:gz", {"format": tarfile.GNU_FORMAT}),
        ("w:gz", {"format": tarfile.PAX_FORMAT}),
        ("w", {"format": tarfile.USTAR_FORMAT}),
    ],
)
def test_archive_gives_its_batches_in_order(mode, options, put):
    data = load(put(archive(WHOLE, mode, **options)))
    ordered = [content for _, content in sorted(BATCHES)]
    assert np.array_equal(np.asarray(data.x), np.concatenate([images for _, images, _ in ordered]))
    assert np.array_equal(np.asarray(data.y), np.concatenate([labels[0] for _, _, labels in ordered]))


def test_archive_of_a_hundred_classes_has_two_parts(put):
    members = {"train": records(4, 100), "test": records(3, 100)}
    path = put(archive([(f"cifar-100-binary/{part}.bin", content[0]) for part, content in members.items()]))
    for part, (_, images, labels) in members.items():
        assert np.array_equal(np.asarray(load(path, part=part).x), images)
        assert np.array_equal(np.asarray(load(path, part=part, y="coarse").y), labels[0])


def link(name, kind):
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, "/etc/passwd"
    return member


@pytest.mark.parametrize(
    ("members", "words"),
    [
        (WHOLE[1:], "data_batch_2.bin' is missing"),
        ([*WHOLE, WHOLE[0]], "a second member"),
        ([("../" + name, block) for name, block in WHOLE], "no train part of CIFAR-10 or CIFAR-100"),
        ([("/" + name, block) for name, block in WHOLE], "no train part"),
        ([("cifar-10-batches-py/data_batch_1", b"\x80\x04")], "pickles, which can run code"),
        ([(link("cifar-10-batches-bin/data_batch_1.bin", tarfile.SYMTYPE), b"")], "a member of kind b'2'"),
        ([(link("cifar-10-batches-bin/data_batch_1.bin", tarfile.LNKTYPE), b"")], "a member of kind b'1'"),
        ([("a" * 150, b"")], "kind b'L'"),
        ([*WHOLE[1:], (WHOLE[0][0], WHOLE[0][1][:-1])], r"data_batch_2.bin', its length.*not a record of CIFAR-10"),
        (
            [*WHOLE[1:], (WHOLE[0][0], b"\x63" + WHOLE[0][1][1:])],
            r"data_batch_2.bin', record 1.*not a record of CIFAR-10",
        ),
        ([(f"f{i}", b"") for i in range(200)], "more than 100 members"),
    ],
)
def test_archives_that_are_not_cifar_are_refused(members, words, put):
    with pytest.raises(InputError, match=words):
        load(put(archive(members, format=tarfile.GNU_FORMAT)))


def test_a_pax_header_that_renames_is_refused(put):
    member = tarfile.TarInfo("cifar-10-batches-bin/data_batch_1.bin")
    member.pax_headers = {"path": "elsewhere"}
    with pytest.raises(InputError, match="renames or resizes"):
        load(put(archive([(member, b"abc")], format=tarfile.PAX_FORMAT)))


def test_a_long_archive_is_stopped_at_the_limit(put):
    with pytest.raises(InputError, match="more than limit="):
        load(put(archive([("filler", bytes(4 << 20)), *WHOLE])), limit=1 << 20)


def test_labels_beyond_the_classes_and_odd_lengths_are_refused(put):
    block = bytearray(records(4)[0])
    block[2 * 3073] = 12
    with pytest.raises(InputError, match="record 3 has a label beyond the classes of CIFAR-10"):
        load(put(block))
    with pytest.raises(InputError, match="which is not IDX, CIFAR binary, npz, csv or parquet"):
        load(put(block[:-1]))
    with pytest.raises(InputError, match="as well as CIFAR-100"):
        load(put(bytes(3073 * 3074)))


def test_a_record_may_begin_like_an_idx_header(put):
    block = bytearray(records(4)[0])
    block[:4] = b"\0\0\x08\x03"
    assert load(put(block)).x.shape == (4, 32, 32, 3)
