"""26 cantons side by side on the Swiss key figures: numbers by hand, what is held back, the page."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from dipeval import run_study
from dipeval.pipeline.comparison_told import compare_study


@pytest.fixture(scope="module")
def folder(swiss_project):
    return swiss_project / "figures" / "swissdrg"


@pytest.fixture(scope="module")
def rows(folder):
    frame = pd.read_csv(folder / "compare.csv", dtype={"span": "str"})
    return frame.set_index(["indicator", "place", "span"]).sort_index()


@pytest.fixture(scope="module")
def panel(swiss_project):
    """Hospitals of the design, each in the canton and of the type of its first year."""
    frame = pd.read_parquet(swiss_project / "data_clean" / "swissdrg" / "panel" / "panel.parquet")
    return frame[~frame["hospital_type"].isin(["birth_centre", "other_special"])]


def test_a_canton_is_the_sum_of_its_hospitals(rows, panel):
    mine = panel[(panel["canton"] == "ZH") & (panel["period"] == "2015")]
    known = mine.dropna(subset=["total_cost"])
    row = rows.loc[("cost_per_case", "ZH", "2015")]
    assert row["value"] == pytest.approx(
        known["total_cost"].sum() / 100 / known["discharges"].sum(), rel=1e-12
    )
    assert row["cases"] == known["discharges"].sum() and row["hospitals"] == len(known)
    whole = panel[panel["canton"] == "ZH"].dropna(subset=["care_days"])
    stay = rows.loc[("length_of_stay", "ZH", "all")]
    assert stay["value"] == pytest.approx(whole["care_days"].sum() / whole["discharges"].sum(), rel=1e-12)


def test_its_error_is_that_of_statsmodels_within_types_of_hospitals(rows, panel):
    """The plain sandwich of a regression on dummies of the types, each hospital's part divided by 1 - w."""
    import statsmodels.api as sm

    mine = panel[panel["canton"] == "BE"].dropna(subset=["care_days"])
    sums = (
        mine.groupby(["hospital_type", "hospital"])[["care_days", "discharges"]]
        .sum()
        .astype(float)
        .reset_index()
    )
    assert (sums.groupby("hospital_type").size() > 1).all()
    dummies = pd.get_dummies(sums["hospital_type"]).astype(float)
    within = sums["discharges"] / sums.groupby("hospital_type")["discharges"].transform("sum")
    stay = sums["care_days"] / sums["discharges"]
    fitted = sm.WLS(stay, dummies, weights=sums["discharges"]).fit()
    contrast = dummies.mul(sums["discharges"], axis=0).sum() / sums["discharges"].sum()
    share = sums["hospital_type"].map(contrast)
    error = np.sqrt((share**2 * within**2 * fitted.resid**2 / (1 - within)).sum())
    row = rows.loc[("length_of_stay", "BE", "all")]
    assert row["value"] == pytest.approx(float(fitted.params @ contrast), rel=1e-10)
    assert row["std_error"] == pytest.approx(error, rel=1e-10)


def test_cantons_that_are_mostly_one_hospital_are_held_back(rows, panel):
    cases = (
        panel[panel["period"] == "2019"]
        .dropna(subset=["total_cost"])
        .groupby(["canton", "hospital"])["discharges"]
        .sum()
    )
    share = cases.groupby("canton").max() / cases.groupby("canton").sum()
    held = rows.loc["cost_per_case"].xs("2019", level="span")["held_back"].drop("all")
    dominated = set(share[share > 0.85].index)
    assert len(held) == 26 and {"NW", "OW", "UR"} <= dominated <= set(held[held].index)
    numbers = ["value", "std_error", "conf_low", "conf_high", "cases", "hospitals", "rank", "rank_low"]
    assert rows.loc[rows["held_back"], numbers].isna().all().all()
    shown = rows.loc["cost_per_case"].xs("2019", level="span").drop("all")
    shown = shown[~shown["held_back"]]
    assert set(shown["rank"]) == set(range(1, len(shown) + 1))
    assert (shown["rank_low"] <= shown["rank"]).all() and (shown["rank"] <= shown["rank_high"]).all()


def test_the_page_is_small_and_holds_what_is_released(folder, rows):
    html = (folder / "compare.html").read_text(encoding="utf-8")
    assert len(html.encode()) < 300_000
    data = json.loads(re.search(r'id="data">(.*?)</script>', html, re.DOTALL).group(1))
    assert len(data["rows"]) == len(rows) and data["by"][0] == "canton"
    assert sum(row[3] == 9 for row in data["rows"]) == int(rows["held_back"].sum())
    assert all(len(row) == 4 for row in data["rows"] if row[3] == 9)
    assert ["consumption"] == [one[0] for one in data["presets"]]
    names = {one[0]: (one[1], one[2]) for one in data["places"]}
    assert names["GE"] == ("Geneva", "日内瓦")


def test_the_terminal_tells_a_period_in_both_languages(swiss_project, shared):
    told, page = compare_study(
        "swissdrg", period="2019", language="zh", root=swiss_project, data=shared / "real"
    )
    assert (
        "各州比较, 2019" in told and "日内瓦" in told and "未公布" in told and page.endswith("compare.html")
    )


def test_it_is_made_once(swiss_project, shared):
    done = {
        step.stage: step.reasons for step in run_study("swissdrg", root=swiss_project, data=shared / "real")
    }
    assert done["compare"] == () and done["publish"] == ()
