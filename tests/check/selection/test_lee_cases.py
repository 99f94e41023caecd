"""Bounds on cases through the engine: against brute force on the cases themselves, and recovery."""

import numpy as np
import pandas as pd
import pytest

from dipeval.check.selection.case_bounds import case_bounds
from dipeval.check.selection.case_sums import case_table
from dipeval.design import build_design
from dipeval.errors import DesignError
from dipeval.panel.case_words import case_outcome
from dipeval.store.engine import Engine

PERIODS = [f"2020-{t:02d}" for t in range(1, 5)]
FIRST = {"A": "2020-03", "B": "2020-03", "C": "2020-04"}


@pytest.fixture(scope="module")
def engine():
    with Engine(memory_limit="500MB", threads=1) as opened:
        yield opened


def invented(seed: int, growth: float = 1.0, n: int = 30) -> pd.DataFrame:
    """Cases of six cities; from its reform on a city has `growth` times as many."""
    rng = np.random.default_rng(seed)
    rows = []
    for city in "ABCDEF":
        for hospital in ("h1", "h2"):
            for period in PERIODS:
                after = city in FIRST and period >= FIRST[city]
                size = rng.poisson(n * (growth if after else 1.0))
                sex = rng.choice(["male", "female"], size)
                cost = rng.lognormal(9 + 0.4 * (sex == "male"), 0.5)
                rows.append(
                    pd.DataFrame(
                        {
                            "city": city,
                            "hospital": hospital,
                            "period": period,
                            "sex": sex,
                            "total_cost": (cost // 50 * 5000).astype(int),
                        }
                    )
                )
    return pd.concat(rows, ignore_index=True)


def designed(cases: pd.DataFrame):
    frame = cases.groupby(["city", "hospital", "period"]).size().rename("discharges").reset_index()
    frame["unit"], frame["cohort"] = (
        frame["city"] + frame["hospital"],
        frame["city"].map(FIRST).fillna("never"),
    )
    design = build_design(
        frame, unit="unit", time="period", cohort="cohort", clusters=["city"], event_window=(-3, 3)
    )
    return frame, design


def bounded(engine, cases, outcome="mean_log_total_cost", by=""):
    frame, design = designed(cases)
    table = engine.small_table(cases)
    found = case_outcome(outcome)
    return case_bounds(design, case_table(engine, table, frame, found, by, ("female", "male") if by else ()))


def brute(cases: pd.DataFrame, weights: np.ndarray, by: str = "") -> tuple[float, float, float]:
    """The same from the cases one by one, by weights of the cases."""
    value = np.log(cases["total_cost"].to_numpy() / 100)
    first = cases["city"].map(FIRST)
    stratum = cases[by] if by else pd.Series("", index=cases.index)
    made = []
    for start in sorted(set(FIRST.values())):
        for level in sorted(stratum.unique()):
            mine, never = (first == start) & (stratum == level), first.isna() & (stratum == level)
            after = cases["period"] >= start
            groups = [np.flatnonzero(m) for m in (mine & after, mine & ~after, never & after, never & ~after)]
            n = [weights[g].sum() for g in groups]
            ratio = n[0] * n[3] / (n[1] * n[2])
            mean = [np.average(value[g], weights=weights[g]) for g in groups]
            at = 0 if ratio > 1 else 1
            kept = min(ratio, 1 / ratio)
            low, high = (_part(value[groups[at]], weights[groups[at]], kept, side) for side in (1, -1))
            change = mean[2] - mean[3]
            ends = (low - mean[1], high - mean[1]) if ratio > 1 else (mean[0] - high, mean[0] - low)
            made.append((n[0] * min(1, 1 / ratio), mean[0] - mean[1] - change, *(e - change for e in ends)))
    weight, *columns = np.array(made).T
    return tuple(float(np.average(column, weights=weight)) for column in columns)


def _part(value, weights, kept, side):
    order = np.argsort(side * value, kind="stable")
    left, total = kept * weights.sum(), 0.0
    for k in order:
        w = min(weights[k], left)
        total, left = total + w * value[k], left - w
    return total / (kept * weights.sum())


@pytest.mark.parametrize(("growth", "by"), [(1.6, "sex"), (0.6, "")])
def test_bounds_equal_brute_force_on_cases(engine, growth, by):
    cases = invented(3, growth)
    cases["by_sex"] = cases["sex"]
    found, ratio = bounded(engine, cases, by=by and "by_sex")
    expected = brute(cases, np.ones(len(cases)), by)
    made = [getattr(found, part)["city"].value for part in ("plain", "lower", "upper")]
    assert made == pytest.approx(expected, abs=1e-8)
    assert np.all((ratio > 1) == (growth > 1))
    assert found.more == (growth > 1)


@pytest.mark.parametrize("growth", [1.6, 0.6])
def test_influence_is_the_derivative_by_cities(engine, growth):
    cases = invented(6, growth, 20)
    found, _ = bounded(engine, cases)
    step = 1e-5
    for g, city in enumerate("ABCDEF"):
        up, down = (brute(cases, 1 + sign * step * (cases["city"] == city).to_numpy()) for sign in (1, -1))
        for k, part in enumerate(("plain", "lower", "upper")):
            influence = getattr(found, part)["city"].influence[g]
            assert influence == pytest.approx((up[k] - down[k]) / (2 * step), abs=1e-8)


def test_without_more_or_fewer_cases_bounds_are_the_effect(engine):
    cases = invented(6)
    even = cases.groupby(["city", "hospital", "period"]).head(12)
    found, ratio = bounded(engine, even)
    assert ratio == pytest.approx([1.0])
    assert found.lower["city"].value == pytest.approx(found.plain["city"].value)
    assert found.share == pytest.approx(0)


def test_bounds_hold_the_effect_hidden_by_cheap_admissions(engine):
    """The reform adds 30 % of cheap cases and changes nothing in the cost of the others."""
    cases = invented(8, 1.0, 300)
    after = [(c in FIRST) and p >= FIRST[c] for c, p in zip(cases["city"], cases["period"], strict=True)]
    cheap = cases[np.array(after)].groupby(["city", "hospital", "period"]).head(90).assign(total_cost=50_000)
    found, ratio = bounded(engine, pd.concat([cases, cheap], ignore_index=True))
    assert found.plain["city"].value < -0.3
    assert ratio == pytest.approx([1.3], abs=0.05)
    assert found.upper["city"].value == pytest.approx(0.0, abs=0.05)  # sharp: the added are the cheapest


def test_strata_tighten_bounds_where_they_tell_costs(engine):
    cases = invented(9, 1.4, 60)
    cases["total_cost"] = np.where(cases["sex"] == "male", 20, 1) * cases["total_cost"]
    cases["by_sex"] = cases["sex"]
    wide, narrow = bounded(engine, cases)[0], bounded(engine, cases, by="by_sex")[0]
    spans = [one.upper["city"].value - one.lower["city"].value for one in (wide, narrow)]
    assert spans[1] < 0.6 * spans[0]


def test_strata_without_any_comparison_are_refused(engine):
    cases = invented(10)
    lone = cases[cases["city"].isin(list(FIRST)) | (cases["period"] == "2020-01")]
    with pytest.raises(DesignError, match="no cohort and stratum"):
        bounded(engine, lone)
