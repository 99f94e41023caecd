"""Cells that spreadsheets and people have spoilt: mended exactly and counted, or one clear error."""

from dataclasses import replace

import pytest

from dipeval.errors import DataError
from dipeval.store.raw import read_raw
from dipeval.store.typed import read_typed
from dipeval.study.model import ColumnRule

HEADER = "ORG,XM,BAH,XB,CYSJ,ZFY,SSBM,HXJ,ZZY"


@pytest.fixture()
def read(engine, city, source, write):
    rules = {
        "procedures": ColumnRule("procedures", (("SSBM",),), combine="join", required=False),
        "ventilator_hours": ColumnRule(
            "ventilator_hours", (("HXJ",),), required=False, date_format="days/hours/minutes"
        ),
        "planned_readmission": ColumnRule("planned_readmission", (("ZZY",),), required=False),
    }
    codes = {**source.codes, "planned_readmission": {"1": "no", "2": "yes", "无": "no"}}
    wider = replace(source, columns={**source.columns, **rules}, codes=codes)

    def run(**cells: str):
        plain = {"ORG": "H1", "XM": "虚拟患者", "BAH": "V1", "XB": "1", "CYSJ": "2019-03-01", "ZFY": "100"}
        row = {**plain, "SSBM": "47.0100", "HXJ": "1/13/30", "ZZY": "1", **cells}
        raw = read_raw(engine, city, wider, write([HEADER, ",".join(f'"{c}"' for c in row.values())]))
        typed = read_typed(engine, city, wider, raw)
        return engine.to_frame(typed.table).iloc[0], typed.ledger.entries[0].note

    return run


def problem_of(read, **cells):
    with pytest.raises(DataError) as error:
        read(**cells)
    (found,) = error.value.problems
    return found


@pytest.mark.parametrize(
    ("cell", "fen"),
    [
        ("￥1,234.50", 123450),
        ("¥ 1,234.50", 123450),
        ("１２３４．５０", 123450),
        (" 1234.5000 ", 123450),
        ("-￥0.05", -5),
    ],
)
def test_amounts_that_are_mended_are_counted(read, cell, fen):
    row, note = read(ZFY=cell)
    assert row.total_cost == fen and "total_cost 1" in note


@pytest.mark.parametrize("cell", ["1.2万", "1.2E+05", "12,5", "约100", "100元", "1,23.5", "--"])
def test_amounts_that_are_no_amounts(read, cell):
    found = problem_of(read, ZFY=cell)
    assert found.where == "small/a.csv, column ZFY (total_cost)" and found.evidence == (f"row 2: '{cell}'",)


@pytest.mark.parametrize("cell", ["2024-02-30", "20240230", "2024/13/01", "2024年2月30日", "45000"])
def test_impossible_dates(read, cell):
    found = problem_of(read, CYSJ=cell)
    assert "impossible" in found.what and found.evidence == (f"row 2: '{cell}'",)


@pytest.mark.parametrize(
    "cell", ["20190301", "2019/3/1", "2019年3月1日", "2019.03.01", "2019-03-01 08:30:00"]
)
def test_dates_that_begin_with_the_year_can_mean_one_day_only(read, cell):
    row, note = read(CYSJ=cell)
    assert str(row.discharge_date)[:10] == "2019-03-01" and "discharge_date 1" in note


@pytest.mark.parametrize("cell", ["4.70E+01", "4.7e+01", "４.70E+01", "9E+1"])
def test_a_code_in_scientific_notation(read, cell):
    found = problem_of(read, SSBM=cell)
    assert found.where == "small/a.csv, column SSBM (procedures)" and "scientific" in found.what
    assert found.evidence[0].startswith("row 2: ")


def test_a_number_of_a_record_in_scientific_notation_is_not_shown(read):
    found = problem_of(read, BAH="1.23457E+17")
    assert "column BAH" in found.where and found.evidence == ("row 2",) and "1.23" not in str(found)


@pytest.mark.parametrize("cell", ["47.0100", "99.2800x005", "E11.900", "A09.900+", "1E50"])
def test_codes_stay_as_they_are(read, cell):
    assert read(SSBM=cell)[0].procedures == cell


@pytest.mark.parametrize(
    ("cell", "hours"), [("1/13/30", 37.5), ("0/0/0", 0.0), ("12", 12.0), ("0/１/6", 1.1)]
)
def test_durations(read, cell, hours):
    assert read(HXJ=cell)[0].ventilator_hours == pytest.approx(hours, abs=1e-12)


def test_a_duration_that_is_none(read):
    assert problem_of(read, HXJ="1/13").evidence == ("row 2: '1/13'",)


@pytest.mark.parametrize(("cell", "flag"), [("1", 0), ("2", 1), ("无", 0)])
def test_a_flag_with_codes_of_its_format(read, cell, flag):
    assert read(ZZY=cell)[0].planned_readmission == flag


def test_a_flag_that_the_format_does_not_know(read):
    assert problem_of(read, ZZY="有").evidence == ("row 2: '有'",)
