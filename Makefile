# Everything runs in .venv. Needs Python 3.11+, make and pip, nothing else.
# requirements.lock is what the program needs; requirements-dev.lock has the same and what checks and tests need beside it
# (Spark, a driver of browsers: half a gigabyte), which comes with the first command that needs it.
PYTHON ?= python3
BIN := .venv/bin
OUT ?= out

.DEFAULT_GOAL := help
.PHONY: help demo test soak check format docs lock audit sbom licences bench peers clean

help: ## what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

.venv/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name one with: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

.venv/dev: .venv/ready requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	touch $@

demo: .venv/ready ## resolve the sample exports in data/ and say where the reports lie
	$(BIN)/resolver dedupe --project data/systems/resolver.toml --out $(OUT)/systems
	$(BIN)/resolver dedupe --project data/demo/resolver.toml --out $(OUT)/exports
	$(BIN)/resolver evaluate $(OUT)/exports --truth data/demo/truth.csv

test: .venv/dev ## run every test
	$(BIN)/python -m pytest

soak: .venv/dev ## thousands of random histories, files and requests, kill -9, full disks, crowds, a newcomer; SEED=7 has those of seed 7 again, SOAK_RECORDS and SOAK_SECONDS say how much
	SOAK=$(or $(SEED),$(shell date +%s)) $(BIN)/python -m pytest tests/resolver/paths/test_online_laws.py tests/resolver/paths/test_online_killed.py tests/resolver/paths/test_spark.py tests/api/test_races.py tests/api/test_contract.py tests/fuzz $(wildcard tests/test_soak_*.py)

check: .venv/dev ## lint, types and import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/dev ## put the code in order
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: .venv/dev ## the documentation as pages to open in a browser: out/docs/index.html
	$(BIN)/python -m handbook
	$(BIN)/python -m zensical build --strict --clean

bench: .venv/dev ## accuracy and speed on small sets, beside the peers where they are installed
	$(BIN)/python -m benchmarks.quality
	$(BIN)/python -m benchmarks.speed --sizes 10000 100000 $(if $(wildcard .venv-peers/ready),--peers --limit-seconds 120)

peers: .venv-peers/ready ## install the other tools that the engine is measured beside (python -m benchmarks.quality --peers, and speed)

.venv-peers/ready: benchmarks/peers/requirements.txt pyproject.toml
	test -x .venv-peers/bin/python || $(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r benchmarks/peers/requirements.txt
	touch $@

lock: ## pin the newest versions that pyproject.toml allows (needs uv)
	uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --extra dev --generate-hashes --no-annotate --no-header -o requirements-dev.lock
	uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --extra build --constraint requirements-dev.lock --generate-hashes --no-annotate --no-header -o requirements.lock
	uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --extra postgres --constraint requirements-dev.lock --generate-hashes --no-annotate --no-header -o deploy/requirements.lock
	uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --extra peers --generate-hashes --no-annotate --no-header -o benchmarks/peers/requirements.txt

licences: .venv/dev ## the table of the licences of all that is used: deploy/LICENCES.md
	$(BIN)/python -m deploy.licences

audit: .venv-tools/ready .venv-served/ready ## known weaknesses of what a server runs (asks the network)
	.venv-tools/bin/pip-audit --strict --progress-spinner off --path .venv-served/lib/python3*/site-packages

sbom: .venv-tools/ready .venv-served/ready ## a list of what a server runs, as CycloneDX: out/sbom.json
	mkdir -p $(OUT)
	.venv-tools/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible --output-file $(OUT)/sbom.json .venv-served/bin/python

# what a container has, and nothing of what only tests need
.venv-served/ready: deploy/requirements.lock
	test -x .venv-served/bin/python || $(PYTHON) -m venv --without-pip .venv-served
	$(PYTHON) -m pip --python .venv-served/bin/python install --quiet --disable-pip-version-check --require-hashes -r deploy/requirements.lock
	touch $@

.venv-tools/ready: Makefile
	test -x .venv-tools/bin/python || $(PYTHON) -m venv .venv-tools
	.venv-tools/bin/python -m pip install --quiet --disable-pip-version-check pip-audit==2.10.1 cyclonedx-bom==7.5.0
	touch $@

clean: ## remove what was made
	rm -rf .venv .venv-peers .venv-tools .venv-served out dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
