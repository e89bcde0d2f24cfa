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
PYTEST := $(BIN)/python -m pytest -c tests/pytest.ini --rootdir=. --durations=10 --durations-min=1

.PHONY: serve site offline lab test check record new mutants bench update engine browser clean
.DEFAULT_GOAL := help

help: ## what there is to do
	@sed -n 's/^\([a-z]*\):.*## /\1 /p' Makefile | while read -r name text; do printf '  make %-8s %s\n' "$$name" "$$text"; done

# What reading needs, and on top of it what proving needs.
INSTALL = @VENV=$(VENV) PYTHON=$(PYTHON) bash tests/tools/install.sh
$(VENV)/installed: requirements.txt
	$(INSTALL) $<
	@touch $@

$(VENV)/tests: tests/requirements.txt $(VENV)/installed
	$(INSTALL) $<
	@touch $@

serve: $(VENV)/installed ## read both languages at http://127.0.0.1:8000/, with live reload
	@echo "building the site; then http://127.0.0.1:8000/ answers"
	$(BIN)/python -m mkdocs serve

site: $(VENV)/installed ## build both languages into site/
	$(BIN)/python -m mkdocs build --strict

offline: $(VENV)/installed $(NODE)/checked ## build both languages into site/ for reading without a server
	OFFLINE=true $(BIN)/python -m mkdocs build --strict

lab: $(VENV)/installed engine ## a shell on a fresh Docker host; ENGINE=20.10, PAGE=network/overlay for the hosts of a page
	@ENGINE="$(ENGINE)" $(BIN)/python tests/tools/lab.py $(if $(PAGE),"$(PAGE)")

engine: $(VENV)/installed
	@PYTHON=$(BIN)/python bash tests/tools/engine.sh

# Chrome's relatives, the one without a window first (tests/tools/browser.py); Korean needs a font to be drawn with.
browser:
	@command -v chromium-headless-shell chromium chromium-browser google-chrome >/dev/null || \
		bash tests/tools/debian.sh chromium-headless-shell fonts-noto-cjk

# The checkers of tests/tools/package.json: Java for the Nu HTML checker, Node.js for the others. Nothing of theirs is run on
# installing; Lighthouse is large, and only `make bench` asks for it.
NPM = bash tests/tools/told.sh "installing from tests/tools/package-lock.json" \
	npm ci --prefix $(NODE) --ignore-scripts --no-audit --no-fund --loglevel=error
$(NODE)/checked: tests/tools/package-lock.json $(VENV)/installed
	@missing="$$(command -v java >/dev/null || echo default-jre-headless) $$(command -v npm >/dev/null || echo nodejs npm)"; \
		[ -z "$${missing// /}" ] || bash tests/tools/debian.sh $$missing
	@mkdir -p $(NODE) && cp tests/tools/package.json tests/tools/package-lock.json $(NODE)
	@$(NPM) --omit=optional
	@touch $@

$(NODE)/all: $(NODE)/checked
	@$(NPM)
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

check: $(VENV)/tests browser $(NODE)/checked ## all tests that need no Docker Engine
	$(LINT)
	$(PYTEST) --sample -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder -m "not engine" tests

# What the first step of a page needs comes first: the image of its host takes longest, and is made beside everything else.
# The pages run before the other tests, which need more to be installed; with CHANGED beside them, since there are few.
IMAGE = $(BIN)/python tests/tools/images.py $${engines%% *}
TESTS = $(MAKE) --no-print-directory $(VENV)/tests
CHECKERS = $(MAKE) --no-print-directory browser $(NODE)/checked
RUN = ENGINE=$$engine $(PYTEST) $(if $(CHANGED),--changed) -n 2 --dist loadfile --no-loadscope-reorder
# Status 1 of pytest is of tests that failed, any other one of a run that did not come to its end.
GO_ON = { status=$$?; [ $$status = 1 ] || exit $$status; }

test: $(VENV)/installed given-test engine ## everything; PAGE=path.md one page or more, ENGINE=20.10 or all, ENGINE_DIR=folder of your own engine, IMAGES=official those of a registry, DELAY=1.5 for containers that start late, AS=reader the pages' scripts alone, AS=guest on a host that is lived in, CHANGED=1 only what a change can touch
	@given=$$($(GIVEN) test) || exit; $(engines); eval "set -- $${given:-docs/ko}"; status=0; others=$(if $(PAGE)$(AS),,tests); \
		$(if $(CHANGED),,$(IMAGE) & trap "kill $$! 2>/dev/null" EXIT;) \
		$(TESTS) || exit; $(if $(PAGE)$(AS),,{ $(LINT); } || exit;) $(if $(PAGE)$(CHANGED),,$(GREEN) begin $$engines || exit;) \
		for engine in $$engines; do echo "engine: $$engine"; $(if $(CHANGED),[ -z "$$others" ] || { $(CHECKERS); } || exit;) \
		$(RUN) "$$@" $(if $(CHANGED),$$others) || $(GO_ON); \
		$(if $(CHANGED),,[ -z "$$others" ] || { { $(CHECKERS); } || exit; $(RUN) $$others || $(GO_ON); };) others=; \
		[ $$status = 0 ] || exit $$status; done
	$(if $(PAGE)$(AS),,$(GREEN) interrupt $(BIN)/python)

record: ENGINE := $(or $(ENGINE),all)
record: $(VENV)/installed given-record $(VENV)/tests engine ## run the pages on every engine and write docs/_recordings; PAGE=path.md for one
	@given=$$($(GIVEN) record) || exit; $(engines); eval "set -- $${given:-docs/ko}"; \
		for engine in $$engines; do echo "engine: $$engine"; \
		ENGINE=$$engine $(PYTEST) -n 2 --dist loadfile --no-loadscope-reorder --record -rP -q "$$@" || exit; done

new: $(VENV)/installed ## a new page in both languages that passes: PAGE=network/x
	@$(BIN)/python tests/tools/new.py "$(PAGE)"

mutants: $(VENV)/installed given-mutants $(VENV)/tests engine ## change the pages and count what is noticed; PAGE=path.md, MUTANTS=8 a page or all
	@given=$$($(GIVEN) mutants) || exit; eval "set -- $$given"; $(BIN)/python tests/tools/mutants.py "$$@"

bench: $(VENV)/tests $(if $(filter-out clone,$(or $(PART),all)),browser $(if $(filter check,$(PART)),$(NODE)/checked,engine $(NODE)/all)) ## ratios against plain bash and plain mkdocs; PART=clone the seconds from a clone to a page and to a step, PART=check those of make check
	$(BIN)/python tests/tools/bench.py $(PART)

# Lists for every Python and platform, with the same versions of what they share. Week-old releases: time for a bad one to
# be found by others.
COMPILE = $$uv pip compile --quiet --upgrade --exclude-newer "7 days" --universal --python-version 3.11 --generate-hashes \
	--no-annotate --custom-compile-command "make update"
update: $(VENV)/tests ## the three lists of packages anew: the newest versions that tests/tools/*.in allow, with hashes
	@uv=$$(command -v uv || command -v $(VENV)/uv/bin/uv) || { echo "make update needs uv"; exit 1; }; set -x; \
		$(COMPILE) tests/tools/site.in --output-file requirements.txt && \
		$(COMPILE) tests/tools/tests.in --constraint requirements.txt --output-file tests/requirements.txt && \
		$(COMPILE) - --output-file tests/tools/uv.txt <<<uv
	@$(MAKE) --no-print-directory $(VENV)/tests

clean: ## remove what these commands made in this folder
	rm -rf $(VENV) site .cache .pytest_cache
