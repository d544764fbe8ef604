# `make` or `make help` is the manual. The work is done by the scripts in tools/, each of which does
# nothing where nothing is to be done; docs/operations.md says what they put where.

.DEFAULT_GOAL := help
.NOTPARALLEL:
export PORT ?= 8000

# Lazy, so that only what needs Python complains: 3.11 or newer (or PYTHON=/path/to/one).
found := $(shell tools/python.sh)
PYTHON ?= $(or $(found),$(error Python 3.11 or newer is needed and none was found: install one \
	(Debian 12 and Ubuntu 24.04 and newer have it) or name it: make PYTHON=/path/to/python3.13))
TOOL = PYTHON='$(PYTHON)'

.PHONY: help
help: ## this list
	@echo "A city's public map. make demo is all it takes; the rest is here:"
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' Makefile

.PHONY: setup
setup: ## install what is missing: PostgreSQL and PostGIS (apt), Python packages (.venv)
	@$(TOOL) tools/packages.sh run
	@$(TOOL) tools/venv.sh run
	@.venv/bin/python tools/compile_messages.py

.PHONY: db
db: setup ## start the project's own database (.local/pg), or check the one of DATABASE_URL
	@$(PYTHON) tools/db.py start

.PHONY: demo
demo: ## the whole site on http://127.0.0.1:8000/ until Ctrl-C (PORT=8010 for another port)
	@exec $(PYTHON) tools/run.py demo

.PHONY: up
up: ## the same in the background; its log is .local/log/up.log
	@exec $(PYTHON) tools/run.py up

.PHONY: down
down: ## stop the site and the database, wherever they were started
	@$(PYTHON) tools/run.py down

.PHONY: dev-setup
dev-setup: setup
	@$(TOOL) tools/venv.sh dev

.PHONY: test
test: dev-setup ## every check and every test (ARGS='-k booking' for some of them)
	@$(TOOL) tools/packages.sh test
	@tools/node.sh build
	@tools/ogc.sh
	@tools/lint.sh
	@$(TOOL) tools/test.sh $(ARGS)

.PHONY: lint
lint: dev-setup ## formatting, types, who imports whom, templates
	@tools/lint.sh

.PHONY: e2e
e2e: dev-setup ## the tests in a real browser only
	@$(TOOL) tools/packages.sh test
	@tools/node.sh build
	@$(TOOL) tools/test.sh tests/e2e $(ARGS)

.PHONY: conformance
conformance: dev-setup ## the OGC suites (ogctests, ogcapi-registry) and clients, on a small test city
	@$(TOOL) tools/packages.sh test
	@tools/ogc.sh
	@$(TOOL) tools/test.sh -s -rA tests/ogc/test_suites.py tests/ogc/test_clients.py \
	  tests/ogc/test_conformance.py $(ARGS)

.PHONY: assets
assets: setup ## bundle the map's scripts and styles (static/dist) where they have changed
	@tools/node.sh build

.PHONY: grids
grids: setup ## GSI's datum correction grids, verified (FROM=folder for those that you have; docs/import.md)
	@tools/grids.sh '$(FROM)'

.PHONY: messages
messages: dev-setup ## collect the texts to translate into locale/*.po (needs gettext)
	.venv/bin/python manage.py makemessages --all --no-wrap --add-location file \
	  --ignore '.venv/*' --ignore 'node_modules/*'

.PHONY: bench-tiles
bench-tiles: dev-setup ## baking against tipg, serving against nginx, how soon a change is seen (ARGS='--rows 100000 --runs 1')
	@$(TOOL) tools/packages.sh test
	@$(TOOL) tools/packages.sh bench
	@tools/node.sh build
	@tools/environment.sh tipg
	@$(PYTHON) tools/db.py start
	@.venv/bin/python manage.py collectstatic --no-input -v0
	@.venv/bin/python tools/bench_tiles.py $(ARGS)

.PHONY: bench-import
bench-import: dev-setup ## a million polygons against ogr2ogr, 50,000 rows on the screens, the datum (ARGS='--rows 100000')
	@$(TOOL) tools/packages.sh bench
	@tools/node.sh build
	@tools/grids.sh
	@$(PYTHON) tools/db.py start
	@.venv/bin/python tools/bench_import.py $(ARGS)

.PHONY: screens
screens: dev-setup ## pictures of the pages, into .local/screens and docs/screens (the site must be up)
	@.venv/bin/python tools/screens.py http://127.0.0.1:$(PORT)

.PHONY: lock
lock: setup ## choose the newest packages that pyproject.toml allows (requirements*.lock)
	@$(TOOL) tools/venv.sh lock

.PHONY: clean
clean: ## stop everything and remove all that was made here, the database's data included
	@$(PYTHON) tools/run.py down
	@$(PYTHON) tools/db.py destroy
	rm -rf .venv node_modules .local static/dist staticfiles locale/*/LC_MESSAGES/*.mo
