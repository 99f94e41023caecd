# make run   environment, embedded example, study, results
# make test  environment and all tests
# make benchmark-discharges, benchmark-dip, benchmark-cases  10 and 50 million rows, an hour and 40 GB of disk
# make benchmark-table-one  Table 1 of ten million cases, a few minutes and 1 GB
# make benchmark-clusters  clusters of ten million cases, a few minutes and 2 GB
# make benchmark-one-city  an interrupted series and synthetic difference-in-differences with placebos, a minute
# make benchmark-did  estimators beside their peers up to 10 million rows, an hour and 8 GB of memory
# make benchmark-inference  wild bootstrap and randomisation beside their peers, a quarter of an hour
# make benchmark-sensitivity  intervals under violated trends beside their peers, five minutes
# make check-rates  how often checks flag sound and broken invented panels, half an hour
# make coverage  simulation of inference with few cities: the table behind the advice of check, an hour
PYTHON ?= python3
BIN := .venv/bin
STUDY ?= synthetic

.PHONY: run test simulation benchmark-discharges benchmark-dip benchmark-cases benchmark-table-one benchmark-clusters benchmark-one-city benchmark-did benchmark-inference benchmark-sensitivity coverage check-rates lint clean

run: .venv/.installed
	@$(BIN)/dipeval run $(STUDY)

test: .venv/.installed-dev
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder

simulation: .venv/.installed-dev
	@$(BIN)/python -m pytest -q -m slow

FOLDER ?= benchmarks/.data
ROWS ?= 1000000 10000000 50000000

benchmark-discharges: .venv/.installed-dev
	@$(BIN)/python benchmarks/discharges.py --folder "$(FOLDER)" --rows $(ROWS) --record

benchmark-dip: .venv/.installed-dev
	@$(BIN)/python benchmarks/dip.py --folder "$(FOLDER)" --rows $(ROWS) --record

benchmark-table-one: .venv/.installed-dev
	@$(BIN)/python benchmarks/table_one.py --folder "$(FOLDER)" --rows 1000000 10000000 --record

benchmark-clusters: .venv/.installed-dev
	@$(BIN)/python benchmarks/clusters.py --folder "$(FOLDER)" --rows 1000000 10000000 --record

benchmark-one-city: .venv/.installed-dev
	@$(BIN)/python benchmarks/one_city.py --record

SIZES ?= S M L

benchmark-cases: .venv/.installed-dev
	@$(BIN)/python benchmarks/cases.py --folder "$(FOLDER)" --rows $(ROWS) --record

benchmark-did: .venv/.installed-dev
	@$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[benchmark]'
	@$(BIN)/python benchmarks/did.py --sizes $(SIZES) --record

benchmark-inference: .venv/.installed-dev
	@$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[benchmark]'
	@$(BIN)/python benchmarks/inference.py --record

benchmark-sensitivity: .venv/.installed-dev
	@$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[oracles]'
	@$(BIN)/python benchmarks/sensitivity.py --record

check-rates: .venv/.installed-dev
	@$(BIN)/python benchmarks/check_rates.py --record

coverage: .venv/.installed-dev
	@$(BIN)/python benchmarks/coverage.py --record

lint: .venv/.installed-dev
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "dipeval needs Python 3.11 or newer, this is " + sys.version.split()[0])'
	@$(PYTHON) -m venv .venv

.venv/.installed: .venv/bin/python pyproject.toml constraints.txt
	@echo "installing dipeval into .venv (once, about a minute)"
	@$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e .
	@touch $@

.venv/.installed-dev: .venv/.installed
	@$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[dev,spark]'
	@touch $@

clean:
	rm -rf data_clean/*/ figures/*/ data_raw/synthetic_*/ data_raw/portrait_*/
