"""One disease in two groups: printed numbers against the rows, and what is refused or marked."""

import datetime

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from dipeval.describe.given import Given
from dipeval.describe.registry import KINDS
from dipeval.disclose import gate
from dipeval.errors import DataError
from dipeval.study.descriptions import DescriptionChoice

KIND = KINDS["before_after"]
START = datetime.date(2021, 7, 1)


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(4)
    n = 449
    after = rng.random(n) < 0.5
    age = rng.integers(30, 90, n).astype(float)
    mean = 4000 * np.exp(-0.3 * after + 0.01 * (age - 60))
    cost = (mean * rng.gamma(3, 1 / 3, n) * 100).astype("int64")
    days = np.where(after, 1, 30) + rng.integers(0, 180, n)
    made = {
        "city": "suqian",
        "hospital": rng.choice(["h1", "h2", "h3"], n),
        "sex": rng.choice(["male", "female"], n),
    }
    made |= {
        "discharge_date": [
            START + datetime.timedelta(int(d) if a else -int(d)) for d, a in zip(days, after, strict=True)
        ]
    }
    made |= {
        "total_cost": cost,
        "age": age,
        "care_days": rng.poisson(np.where(after, 2, 3)),
        "principal_diagnosis": "H11.0",
    }
    made["self_paid"] = pd.array(np.where(rng.random(n) < 0.1, None, (cost * 0.4).astype("int64")), "Int64")
    return pd.DataFrame(made)


def choice(**options):
    plain = {name: key.default for name, key in KIND.keys.items()}
    given = {"from": "2021-07", "outcomes": ("total_cost",), "seed": 1, "draws": 0} | options
    return DescriptionChoice("eyes", "before_after", {**plain, **given})


def made(engine, rows, **options):
    cases = engine.small_table(rows)
    given = Given(pd.DataFrame(), "month", "2020-01", "2022-12", "CNY", engine=engine, cases=cases)
    return KIND.make(given, choice(**options))


def cell(table, line, column, outcome="total_cost"):
    found = table.frame[
        (table.frame["row"] == f"measure_{outcome}/{line}") & (table.frame["column"] == column)
    ]
    assert len(found) == 1
    return found.iloc[0]


def test_the_printed_numbers_are_those_of_the_rows(engine, rows):
    table, forest = made(engine, rows, outcomes=("total_cost", "self_paid"), covariates=("sex",), draws=199)
    after = rows["discharge_date"] >= START
    for outcome in ("total_cost", "self_paid"):
        y = rows[outcome].astype("float64") / 100
        base, other = (y[side].dropna().to_numpy() for side in (~after, after))
        first = cell(table, "mean", "before 2021-07", outcome)
        assert (first["value"], first["spread"], first["count"]) == pytest.approx(
            (base.mean(), base.std(ddof=1), len(base))
        )
        middle = cell(table, "median", "from 2021-07", outcome)
        assert (middle["low"], middle["value"], middle["high"]) == pytest.approx(
            np.quantile(other, [0.25, 0.5, 0.75])
        )
        assert cell(table, "log_welch", "from 2021-07", outcome)["value"] == pytest.approx(stats.gmean(other))
        ranks = cell(table, "mann_whitney", "p_value", outcome)
        assert ranks["value"] == pytest.approx(stats.mannwhitneyu(base, other).pvalue)
        x = np.column_stack([np.ones(len(y)), after, rows["sex"] == "male"]).astype(float)[y.notna()]
        gamma = sm.families.Gamma(sm.families.links.Log())
        for line, k in (("gamma", 2), ("gamma_adjusted", 3)):
            oracle = sm.GLM(y.dropna(), x[:, :k], family=gamma).fit(cov_type="HC0", tol=1e-14, maxiter=100)
            error = oracle.bse.iloc[1] * np.sqrt(len(x) / (len(x) - k))
            limits = np.exp(oracle.params.iloc[1] + np.array([0, -1, 1]) * stats.norm.ppf(0.975) * error) - 1
            found = cell(table, line, "relative", outcome)
            assert (found["value"], found["low"], found["high"]) == pytest.approx(tuple(limits), rel=1e-6)
            assert found["count"] == min(len(base), len(other))
    lines = forest.frame[forest.frame["panel_en"].str.startswith("Total")]
    means = lines[lines["label_en"].str.contains("Fieller|Bootstrap|crude")]["value"]
    assert np.ptp(means) < 1e-9 and len(means) == 4
    assert (lines["low"] < lines["value"]).all() and (lines["value"] < lines["high"]).all()


def test_same_seed_same_bytes_whatever_the_order_of_rows(engine, rows):
    one, two = (made(engine, r, draws=99)[0].frame for r in (rows, rows.sample(frac=1, random_state=2)))
    pd.testing.assert_frame_equal(one, two)


def test_groups_of_a_column_have_the_declared_order(engine, rows):
    table = made(engine, rows, **{"from": "", "by": "sex", "groups": ("male", "female")})[0]
    assert list(dict.fromkeys(table.frame["column"]))[:2] == ["male", "female"]
    y, men = rows["total_cost"] / 100, rows["sex"] == "male"
    assert cell(table, "welch", "difference")["value"] == pytest.approx(y[~men].mean() - y[men].mean())


def test_errors_by_hospital_need_hospitals(engine, rows):
    found = cell(made(engine, rows, errors="hospital")[0], "gamma", "relative")
    assert np.isfinite(found["low"]) and not found["note_en"]
    lone = cell(made(engine, rows.assign(hospital="h1"), errors="hospital")[0], "gamma", "relative")
    assert np.isnan(lone["low"]) and "one hospital" in lone["note_en"]


def test_the_gate_takes_both_exhibits_and_holds_small_groups_back(engine, rows):
    few = pd.concat([rows[rows["discharge_date"] < START], rows[rows["discharge_date"] >= START].head(7)])
    for exhibit in made(engine, few, covariates=("sex",)):
        shown = gate(exhibit)[0].exhibit.frame
        assert shown["value"].isna().all()  # with the total, either group would tell the other


def test_zeros_and_one_value_are_marked(engine, rows):
    flat = rows.assign(total_cost=500, self_paid=pd.array([0] * len(rows), "Int64"))
    table = made(engine, flat, outcomes=("total_cost", "self_paid"), draws=99)[0]
    assert "one value" in cell(table, "welch", "relative")["note_en"]
    for line in ("gamma", "percentile", "bca", "welch"):
        marked = cell(table, line, "relative", "self_paid")
        assert np.isnan(marked["value"]) and marked["note_en"] and marked["note_zh"]


def test_what_is_wrong_is_told(engine, rows):
    for options, said in (
        ({"from": "2030-01"}, "has no case"),
        ({"from": ""}, "neither"),
        ({"by": "sex"}, "both"),
        ({"outcomes": ("drug_cost", "sex")}, "drug_cost"),
        ({"from": "", "by": "sex", "covariates": ("sex",)}, "divides the groups"),
        ({"from": "", "by": "hospital"}, "has 3 levels"),
        ({"from": "", "by": "sex", "groups": ("male", "femal")}, "femal"),
    ):
        with pytest.raises(DataError, match=said):
            made(engine, rows, **options)
