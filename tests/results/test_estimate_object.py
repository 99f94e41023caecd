"""The result object on its own, without an estimator."""

from dataclasses import FrozenInstanceError, replace

import numpy as np
import pandas as pd
import pytest

from dipeval.ledger import Entry, Ledger
from dipeval.results import TIDY_COLUMNS, ClusterFacts, Estimate, Inference, estimate_from_json
from dipeval.results.estimate import TERM_COLUMNS


def make(**changes):
    terms = pd.DataFrame(
        [
            ("att", "overall", "average", "", "", np.nan, False, "", 8, 4, 2, 80.0, 0.5),
            ("event_time=-1", "lead", "lead", "", "", -1.0, True, "reference period", 2, 2, 2, 20.0, 0.5),
            ("cohort=2019-03", "cohort", "cohort", "", "2019-03", np.nan, False, "", 2, 2, 2, 20.0, np.nan),
        ],
        columns=list(TERM_COLUMNS),
    )
    fields = {
        "estimator": "imputation",
        "study": "结算",
        "outcome": "log_cost",
        "estimand": "average",
        "terms": terms,
        "params": pd.Series([1 / 3, 0.0, np.nan], index=list(terms["term"]), name="estimate"),
        "influence": {"city": np.array([[0.1, np.nan, np.nan], [-0.1, np.nan, np.nan]])},
        "clusters": {"city": ClusterFacts(("A", "B"), np.array([True, False]))},
        "n_obs": 8,
        "n_hospitals": 4,
        "n_parameters": {"city": 0},
        "cr1_factor": {"city": np.ones(3)},
        "cr0_distribution": "normal",
        "error_floor": np.array([1e-9, np.nan, np.nan]),
        "outcome_mean": 9.5,
        "warnings": ("2 clusters",),
        "ledger": Ledger((Entry("estimate", "log_cost", "outcome_missing", 9, 8, 0, 4, 4, "missing"),)),
    }
    return Estimate(**fields | changes)


def inferred():
    nan = np.nan
    row = np.array([0.2, nan, nan])
    cov = np.full((3, 3), nan)
    cov[0, 0] = 0.04
    low, high = np.array([-0.06, nan, nan]), np.array([0.73, nan, nan])
    inference = Inference(
        method="cluster",
        rule="rule in words",
        label="CR0 by city, normal",
        cluster="city",
        small_sample="CR0",
        df=np.inf,
        level=0.95,
        cov=cov,
        std_error=row,
        p_value=row / 2,
        conf_low=low,
        conf_high=high,
        notes=("", "", "no standard error"),
        n_clusters=2,
        n_treated_clusters=1,
    )
    return make().with_inference(inference, "2 clusters", "one treated")


def test_before_inference_there_is_no_number_that_looks_like_an_error():
    result = make()
    for name in ("std_errors", "tstats", "pvalues", "cov"):
        with pytest.raises(ValueError, match="no standard errors yet"):
            getattr(result, name)
    with pytest.raises(ValueError, match="no standard errors yet"):
        result.conf_int()
    assert list(result.tidy().columns) == list(TIDY_COLUMNS)
    assert result.tidy()["std_error"].isna().all() and (result.tidy()["inference"] == "none").all()
    assert "no inference yet" in result.summary()


def test_tidy_joins_notes_and_keeps_undefined_undefined():
    frame = inferred().tidy().set_index("term")
    assert frame.loc["att", "std_error"] == 0.2 and frame.loc["att", "statistic"] == pytest.approx(5 / 3)
    assert frame.loc["cohort=2019-03", "note"] == "no standard error"
    assert frame.loc["event_time=-1", "estimate"] == 0 and np.isnan(frame.loc["event_time=-1", "statistic"])
    assert np.isinf(frame.loc["att", "df"]) and np.isnan(frame.loc["event_time=-1", "df"])
    assert (frame["n_clusters"] == 2).all() and (frame["band"] == "pointwise").all()


def test_glance_and_summary():
    row = inferred().glance().iloc[0]
    assert (row["n_obs"], row["n_hospitals"], row["n_treated"], row["outcome_mean"]) == (8, 4, 2, 9.5)
    assert (row["n_clusters"], row["n_treated_clusters"], row["rule"]) == (2, 1, "rule in words")
    text = inferred().summary()
    assert (
        "rule in words" in text and "warning: one treated" in text and text.count("warning: 2 clusters") == 1
    )


def test_levels_follow_only_from_symmetric_intervals():
    result = inferred()
    assert result.conf_int().loc["att", "upper"] == 0.73
    assert result.conf_int(0.9).loc["att", "upper"] == pytest.approx(1 / 3 + 1.6448536269514722 * 0.2)
    stuck = replace(result, inference=replace(result.inference, symmetric=False))
    assert stuck.conf_int(0.95).loc["att", "upper"] == 0.73
    with pytest.raises(ValueError, match="only at level 0.95"):
        stuck.conf_int(0.9)
    with pytest.raises(ValueError, match="not between 0 and 1"):
        result.conf_int(95)


@pytest.mark.parametrize("result", [make(), inferred()], ids=["bare", "inferred"])
def test_json_brings_everything_back(result):
    text = result.to_json()
    again = estimate_from_json(text)
    assert again.to_json() == text
    pd.testing.assert_frame_equal(again.tidy(), result.tidy())
    pd.testing.assert_frame_equal(again.terms, result.terms)
    np.testing.assert_array_equal(again.influence["city"], result.influence["city"])
    assert again.params["att"] == 1 / 3 and again.ledger == result.ledger and again.study == "结算"
    assert (again.inference is None) == (result.inference is None)


@pytest.mark.parametrize("text", ["{}", "[]", '{"format": "something else"}'])
def test_other_json_is_refused(text):
    with pytest.raises(ValueError, match="not an estimate"):
        estimate_from_json(text)


def test_parts_must_fit_together():
    with pytest.raises(ValueError, match="same terms"):
        make(params=pd.Series([1.0, 2, 3], index=["a", "b", "c"]))
    with pytest.raises(ValueError, match="has shape"):
        make(influence={"city": np.zeros((2, 2))})
    with pytest.raises(ValueError, match="lack the columns"):
        make(terms=make().terms.drop(columns="note"))


def test_frozen():
    result = make()
    with pytest.raises(FrozenInstanceError):
        result.n_obs = 9
    with pytest.raises(ValueError, match="read-only"):
        result.influence["city"][0, 0] = 1
    shown = result.tidy()
    shown.loc[0, "estimate"] = 99
    assert result.params["att"] == 1 / 3
