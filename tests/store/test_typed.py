"""Cells become typed values exactly, or one error lists every cell that is wrong."""

from dataclasses import replace

import pandas as pd
import pytest

from dipeval.errors import DataError
from dipeval.store.raw import read_raw
from dipeval.store.typed import read_typed
from dipeval.study import parse_source
from dipeval.study.model import Correction, Era

HEADER = "ORG,BAH,XB,CYSJ,ZFY,XYF,ZCYF,NL,TS,SW"
PLAIN = {
    "ORG": "H1",
    "BAH": "V1",
    "XB": "1",
    "CYSJ": "2019-03-01",
    "ZFY": "100.00",
    "XYF": "60",
    "ZCYF": "0.5",
    "NL": "57",
    "TS": "3",
    "SW": "0",
}


def line(**cells: str) -> str:
    return ",".join({**PLAIN, **cells}.values())


@pytest.fixture()
def read(engine, city, source, write):
    def run(lines: list[str], city=city, source=source, header: str = HEADER) -> tuple[pd.DataFrame, object]:
        files = write([header, *lines])
        typed = read_typed(engine, city, source, read_raw(engine, city, source, files))
        return engine.to_frame(typed.table, ("source_row",)), typed.ledger

    return run


def problems_of(read, lines, **options) -> list:
    with pytest.raises(DataError) as error:
        read(lines, **options)
    return list(error.value.problems)


def test_plain_cells(read):
    frame, ledger = read([line()])
    row = frame.iloc[0]
    assert (row.total_cost, row.drug_cost, row.care_days, row.deaths) == (10000, 6050, 3, 0)
    assert (row.sex, row.age, row.hospital) == ("male", 57.0, "H1")
    assert row.discharge_date == pd.Timestamp("2019-03-01")
    assert frame["total_cost"].dtype == "int64"
    assert ledger.entries[0].rows_flagged == 0 and ledger.entries[0].note == ""


MONEY = {
    "1234.5": 123450,
    "0.07": 7,
    "1,234.50": 123450,
    "1,234,567": 123456700,
    "￥1,234.50": 123450,
    "¥12": 1200,
    "-¥12.3": -1230,
    "１２３．４５": 12345,
    "12.3400": 1234,
    " 12.34 ": 1234,
    "\t12.34": 1234,
    "-3.50": -350,
    "99999999999.99": 9999999999999,
}


def test_money_is_exact(read):
    frame, _ = read([line(ZFY=f'"{cell}"') for cell in MONEY])
    assert dict(zip(MONEY, frame["total_cost"], strict=True)) == MONEY


NO_MONEY = (
    "1.2万",
    "12,5",
    "1,23.4",
    "1.234",
    "about",
    "1e3",
    "1E+05",
    "nan",
    "0x1F",
    "1 234",
    "--5",
    "1.2.3",
    "9" * 17,
)


def test_what_is_no_amount(read):
    (found,) = problems_of(read, [line(ZFY=f'"{cell}"') for cell in NO_MONEY])
    assert found.where == "small/a.csv, column ZFY (total_cost)"
    assert found.count == len(NO_MONEY)
    assert found.evidence == tuple(f"row {k}: {cell!r}" for k, cell in enumerate(NO_MONEY[:5], 2))


TEN_THOUSAND = {"1.2345": 1234500, "0.000001": 1, "0.1": 100000, "3": 3000000, "-0.5": -500000}


def test_ten_thousand_yuan(read, city):
    lines = [line(ZFY=cell) for cell in TEN_THOUSAND]
    frame, _ = read(lines, city=replace(city, units={"total_cost": "ten_thousand_yuan"}))
    assert dict(zip(TEN_THOUSAND, frame["total_cost"], strict=True)) == TEN_THOUSAND


def test_more_digits_than_a_unit_has(read, city):
    lines = [line(ZFY=cell) for cell in ("0.0000001", "1.2E+05", "1.2e5", "1")]
    (found,) = problems_of(read, lines, city=replace(city, units={"total_cost": "ten_thousand_yuan"}))
    assert "ten_thousand_yuan has 6 digits" in found.what and found.count == 3


def test_eras_of_units(read, source):
    rule = replace(source.columns["total_cost"], eras=(Era("2018", "2019-02", "ten_thousand_yuan"),))
    declared = replace(source, columns={**source.columns, "total_cost": rule})
    days = ("2017-12-31", "2018-01-01", "2019-02-28", "2019-03-01", "２０１８-05-01")
    frame, _ = read([line(ZFY="2", CYSJ=day) for day in days], source=declared)
    assert frame["total_cost"].tolist() == [200, 2000000, 2000000, 200, 2000000]


def test_eras_of_a_report(engine, city, write):
    text = """
[source]
name = "report"
title_en = "r"
title_zh = "r"
layer = "panel"
reference = "invented"
[read]
format = "csv"
[columns.period]
items = [["year"]]
[columns.discharges]
items = [["n08"], ["n09"]]
combine = "coalesce"
zero_is_missing = true
[columns.total_cost]
items = [["cost"]]
unit = "CHF"
[[columns.total_cost.eras]]
since = "2008"
until = "2009"
unit = "thousand_CHF"
"""
    declared = parse_source(text, "report")
    lines = ["year,n08,n09,cost", "2008,5.0,,1.5", "2009,0,7,2", "2010,0,0,3.25"]
    typed = read_typed(engine, city, declared, read_raw(engine, city, declared, write(lines)))
    frame = engine.to_frame(typed.table, ("source_row",))
    assert frame["total_cost"].tolist() == [150000, 200000, 325]
    assert frame["discharges"].fillna(-1).tolist() == [5, 7, -1]


def test_empty_tokens_are_missing(read):
    frame, _ = read([line(XYF="", ZCYF="-"), line(XYF="—", ZCYF="２"), line(NL="－"), line(ORG=" ", TS="-")])
    assert frame["drug_cost"].fillna(-1).tolist() == [-1, 200, 6050, 6050]
    assert frame["age"].isna().tolist() == [False, False, True, False]
    assert frame["hospital"].isna().tolist() == [False, False, False, True]


def test_unusual_notation_is_counted(read):
    _, ledger = read([line(ZFY='"1,000"', XYF="１"), line(ZFY="2.000"), line()])
    (entry,) = ledger.entries
    assert entry.rows_flagged == 2
    assert "total_cost 2" in entry.note and "drug_cost 1" in entry.note


DATES = {
    "%Y-%m-%d": ("2019-03-01", "2019-3-1", "2019-03-01 23:59:59", "2019-03-01T08:00", "２０１９-03-01"),
    "%Y%m%d": ("20190301", "2019-03-01"),
    "%Y/%m/%d": ("2019/3/1", "2019-03-01"),
}
NO_DATES = {
    "%Y-%m-%d": ("2023-02-29", "infinity", "03/01/2019", "2019-03-01 25h"),
    "%Y%m%d": ("20240230", "epoch", "201903"),
}


def with_form(source, form):
    rule = replace(source.columns["discharge_date"], date_format=form)
    return replace(source, columns={**source.columns, "discharge_date": rule})


@pytest.mark.parametrize("form", DATES)
def test_dates(read, source, form):
    frame, _ = read([line(CYSJ=cell) for cell in DATES[form]], source=with_form(source, form))
    assert set(frame["discharge_date"]) == {pd.Timestamp("2019-03-01")}


@pytest.mark.parametrize("form", NO_DATES)
def test_impossible_dates(read, source, form):
    (found,) = problems_of(read, [line(CYSJ=cell) for cell in NO_DATES[form]], source=with_form(source, form))
    assert "impossible" in found.what
    assert found.evidence == tuple(f"row {k}: {cell!r}" for k, cell in enumerate(NO_DATES[form], 2))


def test_codes(read):
    frame, _ = read([line(XB="１"), line(XB="男 "), line(XB="-")])
    assert frame["sex"].fillna("").tolist() == ["male", "male", ""]


def test_unknown_codes_with_counts_and_the_nearest(read):
    (found,) = problems_of(read, [line(XB=c) for c in ("9", "9", "x", "1")])
    assert "2 unknown codes" in found.what and found.count == 3
    assert found.evidence[0].startswith("'9' (2 rows") and found.evidence[1].startswith("'x' (1 rows")


def test_other_kinds(read):
    wrong = [("TS", "2.5"), ("TS", "three"), ("NL", "57岁"), ("NL", "inf"), ("SW", "2"), ("SW", "dead")]
    told = problems_of(read, [line(**{column: cell}) for column, cell in wrong])
    shown = [
        (p.where.split("column ")[1][:2], example.split(": ")[1]) for p in told for example in p.evidence
    ]
    assert sorted(shown) == sorted((column, repr(cell)) for column, cell in wrong)


def test_flags_and_whole_numbers(read):
    frame, _ = read([line(SW="是", TS="4.0"), line(SW="FALSE", TS="１"), line(SW="", TS="1,000".join('""'))])
    assert frame["deaths"].fillna(-1).tolist() == [1, 0, -1]
    assert frame["care_days"].tolist() == [4, 1, 1000]


def test_examples_are_five_and_the_count_is_all(read):
    (found,) = problems_of(read, [line(ZFY=f"x{k}") for k in range(40)])
    assert len(found.evidence) == 5 and found.count == 40
    assert found.evidence[0] == "row 2: 'x0'"


def test_all_problems_at_once(read):
    lines = [line(ZFY="x", NL="y"), line(XB="7", CYSJ="20190230"), "合计,,,,200,,,,,"]
    told = problems_of(read, lines)
    assert len(told) == 5
    assert sum("total row" in p.what for p in told) == 1


def test_total_rows_that_are_declared_are_marked(read, source):
    frame, _ = read([line(), "合计,,,x,about 200,,,,,"], source=replace(source, total_rows="reject"))
    assert frame["is_total_row"].tolist() == [False, True]


def correction(**changes) -> Correction:
    plain = {"column": "sex", "match": {"hospital": "H1", "sex": "9"}, "action": "set", "value": "2"}
    return Correction(**{**plain, "reason": "typing error", "expect": 1, **changes})


def test_corrections_mend_text_before_it_is_read(read, city):
    mended = replace(city, corrections=(correction(),))
    frame, _ = read([line(XB="9"), line(XB="1")], city=mended)
    assert frame["sex"].tolist() == ["female", "male"]
    assert frame["correction"].tolist() == [1, 0]


@pytest.mark.parametrize("expect", [0, 2])
def test_corrections_expire(read, city, expect):
    (found,) = problems_of(read, [line(XB="9")], city=replace(city, corrections=(correction(expect=expect),)))
    assert "corrections[1]" in found.where and f"expects {expect}" in found.what and "1 match" in found.what


def test_corrections_speak_of_single_cells(read, city):
    wrong = replace(city, corrections=(correction(column="drug_cost"), correction(match={"canton": "ZH"})))
    told = problems_of(read, [line()], city=wrong)
    assert [p.where.split(", ")[1] for p in told] == ["key corrections[1]", "key corrections[2]"]


def test_record_numbers_are_kept_as_hashes_only(engine, read):
    frame, _ = read([line(BAH="SECRET-1"), line(BAH="SECRET-1"), line(BAH="")])
    assert frame["visit"][0] == frame["visit"][1] and pd.isna(frame["visit"][2])
    assert not any("SECRET" in str(cell) for cell in frame.to_numpy().ravel())
