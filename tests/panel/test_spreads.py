"""Spread of costs within hospital-periods, and stays beyond a threshold, against scipy on the rows."""

import datetime

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from dipeval.panel.build import hospital_panel
from dipeval.panel.extras import extras_of
from dipeval.panel.outcomes import outcome_values
from dipeval.panel.quartiles import fourfold_quartiles
from dipeval.store.engine import Engine
from dipeval.study import City
from dipeval.study.model import Dates
from dipeval.vocabulary import outcomes, thresholds

NAMES = (
    "cost_cv",
    "cost_sd_log",
    "cost_skewness",
    "cost_iqr",
    "cost_iqr_log",
    "stay_cv",
    "stays_over_30",
    "stays_over_1",
)


@pytest.fixture(scope="module")
def rows():
    draw = np.random.default_rng(5)
    n = 300
    frame = pd.DataFrame(
        {
            "hospital": draw.choice(["A", "B", "C"], n, p=[0.6, 0.39, 0.01]),
            "discharge_date": [datetime.date(2019, int(m), 9) for m in draw.integers(1, 3, n)],
            # up to ten million yuan in fen: cubes need thirty digits
            "total_cost": np.round(np.exp(draw.normal(14, 2, n))).astype("int64"),
            "care_days": draw.integers(1, 60, n),
            "currency": "CNY",
        }
    )
    same = frame["hospital"].eq("B") & frame["discharge_date"].eq(datetime.date(2019, 2, 9))
    return frame.assign(total_cost=frame["total_cost"].mask(same, 500_000_01))


@pytest.fixture(scope="module")
def panel(rows):
    city = City("a", "a", "a", "", True, "DIP", "front_page", "x", (), Dates(payment="2020-01"))
    with Engine() as engine:
        table = {"a": engine.small_table(rows)}
        window = {"frequency": "month", "start": "2019-01", "end": "2019-02"}
        return hospital_panel(engine, table, {"a": city}, extras=extras_of(NAMES), **window).frame


def by_hand(name, part):
    cost, days = part["total_cost"].to_numpy(float), part["care_days"].to_numpy(float)
    if name.startswith("stays"):
        return (days > int(name.rsplit("_", 1)[1])).mean()
    if len(part) < {"cost_skewness": 3, "cost_iqr": 4, "cost_iqr_log": 4}.get(name, 2):
        return np.nan
    first, third = np.quantile(cost, [0.25, 0.75])
    return {
        "cost_iqr": (third - first) / 100,
        "cost_iqr_log": np.log(third / first),
        "cost_cv": cost.std(ddof=1) / cost.mean(),
        "cost_sd_log": np.log(cost).std(ddof=1),
        "cost_skewness": stats.skew(cost) if np.ptp(cost) else np.nan,
        "stay_cv": days.std(ddof=1) / days.mean(),
    }[name]


@pytest.mark.parametrize("name", NAMES)
def test_a_spread_is_that_of_the_rows(rows, panel, name):
    values, reasons = outcome_values(panel, outcomes()[name])
    period = pd.to_datetime(rows["discharge_date"]).dt.strftime("%Y-%m")
    groups = dict(list(rows.groupby([rows["hospital"], period])))
    expected = [by_hand(name, groups[key]) for key in zip(panel["hospital"], panel["period"], strict=True)]
    np.testing.assert_allclose(values, expected, rtol=1e-9, atol=1e-12)
    assert [bool(reason) for reason in reasons] == list(np.isnan(expected))


def test_a_study_that_does_not_ask_gets_no_further_columns():
    asked = extras_of(("length_of_stay", "cost_per_case"))
    assert asked.flags == asked.powers == asked.quartiles == ()
    asked = extras_of(("stays_over_60", "cost_skewness", "cost_cv"))
    assert asked.flags == ("stay_over_60",)
    assert asked.powers == (("p2", "total_cost"), ("p3", "total_cost"))


def test_quartiles_are_whole_numbers_of_quarters(rows, panel):
    period = pd.to_datetime(rows["discharge_date"]).dt.strftime("%Y-%m")
    by_place = panel.set_index(["hospital", "period"])
    for place, part in rows.groupby([rows["hospital"], period]):
        first, third = np.quantile(part["total_cost"].to_numpy(float), [0.25, 0.75])
        row = by_place.loc[place]
        assert (row["q1x4_total_cost"], row["q3x4_total_cost"]) == (4 * first, 4 * third)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 6, 7, 8])
def test_quartiles_of_few_known_stays(n):
    """1, 4, 9 … in any order, one value missing: places (n − 1)/4 and 3(n − 1)/4."""
    values = [k * k for k in range(1, n + 1)]
    days = [datetime.date(2019, 1, 5)] * (n + 1)
    costs = pd.array([*values[::-1], None], "Int64")
    frame = pd.DataFrame({"hospital": "A", "discharge_date": days, "total_cost": costs})
    with Engine() as engine:
        table = engine.small_table(frame)
        found = engine.to_frame(fourfold_quartiles(table, "total_cost", "year")).iloc[0]
    expected = 4 * np.quantile(np.array(values, float), [0.25, 0.75])
    assert [found["q1x4_total_cost"], found["q3x4_total_cost"]] == list(expected)


def test_a_first_quartile_of_zero_has_no_logarithm(panel):
    row = panel.iloc[[0]].assign(q1x4_total_cost=0, q3x4_total_cost=400)
    value, reason = outcome_values(row, outcomes()["cost_iqr_log"])
    assert np.isnan(value[0]) and "first quartile" in reason[0]
    assert outcome_values(row, outcomes()["cost_iqr"])[0][0] == 1.0


def test_every_threshold_has_an_outcome():
    numerators = {outcome.numerator for outcome in outcomes().values()}
    assert set(thresholds()) <= numerators
