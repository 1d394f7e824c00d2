"""The command line: one file per command; JAX is imported only inside the commands that compute."""
