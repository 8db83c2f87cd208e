SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# Without byte code every start compiles hundreds of modules anew.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
PYTHON_SOURCES := platform/src plugins tests tools

.PHONY: setup
setup: ## make .venv/bin/mohar work on a machine with Python 3.11, git and make
	@tools/setup.sh

.PHONY: demo
demo: setup ## issue, print, read back and verify the sample records, into build/demo
	@$(BIN)/python tools/demo.py --out build/demo

.PHONY: serve
serve: setup ## serve config/india at http://127.0.0.1:8000 until Ctrl-C
	@$(BIN)/mohar serve --deployment build/demo/config/india --with-worker

.PHONY: test
test: setup-test lint ## what CI runs: format, lint, types, layers and all tests but the long ones
	@$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not long"

.PHONY: test-long
test-long: setup-test ## the long tier of the tests
	@$(BIN)/pytest -n 2 --dist loadfile -m long

.PHONY: chaos
chaos: setup-test ## 20,000 records into a house whose processes, database, disk and clocks fail
	@MOHAR_CHAOS_RECORDS=$${MOHAR_CHAOS_RECORDS:-20000} $(BIN)/pytest tests/chaos

.PHONY: fuzz
fuzz: setup-test ## ten minutes of made-up requests to every operation of config/india
	@MOHAR_FUZZ_SECONDS=$${MOHAR_FUZZ_SECONDS:-600} $(BIN)/pytest tests/doors/test_fuzz.py

.PHONY: bench
bench: setup ## every benchmark beside its reference, in one run
	@$(BIN)/mohar bench all

.PHONY: bench-check
bench-check: setup ## the same, failing where a ratio promised in tests/bench/ratios.yaml is missed
	@$(BIN)/mohar bench all --check tests/bench/ratios.yaml

.PHONY: vectors
vectors: setup-test ## write the golden vectors anew; look at the difference before you commit it
	@MOHAR_WRITE_VECTORS=1 $(BIN)/pytest -m "not long" -k golden

.PHONY: docs
docs: setup-test ## write the reference pages anew from the code, and conformance from its tests
	@$(BIN)/python tools/reference.py
	@$(BIN)/python tools/conformance.py

.PHONY: lint
lint: setup-test ## format, lint, types and layers, changing nothing
	@$(BIN)/ruff format --check $(PYTHON_SOURCES)
	@$(BIN)/ruff check $(PYTHON_SOURCES)
	@$(BIN)/mypy platform/src/mohar plugins/mohar-*/src/*
	@$(BIN)/lint-imports

.PHONY: format
format: setup-test ## put the code into the shape that lint asks for
	@$(BIN)/ruff check --fix --quiet $(PYTHON_SOURCES) || true
	@$(BIN)/ruff format $(PYTHON_SOURCES)

.PHONY: constraints
constraints: setup ## write constraints.txt anew with the newest versions that fit together
	@tools/constraints.sh

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup-test
setup-test: setup
	@tools/setup-test.sh
