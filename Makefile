# The two commands of the README: `make demo` and `make test`. Both install into .venv; a container's packages go to the user's cache.
PYTHON ?= python3
BIN := .venv/bin
# One more than there are processors: tests wait, too.
TEST_PROCESSES ?= $(shell n=$$(nproc); [ "$$n" -lt 4 ] && echo $$((n + 1)) || echo 4)
EXAMPLE ?= ml-ops-on-aws
# The demo needs nothing but Python, even where an engine answers; with it: make demo CONTAINERS=auto
CONTAINERS ?= processes

.PHONY: setup demo test lint bench clean

setup: .venv/.installed

.venv/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if v >= (3, 11) else f"error: Python 3.11 or later is needed, $(PYTHON) is {v[0]}.{v[1]}; say which one: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[sandbox,examples,aws-images,dev]'
	@touch $@

# Spark with its Java, and data for it: the tests need it, and whoever runs Spark jobs in the sandbox.
.venv/.spark: .venv/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[spark,regression-example]'
	@touch $@

# checkov pins what others need newer, so it has an environment of its own.
.venv/.checkov: .venv/.installed
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv/checkov
	$(BIN)/uv pip install --quiet --python .venv/checkov checkov==3.3.30
	@touch $@

# make demo KEEP=1 leaves the sandbox running, to look around in; once more, it walks again in that one.
KEPT := demo$(if $(filter-out ml-ops-on-aws,$(EXAMPLE)),-$(EXAMPLE))
demo: setup $(if $(filter ml-ops-regression,$(EXAMPLE)),.venv/.spark)
ifdef KEEP
	@$(BIN)/s-infra sandbox status --name $(KEPT) >/dev/null 2>&1 || S_INFRA_CONTAINERS=$(CONTAINERS) $(BIN)/s-infra sandbox up --name $(KEPT)
	@eval "$$($(BIN)/s-infra sandbox env --name $(KEPT))" && PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python examples/walk.py $(EXAMPLE) --keep $(KEPT)
else
	@S_INFRA_CONTAINERS=$(CONTAINERS) $(BIN)/s-infra sandbox exec -- $(BIN)/python examples/walk.py $(EXAMPLE)
endif

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: lint .venv/.spark .venv/.checkov
	$(BIN)/pytest -n $(TEST_PROCESSES) --dist loadfile

bench: setup
	PYTHONPATH=tests/support $(BIN)/python tests/bench/run.py

clean:
	rm -rf .venv
