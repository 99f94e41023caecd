"""Trends of a panel: sums of hospitals, seasons against statsmodels, gaps, index, and what is refused."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from statsmodels.tsa.seasonal import STL

from dipeval.describe.given import Given
from dipeval.describe.over_time.seasonal import dummy_season, stl_season
from dipeval.describe.registry import KINDS
from dipeval.disclose import gate
from dipeval.errors import DataError
from dipeval.present import draw
from dipeval.study.descriptions import DescriptionChoice

KIND = KINDS["trends"]
MONTHS = [f"{y}-{m:02d}" for y in (2018, 2019, 2020) for m in range(1, 13)]


@pytest.fixture
def panel():
    rng = np.random.default_rng(2)
    rows = []
    for level, size in (("tertiary", 900), ("secondary", 300)):
        for i in range(3):
            for t, period in enumerate(MONTHS):
                n = int(size + rng.integers(0, 50))
                season = 1 + 0.2 * np.sin(2 * np.pi * t / 12)
                cost = int(n * 800_000 * (1 + 0.01 * t) * season * rng.uniform(0.97, 1.03))
                rows.append(("a", f"{level}{i}", period, level, n, cost, n * 8))
    names = ["city", "hospital", "period", "level", "discharges", "total_cost", "care_days"]
    return pd.DataFrame(rows, columns=names)


def made(panel, start="2018-01", end="2020-12", frequency="month", **options):
    plain = {name: key.default for name, key in KIND.keys.items()}
    choice = DescriptionChoice("lines", "trends", {**plain, "outcomes": ("cost_per_case",), **options})
    return KIND.make(Given(panel, frequency, start, end, "CNY", True), choice)


def lines(exhibit, **at):
    frame = exhibit.frame
    for name, value in at.items():
        frame = frame[frame[name] == value]
    return frame["value"].to_numpy()


def test_quartiles_of_hospitals_are_not_pooled(panel):
    panel = panel.assign(q1x4_total_cost=400, q3x4_total_cost=800)
    (exhibit,) = made(panel, by="hospital", outcomes=("cost_iqr",), overall=False)
    assert set(exhibit.frame["value"]) == {1.0}
    with pytest.raises(DataError, match="of several hospitals together do not follow"):
        made(panel, by="level", outcomes=("cost_iqr",))


def test_a_group_is_the_sum_of_its_hospitals(panel):
    (exhibit,) = made(panel, by="level", overall=True)
    sums = panel.groupby(["level", "period"])[["total_cost", "discharges"]].sum()
    by_hand = sums["total_cost"] / sums["discharges"] / 100
    assert lines(exhibit, group="tertiary") == pytest.approx(by_hand["tertiary"].to_numpy())
    whole = panel.groupby("period")[["total_cost", "discharges"]].sum()
    assert lines(exhibit, group="all") == pytest.approx(
        (whole["total_cost"] / whole["discharges"] / 100).to_numpy()
    )
    assert list(dict.fromkeys(exhibit.frame["group"])) == ["all", "tertiary", "secondary"]
    # The order of rows, and one hospital told as two, change nothing.
    parted = panel.assign(hospital=panel["hospital"] + "b", total_cost=0, discharges=0, care_days=0)
    again = made(pd.concat([panel.sample(frac=1, random_state=1), parted]), by="level", overall=True)[0]
    pd.testing.assert_series_equal(again.frame["value"], exhibit.frame["value"])


def test_the_season_is_that_of_statsmodels(panel):
    (exhibit,) = made(panel, seasonal="stl")
    raw, plain = lines(exhibit, line="raw"), lines(exhibit, line="adjusted")
    oracle = STL(raw, period=12, seasonal=7, robust=False).fit()
    assert plain == pytest.approx(raw - oracle.seasonal, rel=1e-12)
    assert np.std(np.diff(plain)) < 0.5 * np.std(np.diff(raw))
    (logged,) = made(panel, seasonal="stl", multiplicative=True)
    oracle = STL(np.log(raw), period=12, seasonal=7).fit()
    assert lines(logged, line="adjusted") == pytest.approx(np.exp(np.log(raw) - oracle.seasonal), rel=1e-12)
    assert "logarithms" in logged.notes_en[-1] and exhibit.kind == "curves"


def test_dummies_are_a_regression_and_bear_gaps(panel):
    rng = np.random.default_rng(1)
    y = rng.normal(size=36)
    y[7] = np.nan
    place = (3 + np.arange(36)) % 12
    x = np.column_stack([np.arange(36), np.eye(12)[place]])[np.isfinite(y)]
    effects = sm.OLS(y[np.isfinite(y)], x).fit().params[1:]
    season = dummy_season(y, 3, 12)
    assert np.isnan(season[7]) and np.delete(season, 7) == pytest.approx(
        np.delete((effects - effects.mean())[place], 7), abs=1e-10
    )
    assert dummy_season(y + 5 + 2 * np.arange(36), 3, 12) == pytest.approx(season, abs=1e-9, nan_ok=True)
    with pytest.raises(ValueError, match="needs 2 values"):
        dummy_season(y[:23], 0, 12)


def test_stl_takes_what_stands_before_and_after_and_no_gap():
    y = np.sin(np.arange(30)) + np.arange(30)
    padded = np.r_[np.nan, np.nan, y, np.nan]
    assert stl_season(padded, 4)[2:-1] == pytest.approx(stl_season(y, 4))
    with pytest.raises(ValueError, match="7 periods are fewer than the 2 years of 4"):
        stl_season(y[:7], 4)
    y[9] = np.nan
    with pytest.raises(ValueError, match="every period between"):
        stl_season(y, 4)


def test_a_month_without_cases_is_a_gap_and_never_zero(panel):
    holes = panel[~((panel["level"] == "secondary") & (panel["period"] == "2019-03"))]
    (exhibit,) = made(holes, by="level")
    found = exhibit.frame.set_index(["group", "x"]).loc[("secondary", "2019-03")]
    assert np.isnan(found["value"]) and found["count"] == 0
    assert "Secondary: 1" in exhibit.notes_en[-1] and "不作零处理" in exhibit.notes_zh[-1]
    with pytest.raises(DataError, match="group secondary: STL needs every period") as caught:
        made(holes, by="level", seasonal="stl")
    assert caught.value.problems[0].evidence == ("2019-03",)
    assert made(holes, by="level", seasonal="dummies")[0].kind == "small_multiples"


def test_an_index_is_100_in_its_base(panel):
    (exhibit,) = made(panel, by="level", base="2019-01")
    (raw,) = made(panel, by="level")
    for level in ("tertiary", "secondary"):
        plain = lines(raw, group=level)
        assert lines(exhibit, group=level) == pytest.approx(100 * plain / plain[12])
    (logs,) = made(panel, by="level", base="2019-01", outcomes=("log_cost_per_case",))
    assert logs.frame["value"].to_numpy() == pytest.approx(exhibit.frame["value"].to_numpy())
    with pytest.raises(DataError, match="is no period from 2018-01 to 2020-12"):
        made(panel, base="2021-01")
    with pytest.raises(DataError, match="no number above 0 in 2019-01"):
        made(panel[panel["period"] != "2019-01"], base="2019-01")


def test_what_has_no_season_or_group_is_refused(panel):
    years = panel.assign(period=panel["period"].str[:4])
    with pytest.raises(DataError, match="years have no seasons"):
        made(years, start="2018", end="2020", frequency="year", seasonal="stl")
    short = panel[panel["period"] < "2019-06"]
    with pytest.raises(DataError, match="17 periods are fewer than the 2 years of 12"):
        made(short, end="2019-05", seasonal="stl")
    with pytest.raises(DataError, match="did you mean 'level'"):
        made(panel, by="levl")


def test_what_is_held_back_takes_along_what_is_made_of_it(panel):
    small = panel.assign(discharges=panel["discharges"].where(panel["period"] != "2019-03", 2))
    (exhibit,) = made(small, by="level", overall=True, seasonal="dummies")
    frame = gate(exhibit)[0].exhibit.frame
    held = frame[frame["suppressed"]]
    assert set(held.loc[held["line"] == "raw", "x"]) == {"2019-03"}
    adjusted = frame[(frame["line"] == "adjusted") & (frame["group"] == "secondary")]
    assert adjusted["suppressed"].all()
    (indexed,) = made(small, by="level", base="2019-03")
    assert gate(indexed)[0].exhibit.frame["suppressed"].all()


def test_it_is_drawn_in_both_languages(panel):
    for options in ({"by": "level", "seasonal": "stl"}, {"by": "level", "base": "2018-01"}):
        (exhibit,) = made(panel, **options)
        released, _ = gate(exhibit)
        assert all(draw(released, language)["svg"] for language in ("en", "zh"))
