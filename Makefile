# Every target does its own set-up: a clean clone and Python 3.11 are enough (Java 17 and Maven for Kafka).
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
RUN := $(VENV)/bin
STAMP := $(VENV)/.installed
LOG ?= embedded
MINUTES ?= 10
RATE ?= 500
RUNS ?= 2000
TEST_PROCESSES ?= 4

.PHONY: help up demo test lint bench bench-load lives soak format lock clean

help: ## what there is to run
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(STAMP): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Bookbridge needs Python 3.11 or newer, and none was found."; exit 1; }
	@echo "Setting up $(VENV) with $$($(PYTHON) --version) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(RUN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(RUN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

up: $(STAMP) ## everything on this machine: shop, books and Bookbridge, until Ctrl-C (FAULTS=file)
	@$(RUN)/bookbridge up $(if $(FAULTS),--faults "$(FAULTS)")

demo: $(STAMP) ## orders into books, with proof (LOG=kafka, ORDERS=n, SEED=n, SAMPLES=folder, FAULTS=file)
	@$(RUN)/bookbridge demo --log $(LOG) $(if $(ORDERS),--orders $(ORDERS)) $(if $(SEED),--seed $(SEED)) $(if $(SAMPLES),--samples "$(SAMPLES)") $(if $(FAULTS),--faults "$(FAULTS)")

test: $(STAMP) ## all tests, a real Kafka broker included
	@$(RUN)/python -m pytest -n $(TEST_PROCESSES) --dist worksteal

lint: $(STAMP) ## style, types and the import contract
	@$(RUN)/ruff check .
	@$(RUN)/ruff format --check .
	@$(RUN)/mypy
	@$(RUN)/lint-imports

bench: $(STAMP) ## figures of this machine, as ratios
	@$(RUN)/python -m tests.bench

bench-load: $(STAMP) ## the whole first load of a catalogue of 50,000 products, in half an hour (LOG=kafka|embedded, KILL=1)
	@$(RUN)/python -m tests.bench.catalog_load --log $(if $(filter file,$(origin LOG)),kafka,$(LOG)) $(if $(KILL),--kill)

lives: $(STAMP) ## random lives of SKUs between both sandboxes, the stock checked (RUNS=2000, SEED=n, COPY=1)
	@$(RUN)/python -m tests.lives --runs $(RUNS) $(if $(SEED),--seed $(SEED)) $(if $(COPY),--copy)

soak: $(STAMP) ## a steady load on ingest, memory watched (MINUTES=10, RATE=500 a second, LOG=kafka|embedded)
	@$(RUN)/python -m tests.bench.soak --minutes $(MINUTES) --rate $(RATE) --log $(if $(filter file,$(origin LOG)),kafka,$(LOG))

format: $(STAMP) ## put the code in its usual form
	@$(RUN)/ruff check --fix .
	@$(RUN)/ruff format .

lock: ## renew requirements.lock (hashes, no addresses)
	@uv pip compile --quiet --universal --python-version 3.11 --extra dev --generate-hashes \
		--no-annotate --no-header --no-emit-index-url --no-emit-find-links pyproject.toml -o requirements.lock

clean: ## remove what was built, and the data of make up
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache build data
