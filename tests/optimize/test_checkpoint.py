import jax
import jax.numpy as jnp
import numpy as np
import pytest

from limes._errors import InputError, StorageError
from limes.optimize import checkpoint


def marks(program=jnp.sin, data=1.0):
    return checkpoint.fingerprint(program, (jnp.ones(2),), {"data": {"x": jnp.full(2, data)}})


CARRY = {"a": jnp.arange(3.0), "b": jnp.ones(2, jnp.bfloat16), "k": jax.random.key(3), "n": jnp.int32(4), "none": None}
ROWS = {"risk": jax.ShapeDtypeStruct((2,), jnp.float64), "low": jax.ShapeDtypeStruct((), jnp.bfloat16)}
VALUES = {"risk": np.array([[1.0, np.nan], [0.5, 2.0]]), "low": np.array([1, 2], jnp.bfloat16)}


def test_what_is_written_is_read(tmp_path):
    file = tmp_path / "run.npz"
    assert checkpoint.read(file, marks(), CARRY, ROWS) is None
    checkpoint.write(file, marks(), CARRY, np.array([0, 10]), VALUES)
    carry, step, values = checkpoint.read(file, marks(), jax.tree.map(jnp.zeros_like, CARRY | {"k": CARRY["k"]}), ROWS)
    assert list(step) == [0, 10]
    assert np.array_equal(values["risk"], VALUES["risk"], equal_nan=True)
    assert values["low"].dtype == jnp.bfloat16
    for name in ("a", "b", "n"):
        assert carry[name].dtype == CARRY[name].dtype
        assert np.array_equal(carry[name], CARRY[name])
    assert np.array_equal(jax.random.key_data(carry["k"]), jax.random.key_data(CARRY["k"]))
    assert [path.name for path in tmp_path.iterdir()] == ["run.npz"]


def test_fingerprints_see_structure_numbers_and_program():
    assert marks() == marks()
    assert marks()["data"] != marks(data=2.0)["data"]
    assert marks()["program"] != marks(jnp.cos)["program"]
    assert marks(lambda x: 0.1 * x)["program"] != marks(lambda x: 0.2 * x)["program"]
    consts = [jnp.arange(2.0), jnp.arange(2.0) + 1.0]
    assert marks(lambda x: consts[0] * x)["program"] != marks(lambda x: consts[1] * x)["program"]


def test_another_jax_compares_all_but_the_program(tmp_path):
    file = tmp_path / "run.npz"
    checkpoint.write(file, marks(jnp.cos) | {"jax": "0.0"}, CARRY, np.array([0, 10]), VALUES)
    assert checkpoint.read(file, marks(), CARRY, ROWS) is not None
    with pytest.raises(InputError, match="different data"):
        checkpoint.read(file, marks(data=3.0), CARRY, ROWS)


def test_other_rows_are_refused(tmp_path):
    file = tmp_path / "run.npz"
    checkpoint.write(file, marks(), CARRY, np.array([0, 10]), VALUES)
    other = {"norm": jax.ShapeDtypeStruct((), jnp.float64)}
    with pytest.raises(InputError, match="belongs to another recorder"):
        checkpoint.read(file, marks(), CARRY, other)
    other = {"risk": jax.ShapeDtypeStruct((3,), jnp.float64)}
    with pytest.raises(InputError, match="belongs to another recorder"):
        checkpoint.read(file, marks(), CARRY, other)


@pytest.mark.parametrize("damage", ["cut", "text", "objects", "other npz", "empty"])
def test_damaged_files_are_one_sentence(tmp_path, damage):
    file = tmp_path / "run.npz"
    checkpoint.write(file, marks(), CARRY, np.array([0, 10]), VALUES)
    whole = file.read_bytes()
    if damage == "objects":
        np.savez(file, head=np.array([{"a": 1}], dtype=object))
    elif damage == "other npz":
        np.savez(file, x=np.ones(2))
    else:
        file.write_bytes({"cut": whole[: len(whole) // 2], "text": b"x" * 100, "empty": b""}[damage])
    with pytest.raises(StorageError, match="must be a file that minimize wrote") as caught:
        checkpoint.read(file, marks(), CARRY, ROWS)
    assert "\n" not in str(caught.value)


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    file = tmp_path / "run.npz"
    checkpoint.write(file, marks(), CARRY, np.array([0]), {})
    before = file.read_bytes()

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(StorageError, match="No space left on device; name another path"):
        checkpoint.write(file, marks(), CARRY, np.array([0]), {})
    assert file.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1


def test_a_folder_that_does_not_exist(tmp_path):
    with pytest.raises(StorageError, match="must be a file that can be written"):
        checkpoint.write(tmp_path / "none" / "run.npz", marks(), CARRY, np.array([0]), {})
