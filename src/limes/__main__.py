"""`python -m limes` is the command `limes`."""

import os
import sys

if sys.path and sys.path[0] in ("", os.getcwd()):
    del sys.path[0]  # a file in the current folder must never shadow a library

from limes.cli.main import main

main()
