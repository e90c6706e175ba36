# The course's commands; `make` alone lists them. Works with GNU make 3.81 (macOS) and later.
#
#   make site PYTHON=python3.13                     another Python
#   make test CPU=avx2                              as on a processor with AVX2 at most (x86-64)
#   make bench B="ablation --only dropout"          some of the measurements
#   make site PIP_TORCH_ARGS="--index-url …"        another build of PyTorch (see the README)

PYTHON ?= python3
PIP_TORCH_ARGS ?=
A ?=
P ?=
PORT ?=
B ?=
L ?=
CPU =

# Many processors have AVX2 and nothing newer, no instructions for bfloat16 above all. CPU=avx2 keeps
# PyTorch, oneDNN and MKL to that, so that others see what is seen there.
ifneq ($(filter-out avx2,$(CPU)),)
$(error CPU=$(CPU) is not known; CPU=avx2 is, and without it all instructions are used)
endif
ifeq ($(strip $(CPU)),avx2)
ifeq ($(filter x86_64 amd64,$(shell uname -m)),)
$(error CPU=avx2 is for x86-64 processors; this is $(shell uname -m))
endif
export ATEN_CPU_CAPABILITY = avx2
export ONEDNN_MAX_CPU_ISA = AVX2
export MKL_ENABLE_INSTRUCTIONS = AVX2
endif

# Threads that wait for one another spin for a while before they sleep. PyTorch's (GNU OpenMP's)
# spin for long, which is fast on an idle machine and ruinous on a busy one: two trainings on two
# cores then wait for threads that can't run. With this count, idle speed is the same within 5 %.
export GOMP_SPINCOUNT ?= 10000

VENV := .venv
PY := $(VENV)/bin/python
# Whatever is installed is locked, and one of the files whose hashes the lock has; nothing is built here.
PIP := $(PY) -m pip install --disable-pip-version-check --require-hashes --only-binary=:all:
LOCK = $(foreach part,$(1),-r locks/$(part).txt)

# An installation counts only once its stamp is written, as its last step. HALF lies there while pip
# works: where it is found at the start, pip was killed and may have left a package half unpacked,
# so the environment is made afresh; likewise where its Python is gone (a system upgrade does that).
ENV_STAMP := $(VENV)/.stamp-env
SITE_STAMP := $(VENV)/.stamp-site
TEST_STAMP := $(VENV)/.stamp-test
HALF := $(VENV)/.half-installed
REDO := $(shell [ -d $(VENV) ] || exit 0; [ ! -e $(HALF) ] && $(PY) -c "" 2>/dev/null || echo FORCE)

.DEFAULT_GOAL := help
.PHONY: help setup setup-test lock artefacts site release pdf serve page new test check bench clean FORCE

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' Makefile

$(ENV_STAMP): $(REDO)
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null || { \
	  echo "Python 3.11, 3.12, 3.13 or 3.14 is needed, and $(PYTHON) is not ($$($(PYTHON) --version 2>&1))." >&2; \
	  echo "Name another one: make PYTHON=python3.13" >&2; exit 1; }
	@echo "Making $(VENV)"
	@$(PYTHON) -m venv $$( { [ ! -e $(HALF) ] && $(PY) -m pip --version; } >/dev/null 2>&1 || echo --clear ) $(VENV)
	@touch $@

# PyTorch first, for on it depends whether NVIDIA's libraries are needed (locks/cuda.py).
$(SITE_STAMP): $(ENV_STAMP) requirements.txt requirements-data.txt $(wildcard locks/*.txt)
	@$(PY) -m locks.check
	@echo "Installing what the site needs (PyTorch is large: a few minutes)"
	@touch $(HALF)
	@$(PY) -m locks.torch $(PIP_TORCH_ARGS)
	@$(PIP) $(call LOCK,site) $$($(PY) -m locks.cuda)
	@$(PIP) --no-deps $(call LOCK,data)
	@rm -f $(HALF)
	@touch $@

$(TEST_STAMP): $(SITE_STAMP) requirements-test.txt
	@echo "Installing what the tests need"
	@touch $(HALF)
	@$(PIP) $(call LOCK,site test) $$($(PY) -m locks.cuda)
	@rm -f $(HALF)
	@touch $@

setup: $(SITE_STAMP) ## make .venv and install what the site needs
setup-test: $(TEST_STAMP)

# Locked versions stay where the requirements allow it, unless L says otherwise.
lock: $(ENV_STAMP) ## renew the lock files; all versions: make lock L=--upgrade
	@$(PIP) --quiet $(call LOCK,uv)
	@$(PY) -m locks --torch="$(PIP_TORCH_ARGS)" $(L)

artefacts: setup ## make what pages need and takes long (MiniGPT), where stale; one: A=minigpt
	@$(PY) -m pagekit.run.artefacts $(A)

site: setup ## make artefacts, run what is stale, build site/
	@$(PY) -m pagekit.build.site

# The browser of the tests makes the PDF.
release: setup-test ## build site/ to be published at SITE_URL, from REPO_URL (and EDIT_URI there)
	@COURSE_PDF=get/course.pdf $(PY) -m pagekit.build.site --release

pdf: setup-test site ## make one PDF of the whole course, build/course.pdf
	@$(PY) -m pagekit.build.book.pdf

serve: setup ## live preview while you write; at another port: make serve PORT=8001
	@$(PY) -m pagekit.build.serve $(PORT)

page: setup ## run and render one page: make page P=transformer/attention
	@[ -n "$(P)" ] || { echo "Name the page: make page P=transformer/attention" >&2; exit 2; }
	@$(PY) -m pagekit.build.preview "$(P)"

new: setup ## begin a chapter from a template: make new P=training/perplexity
	@[ -n "$(P)" ] || { echo "Name the chapter: make new P=training/perplexity" >&2; exit 2; }
	@$(PY) -m pagekit.build.new "$(P)"

.PHONY: record
record: setup ## keep runs that bear out what blocks claim to measure; of one page: P=training/speed
	@$(PY) -m pagekit.build.record $(P)

SIDE_BY_SIDE := -n auto --dist loadscope --no-loadscope-reorder
BOOK := tests/site/test_book.py

# The site in tests/site is built of what the pages' blocks record, so they come first. What takes
# much memory goes one after the other: the models of the tests, browsers, and the PDF of all pages.
test: setup-test ## run everything: every block of every page, snippets, the built site
	@$(PY) -m pagekit.build.browser
	@failed=0; \
	$(PY) -m pytest -p pagekit.run.plugin -p pagekit.labs.plugin docs || failed=1; \
	$(PY) -m pytest $(SIDE_BY_SIDE) tests --ignore=tests/site || failed=1; \
	$(PY) -m pytest $(SIDE_BY_SIDE) tests/site --ignore=$(BOOK) || failed=1; \
	$(PY) -m pytest $(BOOK) || failed=1; \
	exit $$failed

check: setup-test ## style, types, spelling, links, workflows
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) -m pagekit.build.anatomy
	$(VENV)/bin/typos
	$(VENV)/bin/zizmor --offline --no-progress --quiet .github
	$(VENV)/bin/actionlint
	@if [ -d site ]; then \
	  echo "$(VENV)/bin/lychee site"; \
	  $(VENV)/bin/lychee --offline --no-progress --include-fragments --index-files index.html \
	    --exclude-path 'site/404\.html' --root-dir "$(CURDIR)/site" site; \
	else echo "site/ is not built: its links were not looked at (make site)"; fi

bench: setup-test artefacts ## measure speed, losses and size (hours); one: make bench B=training
	@$(PY) -m benchmarks $(B)

clean: ## remove all that was generated; .venv stays
	rm -rf build site docs/assets/generated .pytest_cache .mypy_cache .ruff_cache .hypothesis
	rm -f docs/labs/*.ipynb
