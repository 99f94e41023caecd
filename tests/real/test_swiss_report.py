"""The Swiss key figures: read whole, accounted for to the row, and true to what was published."""

from dataclasses import replace

import pytest

from dipeval.errors import DataError
from dipeval.panel.direct import panel_from_report
from dipeval.panel.published import check_published, require_published
from dipeval.store.engine import Engine
from dipeval.store.raw import read_raw


def ledger(swiss):
    return {e.rule: e for e in swiss.report.panel.ledger}


def test_the_published_totals_come_out_to_the_printed_digit(swiss):
    checked = require_published(swiss.report.whole, swiss.study.published)
    assert checked["agrees"].all() and len(checked) == 11
    assert checked["rounded"].tolist() == checked["published"].tolist()
    printed = dict(zip(checked["item_en"], checked["published"], strict=True))
    assert printed["Hospitals, all"] == "281" and printed["Staff, full-time equivalents"] == "170,928"
    computed = dict(zip(checked["item_en"], checked["computed"], strict=True))
    assert computed["Staff, full-time equivalents"] == pytest.approx(170_927.84, abs=1e-6)
    assert computed["Cost per inpatient case, CHF (about)"] == pytest.approx(13_219.30, abs=0.01)


def test_a_published_total_would_notice_a_missing_hospital(swiss):
    whole = swiss.report.whole
    frame = whole.frame.drop(index=whole.frame.index[whole.frame["period"] == "2019"][0])
    short = replace(whole, frame=frame.reset_index(drop=True))
    wrong = check_published(short, swiss.study.published)
    assert "Hospitals, all" in wrong.loc[~wrong["agrees"], "item_en"].tolist()
    with pytest.raises(DataError, match="Hospitals, all"):
        require_published(short, swiss.study.published)


def test_rows_are_accounted_for(swiss):
    told = ledger(swiss)
    assert told["rows_read"].rows_after == 3798 == len(swiss.report.whole.frame)
    assert told["window"].rows_rejected == 904
    assert told["no_discharges"].rows_rejected == 39
    assert told["no_discharges"].rows_after == len(swiss.report.panel.frame) == 2855
    entries = [e for e in swiss.report.panel.ledger if e.stage == "panel"]
    for before, after in zip(entries, entries[1:], strict=False):
        assert before.rows_after == after.rows_before
    assert told["attributes_at_baseline"].hospitals_after == swiss.report.panel.hospitals == 347


def test_every_header_is_used_or_ignored(swiss):
    aliases = {alias for rule in swiss.source.columns.values() for item in rule.items for alias in item}
    assert len(aliases) == 27 and len(swiss.source.ignored) == 183 and not aliases & set(swiss.source.ignored)


def test_costs_add_up_but_for_what_is_not_itemised(swiss):
    """Exact in 2008-09; later the total is never smaller than its parts: a part is not itemised."""
    told = ledger(swiss)["cost_parts_sum_to_total"]
    assert told.rows_flagged == 1867 and told.rows_rejected == 0
    assert told.note == "51 rows lack an amount; 1867 depart, 1867 with a larger total"
    frame = swiss.report.whole.frame
    rest = frame["total_cost"] - frame["staff_cost"] - frame["capital_cost"] - frame["material_other_cost"]
    assert (rest[frame["period"] < "2010"].dropna() == 0).all()
    share = (
        rest[frame["period"] >= "2010"].sum()
        / frame.loc[rest.notna() & (frame["period"] >= "2010"), "total_cost"].sum()
    )
    assert 0.008 < share < 0.011


def test_money_of_the_thousand_franc_years_continues_the_series(swiss):
    """The median hospital's cost per case moves by a few per cent a year, across 2009 to 2010 as well."""
    frame = swiss.report.whole.frame
    cost = (
        (frame["total_cost"].astype("float64") / frame["discharges"].astype("float64"))
        .groupby(frame["period"])
        .median()
    )
    growth = (cost / cost.shift()).dropna()
    assert 0.9 < growth.min() and growth.max() < 1.15
    assert int(frame.loc[frame["period"] == "2008", "total_cost"].sum()) == 21_120_734_000_00


def test_without_the_declared_eras_the_report_is_refused(swiss, real_project):
    columns = {name: replace(rule, eras=()) for name, rule in swiss.source.columns.items()}
    source = replace(swiss.source, columns=columns)
    with Engine() as engine:
        raw = read_raw(engine, swiss.city, source, real_project.find_raw(swiss.city))
        with pytest.raises(DataError) as caught:
            panel_from_report(engine, swiss.city, source, raw, frequency="year", start="2010", end="2019")
    assert {p.where for p in caught.value.problems} == {
        f"switzerland, column {name}"
        for name in ("total_cost", "staff_cost", "capital_cost", "material_other_cost")
    }
    assert all("in 2010 is" in p.what and "that in 2009" in p.what for p in caught.value.problems)


def test_one_measure_from_three_columns(swiss):
    """Days and discharges of all eras: missing only where a hospital reported nothing."""
    frame = swiss.report.whole.frame
    assert frame["discharges"].isna().sum() == 26 and frame["care_days"].isna().sum() == 26
    by_year = frame.groupby("period")["discharges"].sum()
    assert by_year[["2008", "2010", "2014", "2019"]].tolist() == [1_222_609, 1_257_233, 1_376_946, 1_446_622]


def test_the_study_keeps_three_kinds_of_hospital(swiss):
    kinds = set(swiss.study.treatment.starts) | set(swiss.study.treatment.excluded)
    assert set(swiss.report.panel.frame["hospital_type"]) == kinds
    assert swiss.report.panel.frame.groupby("hospital")[
        ["hospital_type", "canton"]
    ].nunique().max().tolist() == [1, 1]
