"""Strict modes, no network, fresh keys, and one quick run of all claims shared by the tests that read it."""

import json
import os
import pathlib
import socket
import subprocess
import sys

import jax
import pytest

import limes  # noqa: F401 - sets XLA's flags before JAX starts
from limes._compat import keep_compiled_programs

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_numpy_dtype_promotion", "strict")
jax.config.update("jax_numpy_rank_promotion", "raise")

ROOT = pathlib.Path(__file__).parent.parent
keep_compiled_programs()
_LOOPBACK = ("127.", "::1", "localhost")


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Let sockets reach this machine only."""
    connect = socket.socket.connect

    def guarded(self, address):
        host = address[0] if isinstance(address, tuple) else "127."
        if not str(host).startswith(_LOOPBACK):
            raise AssertionError(f"a test reached for the network: {address}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture
def key(request):
    """A random key of its own for every test."""
    import zlib

    return jax.random.key(zlib.crc32(request.node.name.encode()))


@pytest.fixture(scope="session")
def quick_run(tmp_path_factory):
    """The folder of one `limes verify --quick` of all claims (made here, or named by LIMES_QUICK_RUN)."""
    given = os.environ.get("LIMES_QUICK_RUN")
    if given:
        return pathlib.Path(given)
    out = tmp_path_factory.mktemp("quick")
    command = [sys.executable, "-m", "limes", "verify", "--quick", "--quiet", "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=out, check=False)
    assert (out / "report.json").is_file(), done.stderr
    return out


@pytest.fixture(scope="session")
def quick_results(quick_run):
    """The public results of the quick run, by claim."""
    report = json.loads((quick_run / "report.json").read_text())
    return {claim["id"]: claim for claim in report["claims"]}
