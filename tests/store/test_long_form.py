"""A format with one row a charge: one row a settlement comes out, and no row of a charge is lost."""

from dataclasses import replace

import pandas as pd
import pytest

from dipeval.errors import DataError
from dipeval.store.raw import read_raw
from dipeval.store.record_key import RecordKey
from dipeval.store.typed import read_typed
from dipeval.study import parse_source

FORMAT = """
[source]
name = "long"
title_en = "Long"
title_zh = "长"
layer = "discharges"
reference = "invented"
[read]
format = "csv"
empty = ["", "-"]
total_rows = "reject"
[long]
key = ["visit", "settlement"]
item = ["med_chrgitm", "收费项目"]
[long.items]
"05" = ["05", "治疗费"]
"09" = ["09", "西药费"]
"10" = ["10"]
"sum" = ["合计"]
[long.amounts]
amt = ["amt"]
claa_sumfee = ["claa_sumfee"]
[columns.hospital]
items = [["org"]]
[columns.visit]
items = [["mdtrt_id"]]
[columns.settlement]
items = [["setl_id"]]
[columns.discharge_date]
items = [["dscg_time"]]
date_format = "%Y-%m-%d"
[columns.total_cost]
items = [["sum_amt"]]
unit = "yuan"
[columns.drug_cost]
items = [["amt_09"], ["amt_10"]]
combine = "sum"
unit = "yuan"
[columns.treatment_cost]
items = [["amt_05"]]
unit = "yuan"
[columns.class_a_amount]
items = [["claa_sumfee_05"], ["claa_sumfee_09"], ["claa_sumfee_10"]]
combine = "sum"
unit = "yuan"
required = false
[headers]
identifiers = ["psn_name"]
"""
HEADER = "org,psn_name,mdtrt_id,setl_id,dscg_time,sum_amt,med_chrgitm,amt,claa_sumfee"


def charge(visit: str, item: str, amount: str, class_a: str = "0", total: str = "100", day: int = 1) -> str:
    return f"H1,虚拟患者,{visit},S{visit},2019-03-{day:02d},{total},{item},{amount},{class_a}"


@pytest.fixture()
def source():
    return parse_source(FORMAT, "sources/long.toml")


@pytest.fixture()
def read(engine, city, source, write):
    def run(*files: list[str]) -> tuple[pd.DataFrame, object]:
        given = [
            write([HEADER, *lines], f"small/{name}.csv")[0] for name, lines in zip("ab", files, strict=False)
        ]
        raw = read_raw(engine, city, source, given)
        typed = read_typed(engine, city, source, raw)
        return engine.to_frame(typed.table, ("source_file", "source_row")), raw

    return run


def problems_of(read, *files) -> list:
    with pytest.raises(DataError) as error:
        read(*files)
    assert "虚拟患者" not in str(error.value)
    return list(error.value.problems)


def test_one_row_a_settlement(read):
    lines = [
        charge("V1", "09", "60", "50"),
        charge("V2", "西药费", "70", total="70"),
        charge("V1", "05", "40", "1.5"),
    ]
    frame, raw = read(lines)
    assert frame[
        ["source_row", "total_cost", "drug_cost", "treatment_cost", "class_a_amount"]
    ].values.tolist() == [
        [2, 10000, 6000, 4000, 5150],
        [3, 7000, 7000, 0, 0],
    ]
    assert raw.files[0].rows == 3
    note = raw.ledger.entries[-1].note
    assert note.startswith("3 rows of charges are 2 settlements")
    assert [(e.rows_before, e.rows_after) for e in raw.ledger] == [(3, 3), (2, 2)]


def test_a_blank_amount_stays_blank_and_a_charge_without_a_row_is_zero(read):
    frame, _ = read([charge("V1", "09", "-", "50"), charge("V1", "10", "", "1")])
    assert frame["drug_cost"].isna().tolist() == [True] and frame["treatment_cost"].tolist() == [0]


def test_a_settlement_that_is_sent_twice_is_two_rows(read):
    once = [charge("V1", "09", "60"), charge("V1", "05", "40")]
    frame, raw = read([*once, *once, charge("V2", "09", "100")])
    assert frame["total_cost"].tolist() == [10000] * 3
    assert frame["treatment_cost"].tolist() == [4000, 4000, 0]
    assert frame["source_row"].tolist() == [2, 4, 6]
    assert raw.ledger.entries[-1].note.startswith("5 rows of charges are 3 settlements")


def test_a_settlement_may_run_over_two_files(read):
    frame, _ = read([charge("V1", "09", "60")], [charge("V1", "05", "40"), charge("V2", "05", "100")])
    assert frame[["source_file", "source_row", "drug_cost", "treatment_cost"]].values.tolist() == [
        ["small/a.csv", 2, 6000, 4000],
        ["small/b.csv", 3, 0, 10000],
    ]


def test_rows_of_sums_are_handed_on(read):
    total = "合计," + "," * (HEADER.count(",") - 1)
    frame, raw = read([charge("V1", "09", "100"), charge("V1", "合计", "100"), total])
    assert frame["is_total_row"].tolist() == [False, True]
    assert raw.ledger.entries[-1].note == "2 rows of charges are 1 settlements; rows of sums: 1"


def test_unknown_charges_are_listed(read):
    lines = [
        charge("V1", "西药", "60"),
        charge("V2", "西药", "60"),
        charge("V3", "99", "60"),
        charge("V4", "", "60"),
    ]
    (found,) = problems_of(read, lines)
    assert found.count == 4 and found.what == "3 unknown charges"
    assert "'西药' (2 rows; did you mean '西药费'?)" in found.evidence


def test_rows_without_a_settlement(read):
    lines = [charge("V1", "09", "60"), charge("V1", "05", "40").replace("SV1", "")]
    (found,) = problems_of(read, lines)
    assert "rows without settlement" in found.what and found.evidence == ("small/a.csv, row 3",)


def test_rows_of_one_settlement_that_differ(read):
    lines = [charge("V2", "09", "60"), charge("V1", "09", "60"), charge("V1", "05", "40", total="90", day=2)]
    (found,) = problems_of(read, lines)
    assert found.what == "the rows of one settlement differ in discharge_date, total_cost"
    assert found.evidence == ("small/a.csv, row 3",)


def test_no_number_of_a_record_is_kept_in_the_engine(engine, city, source, write):
    raw = read_raw(engine, city, source, write([HEADER, charge("MARKED1", "09", "60")]))
    assert raw.is_hashed
    tables = [row[0] for row in engine.run("SELECT table_name FROM duckdb_tables()")]
    assert tables
    for table in tables:
        assert not any("MARKED" in str(cell) for row in engine.run(f'FROM "{table}"') for cell in row)


def test_a_key_hashes_a_number_as_in_a_format_with_one_row_a_settlement(engine, city, source, write):
    engine.bring_key(RecordKey(b"a key of the tests, no secret"))
    raw = read_raw(engine, city, source, write([HEADER, charge("v1", "09", "60")]))
    frame = engine.to_frame(read_typed(engine, city, source, raw).table)
    assert frame["visit"].tolist() == [RecordKey(b"a key of the tests, no secret").hash("V1")]


def test_a_number_in_scientific_notation_is_still_found(read):
    (found,) = problems_of(read, [charge("1.2E+17", "09", "60").replace("S1.2E+17", "S1")])
    assert "(visit)" in found.where and "scientific" in found.what


def test_a_file_without_amounts(read, engine, city, source, write):
    given = write([HEADER.replace(",amt,", ",amount,"), charge("V1", "09", "60")])
    with pytest.raises(DataError, match="charge_amt is missing"):
        read_raw(engine, city, source, given)


def test_a_long_form_is_whole_or_not_there():
    wrong = FORMAT.replace('item = ["med_chrgitm", "收费项目"]\n', "").replace(
        'key = ["visit", ', 'key = ["person", '
    )
    with pytest.raises(Exception) as error:
        parse_source(wrong, "sources/long.toml")
    assert "long.item" in str(error.value) and "'person' is not read" in str(error.value)


def test_the_unit_of_charges_is_that_of_the_columns_made_of_them(engine, city, source, write):
    given = write([HEADER.replace(",amt,", ",amt(万元),"), charge("V1", "09", "60")])
    with pytest.raises(DataError, match="says ten_thousand_yuan, but yuan is declared"):
        read_raw(engine, city, source, given)
    declared = replace(city, units={"drug_cost": "ten_thousand_yuan", "treatment_cost": "ten_thousand_yuan"})
    assert read_raw(engine, declared, source, given).files[0].rows == 1
