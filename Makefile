# The commands of Belfry. `make run` and `make test` are all a newcomer needs.

PYTHON ?= python3
BIN := .venv/bin
MINISTACK := ministack==1.5.33
# For checks that read the settings but need no database: nothing is started.
NO_DATABASE := DATABASE_URL=postgresql:///unused BELFRY_SECRET_KEY=unused
BENCHMARKS := $(filter-out __init__ basket filled kept libraries random_rules report sink,$(basename $(notdir $(wildcard bench/*.py))))
PIP_COMPILE := $(BIN)/python -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links

.DEFAULT_GOAL := help
.PHONY: help run test check demo bench vendor requirements install install-tests

help:  ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

run: install  ## Start everything: PostgreSQL, tables, demo, web, workers. Ctrl-C stops it
	@$(BIN)/python manage.py serve

test: install-tests  ## The whole suite, browser tests included
	@$(BIN)/python -m pytest -n 2 --dist loadgroup $(TESTS)

check: install-tests  ## Format, lint, types, import contracts, migrations, templates, sizes
	@$(BIN)/python -m ruff format --check --quiet .
	@$(BIN)/python -m ruff check --quiet .
	@$(NO_DATABASE) $(BIN)/python -m mypy --no-error-summary .
	@$(BIN)/python -c "from importlinter.cli import lint_imports_command as lint; lint()"
	@$(NO_DATABASE) $(BIN)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	@find templates -name '*.html' -print0 | xargs -0 $(BIN)/djade --target-version 5.2 --check
	@$(BIN)/python -m config.sizes
	@echo "Everything is in order."

demo: install  ## The main job, headless, in a database of its own; JSON=1 ends with one JSON line
	@$(BIN)/python manage.py demo $(if $(JSON),--json)

bench: install  ## All benchmarks, or one: make bench BENCH=send PROFILES=… EVENTS=…
	@for name in $(if $(BENCH),$(BENCH),$(BENCHMARKS)); do $(BIN)/python -m bench.$$name || exit 1; done

vendor:  ## Fetch the front-end files of others anew
	@npm ci --silent
	@$(PYTHON) -m config.vendor

requirements: install-tests  ## Pin what pyproject.toml asks for
	@$(PIP_COMPILE) --output-file requirements.txt pyproject.toml
	@$(PIP_COMPILE) --group dev --output-file requirements-dev.txt pyproject.toml
	@echo $(MINISTACK) | $(PIP_COMPILE) --output-file tests/providers/ministack.txt -

install:
	@$(PYTHON) -m config.install

install-tests:
	@$(PYTHON) -m config.install tests
