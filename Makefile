# Everything a change must pass. `make` alone shows this list.
PYTHON ?= .venv/bin/python
BIN := $(dir $(PYTHON))

.PHONY: help demo bench test check static format lint types imports templates translations licences lock specs

help:
	@grep -hE '^[a-z]+:.*## ' Makefile | sed -E 's/:[^#]*## /\t/' | expand -t 14

demo: ## the whole story on this machine, with invented data
	$(BIN)authz demo

test: ## the suite, on a real PostgreSQL
	$(PYTHON) -m pytest

check: static test ## everything

static: lint types imports templates licences ## everything but the tests

format: ## write the code the way the house writes it
	$(BIN)ruff format authz tests migrations examples bench
	$(BIN)ruff check --fix authz tests migrations examples bench

lint:
	$(BIN)ruff format --check authz tests migrations examples bench
	$(BIN)ruff check authz tests migrations examples bench

types:
	$(BIN)mypy

imports:
	$(BIN)lint-imports --no-cache

bench: ## CPU of each request beside its budget and beside a peer's (bench/README.md)
	cd bench/peer && npm ci --no-audit --no-fund
	$(PYTHON) -m bench

templates:
	$(BIN)djlint --quiet --lint templates examples

translations: ## collect the texts of pages, update the catalogue, compile it
	mkdir -p build
	$(BIN)pybabel -q extract -F authz/translations/babel.cfg -k lazy_gettext --no-location -o build/messages.pot authz templates
	$(BIN)pybabel -q update -i build/messages.pot -d authz/translations -w 96 --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date
	$(BIN)pybabel -q compile -d authz/translations

# What is shipped is permissive; psycopg (LGPL) is used as a library, certificates (MPL) as data.
licences:
	$(BIN)pip-licenses --from=mixed --partial-match --allow-only="MIT;BSD;Apache;Python Software Foundation;PSF;ISC;MPL;LGPL;GNU Lesser" \
		--packages $$(grep -oE '^[a-z0-9-]+' requirements.lock) > /dev/null

specs: ## write docs/specs.md from the citations in the code
	$(PYTHON) -m tests.architecture.specs

lock: ## resolve again and write both lock files (needs pip-tools)
	pip-compile --quiet --generate-hashes --allow-unsafe --no-emit-index-url --no-emit-find-links --strip-extras --no-header --no-annotate --all-build-deps \
		--extra demo -o requirements.lock pyproject.toml
	pip-compile --quiet --generate-hashes --allow-unsafe --no-emit-index-url --no-emit-find-links --strip-extras --no-header --no-annotate --all-build-deps \
		--extra demo --extra dev -c requirements.lock -o requirements-dev.lock pyproject.toml
