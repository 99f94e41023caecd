"""Amounts in another unit than declared stop the run, or are marked; ordinary differences do neither."""

from dataclasses import replace

import numpy as np
import pytest

from dipeval.clean.amount_levels import Level, alarms, levels_of
from dipeval.errors import DataError

SPAN = (3.0, 6.0)


def stays(seed: int, wrong: dict[tuple[str, int], float], each: int = 40) -> list[dict[str, str]]:
    """Stays of three hospitals in two years; amounts of the `wrong` ones are written in another unit."""
    rng = np.random.default_rng(seed)
    rows = []
    for hospital, usual in (("H1", 3_000.0), ("H2", 12_000.0), ("H3", 900.0)):
        for year in (2018, 2019):
            for total in usual * rng.lognormal(0, 0.8, each):
                drug = round(total * 0.4, 2)
                amounts = {"total": round(drug + round(total * 0.6, 2), 2), "drug": drug}
                amounts["other"] = round(amounts["total"] - drug, 2)
                unit = wrong.get((hospital, year), 1.0)
                told = {name: f"{value * unit:.6f}".rstrip("0") for name, value in amounts.items()}
                places = {name: text if unit < 1 else f"{float(text):.2f}" for name, text in told.items()}
                days = {"in": f"{year}-03-01", "out": f"{year}-03-05"}
                rows.append({"hospital": hospital, "self": "0", **days, **places})
    return rows


WINDOW = {"start": "2018-01", "end": "2019-12"}


def test_ordinary_hospitals_raise_no_alarm(clean):
    got = clean(stays(1, {}), **WINDOW)
    assert got.entry("unit_alarm").rows_flagged == 0 and len(got.rows) == 240


@pytest.fixture()
def wide(source):
    """The format with room for ten thousand yuan, still declared as yuan: six decimals do not fit."""
    columns = {
        name: replace(rule, unit="fen") if rule.unit else rule for name, rule in source.columns.items()
    }
    return replace(source, columns=columns)


def in_fen(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """The same amounts as whole fen, in a column declared as fen."""
    return [
        {**row, **{n: f"{round(float(row[n]) * 100)}" for n in ("total", "drug", "other")}} for row in rows
    ]


def test_fen_for_yuan_stops_with_place_and_unit(clean):
    with pytest.raises(DataError) as caught:
        clean(stays(2, {("H2", 2019): 100.0}), **WINDOW)
    said = str(caught.value)
    assert "small, column total_cost: the amounts of 1 hospital-year are about 100 times" in said
    assert "hospital H2, 2019: typically" in said and "yuan a day in 40 stays" in said
    assert "nearest unit: fen" in said and "[[other_units]]" in said


def test_yuan_for_fen_stops(clean, wide):
    rows = in_fen(stays(3, {}))
    off = [
        {**r, **{n: f"{int(r[n]) // 100}" for n in ("total",)}} if r["hospital"] == "H1" else r for r in rows
    ]
    off = [{**r, "drug": r["total"], "other": "0"} for r in off]
    with pytest.raises(DataError, match="nearest unit: yuan"):
        clean(off, source=wide, **WINDOW)


def test_a_whole_city_in_another_unit_stops(clean):
    everything = {(h, y): 100.0 for h in ("H1", "H2", "H3") for y in (2018, 2019)}
    with pytest.raises(DataError, match="the amounts of . hospital-years"):
        clean(stays(4, everything), **WINDOW)


def test_a_city_may_only_mark(clean):
    got = clean(stays(2, {("H2", 2019): 100.0}), rules={"unit_alarm": {"action": "flag"}}, **WINDOW)
    assert got.entry("unit_alarm").rows_flagged == 40 and len(got.rows) == 240
    marked = got.frame[(got.frame["flags"] & got.flags["unit_alarm"]) > 0]
    assert set(marked["hospital"]) == {"H2"} and set(marked["period"]) == {"2019-03"}
    assert any("column total_cost" in line for line in got.warnings)


def test_a_city_may_switch_it_off(clean):
    got = clean(stays(2, {("H2", 2019): 100.0}), rules={"unit_alarm": False}, **WINDOW)
    assert len(got.rows) == 240 and got.entry("unit_alarm").note == "switched off in the city file"


def test_few_stays_say_nothing(clean):
    rows = stays(2, {("H2", 2019): 100.0}, each=29)
    assert clean(rows, **WINDOW).entry("unit_alarm").rows_flagged == 0
    with pytest.raises(DataError):
        clean(rows, rules={"unit_alarm": {"fewest": 29}}, **WINDOW)


def levels(name: str, **by_hospital: list[float]) -> list[Level]:
    return [
        Level(hospital, 2015 + k, 50, level)
        for hospital, found in sorted(by_hospital.items())
        for k, level in enumerate(found)
    ]


def test_of_two_years_the_odd_one_is_named():
    known = {"total_cost": levels("total_cost", a=[5.0, 5.1], b=[5.0, 1.1], c=[4.4, 4.5])}
    (alarm,) = alarms(known, None, 1.5)
    assert (alarm.hospital, alarm.year) == ("b", 2016)
    assert round(alarm.apart) == -4


def test_half_of_a_city_in_another_unit_is_told_from_the_plausible_half():
    known = {
        "total_cost": levels("", a=[6.0, 2.0], b=[6.0, 2.0]),
        "cost_a_day": levels("", a=[5.0, 1.0], b=[5.0, 1.0]),
    }
    assert [(x.hospital, x.year) for x in alarms(known, SPAN, 1.5)] == [("a", 2016), ("b", 2016)]


def test_a_part_in_another_unit():
    total = levels("", a=[6.0] * 3, b=[5.5] * 3)
    one_year = {"total_cost": total, "drug_cost": levels("", a=[5.4, 5.5, 1.5], b=[5.0] * 3)}
    (alarm,) = alarms(one_year, None, 1.5)
    assert (alarm.column, alarm.hospital, alarm.year, round(alarm.apart)) == ("drug_cost", "a", 2017, -4)
    everywhere = {"total_cost": total, "drug_cost": levels("", a=[1.5] * 3, b=[1.0] * 3)}
    assert len(alarms(everywhere, None, 1.5)) == 6


def test_a_hospital_of_another_kind_is_not_apart():
    """A psychiatric hospital uses hardly any consumables, in all years; its days cost little."""
    known = {
        "total_cost": levels("", a=[6.0] * 3, p=[6.3] * 3),
        "cost_a_day": levels("", a=[5.2] * 3, p=[4.0] * 3),
        "consumables_cost": levels("", a=[5.2] * 3, p=[2.5] * 3),
    }
    assert alarms(known, SPAN, 1.5) == []


def test_levels_are_means_of_logarithms():
    import pandas as pd

    sums = pd.DataFrame(
        {"hospital": ["b", "a"], "year": [2019, 2019], "n__total_cost": [2, 1], "log__total_cost": [0, 0]}
    )
    sums.loc[0, "log__total_cost"] = round(2 * np.log(1000) * 1e6)
    (one,) = levels_of(sums, 2)["total_cost"]
    assert one.hospital == "b" and one.level == pytest.approx(3.0, abs=1e-6)
