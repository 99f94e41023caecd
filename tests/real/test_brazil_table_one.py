"""Table 1 of the Brazilian admissions, as the study declares it, against pandas and scipy on the same rows."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from dipeval.describe.given import Given, cases_of
from dipeval.describe.registry import KINDS
from dipeval.store.engine import Engine


@pytest.fixture(scope="module")
def rows(brazil):
    frame = brazil.discharges
    day = pd.to_datetime(frame["discharge_date"])
    owner = frame.groupby("hospital")["ownership"].transform("first")  # a few hospitals change theirs
    treated = np.where(owner == "non_profit", "treated", "control")
    when = np.where(day < "2019-07-01", "before", "after")
    inside = frame["ownership"].isin(["non_profit", "public", "business"]) & (day.dt.year == 2019)
    return frame.assign(treatment=treated, when=when)[inside.to_numpy()]


@pytest.fixture(scope="module")
def table(brazil, rows):
    (choice,) = [c for c in brazil.study.descriptions if c.name == "patients"]
    hospitals = rows[["hospital", "treatment"]].drop_duplicates("hospital").astype("str")
    cohort = np.where(hospitals["treatment"] == "treated", "2019-07", "never")
    placed = hospitals.assign(city="rio", cohort=cohort, arm="", divide="2019-07").drop(columns="treatment")
    stays = rows.drop(columns=["treatment", "when", "city"], errors="ignore")
    window = (brazil.study.frequency, brazil.study.start, brazil.study.end)
    with Engine(memory_limit="1GB") as engine:
        cases = cases_of({"rio": engine.small_table(stays)}, *window, engine.small_table(placed))
        given = Given(pd.DataFrame(), *window, "BRL", False, {}, engine, cases)
        return KINDS["case_table"].make(given, choice)[0].frame


def cell(table, **at):
    for name, value in at.items():
        table = table[table[name] == value]
    assert len(table) == 1
    return table.iloc[0]


def test_means_medians_and_tests_are_those_of_the_rows(rows, table):
    for when in ("before", "after"):
        part = rows[rows["when"] == when]
        cost = {arm: x["total_cost"].to_numpy(float) / 100 for arm, x in part.groupby("treatment")}
        for arm, x in [*cost.items(), ("overall", part["total_cost"].to_numpy(float) / 100)]:
            mean = cell(table, variable="total_cost", statistic="mean_sd", arm=arm, when=when)
            assert (mean["value"], mean["spread"]) == pytest.approx((x.mean(), x.std(ddof=1)))
            median = cell(table, variable="total_cost", statistic="median_iqr", arm=arm, when=when)
            assert median["value"] == pytest.approx(np.median(x)) and median["count"] == len(x)
        asked = stats.mannwhitneyu(cost["control"], cost["treated"], method="asymptotic")
        found = cell(table, variable="total_cost", statistic="test", when=when)
        assert (found["value"], found["p_value"]) == pytest.approx((asked.statistic, asked.pvalue))
        sexes = pd.crosstab(part["treatment"], part["sex"])
        asked = stats.chi2_contingency(sexes, correction=False)
        found = cell(table, variable="sex", statistic="test", when=when)
        assert (found["value"], found["p_value"]) == pytest.approx((asked.statistic, asked.pvalue))


def test_chapters_and_deaths_add_up(rows, table):
    counted = table[table["statistic"] == "n_percent"]
    for name in ("diagnosis_chapter", "deaths"):
        sums = counted[counted["variable"] == name].groupby(["arm", "when"])["value"].sum()
        sizes = table[table["statistic"] == "count"].set_index(["arm", "when"])["value"]
        assert (sums == sizes.reindex(sums.index)).all()
    died = cell(counted, variable="deaths", level="yes", arm="overall", when="after")["value"]
    assert died == rows.loc[rows["when"] == "after", "deaths"].sum()
