# Every command a person types. CI calls the same ones.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := .demo
DEMO_HTTP ?= 8080
DEMO_DICOM ?= 11112

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-stop test check bench format clean

help: ## Show the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

$(BIN)/isocenter: requirements/dev.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

setup: $(BIN)/isocenter ## Make the virtual environment with every pinned dependency

demo: setup ## Start the server with sample studies; returns when it answers
	@$(BIN)/python tools/demo.py start --data $(DEMO) --http-port $(DEMO_HTTP) --dicom-port $(DEMO_DICOM)

demo-stop: ## Stop the demo server
	@$(BIN)/python tools/demo.py stop --data $(DEMO)

test: setup ## Run all checks and tests
	$(MAKE) --no-print-directory check
	$(BIN)/python -m pytest

check: setup ## Format, lint, types and layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python tools/check_purity.py

format: setup ## Rewrite the code in the project's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup ## Measure against DCMTK and Orthanc, side by side
	$(BIN)/python -m bench

lock: ## Pin the dependencies anew (needs uv)
	uv pip compile -q --upgrade --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 \
	  --extra postgres pyproject.toml -o requirements/runtime.txt
	uv pip compile -q --upgrade --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 \
	  --extra postgres --group dev pyproject.toml -o requirements/dev.txt

clean: demo-stop ## Remove what the commands made
	rm -rf $(VENV) $(DEMO) .bench .pytest_cache .mypy_cache .ruff_cache .hypothesis
