"""Interrupted series against stats, sandwich, lmtest, nlme and MASS on one monthly series."""

import numpy as np
import pandas as pd
import pytest

from dipeval.estimate.interrupted.arma import arma_fit
from dipeval.estimate.interrupted.autocovariance import long_run
from dipeval.estimate.interrupted.counts import fit_counts
from dipeval.estimate.interrupted.diagnostics import (
    autocorrelations,
    breusch_godfrey,
    breusch_pagan,
    durbin_watson,
    ljung_box,
    reset,
)
from dipeval.estimate.interrupted.effects import average_effect, effects
from dipeval.estimate.interrupted.fit import fit_series
from dipeval.estimate.interrupted.segments import Interruption, Season, segments

POST = 48
NAMES = {"(Intercept)": "intercept", "t": "trend", "t_since": "slope", "sin12": "sine_1", "cos12": "cosine_1"}
"""R counts the slope from one at the first month after, so its level is that of the month before."""


@pytest.fixture(scope="module")
def records(reference):
    return reference("its_base_sandwich")


@pytest.fixture(scope="module")
def series(shared):
    return pd.read_csv(shared / "reference" / "data" / "its_monthly.csv")


@pytest.fixture(scope="module")
def design():
    return segments(84, [Interruption(POST)], Season("harmonics"))


@pytest.fixture(scope="module")
def columns(series):
    return np.column_stack([np.ones(84), series[["t", "post", "t_since", "sin12", "cos12"]]])


def column(record, name):
    return np.array([row[name] for row in record["estimates"]], float)


def agree(fit, record, rel=1e-8):
    """All terms of R's, its level being ours less one step of the slope."""
    found = {row["term"]: row for row in record["estimates"]}
    for theirs, ours in NAMES.items():
        value, error = fit.of(ours)
        assert value == pytest.approx(found[theirs]["estimate"], rel=rel), theirs
        assert error == pytest.approx(found[theirs]["std_error"], rel=1e-6), theirs
    pick = np.zeros(len(fit.params))
    names = list(fit.segments.names)
    pick[[names.index("level"), names.index("slope")]] = 1, -1
    assert pick @ fit.params == pytest.approx(found["post"]["estimate"], rel=max(rel, 1e-8))
    assert np.sqrt(pick @ fit.cov @ pick) == pytest.approx(found["post"]["std_error"], rel=1e-6)


@pytest.mark.parametrize(
    ("method", "lags", "name"),
    [
        ("ols", None, "its_ols"),
        ("hc1", None, "its_HC1"),
        ("hc2", None, "its_HC2"),
        ("hc3", None, "its_HC3"),
        ("hc4", None, "its_HC4"),
        *(("newey_west", lag, f"its_nw_lag{lag}_adjTRUE") for lag in (0, 1, 3, 6, 12)),
    ],
)
def test_least_squares(series, design, records, method, lags, name):
    agree(fit_series(series["log_cost"], design, method, lags=lags), records[name])


@pytest.mark.parametrize(
    ("name", "options", "adjusted"),
    [
        *((f"its_nw_lag{lag}_adjFALSE", {"bandwidth": lag + 1}, False) for lag in (0, 1, 3, 6, 12)),
        ("its_HC0", {"bandwidth": 1}, False),
        ("its_nw_auto", {"prewhiten": True}, False),
        ("its_nw_auto_noprewhite", {}, False),
        ("its_kernHAC_bartlett_bw4", {"bandwidth": 4}, False),
        (
            "its_kernHAC_andrews_qs",
            {"bandwidth": "andrews", "kernel": "quadratic_spectral", "prewhiten": True},
            True,
        ),
    ],
)
def test_kernels_and_bandwidths(series, columns, records, name, options, adjusted):
    y = series["log_cost"].to_numpy()
    bread = np.linalg.inv(columns.T @ columns)
    residuals = y - columns @ (bread @ (columns.T @ y))
    found = long_run(columns * residuals[:, None], **options)
    cov = bread @ found.meat @ bread * (84 / 78 if adjusted else 1)
    np.testing.assert_allclose(np.sqrt(np.diag(cov)), column(records[name], "std_error"), rtol=1e-9)
    if name == "its_kernHAC_andrews_qs":
        assert found.bandwidth == pytest.approx(records[name]["bw"], rel=1e-10)
    elif "bw" in records[name]:  # sandwich takes its whole part plus one
        assert found.bandwidth == np.floor(records[name]["bw"]) + 1


@pytest.mark.parametrize(
    ("name", "order", "restricted", "rel"),
    [
        ("its_gls_ar1_ML", (1, 0), False, 1e-6),
        ("its_gls_ar1_REML", (1, 0), True, 1e-6),
        ("its_gls_arma20_REML", (2, 0), True, 1e-6),
    ],
)
def test_modelled_errors(series, columns, records, name, order, restricted, rel):
    record = records[name]
    found = arma_fit(series["log_cost"].to_numpy(), columns, order, restricted=restricted)
    assert found.log_likelihood == pytest.approx(record["loglik"], abs=1e-9)
    np.testing.assert_allclose(found.params, column(record, "estimate"), rtol=rel)
    np.testing.assert_allclose(np.sqrt(np.diag(found.cov)), column(record, "std_error"), rtol=rel)
    np.testing.assert_allclose(found.coefficients, np.atleast_1d(record["phi"]), rtol=5e-6)
    assert found.sigma == pytest.approx(record["sigma"], rel=1e-6)


def test_where_gls_stops_early(series, columns, records):
    """nlme ends its search for two coefficients a little below the maximum, which arima() and we reach."""
    record = records["its_gls_arma20_ML"]
    found = arma_fit(series["log_cost"].to_numpy(), columns, (2, 0), restricted=False)
    assert found.log_likelihood > record["loglik"] + 1e-9
    np.testing.assert_allclose(np.sqrt(np.diag(found.cov)), column(record, "std_error"), rtol=1e-5)


@pytest.mark.parametrize(
    ("name", "order"), [("its_arima_100", (1, 0)), ("its_arima_101", (1, 1)), ("its_arima_200", (2, 0))]
)
def test_regressions_with_arma_errors(series, columns, records, name, order):
    """arima()'s errors are those of a numerical Hessian, in which coefficients of both kinds go together; ours are
    those of generalised least squares and up to 5 % larger, so only its points are met."""
    record, n = records[name], sum(order)
    found = arma_fit(series["log_cost"].to_numpy(), columns, order, restricted=False)
    theirs = column(record, "estimate")
    np.testing.assert_allclose(found.params, theirs[n:], rtol=1e-6)
    np.testing.assert_allclose(found.coefficients, theirs[:n], rtol=5e-5)
    assert found.log_likelihood == pytest.approx(record["loglik"], abs=1e-9)


def test_effects_and_their_mean(series, design, records):
    record = records["its_effects_nw3"]
    fit = fit_series(series["log_cost"], design, "newey_west", lags=3)
    path = effects(fit)
    for row in record["effects"]:
        k = path.position.tolist().index(row["t"] - 1)
        found = [path.value[k], path.std_error[k], path.low[k], path.high[k]]
        assert found == pytest.approx(
            [row[c] for c in ("effect", "std_error", "ci_low", "ci_high")], rel=1e-8
        )
    mean = average_effect(fit)
    assert [mean.value, mean.std_error] == pytest.approx(
        [record["avg_post_effect"], record["avg_post_se"]], rel=1e-8
    )


def test_diagnostics(series, columns, records):
    y = series["log_cost"].to_numpy()
    e = y - columns @ np.linalg.lstsq(columns, y, rcond=None)[0]
    made = {
        "its_dw": durbin_watson(columns, e),
        **{f"its_bg{k}": breusch_godfrey(columns, e, k) for k in (1, 2, 4, 12)},
        **{f"its_ljung{k}": ljung_box(e, k) for k in (6, 12)},
        "its_bp": breusch_pagan(columns, e),
        "its_reset": reset(columns, y),
    }
    for name, test in made.items():
        record = records[name]
        assert [test.statistic, test.p_value] == pytest.approx(
            [record["statistic"], record["p_value"]], rel=1e-8
        )
    np.testing.assert_allclose(autocorrelations(e, 12), records["its_acf"]["acf"], atol=1e-12)


@pytest.mark.parametrize(
    ("name", "method", "lags"),
    [
        ("its_quasipoisson", "quasi_poisson", None),
        ("its_poisson", "poisson", None),
        ("its_negbin", "negative_binomial", None),
        ("its_poisson_nw3", "poisson_newey_west", 3),
        ("its_poisson_HC0", "poisson_newey_west", 0),
        ("its_poisson_HC1", "poisson_hc1", None),
        ("its_poisson_HC3", "poisson_hc3", None),
    ],
)
def test_counts(series, design, records, name, method, lags):
    fit = fit_counts(
        series["admissions"].to_numpy(), design, method, exposure=series["pop"].to_numpy(), lags=lags
    )
    agree(fit, records[name])
