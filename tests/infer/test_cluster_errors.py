"""Cluster-robust errors: the rules, and the cases in which there is no error."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from dipeval.design import build_design
from dipeval.errors import DesignError
from dipeval.estimate import estimate
from dipeval.infer import INFERENCES, infer


def panel(start_of_city, hospitals=4, periods=8, seed=0):
    """Hospitals in cities; `start_of_city` gives the first treated period or NaN."""
    rng = np.random.default_rng(seed)
    n_cities = len(start_of_city)
    unit, time = np.divmod(np.arange(n_cities * hospitals * periods), periods)
    city = unit // hospitals
    frame = pd.DataFrame(
        {"unit": unit, "time": time, "city": city, "start": np.array(start_of_city, float)[city]}
    )
    frame["y"] = rng.normal(size=len(frame)) + rng.normal(size=(n_cities, periods))[city, time]
    return frame


def fit(frame, estimator="twfe", values=None, **options):
    columns = {"unit": "unit", "time": "time", "cohort": "start", "clusters": ["city", "unit"]}
    design = build_design(frame, **columns | {"event_window": (-3, 3)} | options)
    return estimate(design, frame["y"] if values is None else values, estimator=estimator)


STAGGERED = [3, 3, 5, 5, 6, 6, np.nan, np.nan, np.nan]


def test_regression_rules():
    result = fit(panel(STAGGERED))
    influence = result.influence["city"]
    n, k, g = result.n_obs, 1 + 8, 9
    plain, adjusted = infer(result, small_sample="CR0"), infer(result)
    assert plain.std_errors["treated"] == pytest.approx(np.sqrt((influence[:, 0] ** 2).sum()), rel=1e-12)
    factor = g / (g - 1) * (n - 1) / (n - k)
    assert adjusted.std_errors["treated"] == pytest.approx(
        plain.std_errors["treated"] * np.sqrt(factor), rel=1e-12
    )
    assert plain.inference.df == adjusted.inference.df == 8
    assert f"K = {k}" in adjusted.inference.rule and "t with 8 degrees" in adjusted.inference.rule


def test_imputation_rules():
    result = fit(panel(STAGGERED), "imputation")
    plain, adjusted = infer(result, small_sample="CR0"), infer(result)
    assert adjusted.std_errors["att"] == pytest.approx(plain.std_errors["att"] * np.sqrt(9 / 8), rel=1e-12)
    assert plain.inference.df == np.inf and adjusted.inference.df == 8
    assert "the normal distribution" in plain.inference.rule and "CR0" in plain.inference.label


@pytest.mark.parametrize(("small_sample", "tail"), [("CR1", stats.t(8)), ("CR0", stats.norm())])
def test_p_values_and_intervals(small_sample, tail):
    result = infer(fit(panel(STAGGERED), "imputation"), small_sample=small_sample, level=0.9)
    estimate_, error = result.params["att"], result.std_errors["att"]
    assert result.tstats["att"] == pytest.approx(estimate_ / error)
    assert result.pvalues["att"] == pytest.approx(2 * tail.sf(abs(estimate_ / error)), rel=1e-10)
    low, high = result.conf_int().loc["att"]
    assert (low, high) == pytest.approx(
        (estimate_ - tail.ppf(0.95) * error, estimate_ + tail.ppf(0.95) * error)
    )
    wide = result.conf_int(0.99).loc["att", "upper"]
    assert wide == pytest.approx(estimate_ + tail.ppf(0.995) * error)


def test_a_hospital_cluster_is_finer_than_a_city():
    result = fit(panel(STAGGERED))
    by_city = result.influence["city"]
    by_unit = result.influence["unit"].reshape(9, 4, -1).sum(1)
    np.testing.assert_allclose(by_unit, by_city, atol=1e-15)


def test_one_treated_and_one_control_city_have_no_city_error():
    """Two cities are fitted perfectly by city, post and their product: rounding is not an error."""
    result = infer(fit(panel([4, np.nan])))
    assert np.isnan(result.std_errors["treated"]) and np.isnan(result.pvalues["treated"])
    row = result.tidy().iloc[0]
    assert np.isnan(row["conf_low"]) and "their variation is not identified" in row["note"]
    assert np.isfinite(infer(fit(panel([4, np.nan])), cluster="unit").std_errors["treated"])


def test_a_perfect_fit_has_no_error():
    frame = panel(STAGGERED)
    exact = frame["unit"] * 3.0 + frame["time"] + (frame["time"] >= frame["start"]) * 2.0
    for estimator, term in (("twfe", "treated"), ("imputation", "att")):
        result = infer(fit(frame, estimator, exact))
        assert result.params[term] == pytest.approx(2, rel=1e-10)
        assert np.isnan(result.std_errors[term]) and np.isnan(result.pvalues[term])


def test_a_single_cluster_left_by_missing_outcomes():
    frame = panel([4, np.nan, np.nan])
    frame["start"] = np.where(frame["unit"] == 0, 4, np.nan)
    frame.loc[frame["city"] > 0, "y"] = np.nan
    result = infer(fit(frame))
    assert np.isfinite(result.params["treated"]) and np.isnan(result.std_errors["treated"])
    assert "fewer than 2 clusters" in result.tidy()["note"].iloc[0]


def test_few_clusters_are_said_beside_the_number():
    few = infer(fit(panel(STAGGERED)))
    assert any(
        w.startswith("9 clusters (city), 6 treated: the usual clustered error is too small")
        for w in few.warnings
    )
    one = infer(fit(panel([4, *[np.nan] * 9])))
    assert any("with a single treated cluster the clustered error is not valid" in w for w in one.warnings)
    many = infer(fit(panel([3, 5, np.nan, np.nan] * 12, hospitals=1)))
    assert not any("clusters (city)" in w for w in many.warnings)
    lopsided = infer(fit(panel([3] * 6 + [np.nan] * 42, hospitals=1)))
    assert any("48 clusters (city), 6 treated" in w for w in lopsided.warnings)


def test_cohorts_of_a_single_city_are_said_for_imputation():
    frame = panel([3, 5, 5, np.nan, np.nan])
    warned = infer(fit(frame, "imputation"))
    assert any(w.startswith("cohorts of a single city (3)") for w in warned.warnings)
    assert not any(
        "cohorts of a single" in w for w in infer(fit(frame, "imputation"), cluster="unit").warnings
    )
    assert not any("cohorts of a single" in w for w in infer(fit(frame)).warnings)


def test_the_estimate_itself_is_not_changed():
    result = fit(panel(STAGGERED))
    before = result.to_json()
    inferred = infer(result)
    assert result.inference is None and result.to_json() == before
    assert infer(inferred, cluster="unit").inference.cluster == "unit"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"method": "bootstrapp"}, "did you mean 'bootstrap'"),
        ({"cluster": "citty"}, "did you mean 'city'?"),
        ({"small_sample": "CR5"}, "did you mean 'CR"),
        ({"level": 95}, "is not between 0 and 1"),
        ({"seed": 1}, "is not an option of cluster"),
    ],
)
def test_options(options, words):
    with pytest.raises(DesignError) as caught:
        infer(fit(panel(STAGGERED)), **options)
    assert words in str(caught.value)


def test_the_registry_names_what_the_method_takes():
    assert set(INFERENCES["cluster"].options) == {"cluster", "small_sample", "df", "level"}
