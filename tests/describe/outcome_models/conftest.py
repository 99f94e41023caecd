"""Stays of hospitals in an engine, and what a study would give of them."""

import datetime

import numpy as np
import pandas as pd
import pytest

from dipeval.describe.given import Given, cases_of
from dipeval.design import build_design
from dipeval.store.engine import Engine


@pytest.fixture(scope="session")
def stays_of_hospitals():
    """3,000 stays of 16 hospitals in four cities over six months; two cities are reformed in April."""
    rng = np.random.default_rng(6)
    n = 3000
    hospital, month = rng.integers(0, 16, n), rng.integers(1, 7, n)
    city = hospital // 4
    treated = (city < 2) & (month >= 4)
    mean = np.exp(8 + 0.1 * rng.normal(size=16)[hospital] - 0.2 * treated)
    return pd.DataFrame(
        {
            "city": np.array(["a", "b", "c", "d"], object)[city],
            "hospital": [f"H{k:02d}" for k in hospital],
            "discharge_date": [datetime.date(2021, m, 15) for m in month],
            "total_cost": np.round(100 * mean * rng.gamma(2, 0.5, n)).astype("int64"),
            "drug_cost": np.round(30 * mean * rng.gamma(3, 1 / 3, n) * (rng.random(n) < 0.8)).astype("int64"),
            "care_days": pd.array(1 + rng.poisson(rng.gamma(2, 3 - treated)), "Int64"),
            "sex": rng.choice(["male", "female"], n),
        }
    )


@pytest.fixture(scope="session")
def given_stays(stays_of_hospitals):
    """The material of descriptions."""
    panel = stays_of_hospitals.assign(period=[f"{d:%Y-%m}" for d in stays_of_hospitals["discharge_date"]])
    panel = panel.groupby(["city", "hospital", "period"], as_index=False).size()
    panel = panel.rename(columns={"size": "discharges"}).assign(
        unit=lambda x: x["city"] + "/" + x["hospital"],
        cohort=lambda x: np.where(x["city"].isin(["a", "b"]), "2021-04", "never"),
        arm=lambda x: np.where(x["city"].isin(["a", "b"]), "reformed", "not"),
    )
    frame = panel.assign(
        cohort=panel["cohort"].where(panel["cohort"] != "never", None), hospital=panel["unit"]
    )
    columns = {"unit": "hospital", "time": "period", "cohort": "cohort", "clusters": ["hospital", "city"]}
    design = build_design(frame, **columns, n_cases="discharges", event_window=(-3, 2))
    with Engine(memory_limit="500MB", threads=1) as engine:
        tables = {
            name: engine.small_table(part.drop(columns="city"))
            for name, part in stays_of_hospitals.groupby("city")
        }
        placed = panel[["city", "hospital", "cohort", "arm"]].drop_duplicates().assign(divide="2021-04")
        cases = cases_of(tables, "month", "2021-01", "2021-06", engine.small_table(placed))
        yield Given(
            panel, "month", "2021-01", "2021-06", "yuan", True, {}, engine, cases=cases, design=design
        )
