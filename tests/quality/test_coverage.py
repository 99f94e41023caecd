"""The calendar of hospitals and months: what is missing inside it, and what lies outside."""

import pandas as pd

from dipeval.quality.coverage import calendar, gaps, span, stays_by_hospital


def counted(rows: dict[str, dict[str, int]]) -> pd.DataFrame:
    found = [(h, m, f"name {h}", n) for h, months in rows.items() for m, n in months.items()]
    return pd.DataFrame(found, columns=["hospital", "month", "name", "rows"])


def states(frame: pd.DataFrame, hospital: str) -> str:
    return " ".join(frame[frame["hospital"] == hospital]["state"])


def test_mistyped_years_do_not_stretch_the_span():
    months = {f"2019-{m:02d}": 100 for m in range(1, 13)} | {"1919-05": 2, "2091-01": 1, "2020-01": 40}
    assert span(months) == ("2019-01", "2020-01")
    assert span({"2019-05": 3}) == ("2019-05", "2019-05")


def test_states_of_the_calendar():
    frame = counted(
        {
            "a": {"2019-01": 20, "2019-03": 20, "2019-04": 9, "2019-05": 21},
            "b": {"2019-02": 2, "2019-04": 1},
            "c": {"2019-05": 50, "2091-01": 1},
        }
    )
    found = calendar(frame, "2019-01", "2019-05")
    assert states(found, "a") == "full gap full thin full"
    assert states(found, "b") == "before full zero full after"
    assert states(found, "c") == "before before before before full"
    assert len(found) == 15 and found["rows"].sum() == 20 + 20 + 9 + 21 + 3 + 50
    assert gaps(found) == [("a", "name a", ["2019-02"])]


def test_a_hospital_that_is_wholly_outside_still_has_its_line():
    frame = counted({"a": {"2019-01": 20, "2019-02": 20}, "late": {"2091-01": 1}})
    found = calendar(frame, "2019-01", "2019-02")
    assert states(found, "late") == "before before" and gaps(found) == []


def test_stays_are_counted_by_the_engine(engine, stays):
    frame = pd.DataFrame(
        {"hospital": ["a", "a", "b"], "discharge_date": ["2019-01-31", "2019-01-01", "2019-02-01"]}
    )
    told = engine.to_frame(stays_by_hospital(stays(frame)), ["hospital"])
    assert told[["hospital", "month", "rows"]].values.tolist() == [["a", "2019-01", 2], ["b", "2019-02", 1]]
