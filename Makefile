# The short names of what one does here. Every target uses the virtual environment that ./test makes.

PYTHON := .venv/bin/python
CHECKS := var/check
# Production's settings, for the deploy check alone: nothing here is reached or kept.
PRODUCTION = DATABASE_URL=postgres://nobody@127.0.0.1:1/none KEYS_DIR=$(CHECKS)/keys VAR_DIR=$(CHECKS) \
	SECRET_KEY=$$($(PYTHON) -c "import secrets; print(secrets.token_urlsafe(60))") \
	BASE_URL=https://vote.example.org CELERY_BROKER_URL=redis://127.0.0.1:1/0 EMBEDDED=
COMPILE = uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --quiet

.PHONY: axe check style types templates migrations deploy test faults messages pictures run bench lock venv

check: style types templates migrations deploy

venv:
	@tools/setup requirements-dev.lock

style: venv
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .

types: venv
	EMBEDDED=1 VAR_DIR=$(CHECKS) .venv/bin/mypy .

templates: venv
	.venv/bin/djlint --lint --quiet templates

migrations: venv
	EMBEDDED=1 VAR_DIR=$(CHECKS) $(PYTHON) manage.py makemigrations --check --dry-run

deploy: venv
	$(PRODUCTION) $(PYTHON) manage.py check --deploy --fail-level WARNING

test:
	./test

# Faults injected into real processes: make faults, or FAULTS="F1 F4" SEED=7 SIZE=small. Figures go into the page.
FAULTS =
SEED = 1
SIZE = full
faults: venv
	$(PYTHON) -m tests.faults $(FAULTS) --seed $(SEED) --size $(SIZE) --results docs/reliability.json; \
		held=$$?; $(PYTHON) -m tests.faults.reliability; exit $$held

# axe-core on every page: for members, leaders and campaigns in three widths, light and dark, both languages; the desk.
axe: venv
	AXE=all $(PYTHON) -m pytest tests/test_every_page_accessible.py tests/test_desk_accessible.py -q

# The pictures of docs/pages.md anew, from the sample federation.
pictures: venv
	$(PYTHON) -m tests.pictures

# The catalogues: what the sources say is added, what stands is compiled.
messages: venv
	$(PYTHON) -m tools.messages

run:
	./run

# All rows, or ROWS="freeze cast"; SIZE=100000 members and RUNS=3 for a shorter look. See docs/performance.md.
SIZE := 1000000
RUNS := 5
bench: venv
	$(PYTHON) -m bench $(ROWS) --size $(SIZE) --runs $(RUNS)

lock:
	$(COMPILE) -o requirements.lock
	$(COMPILE) --group test --group browser --group lint -o requirements-dev.lock
