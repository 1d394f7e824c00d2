"""Every statement of every claim renders without complaint (with Node, where a developer has it)."""

import json
import pathlib
import shutil
import subprocess

import pytest

import limes.report
from limes.claims.index import read

KATEX = pathlib.Path(limes.report.__file__).parent / "assets" / "katex.min.js"
PROGRAM = """
const katex = require(process.argv[1]);
const texts = JSON.parse(require('fs').readFileSync(0, 'utf8'));
for (const [name, text] of Object.entries(texts)) {
  try { katex.renderToString(text, {throwOnError: true, displayMode: true, strict: 'error'}); }
  catch (error) { console.log(name + ': ' + error.message); }
}
"""


def rejected(texts):
    done = subprocess.run(
        ["node", "-e", PROGRAM, str(KATEX)], input=json.dumps(texts), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node, which only developers have")
def test_every_statement_renders():
    assert rejected({name: entry["statement"] for name, entry in read().items()}) == ""
    assert "bad" in rejected({"bad": r"\nicefrac{1}{2}"})
