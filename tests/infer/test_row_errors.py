"""Errors by row: the rules, and what stops them."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from dipeval.design import build_design
from dipeval.errors import DesignError
from dipeval.estimate import estimate
from dipeval.infer import infer
from dipeval.results import RowErrors, estimate_from_json


@pytest.fixture(scope="module")
def regression():
    """A two-way regression with errors by row from dummies of every hospital and period."""
    rng = np.random.default_rng(4)
    unit, time = np.divmod(np.arange(18 * 8), 8)
    start = np.array([3.0, 5.0, np.nan])[unit % 3]
    frame = pd.DataFrame({"unit": unit, "time": time, "city": unit // 3, "start": start})
    frame["y"] = rng.normal(size=len(frame)) * (1 + unit / 9)
    columns = {"unit": "unit", "time": "time", "cohort": "start", "clusters": ["city"]}
    result = estimate(build_design(frame, **columns, event_window=(-2, 2)), frame["y"], estimator="twfe")
    treated = (time >= np.where(np.isnan(start), 99, start)).astype(float)
    dummies = np.column_stack([np.eye(18)[unit], np.eye(8)[time][:, 1:], treated])
    bread = np.linalg.inv(dummies.T @ dummies)
    rest = frame["y"].to_numpy() - dummies @ (bread @ dummies.T @ frame["y"].to_numpy())
    meat = (dummies * rest[:, None] ** 2).T @ dummies
    whole = bread[-1:, -1:] * (rest**2).sum()
    rows = RowErrors(whole, (bread @ meat @ bread)[-1:, -1:], len(frame), dummies.shape[1])
    return replace(result, row_errors=rows), bread[-1, -1] * (rest**2).sum()


def test_the_rules(regression):
    result, scaled = regression
    n, k = 144, 18 + 7 + 1
    iid = infer(result, "iid")
    assert iid.std_errors["treated"] == pytest.approx(np.sqrt(scaled / (n - k)), rel=1e-12)
    assert iid.inference.df == n - k and f"K = {k}" in iid.inference.rule
    one, zero = infer(result, "hetero"), infer(result, "hetero", small_sample="HC0", level=0.9)
    ratio = one.std_errors["treated"] / zero.std_errors["treated"]
    assert ratio == pytest.approx(np.sqrt(n / (n - k)), rel=1e-12)
    statistic = zero.tstats["treated"]
    assert zero.pvalues["treated"] == pytest.approx(2 * stats.t(n - k).sf(abs(statistic)), rel=1e-10)
    reach = stats.t(n - k).ppf(0.95) * zero.std_errors["treated"]
    assert zero.conf_int()["upper"]["treated"] == pytest.approx(zero.params["treated"] + reach, rel=1e-10)
    assert any("clustered by city" in text for text in one.warnings)


def test_json_keeps_them(regression):
    result, _ = regression
    again = estimate_from_json(result.to_json())
    assert infer(again, "hetero").std_errors.equals(infer(result, "hetero").std_errors)


def test_no_room_and_no_variation(regression):
    result, _ = regression
    full = replace(result, row_errors=replace(result.row_errors, n_parameters=144))
    row = infer(full, "hetero").tidy().iloc[0]
    assert np.isnan(row["std_error"]) and np.isnan(row["p_value"]) and "not more rows" in row["note"]
    perfect = replace(result.row_errors, hetero=np.zeros((1, 1)))
    row = infer(replace(result, row_errors=perfect), "hetero").tidy().iloc[0]
    assert np.isnan(row["std_error"]) and "perfectly" in row["note"]


def test_all_problems_at_once(regression):
    result, _ = regression
    bare = replace(result, row_errors=None)
    with pytest.raises(DesignError) as fault:
        infer(bare, "hetero", small_sample="HC3", level=2)
    assert [p.where for p in fault.value.problems] == ["method", "small_sample", "level"]
    with pytest.raises(DesignError, match="is not an option of iid"):
        infer(result, "iid", small_sample="HC1")
