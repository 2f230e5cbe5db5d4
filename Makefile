# Every command does its own set-up: `make run` is enough in a fresh clone.
# Variables: PORT (8000), IESSPR_HOME (.iesspr), PYTHON, SERVICE and MESSAGE (revision), FILE (import-rof), ARGS.
.DEFAULT_GOAL := help
.PHONY: help install run test check format bench proof migrate revision openapi reset import-rof demo lock

PY := .venv/bin/python
ARGS ?=
# Compiled modules are kept, whatever the shell says: a platform of five processes would compile itself at every start.
unexport PYTHONDONTWRITEBYTECODE

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: ## .venv with the locked dependencies (the others call it)
	@sh scripts/install.sh

run: install ## start everything; prints `Listo: <url>`; Ctrl-C stops it
	@exec $(PY) -m iesspr run $(ARGS)

test: install ## all tests, on a private PostgreSQL
	@exec $(PY) -m pytest -n 2 --dist loadgroup $(ARGS)

check: install ## format, lint, types and import rules
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	.venv/bin/lint-imports

format: install ## let ruff format and mend what it can
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

bench: install ## measure against the floors; fails below them
	@exec $(PY) -m benchmarks $(ARGS)

proof: install ## the proofs: nothing lost, nothing seen that should not be
	@exec sh scripts/proof.sh $(ARGS)

migrate: install ## bring the databases to head
	@exec $(PY) -m iesspr migrate $(ARGS)

revision: install ## new migration: make revision SERVICE=plans MESSAGE="add phase order"
	@test -n "$(SERVICE)" && test -n "$(MESSAGE)" || { echo 'make revision SERVICE=plans MESSAGE="add phase order"'; exit 2; }
	@exec $(PY) -m alembic -n $(SERVICE) revision -m "$(MESSAGE)"

openapi: install ## write docs/openapi/*.json
	@exec $(PY) -m iesspr openapi $(ARGS)

reset: install ## throw the installation's data away (asks; ARGS=--yes does not)
	@exec $(PY) -m iesspr reset $(ARGS)

import-rof: install ## import the regulation's text: make import-rof FILE=rof.txt
	@test -n "$(FILE)" || { echo "make import-rof FILE=<ruta del texto del ROF>"; exit 2; }
	@exec $(PY) -m iesspr import-rof "$(FILE)" $(ARGS)

demo: install ## play 24 provincial systems against the running installation (simulation)
	@exec $(PY) -m iesspr demo $(ARGS)

lock: ## lock the dependencies again (needs uv)
	uv lock
	uv export --quiet --frozen --all-extras --no-dev --no-emit-project -o requirements.lock
	uv export --quiet --frozen --all-extras --no-emit-project -o requirements-dev.lock
