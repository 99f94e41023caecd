"""Effects on the distribution of the cost of a million cases, within the time that is promised."""

import datetime
import time

import numpy as np
import pandas as pd
import pytest

from dipeval.describe.given import Given, cases_of
from dipeval.describe.registry import KINDS
from dipeval.design import build_design
from dipeval.store.engine import Engine
from dipeval.study.descriptions import DescriptionChoice

PROMISED = 30.0
EFFECT = 0.86


@pytest.mark.slow
def test_a_million_cases():
    rng = np.random.default_rng(1)
    n, hospitals, months = 1_000_000, 120, 48
    hospital, month = rng.integers(0, hospitals, n), rng.integers(0, months, n)
    start = np.array([18, 24, 30, 99, 18, 24, 30, 99, 18, 24, 99, 99])
    names = np.array([f"H{k:03d}" for k in range(hospitals)], object)
    days = np.array([datetime.date(2018 + k // 12, k % 12 + 1, 15) for k in range(months)], object)
    periods = np.array([f"{day:%Y-%m}" for day in days], object)
    mean = np.exp(8.5 + 0.2 * rng.normal(size=hospitals)[hospital])
    mean *= np.where(month >= start[hospital // 10], EFFECT, 1.0)
    cost = np.round(100 * mean * rng.gamma(1.5, 1 / 1.5, n)).astype("int64")
    seen = pd.DataFrame({"hospital": hospital, "month": month}).groupby(["hospital", "month"]).size()
    panel = seen.rename("discharges").reset_index()
    first = start[panel["hospital"] // 10]
    panel = panel.assign(
        city="c" + (panel["hospital"] // 10).astype(str).str.zfill(2),
        cohort=np.where(first < 99, periods[np.minimum(first, months - 1)], None),
        period=periods[panel["month"]],
        hospital=names[panel["hospital"]],
    )
    columns = {"unit": "hospital", "time": "period", "cohort": "cohort", "clusters": ["city"]}
    design = build_design(panel, **columns, n_cases="discharges", event_window=(-12, 17))
    with Engine(memory_limit="2GB") as engine:
        frame = pd.DataFrame({"hospital": names[hospital], "discharge_date": days[month], "total_cost": cost})
        tables = {
            name: engine.stage(engine.small_table(part))
            for name, part in frame.groupby("c" + pd.Series(hospital // 10).astype(str).str.zfill(2))
        }
        cases = cases_of(tables, "month", "2018-01", "2021-12")
        given = Given(panel, "month", "2018-01", "2021-12", "yuan", True, {}, engine, cases, design)
        kind = KINDS["distribution_effects"]
        plain = {name: key.default for name, key in kind.keys.items()}
        asked = {**plain, "outcomes": ("total_cost",), "seed": 1}
        begun = time.perf_counter()
        table = kind.make(given, DescriptionChoice("m", "distribution_effects", asked))[0].frame
        assert time.perf_counter() - begun < PROMISED
    treated = cost[month >= start[hospital // 10]] / 100
    true = {
        f"quantile={q:g}": np.quantile(treated, q) * (1 - 1 / EFFECT) for q in (0.1, 0.25, 0.5, 0.75, 0.9)
    }
    for term, expected in true.items():
        rows = table[(table["term"] == term) & table["estimator"].isin(["changes_in_changes"])]
        assert abs(rows["value"].item() - expected) < 4 * rows["std_error"].item(), term
