# The README leads with the first two. Everything lives in .venv/ in the checkout (the peers of the measurements in
# .venv-peers/); the site goes to site/.
.PHONY: serve test site lint test-peers test-wasm bench bench-pages peers format constraints clean

PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
PEERS := .venv-peers/bin
export NO_MKDOCS_2_WARNING := 1

serve: site        ## build the book, serve it and print the address
	@$(BIN)/python -m literate.serve site $(PORT)

test: .venv/ready  ## lint, types, tests, every block of the book, the strict site build, the browser
	$(MAKE) lint
	$(BIN)/python -m pytest -m "not browser" -n 2 --dist loadfile
	$(MAKE) test-wasm
	$(MAKE) site
	BOOK_SITE=$(CURDIR)/site $(BIN)/python -m pytest -m browser -n 2
	if [ -e .venv-peers/ready ]; then $(MAKE) test-peers; fi

test-peers: .venv-peers/ready  ## the tests that need PyTorch or JAX; with no plugins of the book, which are not there
	JAX_ENABLE_X64=1 $(PEERS)/python -m pytest --noconftest -o addopts= -p no:cacheprovider tests/test_batch.py -k "torch or jax"

test-wasm: .venv/ready  ## the engine's tests on the Python of browsers, in Node
	$(BIN)/python -m browser.tests suite

site: .venv/ready
	$(BIN)/mkdocs build --strict --quiet

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m browser.tests check

bench: .venv-peers/ready  ## every measurement, into bench/results/; ONLY="--only moons" runs one
	$(PEERS)/python -m bench $(ONLY)
	$(if $(ONLY),,$(PEERS)/python -m bench.convergence --pairs 20)
	$(if $(ONLY),,$(MAKE) bench-pages)

bench-pages: site  ## what the pages of the book weigh, and how soon they are seen; needs a Chromium
	$(BIN)/python -m bench.pages

peers: .venv-peers/ready  ## PyTorch, JAX and others, for the page and the measurements that need them

format: .venv/ready
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

constraints:       ## renew the pinned versions from what is installed
	{ echo "# The versions that were tested together; make installs with these. Renewed by: make constraints"; \
	  $(BIN)/python -m pip freeze --exclude-editable; } > constraints.txt

clean:
	rm -rf .venv .venv-peers browser/dist browser/node_modules site build dist .cache .mypy_cache .ruff_cache autograd/.ruff_cache .pytest_cache .hypothesis

.venv/ready: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name one with: make PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test]'
	@touch $@

.venv-peers/ready: bench/peers.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name one with: make PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -m venv .venv-peers
	$(PEERS)/python -m pip install --quiet --disable-pip-version-check --requirement bench/peers.txt
	@touch $@
