"""The office's own workbook: seven sheets, two of them data, and the same figures as the long file."""

from dataclasses import replace

import pandas as pd
import pytest

from dipeval.store.engine import Engine
from dipeval.store.raw import read_raw
from dipeval.store.typed import read_typed
from dipeval.study.model import RawFile

NAME = "kzp17_daten.xlsx"
FIGURES = ["discharges", "care_days", "total_cost", "inpatient_cost", "staff_full_time"]


@pytest.fixture(scope="module")
def book(swiss, shared):
    city = replace(swiss.city, files=(RawFile(NAME),))
    with Engine() as engine:
        raw = read_raw(engine, city, swiss.source, [(NAME, shared / "real/swiss_kzp" / NAME)])
        return raw.files[0], engine.to_frame(read_typed(engine, city, swiss.source, raw).table)


def test_the_data_sheets_are_found_and_the_others_told(book):
    facts, frame = book
    assert facts.rows == 564
    assert facts.notes[-1].startswith(
        "sheets passed over: ReadMe, Kennzahlen, Typologie, Rechtsform, Standorte"
    )
    assert frame.groupby("source_file").size().to_dict() == {
        f"{NAME} [KZ2016_KZP17]": 282,
        f"{NAME} [KZ2017_KZP17]": 282,
    }


def test_the_figures_are_those_of_the_long_file(book, swiss):
    """Names differ between the releases in 16 hospitals; where they do not, every figure is the same."""
    whole = swiss.report.whole.frame
    keys = ["period", "canton", "hospital_name"]
    both = book[1].merge(whole.astype({"period": "str"}), on=keys, suffixes=("_book", "_long"))
    assert both.groupby("period").size().to_dict() == {"2016": 267, "2017": 281}
    for name in FIGURES:
        here, there = (pd.to_numeric(both[f"{name}_{which}"]).astype("float64") for which in ("book", "long"))
        assert here.notna().sum() > 400 and here.equals(there), name
