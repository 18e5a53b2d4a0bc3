# Every target sets up what it needs in an environment of its own, .venv: on a fresh machine with Python 3.11 or newer,
# `make demo` alone and `make test` alone are enough. A second run finds the environment ready and starts at once.
#
#   make demo PYTHON=/opt/python3.12/bin/python3    takes another interpreter
#   make test ARGS="tests/test_wheel.py -k world"   passes arguments to pytest
#   make bench ARGS="--help"                        passes arguments to innershift bench
#
# PyTorch comes only with the development tools, and constraints.txt holds its version. Where the package index that pip
# uses offers no CPU build under that version (on Linux the usual one carries CUDA, several GB), name PyTorch's own index
# of CPU wheels in PIP_EXTRA_INDEX_URL: pip then prefers `+cpu` builds of the same version. `make demo` needs no PyTorch.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:

VENV := .venv
PYTHON ?=
ARGS :=

BIN := $(VENV)/bin
PLACE := $(VENV)/.place
BASE := $(VENV)/.installed-base
DEV := $(VENV)/.installed-dev
INSTALL := $(BIN)/python -m pip --disable-pip-version-check --quiet install --constraint constraints.txt

.PHONY: help demo bench docs test check clean FORCE

help: ## list these targets
	@echo "usage: make TARGET"
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-7s %s\n", $$1, $$2 }' Makefile

demo: $(BASE) ## set up, run the main job, and say where its report is
	$(BIN)/innershift bench

bench: $(BASE) ## the main job with options of your own: make bench ARGS="..."
	$(BIN)/innershift bench $(ARGS)

docs: $(BASE) ## write docs/worlds.md and its pictures anew from the code
	$(BIN)/python -m innershift.analysis.report.guide

# Work stealing gives each process a run of neighbouring tests first, so that what a file prepares is mostly prepared once.
test: $(DEV) ## set up the development tools and run the tests, on two cores: make test ARGS="..."
	SDL_VIDEODRIVER=dummy $(BIN)/python -P -m pytest -n 2 --dist worksteal $(ARGS)

check: $(DEV) ## lint and types
	$(BIN)/python -m ruff check .
	PYRIGHT_PYTHON_IGNORE_WARNINGS=1 $(BIN)/python -m pyright --pythonpath $(BIN)/python

clean: ## remove the environment, caches and builds; results under runs/ stay
	@if [ -f $(VENV)/pyvenv.cfg ]; then rm -rf $(VENV); fi
	rm -rf build dist *.egg-info .pytest_cache .ruff_cache .hypothesis
	find . -path ./.git -prune -o -type d -name __pycache__ -prune -exec rm -rf {} +

# The environment remembers where it was made: scripts in it hold that path, so in a clone that was moved or copied
# along with it, or whose interpreter is gone, it is made again.
ifneq ($(CURDIR),$(shell test -x $(BIN)/python && cat $(PLACE) 2>/dev/null))
$(PLACE): FORCE
endif

$(PLACE):
	@found=; \
	for python in $(if $(PYTHON),"$(PYTHON)",python3 python3.11 python3.12 python3.13 python3.14 python); do \
		if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo "innershift needs Python 3.11 or newer; none found as $(or $(PYTHON),python3 or python3.11 to python3.14)." >&2; \
		echo "Install one, or name it: make $(or $(MAKECMDGOALS),demo) PYTHON=/path/to/python3" >&2; \
		exit 1; \
	fi; \
	fresh=; if [ ! -x $(BIN)/python ]; then fresh=--clear; fi; \
	echo "Making the environment $(VENV) with $$("$$found" --version)."; \
	if ! "$$found" -m venv $$fresh $(VENV); then \
		echo "Python cannot make virtual environments here; on Debian and Ubuntu: apt install python3-venv" >&2; \
		exit 1; \
	fi
	@echo "$(CURDIR)" > $@

$(BASE): $(PLACE) pyproject.toml constraints.txt
	@echo "Installing innershift and what it runs on into $(VENV); the first time takes about a minute."
	@$(INSTALL) --editable .
	@touch $@

# What the development install brings includes all that the base install does: `make demo` after it has nothing to do.
$(DEV): $(PLACE) pyproject.toml constraints.txt
	@echo "Installing innershift and its development tools into $(VENV); the first time takes some minutes."
	@$(INSTALL) --editable ".[dev]"
	@touch $(BASE) $@
