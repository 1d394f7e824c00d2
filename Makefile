PYTHON ?= python3
VENV   ?= .venv
RUN    := $(VENV)/bin/python
STAMP  := $(VENV)/.stamp
PIP     = $(RUN) -m pip --disable-pip-version-check --quiet install
OUT    ?= limes-out
TRIALS ?= 200
WORLDS ?= 20000

.DEFAULT_GOAL := help
.PHONY: help setup verify test lint report bench docs index kill simulate lock clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(STAMP): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit("limes needs Python 3.11 or newer: make PYTHON=/path/to/python3.12" if sys.version_info < (3, 11) else 0)'
	@echo "setting up $(VENV) (once, one to three minutes)" >&2
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

setup: $(STAMP) ## make .venv with the locked packages and limes

verify: $(STAMP) ## run every claim on its quick grid, write limes-out/report.html
	@$(VENV)/bin/limes verify --quick --out $(OUT)

test: $(STAMP) ## run the tests
	@$(RUN) -m pytest -q

lint: $(STAMP) ## format, lint, layers, types, spelling
	@$(VENV)/bin/ruff format --check --quiet . || { echo "run: $(VENV)/bin/ruff format ." >&2; exit 1; }
	@$(VENV)/bin/ruff check --quiet .
	@$(VENV)/bin/lint-imports --no-logo > /dev/null || $(VENV)/bin/lint-imports
	@$(VENV)/bin/pyright --warnings
	@$(VENV)/bin/codespell src tests docs benchmarks *.md Makefile pyproject.toml mkdocs.yml

report: $(STAMP) ## run every claim on its full grid, write limes-out/report.html
	@$(VENV)/bin/limes verify --out $(OUT)

bench: $(STAMP) ## compare with peers, side by side (needs: pip install '.[bench]')
	@for script in benchmarks/[!_]*.py; do $(RUN) $$script || exit 1; done

docs: $(STAMP) index ## build the documentation into docs/site
	@$(RUN) docs/generate.py
	@$(VENV)/bin/zensical build --clean

index: $(STAMP) ## write the index of claims that list, show and cite read
	@$(RUN) -m limes.claims.index

kill: $(STAMP) ## kill a running study TRIALS times and compare what survives
	@LIMES_KILLS=$(TRIALS) $(RUN) -m pytest -q tests/studies/test_kill.py

simulate: $(STAMP) ## measure how often verdicts are wrong, over simulated claims of known truth
	@$(RUN) -m limes.stats.simulate --claims $(WORLDS) --out docs/verdicts-table.json
	@$(RUN) -m limes.stats.tables docs/verdicts-table.json docs/verdicts.md

lock: ## compile requirements.lock (needs uv; no index, no host is written)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url \
	    --extra files --extra docs --group dev pyproject.toml -o requirements.lock

clean: ## remove results and caches (not .venv)
	rm -rf limes-out docs/site docs/pages .cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
