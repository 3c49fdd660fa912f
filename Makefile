# A machine with Python 3.11 and make is all this needs: `make run`, `make test`.
# The environment lives outside the checkout, keyed by the lock files, so that clones share it.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help setup run smoke test test-data test-gpu lint bench audit backup restore messages screenshots requirements

PYTHON ?= python3.11
PORT ?= 8000
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/cleargrade
digest = $(shell cat $(1) | cksum | tr -d ' ')
VENV := $(CACHE)/venv-$(call digest,requirements/dev.txt)
NODE := $(CACHE)/node-$(call digest,package.json package-lock.json)
BIN := $(VENV)/bin
CHROMIUM := $(or $(CLEARGRADE_CHROMIUM),$(shell command -v chromium || command -v chromium-browser || command -v google-chrome))
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard locale/*/LC_MESSAGES/*.po))

export PATH := $(BIN):$(PATH)
export PYTHONUNBUFFERED := 1
export CLEARGRADE_CHROMIUM := $(CHROMIUM)
export CLEARGRADE_NODE_MODULES := $(NODE)/node_modules

help:
	@echo "make run           the portal with its worker and a demonstration clinic (PORT=$(PORT))"
	@echo "make test          all tests (ARGS= for pytest's own arguments)"
	@echo "make lint          every check that is not a test"
	@echo "make test-data     the tests that need the picture sets (CLEARGRADE_DATA=../shared/data)"
	@echo "make test-gpu      the tests that need a CUDA device"
	@echo "make bench         speed against torchvision's detectors, stage by stage, and memory (ARGS=)"
	@echo "make backup        database and files to a new folder in TO= (var/backups)"
	@echo "make restore       a backup, FROM=var/backups/..., into an empty database and storage"
	@echo "make screenshots   the README's pictures, taken anew"
	@echo "make messages      the translations' source, gathered anew"
	@echo "make audit         known weaknesses of the pinned packages; asks the public lists (network)"
	@echo "make requirements  the pins of every tier, resolved anew"

setup: $(VENV)/ready static/vendor/.ready $(CATALOGUES)

$(VENV)/ready:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' \
	  || { echo "ClearGrade needs Python 3.11; name it: make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "Creating the environment in $(VENV) (several GB, some minutes the first time)"
	@rm -rf $(VENV) && $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet "$$(grep '^uv==' requirements/dev.txt)"
	@$(BIN)/uv pip install --python $(BIN)/python --no-deps -r requirements/dev.txt
	@touch $@

# Installed beside the checkout too; only the few files that the pages load are copied in.
$(NODE)/ready: | $(VENV)/ready
	@echo "Fetching the browser libraries"
	@rm -rf $(NODE) && mkdir -p $(NODE) && cp package.json package-lock.json $(NODE)
	@$(BIN)/npm ci --prefix $(NODE) --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

static/vendor/.ready: scripts/vendor.py scripts/face_model.py package.json package-lock.json | $(NODE)/ready
	@$(BIN)/python scripts/vendor.py package.json $(NODE)/node_modules static/vendor
	@$(BIN)/python scripts/face_model.py static/vendor/mediapipe/face.task
	@touch $@

%.mo: %.po | $(VENV)/ready
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@

run: setup
	@$(BIN)/python -m scripts.serve --port $(PORT)

# What CI does with a clean clone: start, have a photo read, stop, and nothing is left.
smoke: setup
	@$(BIN)/python -m scripts.smoke

test: setup
	@if [ -z "$(CHROMIUM)" ] && [ -n "$${CI:-}" ]; then echo "No Chromium, and CI skips nothing."; exit 1; fi
	@if [ -z "$(CHROMIUM)" ]; then echo "No Chromium on this machine: the tests marked browser are left out."; fi
	@$(if $(ARGS),$(BIN)/python -m pytest $(ARGS) -m,scripts/test) "not data and not gpu$(if $(CHROMIUM),, and not browser)"

test-data: export CLEARGRADE_DATA ?= ../shared/data
test-data: setup
	@$(BIN)/python -m pytest -m data $(ARGS)

test-gpu: setup
	@$(BIN)/python -m pytest -m gpu $(ARGS)

lint: setup
	@scripts/lint

bench: setup
	@$(BIN)/python -m inference bench $(ARGS)

TO ?= var/backups
backup: setup
	@$(BIN)/python manage.py backup $(TO)

restore: setup
	@[ -n "$(FROM)" ] || { echo "Name the backup: make restore FROM=var/backups/..."; exit 1; }
	@$(BIN)/python manage.py restore $(FROM)

messages: setup
	@$(BIN)/python manage.py makemessages --locale zh_Hans --no-location --ignore "tests/*"

screenshots: setup
	@$(BIN)/python -m scripts.screenshots

# Its own environment, made by uv when it is asked for: the tests do not need it.
audit: setup
	@failed=; \
	$(BIN)/uv tool run --quiet pip-audit==2.10.1 --disable-pip --no-deps --strict $(ARGS) \
	  $(foreach tier,web worker train dev,--requirement requirements/$(tier).txt) || failed="$$failed pip-audit"; \
	$(BIN)/npm audit --prefix $(NODE) || failed="$$failed npm-audit"; \
	[ -z "$$failed" ] || { echo "Not known to be sound:$$failed. The lines above name a weakness, or say that"; \
	  echo "a public list could not be asked: that needs the network, and then nothing was checked."; exit 1; }

# Lower tiers are held to the versions of the whole, so that the tiers agree.
requirements: $(VENV)/ready
	@scripts/pin $(ARGS)
