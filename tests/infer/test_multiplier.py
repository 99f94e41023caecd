"""Multiplier draws: their moments, their seed, and the bands that R's did draws."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dipeval.design import build_design
from dipeval.errors import DesignError
from dipeval.estimate import estimate
from dipeval.infer import infer, multiplier_draws, simultaneous_band

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "reference"
FILE = SHARED / "values" / "did.json"
RECORDS = json.loads(FILE.read_text(encoding="utf-8"))["records"] if FILE.exists() else []
APPROXIMATE = [record for record in RECORDS if record["id"].endswith("APPROX")]


def test_moments_of_the_draws():
    influence = np.random.default_rng(1).normal(size=(40, 3))
    draws = multiplier_draws(influence, 40_000, seed=5)
    wanted = influence.T @ influence
    np.testing.assert_allclose(draws.mean(0), 0, atol=4 * np.sqrt(np.diag(wanted) / 40_000).max())
    np.testing.assert_allclose(draws.T @ draws / 40_000, wanted, atol=0.03 * np.diag(wanted).max())


def test_one_seed_one_result():
    influence = np.random.default_rng(2).normal(size=(3000, 2))
    draws = multiplier_draws(influence, 1500, seed=9)
    np.testing.assert_array_equal(draws, multiplier_draws(influence, 1500, seed=9))
    assert not np.array_equal(draws, multiplier_draws(influence, 1500, seed=10))
    assert np.unique(draws[:, 0]).size == 1500


def test_every_sign_is_drawn():
    """Three clusters: eight equally frequent outcomes."""
    outcomes, counts = np.unique(
        multiplier_draws(np.array([[1.0], [2], [4]]), 8000, seed=1), return_counts=True
    )
    np.testing.assert_array_equal(outcomes, [-7, -5, -3, -1, 1, 3, 5, 7])
    assert np.abs(counts - 1000).max() < 150


def small():
    rng = np.random.default_rng(3)
    unit, time = np.divmod(np.arange(60 * 6), 6)
    start = np.array([4.0, 4, np.nan])[unit % 3]
    frame = pd.DataFrame({"unit": unit, "time": time, "start": start, "city": unit // 2})
    frame["y"] = rng.normal(size=360)
    design = build_design(
        frame, unit="unit", time="time", cohort="start", clusters=["city"], event_window=(-3, 2)
    )
    return estimate(design, frame["y"], estimator="group_time")


def test_a_band_is_wider_than_intervals_and_covers_more_terms_with_more_width():
    result = small()
    events = [term for term in result.params.index if term.startswith("event_time")]
    band = simultaneous_band(result, seed=1, terms=[e for e in events if e != "event_time=2"], n_draws=4999)
    one = simultaneous_band(result, seed=1, terms=["att"], n_draws=4999)
    assert 1.8 < one.critical_value < 2.15 < band.critical_value < 3.5
    errors = infer(result, small_sample="CR0").std_errors[list(band.terms)]
    np.testing.assert_allclose(band.std_error, errors, rtol=1e-12)
    rows = band.tidy()
    np.testing.assert_allclose(rows["estimate"], result.params[list(band.terms)])
    np.testing.assert_allclose(
        rows["conf_high"] - rows["estimate"], band.critical_value * rows["std_error"], rtol=1e-12
    )
    assert "4999 draws, seed 1" in band.rule and "30 clusters" in band.rule


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"cluster": "citty"}, "did you mean 'city'"),
        ({"terms": ["event_time=2"]}, "has no standard error"),
        ({"terms": ["atte"]}, "did you mean 'att'"),
        ({"level": 95}, "is not between 0 and 1"),
        ({"n_draws": 10}, "is not a number of draws"),
    ],
)
def test_refusals(options, words):
    with pytest.raises(DesignError, match=words):
        simultaneous_band(small(), seed=1, **options)


def band_of_did(result, cluster, terms, seed):
    """Errors from the quartiles of 8,000 draws, and the critical value with them."""
    at = [list(result.params.index).index(term) for term in terms]
    draws = multiplier_draws(result.influence[cluster][:, at], 8000, seed)
    low, high = np.quantile(draws, [0.25, 0.75], axis=0, method="inverted_cdf")
    error = (high - low) / 1.3489795003921634
    return error, np.quantile(np.abs(draws / error).max(1), 0.95)


@pytest.mark.parametrize("record", APPROXIMATE, ids=lambda record: record["id"])
def test_bands_of_did(record):
    """did draws 25,000 to 50,000 times (its stored note says Mammen, its code draws signs).

    With 12 clusters the quartiles jump from one outcome to the next, so a few terms may differ.
    """
    is_hospital = record["id"].startswith("hospital")
    name = "hospital_panel_full" if is_hospital else "mpdta"
    frame = pd.read_csv(SHARED / "data" / f"{name}.csv")
    unit, time, cohort, y = ("countyreal", "year", "first.treat", "lemp")
    if is_hospital:
        unit, time, cohort, y = ("hospital", "month", "cohort", "log_cost")
    covariates = [] if "nox" in record["id"] else ["log_beds", "teaching"] if is_hospital else ["lpop"]
    cluster = "city" if "clcity" in record["id"] else unit
    span = int(frame[time].max() - frame[time].min())
    design = build_design(
        frame.assign(**{cohort: frame[cohort].where(frame[cohort] > 0)}),
        unit=unit,
        time=time,
        cohort=cohort,
        clusters=[cluster],
        covariates=covariates,
        comparison="never_treated",
        event_window=(-span, span),
    )
    kinds = ["overall", "event_time", "cohort", "period", "cell"]
    result = estimate(design, frame[y], estimator="group_time", aggregate=kinds)
    dynamic = record["aggte"]["dynamic"]
    rows = {f"event_time={row['e']}": row["se"] for row in dynamic["by"]}
    error, critical = band_of_did(result, cluster, list(rows), seed=7)
    apart = np.abs(error / np.array(list(rows.values())) - 1)
    assert np.mean(apart < 0.06) > 0.9 if cluster == "city" else apart.max() < 0.06
    assert critical == pytest.approx(dynamic["crit_val"], rel=0.04)
    cells = {f"cohort={row['group']},period={row['time']}": row["se"] for row in record["att_gt"]}
    error, critical = band_of_did(result, cluster, list(cells), seed=8)
    apart = np.abs(error / np.array(list(cells.values())) - 1)
    if cluster == "city":
        assert np.mean(apart < 0.06) > 0.5
        return
    assert apart.max() < 0.07 and critical == pytest.approx(record["crit_val"], rel=0.04)
    band = simultaneous_band(result, seed=7, cluster=cluster, terms=list(rows), n_draws=8000)
    assert band.critical_value == pytest.approx(dynamic["crit_val"], rel=0.06)


@pytest.fixture(scope="module")
def event_study():
    rng = np.random.default_rng(2)
    city = np.repeat(np.arange(30), 8)
    frame = pd.DataFrame({"unit": city, "city": city, "time": np.tile(np.arange(8), 30)})
    frame["start"] = np.where(city % 2, "4", "never")
    frame["y"] = rng.normal(size=240) + 0.4 * ((city % 2 == 1) & (frame["time"] >= 4))
    design = build_design(frame, unit="unit", time="time", cohort="start", clusters=["city"])
    return estimate(design, frame["y"], estimator="imputation")


@pytest.mark.parametrize("weights", ["rademacher", "webb", "mammen"])
def test_the_method_by_hand(event_study, weights):
    """p-value and interval of a term: its influence times the weights, over the plain error."""
    found = infer(event_study, "multiplier", weights=weights, n_draws=199, seed=4)
    influence = event_study.influence["city"][:, 0]
    error = np.sqrt((influence**2).sum())
    drawn = np.abs(multiplier_draws(influence[:, None], 199, 4, weights)[:, 0]) / error
    t = abs(event_study.params.iloc[0]) / error
    assert found.pvalues.iloc[0] == pytest.approx((1 + (drawn >= t * (1 - 1e-9)).sum()) / 200)
    reach = np.sort(drawn)[int(np.ceil(0.95 * 199)) - 1] * error
    assert found.inference.conf_high[0] - found.params.iloc[0] == pytest.approx(reach)
    assert found.std_errors.iloc[0] == pytest.approx(error) and found.inference.seed == 4


def test_simultaneous_intervals_are_those_of_the_band(event_study):
    found = infer(event_study, "multiplier", intervals="simultaneous", n_draws=999, seed=4)
    timed = (
        event_study.terms["kind"].isin(["event_time", "lead"]).to_numpy()
        & found.std_errors.notna().to_numpy()
    )
    terms = list(event_study.params.index[timed])
    band = simultaneous_band(event_study, seed=4, terms=terms, n_draws=999)
    assert np.allclose(found.inference.conf_low[timed], band.conf_low)
    apart = infer(event_study, "multiplier", n_draws=999, seed=4)
    assert (found.pvalues[timed] >= apart.pvalues[timed] - 1e-12).all()
    assert found.inference.band == "simultaneous"


def test_weights_have_mean_zero_and_variance_one(event_study):
    influence = np.eye(6)
    for weights in ("webb", "mammen"):
        drawn = multiplier_draws(influence, 40_000, 1, weights)
        assert np.allclose(drawn.mean(0), 0, atol=0.03) and np.allclose(drawn.var(0), 1, atol=0.03)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "have no seed"),
        ({"seed": 1, "weights": "normal"}, "unknown"),
        ({"seed": 1, "intervals": "joint"}, "unknown"),
    ],
)
def test_options_of_the_method_that_are_refused(event_study, options, words):
    with pytest.raises(DesignError, match=words):
        infer(event_study, "multiplier", **options)
