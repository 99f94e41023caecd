"""Bills and stays: what belongs together counts once, and the ledger says what became of each bill."""

import datetime

import pandas as pd
import pytest

from dipeval.panel.build import hospital_panel
from dipeval.panel.episodes import linked_stays
from dipeval.store.engine import Engine
from dipeval.study.model import City, Dates

CITY = City("a", "A", "甲", "", True, "none", "small", "x", (), Dates(never=True))
PLAIN = {
    "city": "a",
    "hospital": "H1",
    "period": "2019-01",
    "admission_date": "2019-01-10",
    "discharge_date": "2019-01-15",
    "level": "tertiary",
    "age": 50.5,
    "disposition": "home",
    "principal_diagnosis": "A",
    "care_days": 5,
    "day_case": 0,
    "total_cost": 10_000,
    "drug_cost": 6_000,
    "ventilator_hours": 0.1,
    "source_format": "small",
    "currency": "CNY",
    "source_file": "a.csv",
    "episode": None,
    "episode_part": None,
}
FIRST = {"episode": "a.csv:2", "episode_part": 1}
SECOND = {
    "episode": "a.csv:2",
    "episode_part": 2,
    "period": "2019-02",
    "admission_date": "2019-01-16",
    "discharge_date": "2019-02-01",
    "care_days": 16,
    "total_cost": 20_000,
    "disposition": "death",
    "principal_diagnosis": "B",
    "age": 50.75,
    "ventilator_hours": 0.2,
}
THIRD = {
    **SECOND,
    "episode_part": 3,
    "discharge_date": "2019-02-11",
    "admission_date": "2019-02-01",
    "care_days": 10,
}


def bills(*rows: dict) -> pd.DataFrame:
    frame = pd.DataFrame([{**PLAIN, "source_row": k, **row} for k, row in enumerate(rows, 2)])
    for name in ("admission_date", "discharge_date"):
        frame[name] = pd.to_datetime(frame[name]).astype("datetime64[s]")
    whole = ("care_days", "total_cost", "drug_cost", "episode_part", "day_case")
    return frame.astype({**dict.fromkeys(whole, "Int64"), "episode": "str"})


def linked(tmp_path, frame: pd.DataFrame, days="sum", threads=2) -> pd.DataFrame:
    frame.to_parquet(tmp_path / "a.parquet")
    with Engine(threads=threads) as engine:
        table = engine.scan_parquet(tmp_path / "a.parquet")
        table = table.mutate(**{n: table[n].cast("date") for n in ("admission_date", "discharge_date")})
        made = linked_stays(table, days)
        assert made.columns == table.columns
        return engine.to_frame(made, ("source_row",))


def test_an_episode_is_one_stay(tmp_path):
    made = linked(tmp_path, bills(FIRST, THIRD, {}, SECOND))
    assert made["source_row"].tolist() == [2, 4]
    stay = made.iloc[0]
    assert (stay.total_cost, stay.drug_cost, stay.care_days) == (50_000, 18_000, 31)
    assert str(stay.admission_date)[:10] == "2019-01-10" and str(stay.discharge_date)[:10] == "2019-02-11"
    assert (stay.disposition, stay.principal_diagnosis, stay.age, stay.period) == (
        "death",
        "A",
        50.5,
        "2019-02",
    )
    assert stay.ventilator_hours == 0.5 and made.iloc[1].total_cost == 10_000


@pytest.mark.parametrize(("days", "expected"), [("sum", 21), ("dates", 22)])
def test_days_by_declared_rule(tmp_path, days, expected):
    made = linked(tmp_path, bills(FIRST, SECOND), days)
    assert made["care_days"].tolist() == [expected]


def test_a_part_without_an_amount_makes_it_missing(tmp_path):
    made = linked(tmp_path, bills(FIRST, {**SECOND, "drug_cost": None}))
    assert made["drug_cost"].isna().tolist() == [True] and made["total_cost"].tolist() == [30_000]


def test_day_cases_in_a_row_are_one_stay(tmp_path):
    day = {"admission_date": "2019-01-10", "discharge_date": "2019-01-10", "care_days": 1, "day_case": 1}
    made = linked(tmp_path, bills({**FIRST, **day}, {**FIRST, **day, "episode_part": 2}), "dates")
    assert made[["day_case", "care_days"]].values.tolist() == [[1, 1]]
    later = {**day, "discharge_date": "2019-01-11", "admission_date": "2019-01-11", "episode_part": 2}
    assert linked(tmp_path, bills({**FIRST, **day}, {**FIRST, **later}))["day_case"].tolist() == [0]


def test_without_episodes_nothing_happens(tmp_path):
    frame = bills({}, {}).drop(columns=["episode", "episode_part"])
    assert len(linked(tmp_path, frame)) == 2


def panel(tmp_path, frame: pd.DataFrame, **choices):
    frame.to_parquet(tmp_path / "a.parquet")
    with Engine(threads=2) as engine:
        return hospital_panel(
            engine,
            {"a": tmp_path / "a.parquet"},
            {"a": CITY},
            frequency="month",
            start="2019-01",
            end="2019-12",
            **choices,
        )


def test_the_panel_counts_bills_or_stays(tmp_path):
    frame = bills(FIRST, {}, SECOND, {**SECOND, "episode": "a.csv:9", "episode_part": 2}, THIRD)
    billed = panel(tmp_path, frame)
    assert billed.frame[["period", "discharges", "total_cost"]].values.tolist() == [
        ["2019-01", 2, 20_000],
        ["2019-02", 3, 60_000],
    ]
    assert "linked_stays" not in [e.rule for e in billed.ledger]
    told = panel(tmp_path, frame, stays="linked")
    assert told.frame[["period", "discharges", "total_cost", "deaths"]].values.tolist() == [
        ["2019-01", 1, 10_000, 0],
        ["2019-02", 2, 70_000, 2],
    ]
    rules = {e.rule: (e.rows_before, e.rows_after, e.rows_flagged) for e in told.ledger}
    assert rules["linked_stays"] == (5, 3, 0)
    assert rules["incomplete_episodes"] == (3, 3, 1)
    assert rules["panel_window"] == (3, 3, 0) and rules["summed"][1] == int(told.frame["discharges"].sum())


def test_an_episode_belongs_to_the_period_of_its_last_discharge(tmp_path):
    late = {**SECOND, "discharge_date": datetime.date(2020, 1, 2)}
    told = panel(tmp_path, bills(FIRST, late, {}), stays="linked")
    assert told.frame["discharges"].tolist() == [1]
    assert {e.rule: e.rows_rejected for e in told.ledger}["panel_window"] == 1
