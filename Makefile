# `make serve` to read, `make test` to prove, `make record` after changing a command.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
NODE := $(VENV)/node
PAGE ?=
export PAGE
# How make test runs the pages: as their author, or as a reader or a guest does (tests/tools/readers.py).
# Without one, make itself has an AS: the assembler.
ifeq ($(origin AS),default)
AS :=
endif
export AS
# 1: make test leaves out what passed as it is now (tests/tools/changed_since.py).
CHANGED ?=
export CHANGED
PART ?=
# One generation of Docker Engine (the newest that can be had unless given), or all; macros/lab/images/lab/engine/sources
# names those there are. ENGINE_DIR is a folder of one's own binaries, DOCKER_ARCHIVE and SNAPSHOT_ARCHIVE are mirrors.
ENGINE ?=
ENGINE_DIR ?=
# official: the pages' images from a registry; built, as everywhere unless given: from Debian's packages.
IMAGES ?=
export ENGINE_DIR IMAGES
engines = engines=$$($(BIN)/python tests/tools/engines.py $(if $(ENGINE),"$(ENGINE)")) || exit
export NO_MKDOCS_2_WARNING := 1
# Pages in the order of their names, since the order by number of steps leaves the slowest, of two hosts, to the end alone.
PYTEST := $(BIN)/python -m pytest -c tests/pytest.ini --rootdir=.

.PHONY: serve site offline lab test check record new mutants bench update engine browser clean
.DEFAULT_GOAL := help

help: ## what there is to do
	@sed -n 's/^\([a-z]*\):.*## /\1 /p' Makefile | while read -r name text; do printf '  make %-8s %s\n' "$$name" "$$text"; done

$(VENV)/installed: requirements.txt
	@[ ! -L $(VENV) ] || { echo "$(VENV) is a link, and making it anew would empty what it leads to: remove the link"; exit 1; }
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || { \
		echo "installing python3-venv"; sudo=$$([ "$$(id -u)" = 0 ] || echo "sudo -n"); \
		$$sudo apt-get update -qq && $$sudo apt-get install -y -qq --no-install-recommends python3-venv >/dev/null && \
		$(PYTHON) -m venv --clear $(VENV); } || { echo "no virtual environment: install Python 3.11 or newer with venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

serve: $(VENV)/installed ## read both languages at http://127.0.0.1:8000/, with live reload
	$(BIN)/python -m mkdocs serve

site: $(VENV)/installed ## build both languages into site/
	$(BIN)/python -m mkdocs build --strict

offline: $(VENV)/installed $(NODE)/checked ## build both languages into site/ for reading without a server
	OFFLINE=true $(BIN)/python -m mkdocs build --strict

lab: $(VENV)/installed engine ## a shell on a fresh Docker host; ENGINE=20.10, PAGE=network/overlay for the hosts of a page
	@ENGINE="$(ENGINE)" $(BIN)/python tests/tools/lab.py $(if $(PAGE),"$(PAGE)")

engine: $(VENV)/installed
	@PYTHON=$(BIN)/python bash tests/tools/engine.sh

# Chrome's relatives; Korean needs a font to be drawn with.
browser:
	@command -v chromium chromium-browser google-chrome >/dev/null || { \
		command -v apt-get >/dev/null || { echo "no browser: install Chromium or Chrome"; exit 1; }; \
		echo "installing chromium"; sudo=$$([ "$$(id -u)" = 0 ] || echo "sudo -n"); $$sudo apt-get update -qq && \
		DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk >/dev/null; }

# The checkers of tests/tools/package.json: Java for the Nu HTML checker, Node.js for the others. Nothing of theirs is run on
# installing; Lighthouse is large, and only `make bench` asks for it.
$(NODE)/checked: tests/tools/package-lock.json $(VENV)/installed
	@missing="$$(command -v java >/dev/null || echo default-jre-headless) $$(command -v npm >/dev/null || echo nodejs npm)"; \
		[ -z "$${missing// /}" ] || { \
		command -v apt-get >/dev/null || { echo "install Java and Node.js with npm"; exit 1; }; \
		echo "installing $$missing"; sudo=$$([ "$$(id -u)" = 0 ] || echo "sudo -n"); $$sudo apt-get update -qq && \
		DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq --no-install-recommends $$missing >/dev/null; }
	@mkdir -p $(NODE) && cp tests/tools/package.json tests/tools/package-lock.json $(NODE)
	npm ci --prefix $(NODE) --omit=optional --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

$(NODE)/all: $(NODE)/checked
	npm ci --prefix $(NODE) --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@ $(NODE)/checked

# What PAGE names, or what is wrong with it, before anything is installed or started; then as arguments of the recipe.
GIVEN = $(BIN)/python tests/tools/given.py
given-%: $(VENV)/installed
	@$(GIVEN) $* >/dev/null

# What passed, and with what.
GREEN = $(BIN)/python tests/tools/green.py

# The code's style, and which room of macros/ takes what from which.
LINT = $(BIN)/ruff check --quiet --config tests/ruff.toml macros tests && \
	$(BIN)/lint-imports --no-logo --cache-dir .cache/import-linter tests/importlinter.ini

check: $(VENV)/installed browser $(NODE)/checked ## all tests that need no Docker Engine
	$(LINT)
	$(PYTEST) -n 2 --dist loadfile --no-loadscope-reorder -m "not engine" tests

test: $(VENV)/installed given-test engine $(if $(AS),,browser $(NODE)/checked) ## everything; PAGE=path.md one page or more, ENGINE=20.10 or all, ENGINE_DIR=folder of your own engine, IMAGES=official those of a registry, DELAY=1.5 for containers that start late, AS=reader the pages' scripts alone, AS=guest on a host that is lived in, CHANGED=1 only what a change can touch
	$(if $(PAGE)$(AS),,$(LINT))
	@given=$$($(GIVEN) test) || exit; $(engines); eval "set -- $${given:-$(if $(AS),,tests )docs/ko}"; \
		$(if $(PAGE)$(CHANGED),,$(GREEN) begin $$engines || exit;) \
		for engine in $$engines; do echo "engine: $$engine"; \
		ENGINE=$$engine $(PYTEST) $(if $(CHANGED),--changed) -n 2 --dist loadfile --no-loadscope-reorder "$$@" || exit; [ -n "$$given" ] || set -- docs/ko; done
	$(if $(PAGE)$(AS),,$(GREEN) interrupt $(BIN)/python)

record: ENGINE := $(or $(ENGINE),all)
record: $(VENV)/installed given-record engine ## run the pages on every engine and write docs/_recordings; PAGE=path.md for one
	@given=$$($(GIVEN) record) || exit; $(engines); eval "set -- $${given:-docs/ko}"; \
		for engine in $$engines; do echo "engine: $$engine"; \
		ENGINE=$$engine $(PYTEST) -n 2 --dist loadfile --no-loadscope-reorder --record -rP -q "$$@" || exit; done

new: $(VENV)/installed ## a new page in both languages that passes: PAGE=network/x
	@$(BIN)/python tests/tools/new.py "$(PAGE)"

mutants: $(VENV)/installed given-mutants engine ## change the pages and count what is noticed; PAGE=path.md, MUTANTS=8 a page or all
	@given=$$($(GIVEN) mutants) || exit; eval "set -- $$given"; $(BIN)/python tests/tools/mutants.py "$$@"

bench: $(VENV)/installed engine browser $(NODE)/all ## ratios against plain bash and plain mkdocs
	$(BIN)/python tests/tools/bench.py $(PART)

# One list for every Python and platform. Week-old releases: time for a bad one to be found by others.
update: $(VENV)/installed ## requirements.txt anew: the newest versions that tests/tools/requirements.in allows, with hashes
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile --quiet --upgrade --exclude-newer "7 days" --universal --python-version 3.11 --generate-hashes \
		--no-annotate --custom-compile-command "make update" tests/tools/requirements.in --output-file requirements.txt
	@$(MAKE) --no-print-directory $(VENV)/installed

clean: ## remove what these commands made in this folder
	rm -rf $(VENV) site .cache .pytest_cache
