"""Invented panels and estimates: what the figures and tables are looked at with."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dipeval.describe import (
    EstimateFrames,
    PublishedTotal,
    TextNumber,
    Variable,
    adoption_map,
    cost_structure,
    event_study_exhibit,
    family_exhibit,
    ledger_exhibit,
    numbers_exhibit,
    regression_table,
    table_one,
    trends,
    validation_exhibit,
)
from dipeval.estimate import ESTIMATORS
from dipeval.ledger import Entry, Ledger
from dipeval.vocabulary import NANO, outcomes

COMPONENTS = (
    "drug_cost",
    "consumables_cost",
    "examination_cost",
    "treatment_cost",
    "service_cost",
    "blood_cost",
)
CITIES = ["Anlan", "Beihe", "Changping", "Dongshan", "Ertang", "Fengxi", "Gaoling", "Huaiyin"]
CITIES += ["Jingkou", "Kaiping", "Luocheng", "Mianshan"]
CHINESE = ["安澜", "北河", "昌平", "东山", "二塘", "丰溪", "高陵", "淮阴", "京口", "开平", "罗城", "绵山"]
REFORMS = ["2018-01", "2018-01", "2018-07", "2018-07", "2019-01", "2019-01", "2019-07", "2019-07", "2020-01"]
REFORMS += [None, None, None]
CITY_LABELS = {city: (city, name) for city, name in zip(CITIES, CHINESE, strict=True)}


def city_months(seed: int = 7) -> pd.DataFrame:
    """Four hospitals in each of 12 cities over 48 months, with a column ``cohort``."""
    rng = np.random.default_rng(seed)
    months = [f"{year}-{month:02d}" for year in range(2017, 2021) for month in range(1, 13)]
    levels = ["tertiary", "secondary", "secondary", "primary"]
    rows = []
    for city, reform in zip(CITIES, REFORMS, strict=True):
        for number, level in enumerate(levels):
            base = 9.3 + rng.normal(0, 0.1) + (level == "tertiary") * 0.3
            for t, month in enumerate(months):
                since = months.index(reform) if reform else 99
                effect = -0.05 * min(max(t - since + 1, 0) / 12, 1)
                cases = int(rng.poisson(80 + 60 * (level == "tertiary")))
                log_cost = base + 0.002 * t + 0.02 * np.sin(t / 2) + effect + rng.normal(0, 0.015)
                total = int(round(cases * np.exp(log_cost) * 100))
                shares = np.array([0.26 - 0.001 * t, 0.18, 0.22, 0.17, 0.09, 0.015])
                parts = {c: int(total * s) for c, s in zip(COMPONENTS, shares, strict=True)}
                rows.append(
                    {
                        "city": city,
                        "hospital": f"{city}-{number}",
                        "period": month,
                        "cohort": reform,
                        "level": level,
                        "ownership": "public" if number < 3 else "business",
                        "discharges": cases,
                        "care_days": int(cases * (8.5 - 0.02 * t)),
                        "total_cost": total,
                        "log_total_cost": int((log_cost + np.log(100)) * cases * NANO),
                        **parts,
                    }
                )
    return pd.DataFrame(rows)


def arm_years(seed: int = 3) -> pd.DataFrame:
    """Three kinds of hospitals over 13 years, with a column ``cohort``."""
    rng = np.random.default_rng(seed)
    kinds = {"acute": ("2012", 9.0, 40), "psychiatry": ("2018", 34.0, 20), "rehabilitation": (None, 26.0, 15)}
    rows = []
    for kind, (reform, stay, number) in kinds.items():
        for hospital in range(number):
            for year in range(2008, 2021):
                cases = int(rng.integers(300, 4000))
                days = cases * (stay - 0.12 * stay / 10 * (year - 2008) + rng.normal(0, 0.4))
                total = int(days * 110_000)
                rows.append(
                    {
                        "city": "CH",
                        "hospital": f"{kind}{hospital}",
                        "period": str(year),
                        "cohort": reform,
                        "hospital_type": kind,
                        "discharges": cases,
                        "care_days": int(days),
                        "total_cost": total,
                        "staff_cost": int(total * (0.63 - 0.002 * (year - 2008))),
                        "capital_cost": int(total * 0.08),
                    }
                )
    return pd.DataFrame(rows)


def estimate_frames(
    outcome: str,
    estimator: str,
    times: range,
    *,
    scale: float = 0.01,
    cluster: str = "city",
    error: float = 0.008,
    seed: int = 1,
    gap: int | None = None,
) -> EstimateFrames:
    """An invented estimate with an overall effect and event times."""
    rng = np.random.default_rng(seed)
    effect = np.array([-scale * min(e + 1, 12) * 0.4 if e >= 0 else 0.0 for e in times])
    value = effect + rng.normal(0, 0.004, len(times))
    std_error = np.full(len(times), error) * (1 + np.abs(np.array(times)) / 30)
    reference = np.array([e == -1 for e in times]) & (estimator != "imputation")
    terms = ["att", *[f"event_time={e}" for e in times]]
    value, std_error = (
        np.r_[-0.041, np.where(reference, 0, value)],
        np.r_[error, np.where(reference, np.nan, std_error)],
    )
    notes = np.array(["", *np.where(reference, "reference period", "")], dtype=object)
    if gap is not None:
        at = terms.index(f"event_time={gap}")
        value[at], std_error[at], notes[at] = np.nan, np.nan, "not identified: no untreated hospital left"
    n = len(terms)
    tidy = pd.DataFrame(
        {
            "study": "demo",
            "outcome": outcome,
            "estimator": estimator,
            "estimand": "average effect",
            "term": terms,
            "city": "",
            "cohort": "",
            "event_time": [np.nan, *map(float, times)],
            "estimate": value,
            "std_error": std_error,
            "statistic": value / std_error,
            "df": 11.0,
            "p_value": np.where(np.isnan(std_error), np.nan, 0.02),
            "conf_low": value - 2.2 * std_error,
            "conf_high": value + 2.2 * std_error,
            "conf_level": 0.95,
            "band": "pointwise",
            "inference": f"CR1 by {cluster}, t(11)",
            "is_reference": [False, *reference],
            "n_obs": 2304,
            "n_hospitals": 48,
            "n_treated": 36,
            "n_clusters": 12,
            "note": notes,
        }
    )
    kinds = ["overall", *["lead" if e < 0 else "event_time" for e in times]]
    facts = pd.DataFrame(
        {"term": terms, "kind": kinds, "count": 5000.0, "largest_share": 0.1}, index=range(n)
    )
    glance = pd.DataFrame(
        [
            {
                "outcome": outcome,
                "estimator": estimator,
                "n_obs": 2304,
                "n_hospitals": 48,
                "outcome_mean": 9.412,
                "cluster": cluster,
                "n_clusters": 12 if cluster == "city" else 48,
                "inference": f"CR1 by {cluster}, t(11)",
                "rule": f"errors clustered by {cluster}: CR1, G/(G-1), t with 11 degrees of freedom",
            }
        ]
    )
    return EstimateFrames(tidy, facts, glance)


def truth(times: range) -> pd.DataFrame:
    """The effects that `estimate_frames` was invented around."""
    return pd.DataFrame(
        {
            "event_time": list(times),
            "true_effect": [-0.004 * min(e + 1, 12) if e >= 0 else 0.0 for e in times],
        }
    )


def family_rows() -> pd.DataFrame:
    """Three effects that are judged together, one of them of a cohort and without a p-value."""
    return pd.DataFrame(
        {
            "outcome": ["log_cost_per_case", "log_cost_per_day", "staff_share"],
            "estimator": ["imputation", "imputation", "twfe"],
            "term": ["att", "cohort=2018", "treated"],
            "kind": ["overall", "cohort", "overall"],
            "estimate": [-0.041, 0.012, -0.003],
            "p_value": [0.004, np.nan, 0.4],
            "romano_wolf": [0.011, np.nan, 0.52],
            "holm": [0.012, np.nan, 0.8],
            "q_value": [0.013, np.nan, 0.3],
            "rule": ["999 draws", "999 draws", "9 draws"],
            "note": ["", "no standard error", ""],
            "count": [5000.0, 5000.0, 5000.0],
            "largest_share": [0.1, 0.1, 0.1],
        }
    )


def demo_exhibits() -> dict:
    """One exhibit of every kind, and the shapes that are hardest to draw."""
    months, years = city_months(), arm_years()
    words = outcomes()
    cost, stay = words["mean_log_total_cost"], words["length_of_stay"]
    monthly = range(-12, 25)
    after = months["period"] >= months["cohort"].fillna("2019-01")
    arms = pd.Series(np.where(months["cohort"].isna(), "control", "treated"))
    order = {"treated": ("DIP cities", "DIP 城市"), "control": ("Comparison cities", "对照城市")}
    cost_months = Variable.of_outcome(months, cost)
    stay_months = Variable.of_outcome(months, stay)
    stay_years = Variable.of_outcome(years, stay)
    staff = Variable.of_outcome(years, words["staff_share"])
    per_case = Variable.of_outcome(months, words["cost_per_case"])
    drug = Variable.of_outcome(months, words["drug_share"])
    kinds = {
        k: v
        for k, v in zip(
            ["acute", "psychiatry", "rehabilitation"],
            [
                ("Acute care (2012)", "急性期（2012）"),
                ("Psychiatry (2018)", "精神科（2018）"),
                ("Rehabilitation (never)", "康复（从未）"),
            ],
            strict=True,
        )
    }
    named = {"2012": kinds["acute"], "2018": kinds["psychiatry"], "never": kinds["rehabilitation"]}
    year_times = range(-6, 4)
    both = ("log_length_of_stay", "log_cost_per_case", "log_cost_per_day", "staff_share")
    models = [
        estimate_frames(outcome, estimator, range(-3, 3), cluster=cluster, error=error, seed=2)
        for outcome in both
        for estimator in ("twfe", "imputation")
        for cluster, error in (("hospital", 0.008), ("canton", 0.011))
    ]
    ledger = Ledger(
        (
            Entry("read", "Anlan", "header row", 40_211, 40_210, note="the first line names the columns"),
            Entry("clean", "Anlan", "discharge before admission", 40_210, 40_190, 0, 4, 4),
            Entry("clean", "Anlan", "total | row", 40_190, 40_189, 3, 4, 4, "a <b>sum</b> & no stay"),
            Entry("panel", "", "hospital-months", 2304, 2304, 0, 48, 48),
        )
    )
    return {
        "event_monthly": event_study_exhibit(
            [
                estimate_frames("mean_log_total_cost", "imputation", monthly, seed=1),
                estimate_frames("mean_log_total_cost", "twfe_event_study", monthly, seed=4, gap=24),
            ],
            cost,
            frequency="month",
            truth=truth(monthly),
            synthetic=True,
        ),
        "event_yearly": event_study_exhibit(
            [
                estimate_frames("staff_share", "imputation", year_times, seed=5, error=0.01, scale=0.02),
                estimate_frames(
                    "staff_share", "twfe_event_study", year_times, seed=6, error=0.01, scale=0.015
                ),
            ],
            words["staff_share"],
            frequency="year",
        ),
        "event_every_estimator": event_study_exhibit(
            [
                estimate_frames("mean_log_total_cost", name, monthly, seed=k)
                for k, name in enumerate(sorted(ESTIMATORS))
            ],
            cost,
            frequency="month",
            truth=truth(monthly),
            synthetic=True,
        ),
        "trends_monthly": trends(months, cost_months, months["cohort"], synthetic=True),
        "trends_yearly": trends(years, stay_years, years["cohort"], labels=named),
        "map_monthly": adoption_map(
            months["city"], months["period"], months["cohort"], labels=CITY_LABELS, synthetic=True
        ),
        "map_yearly": adoption_map(years["hospital_type"], years["period"], years["cohort"]),
        "cost_bars": cost_structure(months, COMPONENTS, arms, after=after, labels=order, synthetic=True),
        "cost_years": cost_structure(years, ["staff_cost", "capital_cost"], years["hospital_type"]),
        "cost_months": cost_structure(
            months, COMPONENTS, arms, labels=order, name="cost_months", synthetic=True
        ),
        "table_one": table_one(
            months,
            arms,
            after,
            [per_case, cost_months, stay_months, drug],
            ["level", "ownership"],
            labels=order,
            currency="CNY",
            synthetic=True,
        ),
        "table_years": table_one(
            years, years["hospital_type"], years["period"] >= "2012", [stay_years, staff], name="table_years"
        ),
        "regression": regression_table(models),
        "family": family_exhibit(
            family_rows(), name="family_costs", titles=("Costs judged together", "费用联合判断")
        ),
        "ledger": ledger_exhibit(ledger, synthetic=True),
        "validation": validation_exhibit(
            [
                PublishedTotal(
                    "Inpatient cost", "住院费用", "19.1", 19.123, True, "bn CHF", "十亿瑞郎", "press release"
                ),
                PublishedTotal(
                    "=cmd|' /C calc'!A0", "公式", "8.4", 8.447, True, "bn CHF", "十亿瑞郎", "a_b & c"
                ),
            ]
        ),
        "numbers": numbers_exhibit(
            [
                TextNumber("att_2012", -0.0415, ".3f", "overall effect", 5000, 0.1),
                TextNumber("n_cases", 231456, ",.0f", "discharges"),
                TextNumber("small", 0.123, ".1%", "a small cell", 4, 0.5),
            ]
        ),
    }


@pytest.fixture(scope="session")
def exhibits() -> dict:
    """One exhibit of every kind."""
    return demo_exhibits()
