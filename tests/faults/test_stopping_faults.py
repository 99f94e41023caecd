"""Faults that stop a run by design: put in alone, the one error names exactly their rows."""

import re

import pytest
from proof_of_cleaning import city_with, clean, source

from dipeval.errors import DataError
from dipeval.simulate.faulty import faults, faulty_city
from dipeval.study.model import RawFile

TEXT = (RawFile("w/page_1.csv"), RawFile("w/page_2.csv", encoding="utf-8"))
STOPPING = [fault.name for fault in faults().values() if fault.action == "stop"]
ROW = re.compile(r"\brow (\d+)")


def rows_told(error: DataError) -> set[tuple[str, int]]:
    """File and row of everything that the error names."""
    found = set()
    for problem in error.problems:
        file = problem.where.split(",")[0]
        told = [problem.where, *problem.evidence] if problem.evidence else [problem.where, problem.what]
        found |= {(file, int(number)) for text in told for number in ROW.findall(text)}
    return found


@pytest.mark.parametrize("fault", STOPPING)
def test_the_error_names_the_rows(tmp_path, fault):
    format_ = source("front_page")
    rows = 400 if fault == "unit_error" else 150  # units are judged in hospitals with enough stays
    made = faulty_city(city_with(format_, TEXT), format_, seed=5, rows=rows, asked=fault)
    listed = set(made.faults[["file", "row"]].itertuples(index=False, name=None))
    assert listed
    with pytest.raises(DataError) as error:
        clean(tmp_path, made)
    if fault == "unknown_code":
        assert sum(problem.count for problem in error.value.problems) == len(listed)
        assert "'5'" in str(error.value)
    elif fault == "unknown_hospital":
        assert f"XN999 ({len(listed)} stays" in str(error.value)
    elif fault == "unit_error":
        (problem,) = error.value.problems
        assert problem.count == 1 and f"in {len(listed)} stays" in problem.evidence[0]
    else:
        assert len(listed) <= 5, "an error shows five rows of a file at most"
        assert rows_told(error.value) == listed


def test_without_the_fault_the_same_city_is_clean(tmp_path):
    """Otherwise the errors above could have another cause."""
    format_ = source("front_page")
    made = faulty_city(city_with(format_, TEXT), format_, seed=5, rows=150, asked={})
    got = clean(tmp_path, made)
    assert made.faults.empty and got.rejects.empty and len(got.frame) == len(made.truth)
    assert not any(entry.rows_flagged for entry in got.ledger)
