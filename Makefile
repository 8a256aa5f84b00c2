.PHONY: help setup demo test proofs check bench shots lock catalogs clean
.DEFAULT_GOAL := help

PYTHON ?= python3
BIN := .venv/bin
PORT ?= 5000
SIZE ?= clinic

# uv is fast; where it cannot reach the registry as pip is set up to, pip does the same more slowly.
PIP := $(BIN)/python -m pip install -q --disable-pip-version-check
install = { $(BIN)/uv --version >/dev/null 2>&1 || $(PIP) uv; } && \
	{ $(BIN)/uv pip install -q --system-certs --require-hashes -r $(1) 2>/dev/null || $(PIP) --require-hashes -r $(1); }

help:  ## show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

setup: .venv/run  ## install what the portal needs, and build its static files
	@$(BIN)/pybabel -q compile -d portal/translations
	@$(BIN)/python -c "from portal import assets; assets.build()"

demo: setup  ## serve the demo clinic with its people, its postman and a local mailbox
	@PORT=$(PORT) $(BIN)/python -m portal.commands.demo

test: .venv/test setup browser  ## run every test
	@$(BIN)/python -m pytest -n 3 --dist worksteal

proofs: .venv/test setup  ## the long proofs: histories, interleavings, worlds, leaks, dates of series, timing, mail, storms (hours)
	@HISTORIES=5000 SHARES=4 $(BIN)/python -m pytest -n 2 --dist worksteal tests/consent/test_histories.py
	@SCHEDULES=2500 $(BIN)/python -m pytest -n 2 --dist worksteal tests/consent/test_interleavings.py
	@SCHEDULES=0 $(BIN)/python -m pytest -n 2 --dist worksteal tests/consent/test_interleavings.py
	@ALL_LEAKS=1 NI_PAIRS=2000 $(BIN)/python -m pytest -n 2 --dist load tests/noninterference
	@RULES=20000 CHANGES=1 $(BIN)/python -m pytest -n 0 -rP --show-capture=stdout tests/services/test_recurrence_oracle.py
	@TIMED=1 $(BIN)/python -m pytest -n 0 tests/consent/test_one_no.py
	@MAILS=100 $(BIN)/python -m pytest -n 0 -rP --show-capture=stdout tests/emails/test_faults.py tests/emails/test_faults_at_home.py
	@LETTERS=5000 $(BIN)/python -m pytest -n 0 -rP --show-capture=stdout tests/emails/test_many_letters.py
	@KILLS_OF_POSTMAN=200 LETTERS=2000 $(BIN)/python -m pytest -n 0 -rP --show-capture=stdout tests/storms/test_postman_kills.py
	@ROUNDS=100 BOOKERS=500 FORMS=200 KILLS=all $(BIN)/python -m pytest -n 0 -rP --show-capture=stdout tests/storms

check: .venv/test  ## format, lint, types, import contracts, templates
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint templates --lint --quiet
	$(BIN)/python -m tests.catalogs

bench: .venv/test setup  ## print ratios against floors measured beside them; SIZE=small|clinic|region
	@$(BIN)/python -m tests.bench $(SIZE)

shots: .venv/test setup browser  ## a picture of every screen and every email, light, dark and phone, in instance/shots/
	@$(BIN)/python -m tests.browser.shots
	@$(BIN)/python -m tests.browser.letters instance/shots/letters

catalogs:  ## collect the words of pages and emails into the catalogs of all languages
	$(BIN)/pybabel -q extract -F portal/translations/babel.cfg -k _l -k lazy_gettext --no-location --sort-output \
		--project=portal --copyright-holder= --msgid-bugs-address= -o portal/translations/messages.pot .
	$(BIN)/pybabel -q update -i portal/translations/messages.pot -d portal/translations --no-fuzzy-matching --omit-header

lock: .venv/run  ## write the requirement locks anew
	$(BIN)/uv pip compile -q --generate-hashes --no-emit-index-url --no-header requirements.in -o requirements.txt
	$(BIN)/uv pip compile -q --generate-hashes --no-emit-index-url --no-header requirements-dev.in -o requirements-dev.txt

clean:  ## remove everything that setup and the demo made
	rm -rf .venv instance

.venv/run: requirements.txt
	@$(PYTHON) -m venv .venv
	@$(call install,requirements.txt)
	@touch $@

.venv/test: .venv/run requirements-dev.txt
	@$(call install,requirements-dev.txt)
	@touch $@

.PHONY: browser
browser:
	@command -v chromium >/dev/null && command -v chromium-headless-shell >/dev/null \
		|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq \
			&& apt-get install -y -qq --no-install-recommends chromium fonts-liberation >/dev/null \
			&& { apt-get install -y -qq --no-install-recommends chromium-headless-shell >/dev/null 2>&1 || true; }; } \
		|| command -v chromium >/dev/null \
		|| echo "No Chromium here, and it cannot be installed: the tests that drive a browser will be skipped." >&2
