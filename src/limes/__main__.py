"""`python -m limes` is the command `limes`."""

from limes.cli.main import main

main()
