# 户廉码. `make help` lists what can be made; `make demo` and `make test` need nothing but Python 3.11.

SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do command -v $$p && break; done)
BIN := .venv/bin
PORT ?= 8000
PYTEST ?= $(BIN)/pytest -n auto --dist loadgroup

.PHONY: help setup demo test lint bench messages docs lock clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

# ---- what everything stands on

setup: .venv/.installed .venv/.system .venv/.translated ## virtual environment, pinned packages, and system packages where it may

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	    || { echo "Python 3.11 or later is needed; $(PYTHON) is older: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null \
	    || { test "$$(id -u)" = 0 && apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null; } \
	    || { echo "Python has no venv here: sudo apt-get install -y python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv .venv

.venv/.installed: requirements.lock pyproject.toml | $(BIN)/python
	@echo "installing Python packages"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable . \
	    2>.venv/install.log || { cat .venv/install.log >&2; exit 1; }
	@touch $@

.venv/.system: .ci/system-packages | $(BIN)/python
	@.ci/system-packages
	@touch $@

CATALOGS := $(wildcard feedback/translations/*/LC_MESSAGES/messages.po)

.venv/.translated: $(CATALOGS) | .venv/.installed
	@$(if $(CATALOGS),$(BIN)/pybabel --quiet compile -d feedback/translations)
	@touch $@

# ---- the two commands

demo: setup ## the demo township on PORT (default 8000); FRESH=1 starts over
	@FRESH=$(FRESH) PORT=$(PORT) .ci/demo

test: setup lint ## lint, types, import contract, and every test on SQLite and on PostgreSQL
	@$(PYTEST) --database sqlite
	@$(PYTEST) --database postgresql

# ---- the rest

lint: setup ## ruff, mypy --strict, the floor plan
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: setup ## loads and sizes; prints what it measures
	@$(BIN)/python -m bench

messages: setup ## collects the words of the pages into the English catalogue
	@$(BIN)/pybabel --quiet extract -F babel.cfg -k _l -k N_ -k lazy_gettext --no-location --sort-output --no-wrap --no-default-keywords -k _ -k gettext -k ngettext:1,2 -o messages.pot .
	@$(BIN)/pybabel --quiet update -i messages.pot -d feedback/translations -l en --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --no-wrap
	@rm messages.pot

docs: setup ## regenerates the tables of docs/ from the code
	@$(BIN)/python -m docs

lock: ## pins the packages of pyproject.toml anew
	@$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
	    --no-annotate --custom-compile-command "make lock" --quiet -o requirements.lock

clean: ## removes what make made, but no data
	@rm -rf .venv build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
