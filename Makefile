# Two commands do everything on a fresh machine: `make run` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# The project itself, from this folder; setuptools warns of every such installation, at length.
EDITABLE := PYTHONWARNINGS=ignore $(PIP) --no-deps --editable .
# Workers of the tests: three for two cores (tests/conftest.py). `make test JOBS=0` runs them in one process.
JOBS ?= auto
# Parts of `make soak` that run alone, each within half an hour.
SOAKS := soak-fleet soak-kills soak-first-hour soak-attacker soak-laws soak-desk soak-scale

.PHONY: run test lint lint-style lint-types lint-field readers bench audit sbom locks clean forget-demo soak $(SOAKS)

# What running needs, and nothing else.
.venv/.ready: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing what running needs, by its lock: a minute or two, without a word from pip unless something is wrong."
	$(PIP) --require-hashes -r requirements.lock
	$(EDITABLE)
	touch $@

# What testing needs besides.
.venv/.dev: requirements.lock requirements-dev.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing what testing needs besides, by its lock: a minute or two."
	$(PIP) --require-hashes -r requirements-dev.lock
	$(EDITABLE)
	touch .venv/.ready $@

# What opens exports in the tests and writes Parquet: large, and kept out of the two above.
readers: .venv/.ready
	$(PIP) --require-hashes -r requirements-readers.lock

# The field app under Node; says loudly what it lacks, and then its tests are skipped.
field/.ready: field/package-lock.json field/set-up.sh field/index.html field/sw.js.txt field/app.css field/work.css $(wildcard field/*.js field/*.png field/icon.svg field/manifest.webmanifest) requirements-node.lock $(wildcard field/*/*.js field/*/*/*.js backend/web/desk/assets/*) .venv/.ready
	sh field/set-up.sh
	touch $@

run: .venv/.ready field/.ready
	VELDPOST_DATA=$${VELDPOST_DATA:-var/data} VELDPOST_KEYS=$${VELDPOST_KEYS:-var/keys} $(BIN)/veldpost demo

# Ratios to controls of the same run, and the goals beside them (bench/goals.py). BENCH_PEER=--peer: beside PouchDB Server.
bench: .venv/.dev
	$(BIN)/python bench/ingest.py $(BENCH_PEER)
	$(BIN)/python bench/projection.py
	$(BIN)/python bench/verifying.py
	$(BIN)/python bench/forms.py
	$(BIN)/python bench/scale.py
	$(BIN)/python bench/granting.py
	$(BIN)/python bench/towns.py
	$(BIN)/python bench/several.py
	$(BIN)/python bench/postgres.py
	$(BIN)/python bench/postgres.py --morning 1
	$(BIN)/python bench/importing.py
	$(BIN)/python bench/exporting.py
	$(BIN)/python bench/flood.py
	$(BIN)/python bench/latency.py
	$(BIN)/python bench/strangers.py
	$(BIN)/python bench/desk_pages.py
	$(BIN)/python bench/desk_busy.py
	$(BIN)/python bench/field_work.py
	$(BIN)/python bench/field_first_sync.py
	-$(BIN)/python bench/lighthouse.py

lint: .venv/.dev field/.ready
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target lint-types lint-field lint-style

lint-style: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --exclude bench/bare_loop.py .

lint-types: .venv/.dev
	$(BIN)/mypy

lint-field: field/.ready
	sh field/lint.sh

# Types take a minute where mypy has not been yet: they are checked beside the tests, and told of after them.
test: .venv/.dev field/.ready lint-style
	sh tests/journeys/field/set-up.sh
	sh tests/openid/set-up.sh
	sh tests/s3/set-up.sh
	$(BIN)/python tests/forms/schema_suite.py
	@mkdir -p build
	@$(MAKE) --no-print-directory --keep-going lint-types lint-field >build/types.txt 2>&1 & types=$$!; \
	$(BIN)/python -m pytest -q -rs -n $(JOBS); tests=$$?; \
	wait $$types; types=$$?; cat build/types.txt; \
	[ $$tests = 0 ] && [ $$types = 0 ]

# Slow and thorough, with fresh examples. Each part runs alone within half an hour of two quiet cores.
soak: $(SOAKS)

SOAK := VELDPOST_EXAMPLES=fresh $(BIN)/python -m pytest -q -m soak -n $(JOBS)

soak-fleet: .venv/.dev
	$(SOAK) tests/fleet

soak-kills: .venv/.dev
	$(SOAK) tests/journeys --ignore=tests/journeys/test_bare_debian.py --ignore=tests/journeys/test_first_hour.py \
		--ignore=tests/journeys/test_cluster.py \
		--ignore=tests/journeys/test_litestream.py --ignore=tests/journeys/test_mishaps.py --ignore=tests/journeys/desk

# The pages for operators, typed on a bare Debian that debootstrap fetches and systemd-nspawn boots, a cluster of three, the copy that follows, and
# kills and full disks in each step; says loudly what it lacks (root, debootstrap, Litestream).
soak-first-hour: .venv/.dev
	$(SOAK) -rs tests/journeys/test_bare_debian.py tests/journeys/test_cluster.py tests/journeys/test_first_hour.py tests/journeys/test_litestream.py tests/journeys/test_mishaps.py

soak-attacker: .venv/.dev
	$(SOAK) tests/attacker

soak-laws: .venv/.dev
	$(SOAK) tests/sync tests/field tests/independent
	VELDPOST_EXAMPLES=fresh $(BIN)/python -m pytest -q -n $(JOBS) tests/sync tests/forms

# Every page of the desk in every state, by axe in every way; every route by schemathesis, with many examples. LOOK=en-320-dark is one part.
soak-desk: .venv/.dev field/.ready
	$(SOAK) tests/desk_pages tests/journeys/desk -k "$(LOOK)"

soak-scale: .venv/.dev
	$(BIN)/python bench/scale.py --entries 1000000 --records 10000
	$(BIN)/python bench/verifying.py --entries 100000 --runs 1

# Known vulnerabilities of every locked package; status 2 and a plain sentence when no service can be reached.
audit: .venv/.dev
	$(BIN)/python -m upkeep.audit requirements.lock requirements-dev.lock requirements-readers.lock

# What a server installs, as a CycloneDX list of parts.
sbom: .venv/.dev
	$(BIN)/python -m upkeep.sbom requirements.lock build/veldpost.cdx.json

# Both locks anew from pyproject.toml; pip-tools is needed for nothing else and installed beside the project.
locks:
	test -x .venv-locks/bin/pip-compile || ($(PYTHON) -m venv .venv-locks && .venv-locks/bin/pip install --quiet pip-tools)
	.venv-locks/bin/pip-compile $(LOCK) --output-file=requirements.lock pyproject.toml
	.venv-locks/bin/pip-compile $(LOCK) --extra=dev --constraint=requirements.lock \
		--output-file=requirements-dev.lock pyproject.toml
	.venv-locks/bin/pip-compile $(LOCK) --extra=postgres --constraint=requirements-dev.lock \
		--output-file=requirements-postgres.lock pyproject.toml
	.venv-locks/bin/pip-compile $(LOCK) --extra=s3 --constraint=requirements-dev.lock \
		--output-file=requirements-s3.lock pyproject.toml
	.venv-locks/bin/pip-compile $(LOCK) --output-file=tests/s3/requirements.lock tests/s3/requirements.in
	.venv-locks/bin/pip-compile $(LOCK) --extra=readers --constraint=requirements-dev.lock \
		--output-file=requirements-readers.lock pyproject.toml
LOCK := --quiet --allow-unsafe --generate-hashes --strip-extras --no-emit-find-links --no-emit-index-url --no-emit-trusted-host

# What can be made again; never var, which holds the answers and keys of whoever runs a server on the defaults.
clean:
	rm -rf .venv .venv-locks .venv-s3 build *.egg-info field/node_modules tests/openid/node_modules field/served backend/web/desk/served field/.ready

# The two fictional municipalities of `make run`, with their keys and devices; no other one.
forget-demo:
	rm -rf var/data/GM9901* var/data/GM9902* var/data/demo-devices var/data/demo.log var/keys/GM9901.* var/keys/GM9902.*
