"""A report that is a panel already: from a raw file to hospitals, periods and a ledger."""

import pandas as pd
import pytest

from dipeval.errors import DataError
from dipeval.panel.direct import panel_from_report
from dipeval.store.engine import Engine
from dipeval.store.raw import read_raw
from dipeval.study import Registries, parse_city, parse_source

SOURCE = """
[source]
name = "report"
title_en = "A report"
title_zh = "报表"
layer = "panel"
reference = "invented for this test"
[read]
format = "csv"
total_rows = "reject"
[columns.hospital]
items = [["code"]]
[columns.period]
items = [["year"]]
[columns.hospital_type]
items = [["kind"]]
[columns.discharges]
items = [["cases"]]
[columns.care_days]
items = [["days_new"], ["days_old"]]
combine = "coalesce"
[columns.total_cost]
items = [["cost"]]
unit = "CHF"
eras = [{ since = "2001", until = "2001", unit = "thousand_CHF" }]
zero_is_missing = true
[columns.staff_cost]
items = [["staff"]]
unit = "CHF"
eras = [{ since = "2001", until = "2001", unit = "thousand_CHF" }]
[columns.capital_cost]
items = [["capital"]]
unit = "CHF"
eras = [{ since = "2001", until = "2001", unit = "thousand_CHF" }]
[[identities]]
name = "parts"
total = "total_cost"
parts = ["staff_cost", "capital_cost"]
tolerance = 0
action = "ACTION"
"""
CITY = """
[city]
name = "land"
label_en = "Land"
label_zh = "地"
scheme = "none"
source = "report"
obtain = "invented"
[[files]]
path = "report.csv"
[dates]
never = true
source = "invented"
"""
HEADER = "code,year,kind,cases,days_new,days_old,cost,staff,capital"


def rows(n=6):
    """Hospitals h0 to h5 in 2001 to 2003; thousands of francs in 2001."""
    text = []
    for i in range(n):
        cost = 1000 * (i + 1)
        text.append(f"h{i},2001,acute,{100 + i},,{700 + i},{cost}.0,{cost - 1}.0,1")
        text += [f"h{i},{y},acute,{100 + i}.0,{600 + i},,{cost}000,{cost}000,0" for y in (2002, 2003)]
    return text


def read(tmp_path, lines, source=SOURCE, action="flag", start="2001", end="2003", keep=None):
    place = tmp_path / "report.csv"
    place.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    parsed = parse_source(source.replace("ACTION", action), "report.toml")
    city = parse_city(CITY, "land.toml", Registries({}, {}, {}), ("report",))
    with Engine() as engine:
        raw = read_raw(engine, city, parsed, [("report.csv", place)])
        return panel_from_report(
            engine, city, parsed, raw, frequency="year", start=start, end=end, keep=keep or {}
        )


def entry(report, rule):
    return next(e for e in report.panel.ledger if e.rule == rule)


def test_units_by_era_coalesced_columns_and_exact_money(tmp_path):
    report = read(tmp_path, rows())
    panel = report.panel.frame.set_index(["hospital", "period"])
    assert panel.loc["h1", "total_cost"].tolist() == [200_000_000] * 3
    assert panel.loc["h1", "staff_cost"].tolist() == [199_900_000, 200_000_000, 200_000_000]
    assert panel.loc["h1", "care_days"].tolist() == [701, 601, 601]
    assert panel["discharges"].dtype == "int64" and report.panel.currency == "CHF"
    assert report.panel.source == "panel" and report.links.empty
    assert entry(report, "parts").rows_flagged == 0 and report.warnings == ()


def test_a_change_of_unit_without_a_declaration_stops(tmp_path):
    undeclared = "\n".join(line for line in SOURCE.splitlines() if not line.startswith("eras"))
    with pytest.raises(DataError) as caught:
        read(tmp_path, rows(), source=undeclared)
    assert {p.where for p in caught.value.problems} == {"land, column total_cost", "land, column staff_cost"}
    assert "total_cost in 2002 is 1,000 times that in 2001" in str(caught.value)


def test_the_unit_alarm_leaves_single_hospitals_alone(tmp_path):
    grown = [line.replace(",1000000,1000000,", ",90000000,90000000,") for line in rows()]
    assert read(tmp_path, grown).panel.hospitals == 6
    assert (
        read(
            tmp_path,
            rows(n=4),
            source=SOURCE.replace('eras = [{ since = "2001"', 'eras = [{ since = "2002"').replace(
                'until = "2001"', 'until = "2002"'
            ),
        ).panel.hospitals
        == 4
    )


def test_every_row_that_goes_is_in_the_ledger(tmp_path):
    lines = [
        *rows(),
        "h6,2003,acute,0,0,,5,5,0",
        "h7,2003,acute,,,,5,5,0",
        "h8,2003,psychiatry,9,40,,5,5,0",
        "total,,,9999,,,,,",
    ]
    report = read(tmp_path, lines, start="2002", end="2003", keep={"hospital_type": ("acute",)})
    told = {
        e.rule: (e.rows_before, e.rows_after, e.hospitals_before, e.hospitals_after)
        for e in report.panel.ledger
    }
    assert told["total_row"] == (22, 21, None, None)
    assert told["hospitals_by_code"] == (21, 21, 9, 9)
    assert told["keep_hospital_type"] == (21, 20, 9, 8)
    assert told["window"] == (20, 14, 8, 8)
    assert told["no_discharges"] == (14, 12, 8, 6)
    assert len(report.panel.frame) == 12 and report.whole.hospitals == 9 and len(report.whole.frame) == 21


@pytest.mark.parametrize(("action", "left"), [("flag", 18), ("reject", 17)])
def test_an_identity_is_exact_and_flagged_or_rejected_as_declared(tmp_path, action, left):
    lines = rows()
    lines[4] = lines[4].replace("2000000,2000000,0", "2000000,1999999.99,0")
    lines[5] = lines[5].replace("2000000,2000000,0", "2000000,,0")
    report = read(tmp_path, lines, action=action)
    told = entry(report, "parts")
    assert (told.rows_flagged, told.rows_after) == ((1, 18) if action == "flag" else (0, 17))
    assert told.note == "1 rows lack an amount; 1 depart, 1 with a larger total"
    assert len(report.panel.frame) == left and bool(report.warnings) == (action == "flag")


def test_zero_that_means_missing_is_missing(tmp_path):
    lines = rows()
    lines[1] = lines[1].replace("1000000,1000000,0", "0,0,0")
    frame = read(tmp_path, lines).panel.frame.set_index(["hospital", "period"])
    assert frame.loc[("h0", "2002"), "total_cost"] is pd.NA
    assert frame.loc[("h0", "2002"), "staff_cost"] == 0


def test_attributes_are_those_of_the_first_period_in_the_window(tmp_path):
    lines = rows()
    lines[1] = lines[1].replace("acute", "psychiatry")
    lines[2] = lines[2].replace("acute", "rehabilitation")
    report = read(tmp_path, lines, start="2002")
    kinds = report.panel.frame.set_index(["hospital", "period"])["hospital_type"]
    assert kinds["h0"].tolist() == ["psychiatry", "psychiatry"]
    assert report.whole.frame.loc[:2, "hospital_type"].tolist() == ["acute", "psychiatry", "rehabilitation"]
    told = entry(report, "attributes_at_baseline")
    assert (told.rows_flagged, told.note) == (1, "hospitals that change: hospital_type 1")


def test_a_hospital_twice_in_a_period_is_named(tmp_path):
    with pytest.raises(DataError, match="a hospital-year twice(.|\n)*land / h2 / 2003"):
        read(tmp_path, [*rows(), "h2,2003,acute,5,5,,5,5,0"])


def test_text_in_a_number_is_told_by_the_reader(tmp_path):
    with pytest.raises(DataError, match="text in a whole number"):
        read(tmp_path, [*rows(), "h9,2003,acute,many,5,,5,5,0"])


def test_an_empty_window_is_an_error(tmp_path):
    with pytest.raises(DataError, match="no hospital reports discharges in 2010 to 2012"):
        read(tmp_path, rows(), start="2010", end="2012")


def test_a_report_without_discharges_is_an_error(tmp_path):
    source = SOURCE.replace('[columns.discharges]\nitems = [["cases"]]', '[headers]\nignored = ["cases"]')
    with pytest.raises(DataError, match="does not read discharges"):
        read(tmp_path, rows(), source=source)


def test_rows_without_hospital_or_period_are_named(tmp_path):
    with pytest.raises(DataError) as caught:
        read(tmp_path, [*rows(), "h9,,acute,5,5,,5,5,0", ",2003,acute,5,5,,5,5,0"])
    told = {p.where: p.evidence for p in caught.value.problems}
    assert told == {"land, column period": ("row 20",), "land, column hospital": ("row 21",)}
