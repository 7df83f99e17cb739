# make demo   fill a hole in a bundled photo          make quick   the fast tests
# make test   the whole suite                          make lint    style, types and who imports whom
# make docs   the pages as a site, in build/site
# make gimp   a private GIMP 3 for its tests (Debian, root)
# make words  the plug-in's catalogues, after a string or a translation changed

PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test quick lint docs gimp words clean

demo: .venv/installed
	$(BIN)/pconv demo

test: .venv/installed-all
	$(BIN)/python -m pytest

quick: .venv/installed-all
	$(BIN)/python -m pytest -m "not slow and not gimp"

lint: .venv/installed-all
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: .venv/installed-all
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

gimp:
	bash tests/plugin_gimp/setup_gimp.sh

words: .venv/installed-all
	$(BIN)/pybabel -q extract -k _ --no-location --sort-output -w 120 --project pconv_fill \
	  -o plugin_gimp/translations/pconv_fill.pot plugin_gimp/pconv_fill
	for po in plugin_gimp/translations/*.po; do \
	  language=$$(basename $$po .po); \
	  $(BIN)/pybabel -q update --ignore-pot-creation-date --no-fuzzy-matching -w 120 \
	    -l $$language -i plugin_gimp/translations/pconv_fill.pot -o $$po && \
	  $(BIN)/pybabel -q compile -l $$language -i $$po \
	    -o plugin_gimp/pconv_fill/locale/$$language/LC_MESSAGES/pconv_fill.mo || exit 1; \
	done
	rm plugin_gimp/translations/pconv_fill.pot

.venv/installed: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --editable .
	touch $@

.venv/installed-all: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --editable '.[all]'
	touch .venv/installed $@

clean:
	rm -rf .venv build dist
