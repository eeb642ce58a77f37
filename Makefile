# Two commands do everything on a fresh machine: `make run` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
# Workers of the tests: as many as there are cores (tests/conftest.py). `make test JOBS=0` runs them in one process.
JOBS ?= auto

.PHONY: run test lint soak bench clean

.venv/.ready: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

run: .venv/.ready
	VELDPOST_DATA=$${VELDPOST_DATA:-var/data} VELDPOST_KEYS=$${VELDPOST_KEYS:-var/keys} $(BIN)/veldpost demo

bench: .venv/.ready
	$(BIN)/python bench/ingest.py
	$(BIN)/python bench/projection.py
	$(BIN)/python bench/verifying.py
	$(BIN)/python bench/forms.py
	$(BIN)/python bench/scale.py
	$(BIN)/python bench/importing.py
	$(BIN)/python bench/flood.py

lint: .venv/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --exclude bench/bare_loop.py .
	$(BIN)/mypy

test: lint
	$(BIN)/python tests/forms/schema_suite.py
	$(BIN)/python -m pytest -q -rs -n $(JOBS)

soak: .venv/.ready
	VELDPOST_EXAMPLES=fresh $(BIN)/python -m pytest -q -m soak
	$(BIN)/python bench/scale.py --entries 1000000 --records 10000
	$(BIN)/python bench/verifying.py --entries 100000 --runs 1

clean:
	rm -rf .venv build *.egg-info var
