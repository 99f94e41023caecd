"""Codes become comparable without being guessed, and keys are parsed strictly."""

import pandas as pd
import pytest

from dipeval.dip.catalogue import key_problems
from dipeval.dip.codes import diagnosis_expression, diagnosis_of, procedure_expression, procedure_of
from dipeval.dip.keys import parse_key

DIAGNOSES = {
    "I20.000x001": "I20.0",
    " i20.0": "I20.0",
    "I200": "I20.0",
    "I10": "I10",
    "I10.x00": "I10",
    "I10.x00x002": "I10",
    "A17.0+": "A17.0",
    "G01*": "G01",
    "M80000/3": "",
    "A08.01.22": "",
    "C4A": "",
    "9": "",
    "": "",
}
PROCEDURES = {
    "47.0100": "47.01",
    "47.01": "47.01",
    "47.0": "47",
    "470100": "47.01",
    "471": "",
    "0.01": "00.01",
    "4.07": "04.07",
    "36.1": "36.1",
    "36.1000": "36.1",
    "48.1x00": "48.1",
    "86.0603": "86.0603",
    "99.2800x005": "99.28x005",
    "99.2800X005": "99.28x005",
    "abc": "",
    "47.01234": "",
}


def test_codes_in_python_and_in_the_engine(engine):
    for codes, plain, lazy in (
        (DIAGNOSES, diagnosis_of, diagnosis_expression),
        (PROCEDURES, procedure_of, procedure_expression),
    ):
        table = engine.small_table(pd.DataFrame({"x": list(codes)}).astype({"x": "str"}))
        made = engine.to_frame(table.mutate(made=lazy(table.x))).set_index("x")["made"].to_dict()
        assert made == codes
        assert {code: plain(code) for code in codes} == codes


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("C50.9:86.0603", "C50.9:86.0603"),
        ("c50.9_86.0603", "C50.9:86.0603"),
        ("K35-47.0100-", "K35:47.01"),
        ("A15-A16-33.2400-", "A15-A16:33.24"),
        ("A15-A16--", "A15-A16:conservative"),
        ("I20.0--", "I20.0:conservative"),
        ("I20.0:conservative", "I20.0:conservative"),
        ("A17.0+:01.3900+01.2400", "A17.0:01.24+01.39"),
        ("I10.x00:36.1000", "I10:36.1"),
        ("I20/surgery_related", "I20/surgery_related"),
        ("09/conservative", "09/conservative"),
    ],
)
def test_keys_that_mean_one_type(written, canonical):
    assert parse_key(written).text == canonical
    assert parse_key(canonical).text == canonical


@pytest.mark.parametrize(
    "written",
    ["K35-47", "K35", "", "A15-A15--", "A15-B16--", "A15.0-A16--", "K35:abc", "K35:47.01+47.0100", "I20/x"],
)
def test_keys_that_are_none(written):
    assert isinstance(parse_key(written), str)


def test_a_range_is_written_out():
    assert parse_key("C77-C80--").diagnoses == ("C77", "C78", "C79", "C80")


def test_doubled_and_overlapping_keys_name_file_and_row():
    keys = [
        "K35:47.01",
        "K35-47.0100-",
        "A17.0+:01.24",
        "A17.0:01.2400",
        "A15-A17--",
        "A16:conservative",
        "x",
    ]
    told = [str(problem) for problem in key_problems(keys, "catalogue.csv")]
    assert [line.split(":")[0].split(",")[1].strip() for line in told] == ["row 3", "row 5", "row 7", "row 8"]
    assert "is the type of row 2 again" in told[0] and "catalogue.csv, row 3, key K35-47.0100-" in told[0]
    assert "claims A16 as row 6 does" in told[2]
    assert "cannot be parsed" in told[3]
