# `make help` lists what there is. Everything runs in .venv, which each target brings up to date.

PYTHON ?= python3
BIN := .venv/bin
# Programs are started hundreds of times: Python caches their bytecode, outside the repository's
# folders, whatever the environment says.
export PYTHONDONTWRITEBYTECODE =
export PYTHONPYCACHEPREFIX = $(CURDIR)/.venv/pycache
# How many processes the tests share; each starts servers of its own, so with your own
# (DATABASE_ADMIN_URL, REDIS_URL) one process does it all.
PROCESSES ?= $(if $(DATABASE_ADMIN_URL)$(REDIS_URL),0,2)
PYTEST = $(BIN)/python -m pytest --numprocesses $(PROCESSES) --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help setup demo up test fast fuzz chaos lint check types docs format bench lock image compose screenshots

help: ## this list
	@grep -hE '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## (.*)/\1\t\2/' | \
		while IFS="$$(printf '\t')" read -r name text; do printf '  make %-11s %s\n' "$$name" "$$text"; done

setup: ## install what requirements.lock names into .venv (done by itself where needed)
	@PYTHON="$(PYTHON)" scripts/setup.sh

demo: setup ## load two institutions, snapshot them, ask five questions, then serve until Ctrl-C
	@$(BIN)/optilearn demo

up: setup ## serve: the API and its documentation, and the pipelines, until Ctrl-C
	@$(BIN)/optilearn up

test: setup ## the whole test suite, on servers that it starts and stops itself
	@$(PYTEST)

fast: setup ## the tests that take less than a few seconds each
	@$(PYTEST) -m "not slow"

fuzz: setup ## 10,000 random questions against the brute-force evaluator, 1,000 attacked results, 500 requests for each operation
	@REPORTS_FUZZ_CASES=10000 $(BIN)/python -m pytest -s tests/reports/test_differential.py tests/reports/test_scope_fuzz.py
	@ATTACKED_RESULTS=1000 $(BIN)/python -m pytest tests/reports/test_small_groups.py
	@API_FUZZ_CASES=500 $(BIN)/python -m pytest tests/optilearn/test_api_fuzz.py

chaos: setup ## 20,000 notifications and 200 scheduled reports under kills and failing providers; ten minutes
	@$(BIN)/python -m tests.chaos
	@$(BIN)/python -m tests.chaos.schedules

lint: setup ## format, style, types, import contracts, migrations, documents, the published OpenAPI
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/optilearn makemigrations --check --dry-run
	$(BIN)/optilearn openapi --check
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet

check: lint ## what CI checks beside the tests; the same as lint

types: setup ## mypy alone
	$(BIN)/mypy

docs: setup ## docs/ as a site in .site/, links checked
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet && echo Written to .site/index.html

format: setup ## put the code into the agreed format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup ## measure against the floors of docs/benchmarks.md, on the set in OULAD_DIR
	@$(BIN)/python -m benchmarks

screenshots: setup ## pictures of all pages, of a demonstration of its own; ARGUMENTS=--docs for those of docs/
	@$(BIN)/python scripts/screenshots.py $(ARGUMENTS)

lock: setup ## write the requirements locks anew from pyproject.toml
	@PATH="$$PWD/$(BIN):$$PATH" scripts/lock.sh

image: setup ## go through the Dockerfile's steps in an empty environment, without a container engine
	@scripts/check_image.sh

compose: setup ## go through compose.yaml's commands, from sign-in to a snapshot and a mail; likewise
	@$(BIN)/python scripts/check_compose.py
