"""Alarms: each is raised by what it is for, and by nothing else."""

import pandas as pd

from dipeval.quality import alarms
from dipeval.quality.coverage import calendar


def costs(rows: list[tuple[str, str, int, int]]) -> pd.DataFrame:
    """Hospital, year, cost in fen, stays: all stays of one cost."""
    import math

    made = [(h, y, str(math.floor(math.log2(c) * 8)), n) for h, y, c, n in rows]
    return pd.DataFrame(made, columns=["hospital", "year", "bin", "rows"])


def days(counts: dict[int, int]) -> pd.DataFrame:
    return pd.DataFrame({"day": list(counts), "rows": list(counts.values())})


EVEN = days({day: 100 for day in range(1, 31)})
YEAR = {f"2019-{m:02d}": 100 for m in range(1, 13)}


def test_a_plausible_city_raises_nothing():
    frame = costs([("a", "2019", 800_000, 500), ("a", "2020", 900_000, 500), ("b", "2019", 200_000, 90)])
    assert alarms.unit_alarms(frame, "CNY") == []
    assert alarms.date_alarms(YEAR, "2019-01", "2019-12", EVEN) == []


def test_a_city_in_another_unit():
    frame = costs([("a", "2019", 80, 500)])
    found = alarms.unit_alarms(frame, "CNY")
    assert len(found) == 1 and "unit" in found[0].en and "单位" in found[0].zh
    assert alarms.unit_alarms(frame, "EUR") == []


def test_a_hospital_and_a_year_in_another_unit():
    rows = [("a", "2019", 800_000, 900), ("a", "2020", 800_000, 900)]
    odd = [("b", "2019", 600_000, 100), ("b", "2020", 6_000, 100)]
    said = " | ".join(one.en for one in alarms.unit_alarms(costs([*rows, *odd]), "CNY"))
    assert "b in 2020" in said and "b: the median stay of 2020 costs 0.01 times that of 2019" in said
    assert "a " not in said.replace("than a ", "")
    few = [("b", "2019", 600_000, 100), ("b", "2020", 6_000, 29)]
    assert alarms.unit_alarms(costs([*rows, *few]), "CNY") == []


def test_stays_far_outside_and_months_cut_off():
    months = {**YEAR, "2019-12": 20, "2091-01": 3}
    found = alarms.date_alarms(months, "2019-01", "2019-12", EVEN)
    assert "<10 stays lie outside 2019-01 to 2019-12, in 2091-01" in found[0].en
    assert "last month 2019-12" in found[1].en and len(found) == 2


def test_dates_that_are_all_the_first_of_a_month():
    heaped = days({1: 900, **{day: 50 for day in range(2, 31)}})
    found = alarms.date_alarms(YEAR, "2019-01", "2019-12", heaped)
    assert len(found) == 1 and "fall on day 1" in found[0].en


def test_missing_months_of_a_hospital_and_of_the_city():
    rows = [("a", m, n) for m, n in YEAR.items() if m != "2019-07"]
    rows += [("b", m, 40 if m != "2019-03" else 1) for m in YEAR]
    frame = pd.DataFrame(rows, columns=["hospital", "month", "rows"]).assign(name="")
    said = [one.en for one in alarms.coverage_alarms(calendar(frame, "2019-01", "2019-12"))]
    assert any(line.startswith("a: no stay in 1 months") and "2019-07" in line for line in said)
    assert any("the city sent less than 50%" in line and "2019-07" in line for line in said)
    assert len(said) == 2


def test_costs_are_counted_by_the_engine(engine, stays):
    """Stays that cost nothing have no place in a median."""
    frame = pd.DataFrame(
        {"hospital": "a", "discharge_date": "2019-05-01", "total_cost": [0] * 60 + [800_000] * 50}
    )
    told = engine.to_frame(alarms.costs_by_hospital(stays(frame)))
    assert told["rows"].sum() == 110
    assert alarms.unit_alarms(told, "CNY") == []
